"""Beneath actions: what is final takes effect in the network, what is reversed gives back."""

from datetime import date, datetime

from django.utils import timezone

from credentialing.actions.adverse_steps import suspended_by, take_stage
from credentialing.actions.suspending import lift, release_holds, suspend
from credentialing.actions.taking_part import end_days
from credentialing.models import AdverseAction, Facility
from credentialing.rules.adverse import Stage, is_reportable, report_due
from credentialing.rules.decisions import next_due
from ipaportal.audit.actions import record
from ipaportal.audit.batches import NETWORK, open_batch
from ipaportal.core.actors import Actor
from ipaportal.core.words import day_text

ENDS = ("denial", "termination")


def make_final(row: AdverseAction, *, text: str, actor: Actor, now: datetime) -> AdverseAction:
    """Make a locked action final today: days in the network end, or a suspension begins."""
    today = timezone.localdate(now)
    # The NPDB hears of practitioners: a facility has no privileges to lose.
    reportable = row.practitioner_id is not None and is_reportable(
        row.basis, row.effective_date, row.ends_date, by_surrender=False
    )
    take_stage(
        row, Stage.FINAL, actor=actor, now=now, text=text, final_date=today,
        report_due_date=report_due(today) if reportable else None,
    )  # fmt: skip
    words = f"{row.get_kind_display()}, final on {day_text(today)}"
    if row.kind in ENDS:
        _end(row, words, actor, now)
    elif row.kind == "suspension" and row.suspension is None:
        _suspend(row, words, actor, now)
    return row


def first_day_of(row: AdverseAction, final: date) -> date:
    """From which day a final action takes effect: never before it is final."""
    return max(final, row.effective_date)


def _end(row: AdverseAction, words: str, actor: Actor, now: datetime) -> None:
    if row.facility_id is not None:
        _leave(row, Facility.Status.ENDED, words, actor)
        return
    day = first_day_of(row, row.final_date)
    batch = open_batch(actor=actor, scopes=[NETWORK], description=words[:200], now=now)
    ended = end_days(row.practitioner_id, day, fact_no=batch.pk, now=now)
    if ended:
        record(
            actor=actor, action="credentialing.participation.ended", subject=row,
            practitioner_id=row.practitioner_id, day=day.isoformat(), reason=words,
        )  # fmt: skip
    suspension = suspended_by(row)
    if suspension is not None:
        release_holds(suspension, text=words, actor=actor, now=now)


def _leave(row: AdverseAction, status: str, words: str, actor: Actor) -> None:
    """A facility has no days with payers: it is in the network or it is not, from today on."""
    where = Facility.objects.select_for_update().get(pk=row.facility_id)
    if where.status == status:
        return
    where.status = status
    where.save(update_fields=["status"])
    record(actor=actor, action="credentialing.facility.status", subject=where, status=status,
           reason=words)  # fmt: skip


def _suspend(row: AdverseAction, words: str, actor: Actor, now: datetime) -> None:
    who = row.who
    if who.suspensions.filter(lifted_at=None).exists():
        return
    row.suspension = suspend(
        who, from_date=first_day_of(row, row.final_date), reason=words, actor=actor, now=now,
        basis=row.basis,
    )  # fmt: skip
    row.save(update_fields=["suspension"])


def reverse(row: AdverseAction, *, text: str, actor: Actor, now: datetime) -> AdverseAction:
    """
    Reverse a locked action: nothing of it stands, and a summary suspension is lifted.

    Of a denial the file stands as approved, for as long as if it had been on the day it was denied.

    :raises OnAList: if they were suspended, and a match on an exclusion list is not cleared
    :raises NotCredentialed: if they were suspended, and no approval stands
    """
    today = timezone.localdate(now)
    due = next_due(row.decision.decision_date) if row.decision is not None else None
    take_stage(
        row, Stage.REVERSED, actor=actor, now=now, text=text, reversed_date=today,
        next_due_date=due,
    )  # fmt: skip
    if row.facility_id is not None and row.decision is not None:
        words = f"denial reversed on {day_text(today)}"
        _leave(row, Facility.Status.ACTIVE, words, actor)
    suspension = suspended_by(row)
    if suspension is not None:
        words = f"{row.get_kind_display()} reversed on {day_text(today)}"
        day = max(today, suspension.effective_date)
        lift(suspension, from_date=day, text=words, actor=actor, now=now)
    return row
