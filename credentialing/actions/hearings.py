"""Hearings: asked for or waived, scheduled, heard by peers, decided; and the clock's part."""

from datetime import date, datetime

from django.utils import timezone

from credentialing.actions.adverse import keep_notice
from credentialing.actions.adverse_steps import NotNow, locked, take_stage
from credentialing.actions.finality import first_day_of, make_final, reverse
from credentialing.models import AdverseAction, HearingPanelist, Practitioner
from credentialing.queries.adverse import conflict_with, panel_of
from credentialing.rules.adverse import (
    Stage,
    fault_of,
    fault_of_hearing,
    fault_of_panel,
    is_over_unasked,
)
from credentialing.rules.hearing_letters import decision_letter, hearing_letter
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.identity.models import Party

AT_ONCE = 100


class NotYourAction(Refused):
    """Whoever this is not about."""

    def __init__(self) -> None:
        super().__init__(
            "This is not about you, so you cannot answer it. Nothing was recorded. Only the "
            "practitioner themselves asks for a hearing, or waives it."
        )


class SamePerson(Refused):
    """Whoever proposed an action does not decide after its hearing."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} proposed this, so somebody else decides it. Nothing was decided. Ask the "
            "medical director or another network administrator."
        )


def _own(action_id: int, actor: Actor) -> AdverseAction:
    row = locked(action_id)
    if actor.user_id is None or row.who.user_id != actor.user_id:
        raise NotYourAction
    return row


def _ask(row: AdverseAction, day: date, text: str, actor: Actor, now: datetime) -> AdverseAction:
    fault = fault_of(Stage.HEARING_REQUESTED, day, last=row.request_by_date)
    if fault:
        raise NotNow(fault)
    return take_stage(row, Stage.HEARING_REQUESTED, actor=actor, now=now, day=day, text=text)


def _waive(row: AdverseAction, text: str, actor: Actor, now: datetime) -> AdverseAction:
    take_stage(row, Stage.WAIVED, actor=actor, now=now, text=text)
    return make_final(row, text="the right to a hearing was waived", actor=actor, now=now)


@action("credentialing.ask_hearing")
def ask_own_hearing(*, actor: Actor, action_id: int, text: str, now: datetime) -> AdverseAction:
    """
    Ask for a hearing as the practitioner whom an action is about.

    :raises NotYourAction: if it is about somebody else
    :raises NotNow: after the last day
    :raises WrongStage: if it was asked for, or nothing was proposed to them
    """
    with seeing(EVERYBODY):
        return _ask(_own(action_id, actor), timezone.localdate(now), text, actor, now)


@action("credentialing.ask_hearing")
def waive_own_hearing(*, actor: Actor, action_id: int, text: str, now: datetime) -> AdverseAction:
    """
    Waive the hearing as the practitioner whom an action is about: it is final at once.

    :raises NotYourAction: if it is about somebody else
    :raises WrongStage: if there is no hearing to waive
    """
    with seeing(EVERYBODY):
        return _waive(_own(action_id, actor), text, actor, now)


@action("credentialing.work_hearings")
def record_request(
    *, actor: Actor, action_id: int, received_date: date, text: str, now: datetime
) -> AdverseAction:
    """
    Record a letter that asks for a hearing, by the day it came.

    :raises NotNow: if it came after the last day, before the notice, or in the future
    :raises WrongStage: if one was asked for before
    """
    row = locked(action_id)
    if received_date > timezone.localdate(now):
        raise NotNow("no letter has come from the future")
    if row.notice_date is not None and received_date < row.notice_date:
        raise NotNow("nobody asks for a hearing before they were told")
    return _ask(row, received_date, text, actor, now)


@action("credentialing.work_hearings")
def record_waiver(*, actor: Actor, action_id: int, text: str, now: datetime) -> AdverseAction:
    """
    Record that they waived the hearing in writing, or did not come; it is final at once.

    :raises NotNow: without saying which letter
    :raises WrongStage: if there is no hearing to waive
    """
    if not text.strip():
        raise NotNow("say which letter waives it, or what happened on the day of the hearing")
    return _waive(locked(action_id), text, actor, now)


@action("credentialing.work_hearings")
def schedule_hearing(
    *, actor: Actor, action_id: int, hearing_date: date, place: str, witnesses: str, now: datetime
) -> AdverseAction:
    """
    Set the hearing's day, or put it off, and tell it by a letter with witnesses and panel.

    :raises NotNow: if it is sooner than the law allows, or nobody says where
    :raises WrongStage: if no hearing was asked for
    """
    row, today = locked(action_id), timezone.localdate(now)
    fault = fault_of_hearing(today, hearing_date) or ("" if place.strip() else "say where it is")
    if fault:
        raise NotNow(fault)
    take_stage(
        row, Stage.SCHEDULED, actor=actor, now=now,
        text=f"Witnesses: {witnesses.strip() or 'none'}", place=place.strip(),
        hearing_date=hearing_date,
    )  # fmt: skip
    content = hearing_letter(
        **_from_to(row), issued=today, hearing=hearing_date, place=place.strip(),
        witnesses=witnesses.strip(), panel=[one.name for one in row.panel.filter(excused_at=None)],
    )  # fmt: skip
    keep_notice(row, "hearing", content, actor=actor, now=now)
    return row


def _from_to(row: AdverseAction) -> dict[str, str]:
    sender = Party.objects.filter(kind=Party.Kind.IPA).first()
    return {"to": str(row.who), "sender": sender.name if sender is not None else ""}


@action("credentialing.work_hearings")
def add_panelist(
    *,
    actor: Actor,
    action_id: int,
    name: str,
    specialty: str,
    is_peer: bool,
    now: datetime,
    practitioner_id: int | None = None,
) -> HearingPanelist:
    """
    Put somebody on the panel who does not compete with whom it is about.

    :raises NotNow: if they do, decided against them before, are on it, or nothing waits for a panel
    """
    row = locked(action_id)
    if row.stage not in (Stage.HEARING_REQUESTED, Stage.SCHEDULED):
        raise NotNow("no hearing waits for a panel here")
    member = Practitioner.objects.filter(pk=practitioner_id or 0).first()
    name = str(member) if member is not None else name.strip()
    if not name:
        raise NotNow("say who it is")
    specialty = specialty.strip() or (member.specialty if member is not None else "")
    why = conflict_with(row, member, name, timezone.localdate(now))
    if not why and row.panel.filter(excused_at=None, name=name).exists():
        why = "is on the panel already"
    if why:
        raise NotNow(f"{name} {why}")
    made = HearingPanelist.objects.create(
        adverse_action=row, practitioner=member, name=name[:200], specialty=specialty[:100],
        is_peer=is_peer, added_by_name=actor.name, added_at=now,
    )  # fmt: skip
    record(actor=actor, action="credentialing.panelist.added", subject=made)
    return made


@action("credentialing.work_hearings")
def excuse_panelist(
    *, actor: Actor, action_id: int, panelist_id: int, text: str, now: datetime
) -> HearingPanelist:
    """
    Take somebody off the panel again, with why.

    :raises NotNow: without words, or once the hearing was held
    """
    row = locked(action_id)
    found = row.panel.filter(pk=panelist_id, excused_at=None).first()
    if found is None or row.stage not in (Stage.HEARING_REQUESTED, Stage.SCHEDULED):
        raise NotNow("they are not on a panel that can still change")
    if not text.strip():
        raise NotNow("say why in a few words")
    found.excused_at, found.excused_by_name = now, actor.name
    found.excused_for = text.strip()[:300]
    found.save(update_fields=["excused_at", "excused_by_name", "excused_for"])
    record(actor=actor, action="credentialing.panelist.excused", subject=found)
    return found


@action("credentialing.work_hearings")
def hold_hearing(*, actor: Actor, action_id: int, text: str, now: datetime) -> AdverseAction:
    """
    Record that the hearing was held, before a panel that may hear it.

    :raises NotNow: before its day, or if the panel may not
    :raises WrongStage: if none is scheduled
    """
    row, today = locked(action_id), timezone.localdate(now)
    fault = fault_of(Stage.HELD, today, scheduled=row.hearing_date)
    fault = fault or fault_of_panel(panel_of(row, today))
    if fault:
        raise NotNow(fault)
    return take_stage(row, Stage.HELD, actor=actor, now=now, text=text)


@action("credentialing.work_hearings")
def record_recommendation(
    *, actor: Actor, action_id: int, text: str, now: datetime
) -> AdverseAction:
    """
    Record what the panel recommends, with its reasons.

    :raises NotNow: without words
    :raises WrongStage: if no hearing was held
    """
    if not text.strip():
        raise NotNow("a recommendation is in writing, with its reasons")
    return take_stage(locked(action_id), Stage.RECOMMENDED, actor=actor, now=now, text=text)


@action("credentialing.decide_hearing")
def decide_action(
    *, actor: Actor, action_id: int, upholds: bool, text: str, now: datetime
) -> AdverseAction:
    """
    Decide after the hearing, in writing: the action is final, or reversed.

    :raises NotNow: without reasons
    :raises SamePerson: if the actor proposed it
    :raises WrongStage: if the panel has not recommended anything
    :raises OnAList: if it is reversed, they are suspended for it, and a list may stop them
    """
    row = locked(action_id)
    if not text.strip():
        raise NotNow("a decision is in writing, with its reasons")
    if row.decision_id is None and actor.user_id == row.opened_by_id:
        raise SamePerson(actor.name)
    said = row.steps.filter(stage=Stage.RECOMMENDED).last()
    if upholds:
        make_final(row, text=text, actor=actor, now=now)
    else:
        reverse(row, text=text, actor=actor, now=now)
    content = decision_letter(
        **_from_to(row), issued=timezone.localdate(now), what=row.get_kind_display(),
        is_final=upholds, recommendation=said.text if said is not None else "",
        reasons=text.strip(),
        ends_from=first_day_of(row, row.final_date) if upholds else None,
        is_reportable=row.report_due_date is not None,
    )  # fmt: skip
    keep_notice(row, "decision", content, actor=actor, now=now)
    return row


def step_hearings(now: datetime) -> int:
    """Make final what nobody asked a hearing about in time; of the sweep."""
    today, clock = timezone.localdate(now), Actor.system("clock")
    rows = AdverseAction.objects.filter(stage=Stage.NOTICE_SENT, request_by_date__lt=today)
    found = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    return sum(let_expire(actor=clock, action_id=pk, now=now) for pk in found)


@action("credentialing.let_hearing_expire")
def let_expire(*, actor: Actor, action_id: int, now: datetime) -> bool:
    """Make an action final whose days to ask for a hearing are over; tells whether it did."""
    row, today = locked(action_id), timezone.localdate(now)
    if not is_over_unasked(row.stage, row.request_by_date, today):
        record(actor=actor, action="credentialing.adverse.checked", subject=row)
        return False
    last = row.request_by_date
    take_stage(row, Stage.WAIVED, actor=actor, now=now, text=f"nobody asked by {last}")
    make_final(row, text="no hearing was asked for in time", actor=actor, now=now)
    return True
