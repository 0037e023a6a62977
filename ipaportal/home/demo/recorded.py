"""The demo's health records: a clinic's export, whose they are, what waits and what is wrong."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction

from capitation.models import MemberProfile, PcpAssignment
from compliance.actions.health_matches import confirm_match, deny_match, take_back
from compliance.actions.health_records import add_source, read_file, receive_records
from compliance.models import HealthPatient, HealthSource
from compliance.rules.health_records import State
from credentialing.models import Participation, Practice
from ipaportal.core.actors import Actor

CLOCK = Actor.system("demo")
MOST_PATIENTS = 24
NPI = "http://hl7.org/fhir/sid/us-npi"
CVX, CPT = "http://hl7.org/fhir/sid/cvx", "http://www.ama-assn.org/go/cpt"
STRANGERS = (
    ("Isolde", "Farquhar", "1948-02-11", "female"),
    ("Bram", "Quist", "1957-08-30", "male"),
)


def take_records(*, officer: Actor, director: Actor, now: datetime) -> None:
    """Take a clinic's export in, twice, and one that was cut; say of some whose they are."""
    if HealthSource.objects.exists():
        return
    practice = Practice.objects.filter(name="Bell Clinic").first()
    profiles = _patients(practice, now.date()) if practice else []
    if not profiles:
        return
    with transaction.atomic():
        source = add_source(
            actor=officer, party_id=practice.party_id, name="Bell Clinic's EHR",
            now=now - timedelta(days=20),
        )  # fmt: skip
        first = list(_resources(practice, profiles, now.date() - timedelta(days=30)))
        later = _once([*first, *_resources(practice, profiles, now.date())])
        data = _ndjson(first)
        cut = _ndjson(later)[:-40]
        for name, what, days in (("export-1.ndjson", data, 19), ("export-2.ndjson", cut, 2),
                                 ("export-2-again.ndjson", _ndjson(later), 1)):  # fmt: skip
            then = now - timedelta(days=days)
            file = receive_records(
                actor=officer, source_id=source.pk, file_name=name, data=what, now=then
            )
            read_file(actor=CLOCK, file_id=file.pk, now=then)
        _say(source, director, now)


def _patients(practice: Practice, today: date) -> list[MemberProfile]:
    doctors = Participation.objects.filter(practice=practice).values("practitioner")
    assigned = PcpAssignment.objects.current().active_on(today).filter(practitioner__in=doctors)
    rows = MemberProfile.objects.current().active_on(today).exclude(birth_date=None)
    rows = rows.filter(member__in=assigned.values("member")).select_related("member")
    return list(rows.order_by("member_id")[:MOST_PATIENTS])


def _resources(
    practice: Practice, profiles: list[MemberProfile], day: date
) -> Iterator[dict[str, object]]:
    """Patients, their doctor, and what was done within the month before a day."""
    for at, one in enumerate(profiles):
        yield _patient(at, one)
    for at, stranger in enumerate(STRANGERS):
        first, last, born, gender = stranger
        yield _person(f"stranger-{at}", first, last, born, gender)
    assigned = PcpAssignment.objects.current().active_on(day)
    pcps = dict(assigned.values_list("member_id", "practitioner__npi"))
    for npi in sorted(set(pcps[one.member_id] for one in profiles if one.member_id in pcps)):
        yield {"resourceType": "Practitioner", "id": f"doctor-{npi}",
               "identifier": [{"system": NPI, "value": npi}]}  # fmt: skip
    for at, one in enumerate(profiles):
        npi, seen = pcps.get(one.member_id), day - timedelta(days=3 + at)
        subject = {"reference": f"Patient/patient-{at}"}
        if npi is None:
            continue
        tag = f"{at}-{seen:%Y%m%d}"
        by = [{"individual": {"reference": f"Practitioner/doctor-{npi}"}}]
        yield {"resourceType": "Encounter", "id": f"visit-{tag}", "status": "finished",
               "class": {"code": "AMB"}, "subject": subject, "participant": by,
               "period": {"start": f"{seen}T10:00:00-08:00"}}  # fmt: skip
        if at % 3 == 0:
            yield {"resourceType": "Immunization", "id": f"shot-{tag}", "status": "completed",
                   "patient": subject, "occurrenceDateTime": f"{seen}",
                   "vaccineCode": {"coding": [{"system": CVX, "code": "140"}]}}  # fmt: skip
        if at % 5 == 1:
            yield {"resourceType": "Procedure", "id": f"done-{tag}", "status": "completed",
                   "subject": subject, "performedDateTime": f"{seen}",
                   "code": {"coding": [{"system": CPT, "code": "93000"}]}}  # fmt: skip


def _patient(at: int, one: MemberProfile) -> dict[str, object]:
    """Most with the plan's number; some by name alone, one with another birth date."""
    born = one.birth_date + timedelta(days=1) if at == 2 else one.birth_date
    gender = {"M": "male", "F": "female"}.get(one.sex, "unknown")
    number = "" if at % 6 == 3 else one.member.plan_member_id
    return _person(f"patient-{at}", one.first_name, one.last_name, born.isoformat(), gender, number)


def _person(
    ref: str, first: str, last: str, born: str, gender: str, number: str = ""
) -> dict[str, object]:
    said = [{"type": {"coding": [{"code": "MB"}]}, "value": number}] if number else []
    return {"resourceType": "Patient", "id": ref, "name": [{"family": last, "given": [first]}],
            "birthDate": born, "gender": gender, "identifier": said}  # fmt: skip


def _once(resources: list[dict[str, object]]) -> list[dict[str, object]]:
    """Each resource once, the last of those with its id."""
    return list({(one["resourceType"], one["id"]): one for one in resources}.values())


def _ndjson(resources: list[dict[str, object]]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in resources)


def _say(source: HealthSource, director: Actor, now: datetime) -> None:
    """One stays to be confirmed, the next are, one is taken back; a stranger is said to be one."""
    proposed = list(HealthPatient.objects.filter(source=source, state=State.PROPOSED)[:3])
    for one in proposed[1:3]:
        confirm_match(
            actor=director, patient_id=one.pk, member_id=one.member_id,
            seen_member_id=one.member_id, words="The clinic read us the plan's card.", now=now,
        )  # fmt: skip
    for one in proposed[2:3]:
        take_back(actor=director, patient_id=one.pk, words="It was a cousin's card.", now=now)
    stranger = HealthPatient.objects.filter(source=source, ref="stranger-0").first()
    if stranger:
        deny_match(
            actor=director, patient_id=stranger.pk, words="Of another plan, says the clinic.",
            now=now,
        )  # fmt: skip
