"""What waits of findings and their corrections, asked in one reading of the board."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from compliance.models import Audit, AuditRequest, Finding
from compliance.queries.findings import BoardRow, board_rows
from compliance.rules.program import BY_KEY, Found

UNREAD, UNPLANNED, LATE = "findings_unread", "findings_unplanned", "corrections_late"
UNJUDGED, LEFT, REQUESTS = "corrections_unjudged", "corrections_left", "requests_late"
KEYS = (UNREAD, UNPLANNED, LATE, UNJUDGED, LEFT, REQUESTS)


def correction_findings(now: datetime) -> dict[str, Found]:
    """All of these questions."""
    today = timezone.localdate(now)
    stand = Finding.objects.standing().select_related("correction", "review")
    rows = board_rows(stand, today)
    return {
        UNREAD: _found(_older(rows, ("draft", "returned"), UNREAD, now)),
        UNPLANNED: _found(_older(rows, ("no plan",), UNPLANNED, now)),
        LATE: _found(row.late for row in rows),
        UNJUDGED: _found(_handed_in(rows, now)),
        LEFT: _found(row.due for row in rows if row.owner_left),
        REQUESTS: _requests(today),
    }


def _found(days: Iterable[date | None]) -> Found:
    have = [day for day in days if day is not None]
    return Found(len(have), min(have, default=None))


def _older(rows: list[BoardRow], states: tuple[str, ...], key: str, now: datetime) -> list[date]:
    limit = now - timedelta(days=BY_KEY[key].days)
    at = [row.finding.recorded_at for row in rows if row.state in states]
    return [timezone.localdate(one) for one in at if one < limit]


def _handed_in(rows: list[BoardRow], now: datetime) -> list[date]:
    """When what nobody validated was handed in."""
    limit = now - timedelta(days=BY_KEY[UNJUDGED].days)
    waiting = [row.finding.correction for row in rows if row.state == "submitted"]
    at = [list(plan.steps.all())[-1].at for plan in waiting]
    return [timezone.localdate(one) for one in at if one < limit]


def _requests(today: date) -> Found:
    """What plans' auditors asked for and nobody answered past its day, in audits that are open."""
    open_ = Audit.objects.with_state().exclude(state="closed").values("pk")
    late = AuditRequest.objects.filter(replies=None, due_date__lt=today, audit__in=open_)
    return _found(late.values_list("due_date", flat=True))
