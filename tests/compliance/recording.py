"""Health records of the small world: resources by hand, taken in and read."""

import json
from datetime import UTC, date, datetime
from uuid import uuid4

from compliance.actions.bulk_servers import key_place, new_key
from compliance.actions.health_records import add_source, read_file, receive_records
from compliance.models import (
    HealthFile,
    HealthJob,
    HealthLink,
    HealthPatient,
    HealthRecord,
    HealthSource,
)
from compliance.rules.bulk_exports import Job
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import encrypt
from ipaportal.identity.models import Party
from tests.capitation.worlds import SmallWorld
from tests.factories import CLOCK

OSEI = Actor(903, "Osei", frozenset({("compliance_officer", 1)}))
NOV_9 = datetime(2026, 11, 9, 15, tzinfo=UTC)
NPI = "http://hl7.org/fhir/sid/us-npi"
MBI = "http://hl7.org/fhir/sid/us-mbi"


def resource(kind: str, ref: str, version: int = 0, **values: object) -> dict[str, object]:
    """One resource; a version says when it was last updated too."""
    meta = {"versionId": str(version), "lastUpdated": f"2026-10-{version:02}T08:00:00Z"}
    return {"resourceType": kind, "id": ref, **({"meta": meta} if version else {}), **values}


def a_patient(
    ref: str, first: str, born: str, gender: str, *numbers: str, last: str = "Example",
    mbi: str = "", version: int = 0,
) -> dict[str, object]:  # fmt: skip
    """A patient as an EHR has them, with the plan's numbers of theirs."""
    member = {"coding": [{"code": "MB"}]}
    identifiers: list[dict] = [{"type": member, "value": number} for number in numbers]
    identifiers += [{"system": MBI, "value": mbi}] if mbi else []
    return resource(
        "Patient", ref, version, name=[{"use": "official", "family": last, "given": [first]}],
        birthDate=born, gender=gender, identifier=identifiers,
    )  # fmt: skip


def ann(ref: str = "p-ann", *numbers: str, **changes) -> dict[str, object]:
    """Ann Example as Bell Clinic's EHR has her."""
    return a_patient(ref, "Ann", "1952-05-05", "female", *(numbers or ("M-ANN",)), **changes)


def a_doctor(ref: str, npi: str) -> dict[str, object]:
    return resource("Practitioner", ref, identifier=[{"system": NPI, "value": npi}])


def a_visit(
    ref: str, patient: str, day: str, doctor: str = "", status: str = "finished", version: int = 0,
    setting: str = "AMB",
) -> dict[str, object]:  # fmt: skip
    """An encounter; the doctor is named by their id of the source."""
    by = [{"individual": {"reference": f"Practitioner/{doctor}"}}] if doctor else []
    return resource(
        "Encounter", ref, version, status=status, participant=by,
        subject={"reference": f"Patient/{patient}"}, period={"start": f"{day}T09:00:00-08:00"},
        **{"class": {"code": setting}},
    )  # fmt: skip


def ndjson(*resources: dict[str, object]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in resources)


def a_source(party: Party, name: str = "Bell's EHR") -> HealthSource:
    return add_source(actor=OSEI, party_id=party.pk, name=name, now=NOV_9)


def take(
    source: HealthSource, *resources: dict[str, object], data: bytes = b"",
    name: str = "records.ndjson", now: datetime = NOV_9,
) -> HealthFile:  # fmt: skip
    """A file of records, received and read."""
    file = receive_records(
        actor=OSEI, source_id=source.pk, file_name=name, data=data or ndjson(*resources), now=now
    )
    read_file(actor=CLOCK, file_id=file.pk, now=now)
    file.refresh_from_db()
    return file


def came(file: HealthFile) -> tuple[int, int, int, int]:
    """Of a file: new, changed, known, older."""
    return file.added, file.changed, file.known, file.older


def stands(source: HealthSource) -> dict[str, tuple[str, str]]:
    """Of each patient the state, and the member's number."""
    rows = HealthPatient.objects.filter(source=source).select_related("member")
    return {one.ref: (one.state, one.member.plan_member_id if one.member else "") for one in rows}


def _job(source: HealthSource, now: datetime) -> HealthJob:
    """An import that waits to be asked for."""
    key = uuid4()
    secret, told = new_key("k-1")
    link = HealthLink.objects.create(
        pk=key, source=source, base_url="https://ehr.test/r4", client_id="portal", scope="",
        public_key=told, key_encrypted=encrypt(secret, key_place(key)), recorded_at=now,
        recorded_by_name="test",
    )  # fmt: skip
    return HealthJob.objects.create(
        link=link, state=Job.ASKING, asked_at=now, asked_by_name="test",
        next_at=datetime(2999, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def make_recorded(world: SmallWorld, name: str, now: datetime) -> dict[str, object]:
    """What addresses of health records may name: nobody in them is a member."""
    source = a_source(world.bell.party, name[:100])
    stranger = a_patient("p-1", name, date(1960, 1, 2).isoformat(), "male", last=name)
    file = take(source, stranger, a_visit("e-1", "p-1", "2026-09-03"), name=name[:80], now=now)
    return {
        "health_source_id": source.pk,
        "health_file_id": file.pk,
        "health_patient_id": HealthPatient.objects.get(source=source).pk,
        "health_job_id": _job(source, now).pk,
        "health_record_id": str(HealthRecord.objects.filter(file=file).order_by("line_no")[0].pk),
    }


def make_own_records(world: SmallWorld, name: str, now: datetime) -> dict[int, dict[str, object]]:
    """By practice a patient of its own EHR who is its own member: Ann of Bell, Ray of Alvarez."""
    people = (
        (world.bell, ann("p-own")),
        (world.alvarez, a_patient("p-own", "Ray", "1958-03-04", "male", "M-RAY")),
    )
    made: dict[int, dict[str, object]] = {}
    for practice, patient in people:
        source = a_source(practice.party, f"{name[:80]} own")
        visit = a_visit(f"own-{practice.pk}", "p-own", "2026-09-03")
        take(source, patient, visit, name=f"{name[:60]} own", now=now)
        found = HealthPatient.objects.get(source=source)
        # Whatever they are called in this world, somebody said whose the records are.
        member = world.members["Ann" if practice == world.bell else "Ray"]
        HealthPatient.objects.filter(pk=found.pk).update(state="matched", member=member)
        made[practice.pk] = {"own_patient_id": found.pk}
    return made
