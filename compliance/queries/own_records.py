"""Health records of a practice's own members, as its own EHR sent them."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Max, Q, QuerySet

from capitation.models import PcpAssignment
from compliance.models import HealthPatient, HealthRecord
from compliance.queries.claims import names_of
from compliance.rules.health_records import State
from credentialing.models import Participation
from ipaportal.core.actors import Actor

OWN = "compliance.view_own_health_records"


@dataclass(frozen=True, slots=True)
class OwnPatient:
    """A member and how much their practice's EHR sent of them."""

    patient: HealthPatient
    name: str
    records: int
    last_day: date | None


def own_patients(actor: Actor) -> QuerySet[HealthPatient]:
    """
    Patients of one's own EHR whose records are known to be of a member of one's own.

    Whoever is, or once was, with a doctor of the practice is its member here: it gave the care.
    """
    reach = actor.reach(OWN) or ()
    doctors = Participation.objects.filter(practice__party__in=reach).values("practitioner")
    theirs = PcpAssignment.objects.filter(practitioner__in=doctors).values("member")
    rows = HealthPatient.objects.filter(source__party__in=reach, state=State.MATCHED)
    return rows.filter(member__in=theirs).select_related("source", "member")


def own_records(patient: HealthPatient) -> QuerySet[HealthRecord]:
    """What counts of a patient's records now, the newest day first."""
    rows = HealthRecord.objects.filter(source=patient.source_id, patient_ref=patient.ref)
    rows = rows.filter(superseded_at=None, gone_at=None)
    return rows.order_by(F("first_day").desc(nulls_last=True), "kind", "ref")


def own_patients_told(actor: Actor) -> list[OwnPatient]:
    """Each of them with a name as the plan has it, and how much there is."""
    found = list(own_patients(actor))
    names = names_of({one.member_id for one in found})
    keys = Q(source__in={one.source_id for one in found})
    counted = HealthRecord.objects.filter(keys, superseded_at=None, gone_at=None).order_by()
    rows = counted.values_list("source_id", "patient_ref").annotate(
        n=Count("pk"), last=Max("first_day")
    )
    told = {(source, ref): (count, last) for source, ref, count, last in rows}
    return [
        OwnPatient(one, names.get(one.member_id, ""),
                   *told.get((one.source_id, one.ref), (0, None)))
        for one in found
    ]  # fmt: skip
