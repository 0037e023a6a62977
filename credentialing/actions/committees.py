"""The committee itself: the rule of its quorum, its seats, what members pledge each year."""

from datetime import date, datetime

from credentialing.models import Committee, Pledge, Practitioner, Seat
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import User

PLEDGE_TEXT = (
    "I will decide on qualifications and conduct alone, never on race, ethnicity, national "
    "origin, language, religion, gender, age, sexual orientation, disability or the kinds of "
    "patients a provider sees. I will keep what I read and hear here to myself, and I will step "
    "aside where I have an interest."
)
PLEDGE_DAYS = 365


class SeatEnded(Refused):
    """A seat that is over, or would end before it began."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(
            f"The seat of {seat.name} has ended, or the day lies before {seat.effective_date}. "
            "Nothing was changed."
        )


@action("credentialing.set_committee")
def set_committee(*, actor: Actor, name: str, now: datetime, **rule: object) -> Committee:
    """Name the committee, or change the rule of its quorum from the next locked agenda on."""
    committee, _ = Committee.objects.update_or_create(name=name.strip(), defaults=rule)
    record(actor=actor, action="credentialing.committee.set", subject=committee, **rule)
    return committee


@action("credentialing.set_committee")
def give_seat(
    *,
    actor: Actor,
    committee_id: int,
    name: str,
    role: str,
    effective_date: date,
    now: datetime,
    specialty: str = "",
    is_external: bool = False,
    npi: str = "",
    email: str = "",
) -> Seat:
    """Give somebody a seat; by NPI and e-mail they are known as practitioner and user."""
    who = Practitioner.objects.filter(npi=npi.strip()).first() if npi.strip() else None
    user = User.objects.filter(email__iexact=email.strip()).first() if email.strip() else None
    seat = Seat.objects.create(
        committee=Committee.objects.get(pk=committee_id),
        name=name.strip(),
        role=Seat.Role(role),
        specialty=(specialty or (who.specialty if who else "")).strip(),
        is_external=is_external,
        user=user,
        practitioner=who,
        effective_date=effective_date,
    )
    record(actor=actor, action="credentialing.seat.given", subject=seat, role=role)
    return seat


@action("credentialing.set_committee")
def end_seat(*, actor: Actor, seat_id: int, end_date: date, now: datetime) -> Seat:
    """
    End a seat.

    :raises SeatEnded: if it has an end, or would have one before its beginning
    """
    seat = Seat.objects.select_for_update().get(pk=seat_id)
    if seat.end_date is not None or end_date <= seat.effective_date:
        raise SeatEnded(seat)
    seat.end_date = end_date
    seat.save(update_fields=["end_date"])
    record(actor=actor, action="credentialing.seat.ended", subject=seat)
    return seat


@action("credentialing.run_meeting")
def record_pledge(*, actor: Actor, seat_id: int, signed_date: date, now: datetime) -> Pledge:
    """
    Record that a member signed the year's pledge, in the words it has now.

    :raises SeatEnded: if the day lies before the seat began, or in the future
    """
    seat = Seat.objects.get(pk=seat_id)
    if signed_date < seat.effective_date or signed_date > now.date():
        raise SeatEnded(seat)
    pledge = Pledge.objects.create(
        seat=seat,
        text=PLEDGE_TEXT,
        signed_date=signed_date,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    record(actor=actor, action="credentialing.pledge.recorded", subject=pledge)
    return pledge


def has_pledged(seat: Seat, day: date) -> bool:
    """Whether a member's pledge of the last year holds on a day."""
    newest = seat.pledges.filter(signed_date__lte=day).first()
    return newest is not None and (day - newest.signed_date).days <= PLEDGE_DAYS
