"""Cases: opened, triaged, handed on, worked on, closed and opened again; each leaves an event."""

from datetime import date, datetime

from django.db.models import Max
from django.utils import timezone

from compliance.actions.case_parts import (
    DoneBefore,
    MayNotHandle,
    accuse_office,
    add_person,
    among_cases,
    begin_case,
    call,
    give,
    hand,
    handler_of,
    keep_file,
    locked,
    shut_out,
    tell,
    write_message,
)
from compliance.models import (
    Case,
    CaseDeputy,
    CaseEvent,
    CasePerson,
    CaseTask,
    HotlineMessage,
)
from compliance.queries.case_people import officers
from compliance.rules.cases import OUTCOMES, PARTS, may
from credentialing.actions.documents import checked_kind
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import CASES, seeing
from ipaportal.identity.models import User

HANDLE = "compliance.handle_cases"


class NotInThisState(Refused):
    def __init__(self, case: Case) -> None:
        super().__init__(
            f"Case {case.number} is {case.get_state_display()}: that does not follow from there. "
            "Nothing was recorded. Look at the case again."
        )


class TasksLeft(Refused):
    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} of its tasks are open. Nothing was closed. Finish them, and say how."
        )


class NoWayBack(Refused):
    """A reply to a case that nobody reported without a name."""

    def __init__(self) -> None:
        super().__init__("Nobody holds a mailbox of this case. Nothing was sent.")


@action("compliance.open_case")
def open_case(
    *,
    actor: Actor,
    kind: str,
    title: str,
    text: str,
    received_date: date,
    about_office: bool = False,
    now: datetime,
) -> Case:
    """
    Open a case; about the compliance office it goes to whoever is named to take over.

    :raises NobodyLeft: if it is about the office, and there is nobody else
    """
    with seeing(CASES):
        case = begin_case(
            kind=kind, source="staff", title=title, text=text, day=received_date, actor=actor
        )
        tell(case, "opened", actor=actor, at=now)
        if about_office:
            accuse_office(case, actor, now)
        return case


@action(HANDLE)
@among_cases
def triage_case(
    *,
    actor: Actor,
    case_id: object,
    kind: str,
    is_urgent: bool,
    owner_id: int,
    text: str,
    now: datetime,
) -> Case:
    """
    Say what a case is, how urgent, and who owns it: the inquiry begins.

    :raises NotInThisState: if it is closed
    :raises MayNotHandle: if the owner cannot be
    """
    case = locked(case_id)
    if not may(case.state, "triaged"):
        raise NotInThisState(case)
    case.kind, case.is_urgent, case.state = kind, is_urgent, "open"
    case.triaged_date = case.triaged_date or timezone.localdate(now)
    case.save(update_fields=["kind", "is_urgent", "state", "triaged_date"])
    words = f"{case.get_kind_display()}{', urgent' if is_urgent else ''}. {text}"
    tell(case, "triaged", actor=actor, at=now, text=words)
    hand(case, owner_id, actor, now)
    return case


@action(HANDLE)
@among_cases
def hand_case(
    *, actor: Actor, case_id: object, user_id: int, is_owner: bool, text: str, now: datetime
) -> Case:
    """
    Hand a case to another owner, or add a helper.

    :raises MayNotHandle: for whom it accuses, or who is not on the staff
    """
    case = locked(case_id)
    if is_owner:
        hand(case, user_id, actor, now, text)
    else:
        user = handler_of(case, user_id, now)
        if case.handlers.filter(user_id=user_id, ended_at=None).exists():
            raise DoneBefore
        give(case, user, False, actor, now)
        tell(case, "helped", actor=actor, at=now, text=f"{user.name}. {text}")
    return case


@action(HANDLE)
@among_cases
def note_case(
    *,
    actor: Actor,
    case_id: object,
    text: str,
    evidence: bytes = b"",
    evidence_name: str = "",
    now: datetime,
) -> CaseEvent:
    """
    Add a note, with a paper if there is one.

    :raises WrongFile: if it is no paper that is kept
    """
    case = locked(case_id)
    if evidence:
        checked_kind(evidence)
        keep_file(case, evidence, evidence_name, now, actor=actor)
        text = f"{text} ({evidence_name})"
    return tell(case, "file" if evidence else "note", actor=actor, at=now, text=text)


@action(HANDLE)
@among_cases
def reply_to_reporter(*, actor: Actor, case_id: object, text: str, now: datetime) -> HotlineMessage:
    """
    Write into the mailbox of a report; the first reply acknowledges it.

    :raises NoWayBack: if nobody reported it without a name
    """
    case = locked(case_id)
    if not hasattr(case, "report"):
        raise NoWayBack
    if case.acknowledged_date is None:
        case.acknowledged_date = timezone.localdate(now)
        case.save(update_fields=["acknowledged_date"])
        tell(case, "acknowledged", actor=actor, at=now)
    message = write_message(case, text, timezone.localdate(now), is_from_reporter=False)
    tell(case, "replied", actor=actor, at=now, text=text)
    return message


@action(HANDLE)
@among_cases
def name_person(
    *,
    actor: Actor,
    case_id: object,
    part: str,
    name: str,
    user_id: int | None = None,
    practitioner_id: int | None = None,
    party_id: int | None = None,
    text: str = "",
    now: datetime,
) -> CasePerson:
    """
    Name somebody in a case. Whom it accuses sees nothing of it from now on.

    If an officer is accused, whoever is named to take over owns it.

    :raises NobodyLeft: if nobody would be left who may see it
    """
    case = locked(case_id)
    with seeing(CASES):  # whoever names themselves is shut out by their own words
        person = add_person(
            case, part, name, actor, now,
            user_id=user_id, practitioner_id=practitioner_id, party_id=party_id,
        )  # fmt: skip
        tell(case, "named", actor=actor, at=now, text=f"{name}, {PARTS[part]}. {text}")
        if part == "accused":
            shut_out(case, actor, now)
    return person


@action(HANDLE)
@among_cases
def withdraw_person(*, actor: Actor, person_id: object, text: str, now: datetime) -> CasePerson:
    """
    Take back that somebody is named, with a reason; it stays on record that they were.

    :raises DoneBefore: if it was taken back before
    """
    person = CasePerson.objects.select_for_update(of=("self",)).get(pk=person_id)
    case = locked(person.case_id)
    if person.withdrawn_at:
        raise DoneBefore
    person.withdrawn_at = now
    person.save(update_fields=["withdrawn_at"])
    words = f"{person.name}, {PARTS[person.part]}. {text}"
    tell(case, "withdrawn", actor=actor, at=now, text=words)
    return person


@action(HANDLE)
@among_cases
def give_task(
    *, actor: Actor, case_id: object, user_id: int, text: str, due_date: date, now: datetime
) -> CaseTask:
    """
    Give somebody who works on a case something to do about it; who did not yet, does now.

    :raises NotInThisState: if it is closed
    :raises MayNotHandle: for whom it accuses, or who is not on the staff
    """
    case = locked(case_id)
    if case.state == "closed":
        raise NotInThisState(case)
    user = handler_of(case, user_id, now)
    if not case.handlers.filter(user_id=user_id, ended_at=None).exists():
        give(case, user, False, actor, now)
    task = CaseTask(
        case=case, owner_id=user.pk, owner_name=user.name, due_date=due_date, given_at=now,
        given_by_name=actor.name,
    )  # fmt: skip
    task.text = text.strip()
    task.save(force_insert=True)
    call(case, user, actor)
    tell(case, "task", actor=actor, at=now, text=f"{user.name}, until {due_date}: {text}")
    return task


@action(HANDLE)
@among_cases
def finish_task(*, actor: Actor, task_id: object, text: str, now: datetime) -> CaseTask:
    """
    Say that a task is done, and how.

    :raises DoneBefore: if it was
    """
    task = CaseTask.objects.select_for_update(of=("self",)).get(pk=task_id)
    case = locked(task.case_id)
    if task.done_at:
        raise DoneBefore
    task.done_at, task.done_by_id, task.done_by_name = now, actor.user_id, actor.name
    task.save(update_fields=["done_at", "done_by_id", "done_by_name"])
    tell(case, "done", actor=actor, at=now, text=f"{task.text}: {text}")
    return task


@action(HANDLE)
@among_cases
def close_case(*, actor: Actor, case_id: object, outcome: str, text: str, now: datetime) -> Case:
    """
    Close a case with its outcome, and why.

    :raises NotInThisState: if it was not triaged, or is closed
    :raises TasksLeft: if something of it is to be done
    """
    case = locked(case_id)
    if not may(case.state, "closed"):
        raise NotInThisState(case)
    if left := case.tasks.filter(done_at=None).count():
        raise TasksLeft(left)
    case.state, case.outcome, case.closed_date = "closed", outcome, timezone.localdate(now)
    case.save(update_fields=["state", "outcome", "closed_date"])
    tell(case, "closed", actor=actor, at=now, text=f"{OUTCOMES[outcome]}: {text}")
    return case


@action(HANDLE)
@among_cases
def reopen_case(*, actor: Actor, case_id: object, text: str, now: datetime) -> Case:
    """
    Open a closed case again, with a reason; its clocks begin anew.

    :raises NotInThisState: if it is not closed
    """
    case = locked(case_id)
    if not may(case.state, "reopened"):
        raise NotInThisState(case)
    case.state, case.outcome, case.closed_date = "open", "", None
    case.clock_date = case.triaged_date = timezone.localdate(now)
    case.save(update_fields=["state", "outcome", "closed_date", "clock_date", "triaged_date"])
    tell(case, "reopened", actor=actor, at=now, text=text)
    return case


@action("compliance.name_deputies")
def name_deputy(*, actor: Actor, user_id: int, text: str, now: datetime) -> CaseDeputy:
    """
    Name somebody who takes over cases about the compliance office, after those named before.

    :raises MayNotHandle: for an officer, or who is not on the staff
    :raises DoneBefore: if they are named
    """
    today = timezone.localdate(now)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or user_id in officers(today):
        raise MayNotHandle
    if CaseDeputy.objects.filter(user=user, ended_at=None).exists():
        raise DoneBefore
    most = CaseDeputy.objects.aggregate(most=Max("place"))["most"] or 0
    deputy = CaseDeputy.objects.create(
        user=user, place=most + 1, text=text.strip(), named_at=now, named_by_id=actor.user_id,
        named_by_name=actor.name,
    )  # fmt: skip
    record(actor=actor, action="compliance.deputy.named", subject=deputy, user=user.pk)
    return deputy


@action("compliance.name_deputies")
def end_deputy(*, actor: Actor, deputy_id: int, now: datetime) -> CaseDeputy:
    """
    Let somebody take over cases no longer; what they own they keep.

    :raises DoneBefore: if it ended
    """
    deputy = CaseDeputy.objects.select_for_update(of=("self",)).get(pk=deputy_id)
    if deputy.ended_at:
        raise DoneBefore
    deputy.ended_at = now
    deputy.save(update_fields=["ended_at"])
    record(actor=actor, action="compliance.deputy.ended", subject=deputy)
    return deputy
