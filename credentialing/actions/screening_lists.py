"""Exclusion lists: received once, read strictly, swapped in whole or not at all."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import connection
from django.utils import timezone

from credentialing.formats.exclusions import ADDITIONS, FULL, ListFile
from credentialing.formats.leie import is_leie, read_leie
from credentialing.formats.mapped_lists import read_mapped
from credentialing.formats.nppes_deactivations import is_deactivations, read_deactivations
from credentialing.formats.sam import is_sam, read_sam
from credentialing.models import ListEntry, ListMapping, ListVersion
from credentialing.queries.screening_lists import current_version, key_of, mapping_of
from credentialing.queries.screening_subjects import COLUMNS, LISTS
from credentialing.rules.list_columns import FIELDS, NAMES
from credentialing.rules.screening import Entry
from credentialing.rules.screening_lists import BY_CODE, SPECS, ListSpec, Reader, doubts
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.csvfiles import header_key
from ipaportal.core.files import read_stored, store
from ipaportal.core.jobs import wake
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.core.tables import read_table
from ipaportal.identity.models import Party

Status, Kind = ListVersion.Status, ListVersion.Kind
# A full file whose newest row is older than this was not published on the day that is said.
OLDEST_NEWEST_DAYS = 120
PER_STATEMENT = 5_000


class DuplicateList(Refused):
    """These bytes were received before."""

    def __init__(self, version: ListVersion) -> None:
        super().__init__(
            f"These bytes were received before as {version.name} on "
            f"{timezone.localdate(version.received_at)} ({version.get_status_display()}). "
            "Nothing was changed. Download the list anew from its publisher."
        )
        self.version = version


class WrongDay(Refused):
    """The publisher's day is in the future, or before the day of the list in use."""


class WrongPlan(Refused):
    """A notice that only a plan sends does not say which, or another list does."""


class NotInDoubt(Refused):
    """The list waits for nobody's word."""

    def __init__(self, version: ListVersion) -> None:
        super().__init__(
            f"{version.name} is {version.get_status_display()}; nobody has to vouch for it. "
            "Nothing was changed."
        )


class SamePersonAccepts(Refused):
    """Whoever brought a list does not vouch for its size."""

    def __init__(self, version: ListVersion) -> None:
        super().__init__(
            f"{version.received_by_name} brought this list, so somebody else has to vouch for its "
            "size. Nothing was changed. Ask the compliance officer or the medical director."
        )


class BadMapping(Refused):
    """A mapping names no field, or a field that there is not."""


@action("credentialing.load_list")
def receive_list(
    *,
    actor: Actor,
    list_code: str,
    source_date: date,
    name: str,
    data: bytes | Iterable[bytes],
    now: datetime,
    payer_party_id: int | None = None,
) -> ListVersion:
    """
    Keep a list's file, once, and wake the worker that reads it.

    :raises DuplicateList: if these bytes were received before
    :raises WrongDay: if its day is in the future, or before that of the list in use
    :raises WrongPlan: if a plan's notice does not say whose it is
    """
    spec = BY_CODE[list_code]
    payer = _payer(spec, payer_party_id)
    list_key = key_of(list_code, payer.pk if payer else None)
    if source_date > timezone.localdate(now):
        raise WrongDay(
            f"{source_date} is in the future: no list can be of that day. Nothing was received."
        )
    before = current_version(list_key)
    if before is not None and source_date < before.source_date:
        raise WrongDay(
            f"The list in use is of {before.source_date}, this one of {source_date}. "
            "Nothing was received. Download the list anew from its publisher."
        )
    stored = store(data)
    again = ListVersion.objects.filter(list_key=list_key, sha256=stored.sha256)
    known = again.exclude(status=Status.REFUSED).first()
    if known is not None:
        raise DuplicateList(known)
    version = ListVersion.objects.create(
        list_code=list_code,
        list_key=list_key,
        payer_party=payer,
        source_date=source_date,
        name=name[:255],
        sha256=stored.sha256,
        size=stored.size,
        received_by_id=actor.user_id,
        received_by_name=actor.name,
        received_at=now,
    )
    record(
        actor=actor,
        action="credentialing.list.received",
        subject=version,
        list=list_key,
        sha256=stored.sha256,
    )
    wake("credentialing.read_list", version.pk)
    return version


def _payer(spec: ListSpec, payer_party_id: int | None) -> Party | None:
    if spec.code != "PRECLUSION":
        if payer_party_id is not None:
            raise WrongPlan(f"{spec.name} does not come from a plan. Nothing was received.")
        return None
    payer = Party.objects.filter(pk=payer_party_id, kind=Party.Kind.PAYER).first()
    if payer is None:
        raise WrongPlan("Say which plan sent this notice. Nothing was received.")
    return payer


@action("credentialing.load_list")
def read_list(*, actor: Actor, version_id: int, now: datetime) -> ListVersion:
    """Read a list that was received, and swap it in; a fault refuses it, and the old one stays."""
    version = ListVersion.objects.select_for_update(of=["self"]).get(pk=version_id)
    if version.status != Status.RECEIVED:
        record(actor=actor, action="credentialing.list.read_before", subject=version)
        return version
    found = parse_list(version.list_code, read_stored(version.sha256))
    version.kind, version.rows = found.kind, found.rows
    version.figures, version.notes = found.figures, found.notes
    problems = [vars_of(problem) for problem in found.problems] or _faults(version, found)
    if problems:
        version.status, version.problems = Status.REFUSED, problems
    elif version.kind == Kind.FULL and (said := _doubts(version)):
        version.status, version.problems = Status.DOUBTED, said
    else:
        _swap_in(version, found, now)
    version.save()
    record(
        actor=actor,
        action=f"credentialing.list.{version.status}",
        subject=version,
        list=version.list_key,
        rows=version.rows,
        added=version.added,
        gone=version.gone,
        problems=len(version.problems),
    )
    return version


@action("credentialing.accept_list")
def accept_list(*, actor: Actor, version_id: int, text: str, now: datetime) -> ListVersion:
    """
    Vouch for a list whose size is in doubt, as a second person, and swap it in.

    :raises NotInDoubt: if it waits for nobody's word
    :raises SamePersonAccepts: if the actor brought it
    """
    version = ListVersion.objects.select_for_update(of=["self"]).get(pk=version_id)
    if version.status != Status.DOUBTED:
        raise NotInDoubt(version)
    if version.received_by_id is not None and version.received_by_id == actor.user_id:
        raise SamePersonAccepts(version)
    version.accepted_by_id, version.accepted_by_name = actor.user_id, actor.name
    version.accepted_text = text.strip()
    _swap_in(version, parse_list(version.list_code, read_stored(version.sha256)), now)
    version.save()
    record(
        actor=actor,
        action="credentialing.list.accepted",
        subject=version,
        rows=version.rows,
        text=version.accepted_text,
    )
    return version


@action("credentialing.load_list")
def save_mapping(
    *, actor: Actor, list_code: str, columns: dict[str, list[str]], now: datetime
) -> ListMapping:
    """
    Say how a list's columns are called; the files of before stay as they were read.

    :raises BadMapping: if it names no name and no NPI, or a field that there is not
    """
    kept = {name: [head for head in heads if head.strip()] for name, heads in columns.items()}
    kept = {name: heads for name, heads in kept.items() if heads}
    unknown = sorted(set(kept) - set(FIELDS))
    if unknown or not set(kept) & set(NAMES):
        what = f"No field is called {unknown[0]}." if unknown else "No column holds a name."
        raise BadMapping(f"{what} Nothing was changed.")
    ListMapping.objects.filter(list_code=list_code, superseded_at=None).update(superseded_at=now)
    mapping = ListMapping.objects.create(
        list_code=list_code,
        columns=kept,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    record(actor=actor, action="credentialing.list.mapped", subject=mapping, columns=kept)
    return mapping


def parse_list(list_code: str, data: bytes) -> ListFile:
    """Read a list's bytes by the reader of the list."""
    spec = BY_CODE[list_code]
    if spec.reader is Reader.MAPPED:
        return read_mapped(data, mapping_of(spec))
    return _READERS[spec.reader](data)


_READERS: dict[Reader, Callable[[bytes], ListFile]] = {
    Reader.LEIE: read_leie,
    Reader.SAM: read_sam,
    Reader.DEACTIVATIONS: read_deactivations,
}


def code_of(data: bytes) -> str | None:
    """Which list some bytes are, by their header; None if it is of none that is known."""
    table = read_table(data)
    keys = table.keys
    if is_leie(keys):
        return "LEIE"
    if is_sam(keys):
        return "SAM"
    if is_deactivations(keys):
        return "NPPES"
    best, most = None, 0
    for spec in SPECS:
        if not spec.mapping:
            continue
        columns = mapping_of(spec).columns.values()
        known = sum(bool(keys & {header_key(head) for head in heads}) for heads in columns)
        if known > most and known * 2 > len(columns):
            best, most = spec.code, known
    return best


def vars_of(problem: object) -> dict[str, str]:
    """A problem as the version keeps it."""
    return {name: getattr(problem, name) for name in ("where", "code", "message")}


def _faults(version: ListVersion, found: ListFile) -> list[dict[str, str]]:
    """What is wrong with a list that reads well: no base for a supplement, or an old file."""
    before = current_version(version.list_key)
    if found.kind != FULL and before is None:
        words = (
            f"This is a monthly supplement ({found.kind}), and no full file was loaded that it "
            "could amend. A supplement is never taken for the full file: load that first."
        )
        return [{"where": "file", "code": "supplement_alone", "message": words}]
    span = found.effective_range
    adds = version.list_code == "LEIE" and found.kind in (FULL, ADDITIONS)
    if adds and span and version.source_date - span[1] > timedelta(days=OLDEST_NEWEST_DAYS):
        words = (
            f"The newest row takes effect on {span[1]}, so this is no list of "
            f"{version.source_date}: OIG adds rows each month. Download it anew."
        )
        return [{"where": "EXCLDATE", "code": "older_than_said", "message": words}]
    return []


def _doubts(version: ListVersion) -> list[dict[str, str]]:
    before = ListVersion.objects.filter(
        list_key=version.list_key, status=Status.LOADED, kind=Kind.FULL
    ).first()
    found = doubts(version.rows, before.rows if before else None, BY_CODE[version.list_code])
    return [{"where": "file", "code": code, "message": message} for code, message in found]


def _swap_in(version: ListVersion, found: ListFile, now: datetime) -> None:
    """Make a version the one in use: rows that left are closed, new ones added, in one commit."""
    lock("exclusion list", version.list_key)
    standing = ListEntry.objects.filter(list_key=version.list_key, gone_version=None)
    before = dict(standing.values_list("content_hash", "pk"))
    arriving = {entry.content_hash: entry for entry in found.entries}
    gone: list[int] = []
    if found.kind == FULL:
        gone = [pk for content, pk in before.items() if content not in arriving]
    elif found.kind != ADDITIONS:
        gone, arriving = _reinstated(standing, found.entries), {}
    for some in _batches(gone):
        ListEntry.objects.filter(pk__in=some).update(gone_version=version)
    new = {content: entry for content, entry in arriving.items() if content not in before}
    _copy(version, new)
    version.added, version.gone = len(new), len(gone)
    version.status, version.loaded_at = Status.LOADED, now


def _reinstated(standing, entries: Iterable[Entry]) -> list[int]:
    """
    The rows that a supplement of reinstatements ends: the same person, excluded the same day.

    Somebody who was excluded again later has another row, which stays.
    """
    ended = {_person(entry) for entry in entries}
    rows = standing.only(*PERSON, "pk").iterator(chunk_size=5_000)
    return [row.pk for row in rows if _person(row) in ended]


PERSON = ("last_name", "first_name", "middle_name", "business_name", "effective_date")


def _person(row: Entry | ListEntry) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in PERSON)


def _copy(version: ListVersion, new: dict[str, Entry]) -> None:
    """Add rows as fast as PostgreSQL takes them."""
    columns = ("list_key", "content_hash", "version_id", "row_no", *COLUMNS)
    statement = f"COPY {ListEntry._meta.db_table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for content, entry in new.items():
            values = (
                list(getattr(entry, name)) if name in LISTS else _fits(name, getattr(entry, name))
                for name in COLUMNS
            )
            copy.write_row((version.list_key, content, version.pk, entry.row_no, *values))


_WIDTHS = {field.name: getattr(field, "max_length", None) for field in ListEntry._meta.fields}


def _fits(name: str, value: object) -> object:
    """The value, cut to what its column takes: the bytes of the file are kept beside it."""
    width = _WIDTHS[name]
    return value[:width] if width and isinstance(value, str) else value


def _batches(rows: list[int]) -> Iterator[list[int]]:
    iterator = iter(rows)
    while some := list(islice(iterator, PER_STATEMENT)):
        yield some
