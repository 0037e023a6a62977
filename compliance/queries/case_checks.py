"""What the portal asks itself about cases: for whoever asks, of those that they may see."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.utils import timezone

from compliance.queries.cases import VIEW, CaseRow, case_rows
from compliance.rules.breaches import next_duty
from compliance.rules.cases import deadlines
from compliance.rules.program import BY_KEY, Found
from ipaportal.core.actors import Actor


def case_findings(*, actor: Actor, now: datetime) -> dict[str, Found]:
    """
    Each question about cases: two queries for all.

    Whom a case accuses finds it in no count; whoever may see no case finds none.
    """
    today = timezone.localdate(now)
    rows = case_rows(actor=actor) if actor.may(VIEW) else []
    open_ = [row for row in rows if row.case.state != "closed"]
    return {key: _found(filter(None, map(_of(ask, today), open_)))
            for key, ask in ASKED.items()}  # fmt: skip


def _of(ask: Callable[[CaseRow, date], date | None], today: date) -> Callable:
    return lambda row: ask(row, today)


def _found(days) -> Found:
    days = list(days)
    return Found(len(days), min(days, default=None))


def _unanswered(row: CaseRow, today: date) -> date | None:
    """A report that was not acknowledged by its day."""
    for one in deadlines(row.case.clocked):
        if one.what == "Acknowledged" and one.is_open and one.is_late(today):
            return one.due
    return None


def _ownerless(row: CaseRow, today: date) -> date | None:
    since = row.case.clock_date
    days = timedelta(days=BY_KEY["cases_ownerless"].days)
    return since if not row.owner_id and since + days < today else None


def _late(row: CaseRow, today: date) -> date | None:
    dues = [one.due for one in deadlines(row.case.clocked)
            if one.is_open and one.is_late(today) and one.what != "Acknowledged"]  # fmt: skip
    return min(dues, default=None)


def _breach_near(row: CaseRow, today: date) -> date | None:
    due = next_duty(row.breach) if row.breach else None
    days = timedelta(days=BY_KEY["breaches_near"].days)
    return due if due and due <= today + days else None


ASKED: dict[str, Callable[[CaseRow, date], date | None]] = {
    "cases_unanswered": _unanswered,
    "cases_ownerless": _ownerless,
    "cases_late": _late,
    "breaches_near": _breach_near,
}
