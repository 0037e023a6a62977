"""What actions on cases share: their history, who is on them, and whom they shut out."""

import secrets
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps

from django.db.models import Max
from django.utils import timezone

from compliance.models import Case, CaseEvent, CaseFile, CaseHandler, CasePerson, HotlineMessage
from compliance.queries.case_history import told_of
from compliance.queries.case_people import accused_users, may_handle, officers, successor
from compliance.rules.case_records import digest_of, number_of
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.mailing import mail_later
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import CASES, cases_of, seeing
from ipaportal.identity.models import User

# The audit log says that a case was worked on, and seals what was done; not by whom, nor on which.
CALL = "A case waits for you"
CALL_TEXT = "You were given a case of compliance, or something to do about one. Sign in to see it."
DESK, WORKED = Actor.system("cases"), "compliance.case.worked"


class MayNotHandle(Refused):
    """Somebody whom the case names as accused, or who is not on the staff."""

    def __init__(self) -> None:
        super().__init__(
            "This person cannot be given the case. Nothing was recorded. Choose another."
        )


class DoneBefore(Refused):
    def __init__(self) -> None:
        super().__init__("That was done before. Nothing was recorded twice.")


class NobodyLeft(Refused):
    """An accusation that would leave a case to nobody."""

    def __init__(self) -> None:
        super().__init__(
            "With this nobody would be left who may see the case. Nothing was recorded. Name "
            "somebody who takes over cases first."
        )


def among_cases(function: Callable) -> Callable:
    """Let an action see the cases that its actor may, and nothing of any party."""

    @wraps(function)
    def run(*, actor: Actor, **kwargs: object) -> object:
        with seeing(cases_of(actor)):
            return function(actor=actor, **kwargs)

    return run


def tell(case: Case, kind: str, *, actor: Actor, at: datetime, text: str = "") -> CaseEvent:
    """Add to a case's history, and seal a hash of it in the audit log."""
    most = case.events.aggregate(most=Max("place"))["most"] or 0
    event = CaseEvent(
        case=case, place=most + 1, kind=kind, by_id=actor.user_id, by_name=actor.name, at=at
    )
    event.text = text.strip()
    event.save(force_insert=True)
    record(actor=DESK, action=WORKED, event=f"{event.pk}", sha256=digest_of(told_of(event)))
    return event


def begin_case(
    *, kind: str, source: str, title: str, text: str, day: date, actor: Actor | None = None
) -> Case:
    """A new case of a day; whoever wrote without a name has none in it."""
    case = Case(
        number=number_of(secrets.token_bytes(16)),
        kind=kind,
        source=source,
        received_date=day,
        clock_date=day,
        opened_by_id=actor.user_id if actor else None,
        opened_by_name=actor.name if actor else "",
    )
    case.title, case.text = title.strip(), text.strip()
    case.save(force_insert=True)
    return case


def locked(case_id: object) -> Case:
    """A case that the scope shows, locked."""
    return Case.objects.select_for_update(of=("self",)).get(pk=case_id)


def add_person(
    case: Case, part: str, name: str, actor: Actor, now: datetime, **who: int | None
) -> CasePerson:
    """A person of a case, by the name that they have now."""
    person = CasePerson(
        case=case, part=part, named_at=now, named_by_id=actor.user_id,
        named_by_name=actor.name, **who,
    )  # fmt: skip
    person.name = name.strip()
    person.save(force_insert=True)
    return person


def accuse_office(case: Case, actor: Actor, now: datetime) -> None:
    """Shut every compliance officer out, and give the case to whoever takes over."""
    office = User.objects.filter(pk__in=officers(timezone.localdate(now))).order_by("pk")
    for user in office:
        add_person(case, "accused", user.name, actor, now, user_id=user.pk)
    shut_out(case, actor, now)


def shut_out(case: Case, actor: Actor, now: datetime) -> None:
    """
    Take whom it accuses off a case, and see to it that somebody is left who may see it.

    :raises NobodyLeft: if there is nobody
    """
    today, accused = timezone.localdate(now), accused_users(case)
    for one in case.handlers.filter(ended_at=None, user_id__in=accused):
        one.ended_at = now
        one.save(update_fields=["ended_at"])
        tell(case, "left", actor=DESK, at=now, text=one.user_name)
    has_owner = case.handlers.filter(ended_at=None, is_owner=True).exists()
    if has_owner or not officers(today) & accused:
        return
    user = successor(case, today)
    if user is None:
        raise NobodyLeft
    hand(case, user.pk, DESK, now, "The case is about the compliance office.")


def write_message(
    case: Case, text: str, day: date, *, is_from_reporter: bool, key: object = None
) -> HotlineMessage:
    """A message between a reporter and us."""
    most = case.messages.aggregate(most=Max("place"))["most"] or 0
    message = HotlineMessage(
        case=case, place=most + 1, is_from_reporter=is_from_reporter, day=day,
        **({"id": key} if key else {}),
    )  # fmt: skip
    message.text = text.strip()
    message.save(force_insert=True)
    return message


def keep_file(
    case: Case, data: bytes, name: str, at: datetime, *, actor: Actor | None = None
) -> CaseFile:
    """A file of a case; without an actor it is the reporter's."""
    stored = store(data)
    file = CaseFile(
        case=case, sha256=stored.sha256, size=stored.size, is_from_reporter=actor is None,
        added_at=at, added_by_id=actor.user_id if actor else None,
        added_by_name=actor.name if actor else "",
    )  # fmt: skip
    file.name = name[-200:]
    file.save(force_insert=True)
    return file


def handler_of(case: Case, user_id: int, now: datetime) -> User:
    """
    Somebody who may be given a case.

    :raises MayNotHandle: if they may not
    """
    user = next((u for u in may_handle(case, timezone.localdate(now)) if u.pk == user_id), None)
    if user is None:
        raise MayNotHandle
    return user


def call(case: Case, user: User, actor: Actor) -> None:
    """
    Tell somebody by mail that a case waits for them; the mail says nothing else.

    Not of a report that just came: the mail's hour would be the report's.
    """
    if user.pk != actor.user_id and (case.source, case.state) != ("hotline", "new"):
        mail_later([user.email], CALL, CALL_TEXT)


def give(case: Case, user: User, is_owner: bool, actor: Actor, now: datetime) -> None:
    """Put somebody on a case."""
    CaseHandler.objects.create(
        case=case, user_id=user.pk, user_name=user.name, is_owner=is_owner, given_at=now,
        given_by_id=actor.user_id, given_by_name=actor.name,
    )  # fmt: skip


def hand(case: Case, user_id: int, actor: Actor, now: datetime, text: str = "") -> None:
    """
    Make somebody the owner; the owner before stays on as a helper.

    Whoever hands it on may be shut out by that, so it is done as the desk.
    """
    user = handler_of(case, user_id, now)
    with seeing(CASES):
        held = {one.user_id: one for one in case.handlers.filter(ended_at=None)}
        old = next((one for one in held.values() if one.is_owner), None)
        if old and old.user_id == user_id:
            return
        for one in filter(None, (old, held.get(user_id))):
            one.ended_at = now
            one.save(update_fields=["ended_at"])
        if old:
            CaseHandler.objects.create(
                case=case, user_id=old.user_id, user_name=old.user_name, is_owner=False,
                given_at=now, given_by_id=actor.user_id, given_by_name=actor.name,
            )  # fmt: skip
        give(case, user, True, actor, now)
        call(case, user, actor)
        tell(case, "handed", actor=actor, at=now, text=f"{user.name}. {text}")
