"""What people ask of records: files, whose they are, what waits for somebody, one line opened."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import Count, QuerySet

from capitation.actions.identities import mbi_index
from capitation.models import Member, MemberIdentifier, MemberProfile
from compliance.models import HealthFile, HealthPatient, HealthRecord, HealthSource
from compliance.rules.health_records import Person, State, Told
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import decrypt, place
from ipaportal.core.files import open_stored

VIEW = "compliance.view_health_records"


def sources(actor: Actor) -> QuerySet[HealthSource]:
    """Where records come from."""
    assert actor.reach(VIEW) is None
    return HealthSource.objects.select_related("party")


def health_files(actor: Actor) -> QuerySet[HealthFile]:
    """Files of records, the newest first."""
    assert actor.reach(VIEW) is None
    return HealthFile.objects.select_related("source__party")


def health_patients(actor: Actor) -> QuerySet[HealthPatient]:
    """Patients of every source."""
    assert actor.reach(VIEW) is None
    return HealthPatient.objects.select_related("source__party", "record", "member__payer__party")


def health_records(actor: Actor) -> QuerySet[HealthRecord]:
    """Every version of every resource."""
    assert actor.reach(VIEW) is None
    return HealthRecord.objects.select_related("source__party", "file")


def records_of(patient: HealthPatient) -> QuerySet[HealthRecord]:
    """What counts of a patient's records, the newest day first."""
    rows = HealthRecord.objects.filter(source=patient.source_id, superseded_at=None)
    return rows.filter(patient_ref=patient.ref).order_by("-first_day", "kind", "ref")


def counts_now(source_ids: Collection[int]) -> dict[int, Counter[str]]:
    """By source, how many resources of each type count now."""
    rows = HealthRecord.objects.filter(source__in=source_ids, superseded_at=None).order_by()
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for source_id, kind, count in rows.values_list("source_id", "kind").annotate(n=Count("pk")):
        found[source_id][kind] = count
    return found


def state_counts(rows: QuerySet[HealthPatient]) -> dict[str, int]:
    """How many patients stand where."""
    return dict(rows.order_by().values_list("state").annotate(n=Count("pk")))


def told_in(row: HealthRecord) -> Told:
    """What a patient's or coverage's resource tells of who somebody is."""
    if row.told_encrypted is None:
        return Told()
    aad = place("compliance_healthrecord", "told_encrypted", row.pk)
    told = json.loads(decrypt(row.told_encrypted, aad))
    return Told(**told | {name: tuple(told[name]) for name in ("mbis", "numbers")})


def person_of(told: Told) -> Person:
    """Who a source says somebody is; a birth date that is none is missing."""
    try:
        born = date.fromisoformat(told.birth_date) if len(told.birth_date) == 10 else None
    except ValueError:
        born = None
    return Person(told.last_name, told.first_name, born, told.sex)


@dataclass
class Sought:
    """Patients of a source, who they are, and which members these could be."""

    patients: dict[str, HealthRecord] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    by_number: dict[str, set[int]] = field(default_factory=dict)
    by_name: dict[str, set[int]] = field(default_factory=dict)
    people: dict[int, Person] = field(default_factory=dict)


def seek(source: HealthSource, refs: Collection[str]) -> Sought:
    """Look patients up among members, by their numbers, and by name, birth date and sex."""
    rows = HealthRecord.objects.filter(
        source=source, superseded_at=None, patient_ref__in=refs, kind__in=["Patient", "Coverage"]
    )
    found, numbers = Sought(), defaultdict(set)
    for row in rows:
        told = told_in(row)
        numbers[row.patient_ref].update(told.numbers)
        if row.kind == "Patient":
            found.patients[row.patient_ref], found.told[row.patient_ref] = row, told
    for ref, told in found.told.items():
        found.told[ref] = replace(told, numbers=tuple(sorted(numbers[ref])))
    _by_number(found, source)
    _by_name(found)
    wanted = {
        pk for rows in (found.by_number, found.by_name) for one in rows.values() for pk in one
    }
    found.people |= people(wanted - found.people.keys())
    return found


def _by_number(found: Sought, source: HealthSource) -> None:
    """Members under a number: of the plan that sent it, else of whichever plan has it."""
    asked = {number for told in found.told.values() for number in told.numbers}
    indexes = {mbi: mbi_index(mbi) for told in found.told.values() for mbi in told.mbis}
    members, names = Member.objects.all(), MemberIdentifier.objects.current()
    if source.party.kind == source.party.Kind.PAYER:
        members = members.filter(payer__party=source.party_id)
        names = names.filter(payer__party=source.party_id)
    owners: dict[object, set[int]] = defaultdict(set)
    rows = members.filter(plan_member_id__in=asked).values_list("plan_member_id", "pk")
    rows = [*rows, *names.filter(number__in=asked, mbi_index=b"").values_list("number", "member")]
    for number, pk in rows:
        owners[number].add(pk)
    hashes = list(indexes.values())
    known = members.filter(mbi_index__in=hashes).values_list("mbi_index", "pk")
    later = names.filter(number="", mbi_index__in=hashes).values_list("mbi_index", "member")
    for index, pk in [*known, *later]:
        owners[bytes(index)].add(pk)
    for ref, told in found.told.items():
        keys = [*told.numbers, *(indexes[mbi] for mbi in told.mbis)]
        found.by_number[ref] = {pk for key in keys for pk in owners.get(key, ())}


def _by_name(found: Sought) -> None:
    keys = {ref: person_of(told).key for ref, told in found.told.items()}
    born = {key[1] for key in keys.values() if key is not None}
    theirs: dict[tuple, set[int]] = defaultdict(set)
    for row in MemberProfile.objects.current().filter(birth_date__in=born):
        person = _person(row)
        found.people[row.member_id] = person
        if person.key is not None:
            theirs[person.key].add(row.member_id)
    found.by_name = {ref: theirs.get(key, set()) if key else set() for ref, key in keys.items()}


def _person(row: MemberProfile) -> Person:
    return Person(row.last_name, row.first_name, row.birth_date, row.sex)


def people(member_ids: Collection[int]) -> dict[int, Person]:
    """Members as plans have them; where a profile changed, the last of its spans."""
    rows = MemberProfile.objects.current().filter(member__in=member_ids).order_by("effective_date")
    return {row.member_id: _person(row) for row in rows}


def taken_in(source: HealthSource, but: Iterable[str]) -> Mapping[int, set[str]]:
    """Members that other patients of a source are, with these patients."""
    rows = HealthPatient.objects.filter(source=source, state=State.MATCHED).exclude(ref__in=but)
    found: dict[int, set[str]] = defaultdict(set)
    for member, ref in rows.values_list("member_id", "ref"):
        found[member].add(ref)
    return found


def line_of(record: HealthRecord) -> bytes:
    """
    The very bytes of a resource, read out of the file that it came in.

    :raises FileDamaged: if the file is not what was stored
    """
    start, end, at, parts = record.line_offset, record.line_offset + record.line_size, 0, []
    for piece in open_stored(record.file.sha256):
        if at + len(piece) > start:
            parts.append(piece[max(0, start - at) : max(0, end - at)])
        at += len(piece)
        if at >= end:
            break
    return b"".join(parts)


def versions_of(record: HealthRecord) -> QuerySet[HealthRecord]:
    """Every version of a resource that was kept, as they came."""
    rows = HealthRecord.objects.filter(source=record.source_id, kind=record.kind)
    rows = rows.filter(ref=record.ref) if record.ref else rows.filter(pk=record.pk)
    return rows.select_related("file").order_by("file__received_at", "line_no")
