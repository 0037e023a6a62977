"""What a practice allows itself: budgets, who commits, and the word for what is above."""

from datetime import date, datetime

from credentialing.models import Practice
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted, Refused
from purchasing.actions.commitment_checks import (
    GateClosed,
    ask_of,
    check_ask,
    keep_refused,
    locked_order,
    say,
)
from purchasing.actions.waiting_words import WAITING, locked_control
from purchasing.models import Budget, BuyingControl, CommitmentRequest, GateRefusal
from purchasing.queries.control import requests
from purchasing.queries.sites import practices_of
from purchasing.rules.budgets import may_set, who_answers
from purchasing.rules.cycles import TAKES_COMMITMENTS
from purchasing.rules.gates import Stage

SET, APPROVE = "purchasing.set_budget", "purchasing.approve_commitment"


class NotTheirsToSet(Refused):
    def __init__(self, names: str) -> None:
        super().__init__(
            f"Your practice named who approves: only {names} may change this. Nothing was changed. "
            "Ask them."
        )


class NotOfThePractice(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Somebody who was chosen cannot sign in for this practice any more. Nothing was "
            "changed. Choose again among those who can."
        )


class NotAsked(Refused):
    """Another person's word is waited for."""

    def __init__(self, names: str) -> None:
        super().__init__(
            f"This waits for the word of {names}, not of who asked for it. Nothing was changed."
        )


class AnsweredAlready(Refused):
    def __init__(self, asked: CommitmentRequest) -> None:
        super().__init__(
            f"This does not wait any more: it is {asked.get_state_display()}. Nothing was changed."
        )


class SayWhyNot(Refused):
    def __init__(self) -> None:
        super().__init__("Say why not, so that whoever asked knows. Nothing was changed.")


def _practice(actor: Actor, practice_id: int, now: datetime) -> Practice:
    found = practices_of(actor, SET).filter(pk=practice_id).first()
    if found is None:
        raise NotPermitted(actor.name, SET)
    control = locked_control(found, now)
    if not may_set(actor.user_id, control.approvers):
        raise NotTheirsToSet(control.names(control.approvers))
    return found


@action(SET)
def set_control(
    *,
    actor: Actor,
    practice_id: int,
    committer_ids: list[int],
    approver_ids: list[int],
    above_cents: int | None,
    now: datetime,
) -> BuyingControl:
    """
    Say who commits for a practice, and whose word is asked above what amount.

    :raises NotPermitted: if it is not theirs
    :raises NotTheirsToSet: if the practice named who approves, and they are somebody else
    :raises NotOfThePractice: if somebody named cannot sign in for it
    """
    practice = _practice(actor, practice_id, now)
    there = set(locked_control(practice, now).colleagues)
    if not {*committer_ids, *approver_ids} <= there:
        raise NotOfThePractice
    BuyingControl.objects.filter(practice=practice, superseded_at=None).update(superseded_at=now)
    made = BuyingControl.objects.create(
        practice=practice,
        committer_ids=sorted(committer_ids),
        approver_ids=sorted(approver_ids),
        above_cents=above_cents,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    record(
        actor=actor, action="purchasing.control.set", subject=made, committers=made.committer_ids,
        approvers=made.approver_ids, above_cents=above_cents,
    )  # fmt: skip
    return made


@action(SET)
def set_budget(
    *,
    actor: Actor,
    practice_id: int,
    category: str,
    period: str,
    cents: int | None,
    now: datetime,
) -> Budget | None:
    """
    Say what may be committed in a month or a quarter, for a kind or all; without a sum, end it.

    :raises NotPermitted: if it is not theirs
    :raises NotTheirsToSet: if the practice named who approves, and they are somebody else
    """
    practice = _practice(actor, practice_id, now)
    Budget.objects.filter(
        practice=practice, category=category, period=period, superseded_at=None
    ).update(superseded_at=now)
    made = None
    if cents is not None:
        made = Budget.objects.create(
            practice=practice,
            category=category,
            period=period,
            cents=cents,
            recorded_by_id=actor.user_id,
            recorded_by_name=actor.name,
            recorded_at=now,
        )
    record(
        actor=actor, action="purchasing.budget.set", subject=made or practice, category=category,
        period=period, cents=cents,
    )  # fmt: skip
    return made


def answer_request(
    *, actor: Actor, commitment_request_id: int, now: datetime, **said: object
) -> CommitmentRequest:
    """
    Say yes or no to what waits; what a gate refuses meanwhile is kept.

    :raises GateClosed: if the office may not buy it any more
    """
    try:
        return decide_request(
            actor=actor, commitment_request_id=commitment_request_id, now=now, **said
        )
    except GateClosed as closed:
        keep_refused_word(actor=actor, closed=closed, now=now)
        raise


@action(APPROVE)
def keep_refused_word(*, actor: Actor, closed: GateClosed, now: datetime) -> list[GateRefusal]:
    """Keep what gates refused when a word was given, though nothing else was changed."""
    return keep_refused(actor, closed.ask, closed.refusals, Stage.COMMIT, now)


@action(APPROVE)
def decide_request(
    *,
    actor: Actor,
    commitment_request_id: int,
    is_approved: bool,
    text: str,
    now: datetime,
    today: date,
) -> CommitmentRequest:
    """
    Say yes or no to what waits: a yes commits it as it was asked, if it may be committed now.

    :raises NotPermitted: if it is not theirs
    :raises AnsweredAlready: if it does not wait any more
    :raises NotAsked: if another person's word is waited for
    :raises SayWhyNot: if it is refused without a word
    :raises NotOpen: if the order closed meanwhile
    """
    found = requests(actor=actor).filter(pk=commitment_request_id).first()
    if found is None:
        raise NotPermitted(actor.name, APPROVE)
    order = locked_order(found.order_item)
    asked = CommitmentRequest.objects.select_for_update().get(pk=found.pk)
    if asked.state != WAITING:
        raise AnsweredAlready(asked)
    control = locked_control(found.practice, now)
    allowed = who_answers(asked.asked_by_id, control.approvers, control.colleagues)
    if actor.user_id not in allowed:
        raise NotAsked(control.names(allowed))
    if not is_approved and not text.strip():
        raise SayWhyNot
    asked.state = CommitmentRequest.State.REFUSED
    if is_approved:
        ask = ask_of(found)
        check_ask(ask, order, now, today)
        asked.commitment = say(ask, by_id=asked.asked_by_id, by_name=asked.asked_by_name, now=now)
        asked.state = CommitmentRequest.State.APPROVED
    asked.decided_by_id, asked.decided_by_name = actor.user_id, actor.name
    asked.decided_at, asked.decision_text = now, text.strip()
    asked.save(update_fields=["state", "commitment", "decided_by_id", "decided_by_name",
                              "decided_at", "decision_text"])  # fmt: skip
    record(actor=actor, action=f"purchasing.commitment.{asked.state}", subject=asked)
    return asked


# The clock --------------------------------------------------------------------------------------


def step_requests(now: datetime) -> int:
    """Say of everything that still waited when its order closed that it does not count."""
    clock, steps = Actor.system("clock"), 0
    late = CommitmentRequest.objects.filter(state=WAITING).exclude(
        order_item__order__status__in=TAKES_COMMITMENTS
    )
    for pk in list(late.order_by("pk").values_list("pk", flat=True)):
        steps += lapse_request(actor=clock, commitment_request_id=pk, now=now)
    return steps


@action("purchasing.advance_order")
def lapse_request(*, actor: Actor, commitment_request_id: int, now: datetime) -> bool:
    """Let what waited lapse: its order takes no commitments any more."""
    asked = CommitmentRequest.objects.select_for_update().get(pk=commitment_request_id)
    is_late = asked.state == WAITING
    if is_late:
        asked.state, asked.decided_at = CommitmentRequest.State.LAPSED, now
        asked.decided_by_name = actor.name
        asked.save(update_fields=["state", "decided_at", "decided_by_name"])
    record(actor=actor, action="purchasing.commitment.lapsed", subject=asked, is_late=is_late)
    return is_late
