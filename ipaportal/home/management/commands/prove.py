"""`manage.py prove`: runs every app's invariants; each must find no row."""

import json
import sys

from django.core.management.base import CommandParser

from ipaportal.core.sql import InvariantCheck
from ipaportal.home.management.base import DatabaseCommand
from ipaportal.home.proving import every_invariant, prove, texts

__all__ = ["Command", "every_invariant"]
BREACHED = 2


class Command(DatabaseCommand):
    help = "Run every invariant; exit 2 and open an incident where one finds a row."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON line an invariant")

    def handle(self, *, json: bool, **options: object) -> None:
        checks = []
        for invariant, check in prove():
            checks.append(check)
            self.stdout.write(as_json(check) if json else as_text(check, invariant.comment))
        breached = [check for check in checks if check.count]
        if not json:
            self.stdout.write(f"{len(checks)} invariants, {len(breached)} breached.")
        if breached:
            sys.exit(BREACHED)


def as_json(check: InvariantCheck) -> str:
    return json.dumps({"name": check.name, "rows": check.count, "seconds": round(check.seconds, 3)})


def as_text(check: InvariantCheck, comment: str) -> str:
    if not check.count:
        return f"ok      {check.name} ({check.seconds:.2f} s)"
    shown = "\n".join(f"          {texts(row)}" for row in check.rows)
    return f"BREACH  {check.name}: {check.count} rows\n        {comment}\n{shown}"
