"""Running every invariant: a breach opens an incident, and the outcome is left for probes."""

from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from ipaportal.audit.incidents import open_incident
from ipaportal.audit.models import Incident
from ipaportal.core.sql import Invariant, InvariantCheck, check_invariant, invariants
from ipaportal.home import pulse

# An incident names this many of the rows that must not be.
ROWS_IN_INCIDENT = 20


def every_invariant() -> Iterator[Invariant]:
    """The invariants of all installed apps, in the order of their floors."""
    for app in apps.get_app_configs():
        yield from invariants(Path(app.path) / "sql" / "invariants")


def prove() -> Iterator[tuple[Invariant, InvariantCheck]]:
    """Check each invariant in turn; after the last, open incidents for those that found a row."""
    checks = []
    for invariant in every_invariant():
        checks.append(check_invariant(invariant, limit=ROWS_IN_INCIDENT))
        yield invariant, checks[-1]
    for check in map(import_string, settings.PROVE_CHECKS):
        checks.append(check())
        yield Invariant(checks[-1].name, "", " ".join(check.__doc__.split())), checks[-1]
    breached = [check for check in checks if check.count]
    for check in breached:
        _report(check)
    pulse.leave("prove", checked=len(checks), breached=len(breached))


def texts(row: dict[str, object]) -> dict[str, object]:
    """A row as JSON takes it: numbers as they are, the rest as text."""
    return {k: v if v is None or isinstance(v, int) else str(v) for k, v in row.items()}


def _report(check: InvariantCheck) -> None:
    """Open an incident for a breach, unless one for the same invariant is still open."""
    name = f"invariant {check.name}"
    if not Incident.objects.filter(name=name, closed_at=None).exists():
        open_incident(name, count=check.count, rows=[texts(row) for row in check.rows])
