"""Adverse actions: proposed with reasons, told by a letter that starts the days of the law."""

from datetime import date, datetime

from django.utils import timezone

from credentialing.actions.adverse_steps import NotNow, locked, open_row, take_stage
from credentialing.actions.suspending import suspend
from credentialing.formats.application_pdf import render_letter
from credentialing.models import AdverseAction, AdverseNotice, Facility, Practitioner
from credentialing.rules.adverse import (
    OPEN,
    Stage,
    fault_of_end,
    fault_of_length,
    is_reportable,
    request_by,
)
from credentialing.rules.hearing_letters import notice_letter
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.models import Party


class OpenAlready(Refused):
    """One action of a kind at a time."""

    def __init__(self, row: AdverseAction) -> None:
        super().__init__(
            f"A {row.get_kind_display()} of {row.who} is open since "
            f"{day_text(row.opened_date)}. Nothing was opened. Go on with that one."
        )


class NothingToTakeAway(Refused):
    """Whoever takes no part has nothing that could be limited or ended."""

    def __init__(self, who: Practitioner | Facility) -> None:
        super().__init__(
            f"{who} takes part with no plan, so there is nothing to limit, suspend or end. Nothing "
            "was opened. An applicant is denied by the committee."
        )


class ReasonsMissing(Refused):
    """The reasons are the heart of a notice."""

    def __init__(self) -> None:
        super().__init__(
            "Say the reasons, and of a restriction what is limited: the practitioner reads them. "
            "Nothing was opened."
        )


@action("credentialing.open_adverse_action")
def open_action(
    *,
    actor: Actor,
    practitioner_id: int | None = None,
    facility_id: int | None = None,
    kind: str,
    basis: str,
    reasons: str,
    effective_date: date,
    now: datetime,
    ends_date: date | None = None,
    limits: str = "",
    closes_panel: bool = False,
    danger: str = "",
) -> AdverseAction:
    """
    Propose to restrict, suspend or end the part of a practitioner or facility in the network.

    Nothing changes before it is final, unless `danger` says why patients are in imminent danger:
    then they are suspended today, and the hearing follows (42 USC 11112(c)(2)).

    :raises ReasonsMissing: without reasons, or a restriction without what is limited
    :raises NotNow: if its days are not those of the law
    :raises OpenAlready: if one of this kind is open
    :raises NothingToTakeAway: if they take part with no plan
    """
    who = _whom(practitioner_id, facility_id)
    today = timezone.localdate(now)
    if not reasons.strip() or (kind == "restriction" and not limits.strip()):
        raise ReasonsMissing
    if danger.strip():
        effective_date = today
    fault = fault_of_length(kind, effective_date, ends_date)
    if effective_date < today:
        fault = fault or "it takes back no day that is over"
    fault = fault or fault_of_end(basis, today, effective_date)
    if fault:
        raise NotNow(fault)
    before = who.adverse_actions.filter(kind=kind, stage__in=OPEN).first()
    if before is not None:
        raise OpenAlready(before)
    suspended = who.suspensions.filter(lifted_at=None).first()
    if not _takes_part(who, today) and suspended is None:
        raise NothingToTakeAway(who)
    if danger.strip() and suspended is None:
        words = f"imminent danger: {danger.strip()}"
        suspended = suspend(who, from_date=today, reason=words, actor=actor, now=now, basis=basis)
    taken = suspended is not None and AdverseAction.objects.filter(suspension=suspended).exists()
    return open_row(
        who, actor=actor, now=now, kind=kind, basis=basis, reasons=reasons.strip()[:1000],
        limits=limits.strip()[:300] if kind == "restriction" else "",
        closes_panel=closes_panel and kind == "restriction" and isinstance(who, Practitioner),
        effective_date=effective_date, ends_date=ends_date, danger=danger.strip()[:500],
        suspension=None if taken or kind == "restriction" else suspended,
    )  # fmt: skip


def _whom(practitioner_id: int | None, facility_id: int | None) -> Practitioner | Facility:
    """Whom it is about, under its lock."""
    if facility_id is not None:
        return Facility.objects.select_for_update().get(pk=facility_id)
    return Practitioner.objects.select_for_update().get(pk=practitioner_id)


def _takes_part(who: Practitioner | Facility, today: date) -> bool:
    if isinstance(who, Facility):
        return who.status == Facility.Status.ACTIVE
    return who.participations.current().exclude(end_date__lte=today).exists()


def notice_of(row: AdverseAction, day: date) -> dict[str, object]:
    """What the notice says if it goes out on a day."""
    sender = Party.objects.filter(kind=Party.Kind.IPA).first()
    return notice_letter(
        to=str(row.who),
        sender=sender.name if sender is not None else "",
        issued=day,
        kind=row.kind,
        basis=row.basis,
        reasons=row.reasons,
        limits=row.limits,
        closes_panel=row.closes_panel,
        effective=row.effective_date,
        ends=row.ends_date,
        danger=row.danger,
        is_reportable=row.practitioner_id is not None
        and is_reportable(row.basis, row.effective_date, row.ends_date, by_surrender=False),
    )


@action("credentialing.work_hearings")
def send_notice(*, actor: Actor, action_id: int, tracking: str, now: datetime) -> AdverseNotice:
    """
    Send the notice of a proposed action by certified mail; the days to ask for a hearing begin.

    :raises WrongStage: if it went out before
    :raises NotNow: without a tracking number, if a denial's letter tells of it, or too late to end
        without cause on the proposed day
    """
    row, today = locked(action_id), timezone.localdate(now)
    if row.decision_id is not None:
        raise NotNow("the decision's letter is the notice: issue it under Letters")
    if not tracking.strip():
        raise NotNow("the notice goes by certified mail, so that its day is proven: its number")
    fault = fault_of_end(row.basis, today, row.effective_date)
    if fault:
        raise NotNow(fault)
    tell(row, day=today, actor=actor, now=now)
    return keep_notice(
        row, "action", notice_of(row, today), actor=actor, now=now, tracking=tracking
    )


def tell(row: AdverseAction, *, day: date, actor: Actor, now: datetime) -> None:
    """The notice of a locked action is out: the last day to ask for a hearing is known."""
    take_stage(
        row, Stage.NOTICE_SENT, actor=actor, now=now, day=day, notice_date=day,
        request_by_date=request_by(day),
    )  # fmt: skip


def keep_notice(
    row: AdverseAction, kind: str, content: dict, *, actor: Actor, now: datetime, tracking: str = ""
) -> AdverseNotice:
    """Keep a letter of an action as it leaves."""
    notice = AdverseNotice.objects.create(
        adverse_action=row,
        kind=AdverseNotice.Kind(kind),
        content=content,
        pdf_sha256=store(render_letter(content)).sha256,
        tracking=tracking.strip()[:60],
        issued_date=timezone.localdate(now),
        issued_at=now,
        issued_by_name=actor.name,
    )
    record(actor=actor, action="credentialing.adverse.told", subject=row, kind=kind,
           pdf_sha256=notice.pdf_sha256)  # fmt: skip
    return notice


@action("credentialing.open_adverse_action")
def drop_action(*, actor: Actor, action_id: int, text: str, now: datetime) -> AdverseAction:
    """
    Drop a proposed action before its notice went out.

    :raises NotNow: without words, of a denial, or while a suspension for danger is in force
    :raises WrongStage: if the notice is out
    """
    row = locked(action_id)
    if not text.strip():
        raise NotNow("say why in a few words")
    if row.decision_id is not None:
        raise NotNow("the committee denied this: only a hearing reverses it")
    if row.danger and row.suspension is not None and row.suspension.lifted_at is None:
        raise NotNow("they are suspended for it: lift the suspension first")
    return take_stage(row, Stage.CLOSED, actor=actor, now=now, text=text)
