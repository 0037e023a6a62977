"""Taking lists from outside: read and looked at first, confirmed then; every version is kept."""

import json
from datetime import date, datetime

from django.db import connection

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.archives import ArchiveRefused
from ipaportal.core.files import read_stored, store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from purchasing.formats.reference import CROSSWALK, LIMITS, Read, kind_of, read, unpacked
from purchasing.models import ReferenceFile, ReferenceRow
from purchasing.rules.medicare import quarter_of

KEPT_PROBLEMS = 500


class NoKnownList(Refused):
    """A file that is none of the lists, or of which nothing can be used."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"{name[:60]}: {why} Nothing was taken. Send product.txt and package.txt as FDA gives "
            "them (packed or not), or CMS's CSV of payment limits or of the NDC-HCPCS crosswalk."
        )


class ListTaken(Refused):
    def __init__(self, file: ReferenceFile) -> None:
        when = "waits to be confirmed" if file.confirmed_at is None else "was confirmed"
        super().__init__(
            f"This very list {when} already, from {file.effective_date} on. Nothing was taken."
        )


class AlreadyConfirmed(Refused):
    def __init__(self, file: ReferenceFile) -> None:
        super().__init__(f"{file.confirmed_by_name} confirmed it already. Nothing was changed.")


@action("purchasing.edit_catalogue")
def preview_list(
    *, actor: Actor, file_name: str, data: bytes, day: date, now: datetime
) -> list[ReferenceFile]:
    """
    Read one or several lists, so that they can be looked at; nothing of them counts yet.

    `day` is the day from which FDA's directory holds, or any day of the crosswalk's quarter.

    :raises NoKnownList: if one of them is none, or nothing of it can be used
    :raises ListTaken: if it is there already
    """
    try:
        files = unpacked(file_name, data)
    except ArchiveRefused as refused:
        raise NoKnownList(file_name, f"it cannot be unpacked: {refused.reason}.") from refused
    made = [_preview(actor, name, content, day, now) for name, content in files]
    for file in made:
        record(actor=actor, action="purchasing.list.read", subject=file, sha256=file.sha256)
    return made


def _preview(
    actor: Actor, name: str, data: bytes, day: date, now: datetime
) -> ReferenceFile:  # fmt: skip
    kind = kind_of(data)
    if not kind:
        raise NoKnownList(name, "no line of it names the columns of a list that is read here.")
    found = read(kind, data)
    if not found.is_usable:
        why = found.problems[0].message if found.problems else "It has no lines."
        raise NoKnownList(name, f"nothing of it can be used. {why}")
    start, end = _days(found, day)
    sha256 = store(data).sha256
    lock("reference lists", 1)
    known = ReferenceFile.objects.filter(kind=kind, effective_date=start, sha256=sha256).first()
    if known is not None:
        raise ListTaken(known)
    return ReferenceFile.objects.create(
        kind=kind, file_name=name[:200], sha256=sha256, effective_date=start, end_date=end,
        size=len(found.rows), refused=len(found.problems),
        problems=[
            [one.line_no, one.column, one.value, one.message]
            for one in found.problems[:KEPT_PROBLEMS]
        ],
        recorded_by_id=actor.user_id, recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip


def _days(found: Read, day: date) -> tuple[date, date | None]:
    if found.kind == LIMITS:
        return found.effective_date, found.end_date
    return quarter_of(day) if found.kind == CROSSWALK else (day, None)


@action("purchasing.edit_catalogue")
def confirm_list(*, actor: Actor, file_id: int, now: datetime) -> ReferenceFile:
    """
    Let a list count from its day on; earlier ones stay for the days before.

    :raises AlreadyConfirmed: if it counts already
    """
    file = ReferenceFile.objects.select_for_update().get(pk=file_id)
    if file.confirmed_at is not None:
        raise AlreadyConfirmed(file)
    found = read(file.kind, read_stored(file.sha256))
    _copy(file, found)
    file.confirmed_by_id, file.confirmed_by_name, file.confirmed_at = actor.user_id, actor.name, now
    file.save(update_fields=["confirmed_by_id", "confirmed_by_name", "confirmed_at"])
    record(
        actor=actor, action="purchasing.list.confirmed", subject=file, sha256=file.sha256,
        lines=file.size, refused=file.refused,
    )  # fmt: skip
    return file


def _copy(file: ReferenceFile, found: Read) -> None:
    """Add rows as fast as PostgreSQL takes them: the directory has hundreds of thousands."""
    table = ReferenceRow._meta.db_table
    statement = f"COPY {table} (file_id, line_no, ndc, hcpcs, amount, said) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in found.rows:
            copy.write_row(
                (file.pk, row.line_no, row.ndc, row.hcpcs, row.amount, json.dumps(row.said))
            )
