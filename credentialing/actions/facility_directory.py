"""Asking facilities whether the directory has them right: confirmed, and corrected as they say."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from credentialing.models import Facility, FacilityCheck
from credentialing.queries.facility_directory import FIELDS, content_of
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class NotInDirectory(Refused):
    """A facility that is not in the network stands in no directory."""

    def __init__(self, where: Facility) -> None:
        super().__init__(
            f"{where} is not in the network, so the directory does not list it. Nothing was "
            "recorded."
        )


class ToldByNobody(Refused):
    """Nobody of the facility is named who said so."""

    def __init__(self) -> None:
        super().__init__(
            "Name who of the facility said so: our own eyes confirm nothing. Nothing was recorded."
        )


@action("credentialing.work_directory")
def confirm_facility(
    *, actor: Actor, facility_id: int, told_by: str, values: Mapping[str, str], now: datetime
) -> FacilityCheck:
    """
    Keep that somebody of a facility confirmed what the directory says, corrected as they said.

    :raises NotInDirectory: if it is not in the network
    :raises ToldByNobody: if nobody of it is named
    """
    where = Facility.objects.select_for_update().get(pk=facility_id)
    if where.status != Facility.Status.ACTIVE:
        raise NotInDirectory(where)
    if not told_by.strip():
        raise ToldByNobody
    told = {name: value.strip() for name, value in values.items() if name in FIELDS}
    changed = [name for name, value in told.items() if getattr(where, name) != value]
    for name in changed:
        setattr(where, name, told[name])
    if changed:
        where.save(update_fields=changed)
    made = FacilityCheck.objects.create(
        facility=where, confirmed_date=timezone.localdate(now), told_by=told_by.strip()[:200],
        content=content_of(where), confirmed_by_id=actor.user_id, confirmed_by_name=actor.name,
        confirmed_at=now,
    )  # fmt: skip
    record(actor=actor, action="credentialing.directory.facility_confirmed", subject=made,
           facility_id=facility_id, changed=changed)  # fmt: skip
    return made
