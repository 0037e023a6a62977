"""Facilities: opened by staff, with who stands behind them and who looked at them."""

from datetime import datetime

from credentialing.models import Associate, Facility, SiteCheck
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
def add_site_check(*, actor: Actor, facility_id: int, now: datetime, **values: object) -> SiteCheck:
    """
    Record a survey or a visit of a facility.

    :raises WrongFacility: if it lies in the future
    """
    facility = Facility.objects.get(pk=facility_id)
    if values["checked_date"] > now.date():
        raise WrongFacility("Nobody looked at it in the future.")
    check = SiteCheck.objects.create(
        facility=facility,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
        **values,
    )
    record(actor=actor, action="credentialing.site_check.recorded", subject=check)
    return check


@action("credentialing.work_files")
def add_associate(*, actor: Actor, facility_id: int, now: datetime, **values: object) -> Associate:
    """Name an owner, manager, board member or staff of a facility; all are screened."""
    associate = Associate.objects.create(facility=Facility.objects.get(pk=facility_id), **values)
    record(actor=actor, action="credentialing.associate.added", subject=associate)
    return associate
