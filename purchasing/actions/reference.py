"""Taking lists from outside: kept, read by a worker, looked at, confirmed; each version stays."""

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.archives import ArchiveRefused
from ipaportal.core.copying import copy_rows
from ipaportal.core.files import read_stored, store
from ipaportal.core.jobs import wake
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from purchasing.formats.reference import (
    CROSSWALK,
    LIMITS,
    Row,
    Stream,
    kind_of,
    streamed,
    told,
    unpacked,
)
from purchasing.models import ListArrival, ReferenceFile, ReferenceRow
from purchasing.rules.medicare import quarter_of

KEPT_PROBLEMS = 500
State = ListArrival.State


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


class ReadAlready(Refused):
    """The same bytes for the same day are on their way."""

    def __init__(self, arrival: ListArrival) -> None:
        at = timezone.localtime(arrival.recorded_at)
        super().__init__(
            f"{arrival.recorded_by_name} sent this very file at {at:%H:%M} and it is being read. "
            "Nothing was taken a second time. It stands among the lists as soon as it is read."
        )


class NothingArrived(Refused):
    def __init__(self) -> None:
        super().__init__("This file waits no more, or another worker has it. Nothing was done.")


class AlreadyConfirmed(Refused):
    def __init__(self, file: ReferenceFile) -> None:
        super().__init__(f"{file.confirmed_by_name} confirmed it already. Nothing was changed.")


@action("purchasing.edit_catalogue")
def send_list(
    *, actor: Actor, file_name: str, data: bytes, day: date, now: datetime
) -> ListArrival:
    """
    Keep a file with one or several lists, so that a worker reads it; nothing of it counts yet.

    `day` is the day from which FDA's directory holds, or any day of the crosswalk's quarter.

    :raises ReadAlready: if the same is being read
    """
    kept = store(data)
    lock("list arrivals", 1)
    waiting = ListArrival.objects.filter(sha256=kept.sha256, day=day, state=State.WAITING).first()
    if waiting is not None:
        raise ReadAlready(waiting)
    arrival = ListArrival.objects.create(
        file_name=file_name[:200], sha256=kept.sha256, size=kept.size, day=day,
        recorded_by_id=actor.user_id, recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.list.sent", subject=arrival, sha256=arrival.sha256)
    wake("purchasing.read_list", arrival.pk)
    return arrival


def step_lists(now: datetime) -> int:
    """Read what was sent and no worker has; a step of the sweep."""
    waiting = ListArrival.objects.filter(state=State.WAITING).order_by("pk")
    done = 0
    for pk in list(waiting.values_list("pk", flat=True)):
        with suppress(NothingArrived):
            read_arrival(actor=Actor.system("clock"), arrival_id=pk, now=now)
            done += 1
    return done


@action("purchasing.advance_order")
def read_arrival(*, actor: Actor, arrival_id: int, now: datetime) -> ListArrival:
    """
    Read all lists of a file that was sent, so that they can be looked at; or say why none was.

    Of a file with several either all are taken or none is.

    :raises NothingArrived: if it was read, or another worker has it
    """
    rows = ListArrival.objects.select_for_update(skip_locked=True)
    arrival = rows.filter(pk=arrival_id, state=State.WAITING).first()
    if arrival is None:
        raise NothingArrived
    began = time.monotonic()
    try:
        with transaction.atomic():
            made = _read_all(arrival)
        arrival.state = State.READ
        for file in made:
            record(
                actor=actor, action="purchasing.list.read", subject=file, sha256=file.sha256,
                lines=file.size, refused=file.refused,
            )  # fmt: skip
    except Refused as refusal:
        arrival.state, arrival.words = State.REFUSED, str(refusal)[:2000]
        record(
            actor=actor, action="purchasing.list.refused", subject=arrival, why=arrival.words
        )  # fmt: skip
    arrival.took_ms = int((time.monotonic() - began) * 1000)
    arrival.save(update_fields=["state", "words", "took_ms"])
    return arrival


def _read_all(arrival: ListArrival) -> list[ReferenceFile]:
    try:
        files = unpacked(arrival.file_name, read_stored(arrival.sha256))
    except ArchiveRefused as refused:
        why = f"it cannot be unpacked: {refused.reason}."
        raise NoKnownList(arrival.file_name, why) from refused
    lock("reference lists", 1)
    return [_read(arrival, name, content) for name, content in files]


def _read(arrival: ListArrival, name: str, data: bytes) -> ReferenceFile:
    kind = kind_of(data)
    if not kind:
        raise NoKnownList(name, "no line of it names the columns of a list that is read here.")
    found = streamed(kind, data)
    start, end = _days(kind, found, arrival.day)
    if start is None:
        raise NoKnownList(name, f"nothing of it can be used. {told(found.noted)[0].message}")
    sha256 = store(data).sha256
    known = ReferenceFile.objects.filter(kind=kind, effective_date=start, sha256=sha256).first()
    if known is not None:
        raise ListTaken(known)
    file = ReferenceFile.objects.create(
        arrival=arrival, kind=kind, file_name=name[:200], sha256=sha256, effective_date=start,
        end_date=end, size=0, refused=0, recorded_by_id=arrival.recorded_by_id,
        recorded_by_name=arrival.recorded_by_name, recorded_at=arrival.recorded_at,
    )  # fmt: skip
    file.size = _copy(file, found.rows)
    problems = told(found.noted)
    if not file.size:
        why = problems[0].message if problems else "It has no lines."
        raise NoKnownList(name, f"nothing of it can be used. {why}")
    file.refused = len(problems) + found.noted.more
    file.problems = [
        [one.line_no, one.column, one.value, one.message] for one in problems[:KEPT_PROBLEMS]
    ]
    file.save(update_fields=["size", "refused", "problems"])
    return file


def _days(kind: str, found: Stream, day: date) -> tuple[date | None, date | None]:
    if kind == LIMITS:
        return found.effective_date, found.end_date
    return quarter_of(day) if kind == CROSSWALK else (day, None)


@action("purchasing.edit_catalogue")
def confirm_list(*, actor: Actor, file_id: int, now: datetime) -> ReferenceFile:
    """
    Let a list count from its day on; earlier ones stay for the days before.

    :raises AlreadyConfirmed: if it counts already
    """
    file = ReferenceFile.objects.select_for_update().get(pk=file_id)
    if file.confirmed_at is not None:
        raise AlreadyConfirmed(file)
    if file.arrival_id is None:  # read before lines were kept on reading
        _copy(file, streamed(file.kind, read_stored(file.sha256)).rows)
    file.confirmed_by_id, file.confirmed_by_name, file.confirmed_at = actor.user_id, actor.name, now
    file.save(update_fields=["confirmed_by_id", "confirmed_by_name", "confirmed_at"])
    record(
        actor=actor, action="purchasing.list.confirmed", subject=file, sha256=file.sha256,
        lines=file.size, refused=file.refused,
    )  # fmt: skip
    return file


def _copy(file: ReferenceFile, rows: Iterable[Row]) -> int:
    """Add rows, of which there are hundred thousands, and say how many."""
    columns = ("file_id", "line_no", "ndc", "hcpcs", "amount", "said")
    return copy_rows(
        ReferenceRow,
        columns,
        ((file.pk, r.line_no, r.ndc, r.hcpcs, r.amount, json.dumps(r.said)) for r in rows),
    )
