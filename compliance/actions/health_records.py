"""Taking records of EHRs in: a file once, read whole, and each resource kept by its version."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.utils import timezone

from compliance.actions.health_matches import look_for
from compliance.actions.health_visits import tell_care
from compliance.formats.care_documents import looks_like_document, read_document
from compliance.formats.health_records import ReadRecords, Resource, read_records
from compliance.models import HealthFile, HealthRecord, HealthSource
from compliance.rules.health_records import Arrival, Version, arrival
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.copying import copy_rows
from ipaportal.core.encryption import encrypt, place
from ipaportal.core.files import read_stored, store
from ipaportal.core.jobs import wake
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party

BATCH = 2_000
MAX_SIZE = 64 << 20
FROM = (Party.Kind.PRACTICE, Party.Kind.PAYER, Party.Kind.IPA)
COLUMNS = (
    *("id", "source_id", "file_id", "line_no", "line_offset", "line_size", "line_sha256", "kind"),
    *("ref", "version", "updated_at", "patient_ref", "encounter_ref", "by_ref", "npi"),
    *("first_day", "status", "setting", "code", "code_system", "told_encrypted", "superseded_at"),
)


class SourceKnown(Refused):
    def __init__(self, source: HealthSource) -> None:
        super().__init__(
            f"“{source.name}” of {source.party.name} is known already. Nothing was recorded. "
            "Choose it where you take a file in, or give another name."
        )


class NoSourceOfRecords(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Records come from a practice, a plan or the IPA itself. Nothing was recorded. Choose "
            "one of these."
        )


class SameRecordsAgain(Refused):
    """The same bytes of the same source."""

    def __init__(self, file: HealthFile) -> None:
        super().__init__(
            f"{file.received_by_name} took these very bytes in on "
            f"{timezone.localdate(file.received_at):%b %-d, %Y}, as {file.file_name}. Nothing was "
            "taken twice. Look at what became of them in the list of files."
        )


class TooManyRecords(Refused):
    def __init__(self) -> None:
        super().__init__(
            f"A file of records has at most {MAX_SIZE >> 20} MB. Nothing was taken. Send it in "
            "several files: a resource stands on one line, so it can be cut between lines."
        )


@action("compliance.take_health_records")
def add_source(*, actor: Actor, party_id: int, name: str, now: datetime) -> HealthSource:
    """
    Name an EHR or plan that records come from.

    :raises NoSourceOfRecords: if the party sends none
    :raises SourceKnown: if the party has one of this name
    """
    lock("health records")
    party = Party.objects.get(pk=party_id)
    if party.kind not in FROM:
        raise NoSourceOfRecords
    before = HealthSource.objects.select_related("party").filter(party=party, name=name).first()
    if before is not None:
        raise SourceKnown(before)
    source = HealthSource.objects.create(
        party=party, name=name, recorded_at=now, recorded_by_name=actor.name
    )
    record(actor=actor, action="compliance.records.source_added", subject=source)
    return source


@action("compliance.take_health_records")
def receive_records(
    *, actor: Actor, source_id: int, file_name: str, data: bytes, now: datetime
) -> HealthFile:
    """
    Keep a file of records, once, and wake the worker that reads it.

    :raises SameRecordsAgain: if these bytes of this source were received before
    :raises TooManyRecords: if there are too many of them
    """
    if len(data) > MAX_SIZE:
        raise TooManyRecords
    lock("health records")
    source = HealthSource.objects.get(pk=source_id)
    known = source.files.filter(sha256=hashlib.sha256(data).hexdigest()).first()
    if known is not None:
        raise SameRecordsAgain(known)
    file = keep_file(source, file_name, data, actor, now)
    record(actor=actor, action="compliance.records.received", subject=file, sha256=file.sha256)
    wake("compliance.read_records", file.pk)
    return file


def keep_file(
    source: HealthSource, file_name: str, data: bytes, actor: Actor, now: datetime
) -> HealthFile:
    """Keep the bytes of a file that waits to be read; beneath uploads and bulk imports."""
    stored = store(data)
    return HealthFile.objects.create(
        source=source, file_name=file_name[-200:], sha256=stored.sha256, size=stored.size,
        received_at=now, received_by_id=actor.user_id, received_by_name=actor.name,
    )  # fmt: skip


def step_records(now: datetime) -> int:
    """Read what waits to be read; how many files."""
    clock = Actor.system("clock")
    waiting = HealthFile.objects.filter(status=HealthFile.Status.WAITING).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True))
    return sum(read_file(actor=clock, file_id=pk, now=now) is not None for pk in ids)


@action("compliance.take_health_records")
def read_file(*, actor: Actor, file_id: int, now: datetime) -> HealthFile | None:
    """Read a file that waits and keep each of its resources; None if it was read before."""
    lock("health records")
    file = HealthFile.objects.select_related("source").select_for_update(of=("self",))
    file = file.get(pk=file_id)
    if file.status != HealthFile.Status.WAITING:
        record(actor=actor, action="compliance.records.read_before", subject=file)
        return None
    return read_kept(file, actor, now, tells=True)


def read_kept(file: HealthFile, actor: Actor, now: datetime, *, tells: bool = False) -> HealthFile:
    """
    Read a file that waits, under the lock of its reader; beneath uploads and imports.

    `tells` lets care watch know at once; an import tells when all of its files are there.
    """
    data = read_stored(file.sha256)
    found = read_document(data) if looks_like_document(data) else read_records(data)
    file.read_at, file.lines = now, found.lines
    file.counts = dict(sorted(found.counts.items()))
    file.problems = [[one.where, one.code, one.message] for one in found.problems]
    if found.unsafe:
        file.status = HealthFile.Status.REFUSED
    else:
        file.status = HealthFile.Status.READ
        told_of = _take(file, found, now)
        look_for(file.source, told_of, actor, now)
        if tells:
            tell_care(file.source, actor, now, file.file_name)
    file.save(
        update_fields=["status", "read_at", "lines", "counts", "problems", "added", "changed",
                       "known", "older"]
    )  # fmt: skip
    record(
        actor=actor, action="compliance.records.read", subject=file, status=file.status,
        lines=file.lines, added=file.added, changed=file.changed, known=file.known,
        older=file.older,
    )  # fmt: skip
    return file


@dataclass
class _Known:
    """What is kept of the resources of a batch: which version counts, and every hash."""

    now: dict[tuple[str, str], HealthRecord] = field(default_factory=dict)
    hashes: set[str] = field(default_factory=set)

    def version_of(self, one: Resource) -> Version | None:
        row = self.now.get((one.kind, one.ref)) if one.ref else None
        return Version(row.line_sha256, row.version, row.updated_at) if row else None


def _known(source: HealthSource, batch: Sequence[Resource]) -> _Known:
    rows = HealthRecord.objects.filter(source=source, superseded_at=None)
    rows = rows.filter(ref__in={one.ref for one in batch} - {""})
    hashes = HealthRecord.objects.filter(
        source=source, line_sha256__in=[one.sha256 for one in batch]
    )
    return _Known(
        {(row.kind, row.ref): row for row in rows},
        set(hashes.values_list("line_sha256", flat=True)),
    )


def _take(file: HealthFile, found: ReadRecords, now: datetime) -> set[str]:
    """Keep what is new of a file; the ids of patients of whom it tells who they are."""
    told_of: set[str] = set()
    for at in range(0, len(found.resources), BATCH):
        batch = found.resources[at : at + BATCH]
        known = _known(file.source, batch)
        rows, over = [], []
        for one in batch:
            sent = Version(one.sha256, one.version, one.updated_at)
            came = arrival(sent, known.version_of(one), known.hashes)
            setattr(file, came, getattr(file, came) + 1)
            known.hashes.add(one.sha256)
            if came == Arrival.KNOWN:
                continue
            if came == Arrival.CHANGED:
                over.append(known.now[one.kind, one.ref].pk)
            rows.append(_row(file, one, now if came == Arrival.OLDER else None))
            if one.told is not None and one.patient_ref and came != Arrival.OLDER:
                told_of.add(one.patient_ref)
        HealthRecord.objects.filter(pk__in=over).update(superseded_at=now)
        copy_rows(HealthRecord, COLUMNS, rows)
    return told_of


def _row(file: HealthFile, one: Resource, superseded_at: datetime | None) -> tuple[object, ...]:
    key, told = uuid.uuid4(), None
    if one.told is not None:
        aad = place("compliance_healthrecord", "told_encrypted", key)
        told = encrypt(json.dumps(asdict(one.told)), aad)
    return (
        key, file.source_id, file.pk, one.line_no, one.offset, one.size, one.sha256, one.kind,
        one.ref, one.version, one.updated_at, one.patient_ref, one.encounter_ref, one.by_ref,
        one.npi, one.first_day, one.status, one.setting, one.code, one.code_system, told,
        superseded_at,
    )  # fmt: skip
