"""`manage.py prove`: runs every app's invariants; each must find no row."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.core.management.base import CommandParser

from ipaportal.audit.incidents import open_incident
from ipaportal.audit.models import Incident
from ipaportal.core.sql import Invariant, InvariantCheck, check_invariant, invariants
from ipaportal.home.management.base import DatabaseCommand

BREACHED = 2
# An incident names this many of the rows that must not be.
ROWS_IN_INCIDENT = 20


class Command(DatabaseCommand):
    help = "Run every invariant; exit 2 and open an incident where one finds a row."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON line an invariant")

    def handle(self, *, json: bool, **options: object) -> None:
        checks = []
        for invariant in every_invariant():
            checks.append(check_invariant(invariant, limit=ROWS_IN_INCIDENT))
            self.stdout.write(as_json(checks[-1]) if json else as_text(checks[-1], invariant))
        breached = [check for check in checks if check.count]
        for check in breached:
            report(check)
        if not json:
            self.stdout.write(f"{len(checks)} invariants, {len(breached)} breached.")
        if breached:
            sys.exit(BREACHED)


def every_invariant() -> Iterator[Invariant]:
    """The invariants of all installed apps, in the order of their floors."""
    for app in apps.get_app_configs():
        yield from invariants(Path(app.path) / "sql" / "invariants")


def report(check: InvariantCheck) -> None:
    """Open an incident for a breach, unless one for the same invariant is still open."""
    name = f"invariant {check.name}"
    if not Incident.objects.filter(name=name, closed_at=None).exists():
        open_incident(name, count=check.count, rows=[texts(row) for row in check.rows])


def texts(row: dict[str, object]) -> dict[str, object]:
    """A row as JSON takes it: numbers as they are, the rest as text."""
    return {k: v if v is None or isinstance(v, int) else str(v) for k, v in row.items()}


def as_json(check: InvariantCheck) -> str:
    return json.dumps({"name": check.name, "rows": check.count, "seconds": round(check.seconds, 3)})


def as_text(check: InvariantCheck, invariant: Invariant) -> str:
    if not check.count:
        return f"ok      {check.name} ({check.seconds:.2f} s)"
    shown = "\n".join(f"          {texts(row)}" for row in check.rows)
    return f"BREACH  {check.name}: {check.count} rows\n        {invariant.comment}\n{shown}"
