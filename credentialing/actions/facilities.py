"""Facilities: opened by staff, with who stands behind them and who looked at them."""

from datetime import date, datetime

from credentialing.models import Associate, Facility, Location, Practice, SiteCheck
from credentialing.rules.npi import is_npi
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class WrongFacility(Refused):
    """A number that cannot be, or that another facility has."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was recorded.")


@action("credentialing.work_files")
def add_facility(*, actor: Actor, now: datetime, **values: str) -> Facility:
    """
    Open the file of a facility.

    :raises WrongFacility: if its NPI is none, or another facility has it
    """
    values["tin"] = values["tin"].replace("-", "")
    if not is_npi(values["npi"]):
        raise WrongFacility(f"{values['npi']} is no NPI: its check digit does not fit.")
    there = Facility.objects.filter(npi=values["npi"]).first()
    if there is not None:
        raise WrongFacility(f"{there} has this NPI already.")
    facility = Facility.objects.create(**values)
    record(actor=actor, action="credentialing.facility.added", subject=facility)
    return facility


@action("credentialing.work_files")
def add_site_check(
    *,
    actor: Actor,
    now: datetime,
    facility_id: int | None = None,
    location_id: int | None = None,
    **values: object,
) -> SiteCheck:
    """
    Record a survey or a visit of a facility, or of an office of a practice.

    :raises WrongFacility: if it lies in the future
    """
    if values["checked_date"] > now.date():
        raise WrongFacility("Nobody looked at it in the future.")
    check = SiteCheck.objects.create(
        facility=facility_id and Facility.objects.get(pk=facility_id),
        location=location_id and Location.objects.get(pk=location_id),
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
        **values,
    )
    record(actor=actor, action="credentialing.site_check.recorded", subject=check)
    return check


@action("credentialing.work_files")
def add_associate(
    *,
    actor: Actor,
    now: datetime,
    facility_id: int | None = None,
    practice_id: int | None = None,
    **values: object,
) -> Associate:
    """Name an owner, manager, board member or staff of a facility or practice: screened monthly."""
    practice = practice_id and Practice.objects.select_related("party").get(pk=practice_id)
    associate = Associate.objects.create(
        facility=facility_id and Facility.objects.get(pk=facility_id),
        party=practice.party if practice else None,
        **values,
    )
    record(actor=actor, action="credentialing.associate.added", subject=associate)
    return associate


@action("credentialing.work_files")
def end_associate(*, actor: Actor, associate_id: int, end_date: date, now: datetime) -> Associate:
    """
    Say from which day somebody is no longer behind or beside the care.

    A match that waits for a decision stays on the list until it is decided.

    :raises WrongFacility: if they had left before, or never began by then
    """
    associate = Associate.objects.select_for_update().get(pk=associate_id)
    if associate.end_date is not None:
        raise WrongFacility(f"{associate} has left already.")
    if end_date <= associate.effective_date:
        raise WrongFacility(f"{associate} began on {associate.effective_date} only.")
    associate.end_date = end_date
    associate.save(update_fields=["end_date"])
    record(
        actor=actor,
        action="credentialing.associate.ended",
        subject=associate,
        day=end_date.isoformat(),
    )
    return associate
