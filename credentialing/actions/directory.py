"""Keeping the directory right: practices confirm and change, staff write in, the clock reminds."""

from datetime import date, datetime

from django.utils import timezone

from credentialing.actions.hold_notices import payees_of
from credentialing.models import (
    DirectoryChange,
    DirectoryCheck,
    DirectoryReminder,
    DirectoryRound,
    Location,
    PractitionerRole,
)
from credentialing.queries.directory import (
    CONFIRM,
    Office,
    due_reminders,
    listed_locations,
    offices_of,
    round_is_open,
)
from credentialing.rules.directory import AT_ONCE, reminders_due, update_by
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.mailing import mail_later
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text

MOST = 100
REMINDER = """Please look at what the public directory says of {place} and confirm it, or say what
is otherwise, by {day}: in the portal, under “Directory”. It takes a minute.

What nobody confirms is marked as not confirmed.
"""


class NotListed(Refused):
    """An office that the directory does not list, or of another practice."""

    def __init__(self) -> None:
        super().__init__(
            "The directory lists no such office of yours. Nothing was recorded. Ask the IPA to "
            "list it first."
        )


class WrongChange(Refused):
    """A change that says nothing, or nothing that can stand there."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why[:1].upper()}{why[1:]}. Nothing was changed.")


def _office(location_id: int, actor: Actor, today: date) -> Office:
    """One listed office of the actor's practices, its row locked."""
    rows = listed_locations(today).filter(pk=location_id)
    reach = actor.reach(CONFIRM)
    if reach is not None:
        rows = rows.filter(practice__party__in=reach)
    if rows.select_for_update(of=("self",)).first() is None:
        raise NotListed
    return offices_of(Location.objects.filter(pk=location_id), today)[0]


@action("credentialing.confirm_directory")
def confirm_office(*, actor: Actor, location_id: int, now: datetime) -> DirectoryCheck:
    """
    Confirm that what the directory says of an office is right, as it stands.

    :raises NotListed: if it is another practice's, or not listed
    """
    today = timezone.localdate(now)
    office = _office(location_id, actor, today)
    made = DirectoryCheck.objects.create(
        location=office.location, confirmed_date=today, content=office.content,
        confirmed_by_id=actor.user_id, confirmed_by_name=actor.name, confirmed_at=now,
    )  # fmt: skip
    record(actor=actor, action="credentialing.directory.confirmed", subject=made,
           location_id=location_id)  # fmt: skip
    return made


@action("credentialing.confirm_directory")
def change_office(
    *,
    actor: Actor,
    location_id: int,
    what: str,
    text: str,
    now: datetime,
    role_id: int | None = None,
) -> DirectoryChange:
    """
    Say that something of an office is otherwise: numbers and panels stand at once, the rest is
    written in by the IPA within two business days.

    :raises NotListed: if it is another practice's, or not listed
    :raises WrongChange: if it says nothing, or nothing that can stand there
    """
    today, text = timezone.localdate(now), text.strip()
    office = _office(location_id, actor, today)
    role = next((one for one in office.roles if one.pk == role_id), None)
    fault = _fault_of_change(what, text, role)
    if fault:
        raise WrongChange(fault)
    is_done = what in AT_ONCE
    made = DirectoryChange.objects.create(
        location=office.location, role=role if what == "panel" else None, what=what,
        before=_write_in(office, what, text, role) if is_done else "", text=text[:500],
        received_date=today, due_date=update_by(today), received_by_id=actor.user_id,
        received_by_name=actor.name, received_at=now,
        settled_at=now if is_done else None, settled_by_name=actor.name if is_done else "",
        settled_text="by the practice itself" if is_done else "",
    )  # fmt: skip
    record(actor=actor, action="credentialing.directory.changed", subject=made, what=what,
           location_id=location_id)  # fmt: skip
    return made


def _fault_of_change(what: str, text: str, role: PractitionerRole | None) -> str:
    if not text:
        return "say what is right"
    if what in ("phone", "fax") and (len(text) > 20 or sum(c.isdigit() for c in text) < 10):
        return f"{text[:30]} is no number with ten digits"
    if what == "panel" and role is None:
        return "say who it is about"
    if what == "panel" and text not in PractitionerRole.Panel.values:
        return "say whether they take new patients"
    return ""


def _write_in(office: Office, what: str, text: str, role: PractitionerRole | None) -> str:
    """Write a change of the practice itself into the directory; gives what stood there."""
    if what == "panel":
        before, role.panel = role.panel, text
        role.save(update_fields=["panel"])
        return before
    before = getattr(office.location, what)
    setattr(office.location, what, text)
    office.location.save(update_fields=[what])
    return before


@action("credentialing.work_directory")
def settle_change(*, actor: Actor, change_id: int, text: str, now: datetime) -> DirectoryChange:
    """
    Say that a change stands in the directory now, or why it does not.

    :raises WrongChange: without words, or if it is settled
    """
    row = DirectoryChange.objects.select_for_update(of=("self",)).get(pk=change_id)
    if row.settled_at is not None:
        raise WrongChange(f"{row.settled_by_name} settled it already")
    if not text.strip():
        raise WrongChange("say what was written in, or why it was not")
    row.settled_at, row.settled_by_name = now, actor.name
    row.settled_text = text.strip()[:300]
    row.save(update_fields=["settled_at", "settled_by_name", "settled_text"])
    record(actor=actor, action="credentialing.directory.settled", subject=row)
    return row


def step_directory(now: datetime) -> int:
    """
    Remind practices to confirm their offices while the directory is public; of the sweep.

    Every listed office is read until nobody is due; then once a day.
    """
    clock, today = Actor.system("clock"), timezone.localdate(now)
    if not round_is_open(today):
        return 0
    due = due_reminders(today)
    if not due:
        close_round(actor=clock, day=today, now=now)
    return sum(
        remind_office(actor=clock, location_id=location_id, now=now) for location_id in due[:MOST]
    )


@action("credentialing.remind_directory")
def close_round(*, actor: Actor, day: date, now: datetime) -> DirectoryRound:
    """Keep that everybody who is due on a day was reminded, once a day."""
    made, _ = DirectoryRound.objects.get_or_create(day=day, defaults={"ended_at": now})
    record(actor=actor, action="credentialing.directory.round_closed", subject=made)
    return made


@action("credentialing.remind_directory")
def remind_office(*, actor: Actor, location_id: int, now: datetime) -> bool:
    """Remind a practice to confirm an office, once a threshold; tells whether it did."""
    today = timezone.localdate(now)
    office = _office(location_id, actor, today)
    rows = DirectoryReminder.objects.filter(location=location_id, due_date=office.by)
    threshold = reminders_due(office.by, today, frozenset(rows.values_list("threshold", flat=True)))
    if threshold is None:
        record(actor=actor, action="credentialing.directory.checked", subject=office.location)
        return False
    made = DirectoryReminder.objects.create(
        location=office.location, due_date=office.by, threshold=threshold, sent_at=now
    )
    record(actor=actor, action="credentialing.directory.reminded", subject=made)
    words = REMINDER.format(
        place=office.location, day=day_text(office.by),
    )  # fmt: skip
    to = payees_of(office.location.practice.party, today)
    mail_later(to, "Confirm what the directory says", words)
    return True
