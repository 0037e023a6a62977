"""
The watched folder: files that plans and the bank put there are received as if uploaded.

The row of a file says whether it was received, and is written in the transaction that receives
it; the file is moved after that. Killed in between, the next look only moves it. Nothing of a file
is trusted: neither its name, nor what it is, nor that it stays as it was.
"""

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from capitation.actions.bank_returns import read_returns
from capitation.actions.files import receive_file
from capitation.models import InboxFile, Payer
from capitation.rules.inbox import (
    MARKER,
    fault_of_name,
    is_passed_over,
    is_whole,
    plain_name,
    shown,
)
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from ipaportal.core.clamd import NoAnswer, scan
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused

log = logging.getLogger(__name__)
FOLDER = Actor.system("watched folder")
BANK, TAKEN, REFUSED = "bank", "taken", "refused"
MOST_A_LOOK = 500
PIECE_BYTES = 1 << 20
LINK = "it is a link, and only files themselves are taken"
NO_FILE = "it is no file"
SEVERAL = "it has several names in the file system"


class VirusInFile(Refused):
    """The scanner knows what is in a file of the folder."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"The virus scanner found {found} in it. Nothing of it was received. Do not open it; "
            "tell whoever looks after the machine, and ask the sender for a clean file."
        )


class Changed(Exception):
    """A file changed while it was read; nothing of it was kept."""


def step_inbox(now: datetime) -> int:
    """Look into each folder; say how many files were taken or refused."""
    if settings.INBOX_DIR is None:
        return 0
    root = Path(settings.INBOX_DIR)
    payers = {p.party.code: p for p in Payer.objects.select_related("party") if p.party.code}
    done = 0
    for code in sorted(payers):
        if plain_name(code) == code and code.casefold() != BANK:
            done += _look_safely(root, code, payers[code], now)
    return done + _look_safely(root, BANK, None, now)


def _look_safely(root: Path, folder: str, payer: Payer | None, now: datetime) -> int:
    try:
        for name in ("", TAKEN, REFUSED):
            (root / folder / name).mkdir(parents=True, exist_ok=True, mode=0o770)
        with _opened(root / folder) as place:
            return _look(place, folder, payer, now)
    except OSError as failure:
        # Only the kind and the folder of ours: a file's name may tell of members.
        log.error("the watched folder %s cannot be read (%s)", folder, type(failure).__name__)
        return 0


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    place = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield place
    finally:
        os.close(place)


def _look(place: int, folder: str, payer: Payer | None, now: datetime) -> int:
    names = sorted(os.listdir(place))
    marked = {name.removesuffix(MARKER) for name in names if name.endswith(MARKER)}
    found = {}
    for name in names[:MOST_A_LOOK]:
        state = _state(place, name)
        if state is not None and not is_passed_over(name) and not stat.S_ISDIR(state.st_mode):
            found[name] = state
    seen = {shown(name) for name in found}
    gone = InboxFile.objects.filter(folder=folder, status=InboxFile.Status.SEEN)
    gone.exclude(name__in=seen).update(status=InboxFile.Status.GONE)
    done = 0
    for name, state in found.items():
        try:
            done += _file(place, folder, payer, name, state, name in marked, now)
        except NoAnswer as failure:
            # It stays where it is, and is shown to the scanner again at the next look.
            log.error("a file of the watched folder %s waits: %s", folder, failure)
            if isinstance(failure.__cause__, TimeoutError):
                break  # so would every other
    return done


def _state(place: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=place, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _file(
    place: int,
    folder: str,
    payer: Payer | None,
    name: str,
    state: os.stat_result,
    is_marked: bool,
    now: datetime,
) -> int:
    """Take a file that is whole; 1 if it was taken or refused, else 0."""
    with transaction.atomic():
        lock("inbox", folder)
        row = _row(folder, name, state, now)
        is_new = row.status == InboxFile.Status.SEEN
        if is_new:
            wait = timedelta(seconds=settings.INBOX_STABLE_SECONDS)
            fault = _fault(name, state, _most(payer))
            whole = is_whole(row.size, row.unchanged_since, now, wait, is_marked=is_marked)
            if not (fault or whole):
                return 0
            if not _end(row, place, payer, name, state, fault, now):
                return 0
    _move(place, row, name)
    return int(is_new)


def _row(folder: str, name: str, state: os.stat_result, now: datetime) -> InboxFile:
    """The row of this very file; one that ended before and was not moved yet, too."""
    same = {"size": state.st_size, "modified_ns": state.st_mtime_ns, "inode": state.st_ino}
    named = InboxFile.objects.filter(folder=folder, name=shown(name))
    left = named.filter(**same, moved_to="", ended_at__isnull=False).first()
    if left is not None:
        return left
    row, is_new = named.get_or_create(
        folder=folder,
        name=shown(name),
        status=InboxFile.Status.SEEN,
        defaults={**same, "first_seen_at": now, "unchanged_since": now},
    )
    if not is_new and any(getattr(row, key) != value for key, value in same.items()):
        for key, value in same.items():
            setattr(row, key, value)
        row.unchanged_since = now
        row.save(update_fields=[*same, "unchanged_since"])
    return row


def _most(payer: Payer | None) -> int:
    return settings.UPLOAD_MAX_BYTES["list" if payer is None else "plan_file"]


def _fault(name: str, state: os.stat_result, most: int) -> str:
    """Why a file is refused before it is opened; empty if nothing is against it."""
    if stat.S_ISLNK(state.st_mode):
        return LINK
    if not stat.S_ISREG(state.st_mode):
        return NO_FILE
    if state.st_nlink > 1:
        return SEVERAL
    if state.st_size > most:
        return f"it is {state.st_size:,} bytes, and at most {most:,} are taken"
    return fault_of_name(name)


def _end(
    row: InboxFile,
    place: int,
    payer: Payer | None,
    name: str,
    state: os.stat_result,
    fault: str,
    now: datetime,
) -> bool:
    """Receive or refuse a file, in its row too; whether it ended."""
    row.status, row.ended_at = InboxFile.Status.TAKEN, now
    try:
        if fault:
            row.status, row.reason = InboxFile.Status.REFUSED, fault[:500]
        else:
            _receive(row, place, payer, name, state, now)
    except Refused as refusal:
        row.status, row.reason = InboxFile.Status.REFUSED, str(refusal)[:500]
    except (Changed, FileNotFoundError):
        InboxFile.objects.filter(pk=row.pk).update(unchanged_since=now)
        return False
    row.save()
    record(
        actor=FOLDER,
        action=f"capitation.inbox.{row.status}",
        subject=row,
        folder=row.folder,
        bytes=row.size,
        plan_file_id=row.plan_file_id,
        return_file_id=row.return_file_id,
    )
    return True


def _receive(
    row: InboxFile,
    place: int,
    payer: Payer | None,
    name: str,
    state: os.stat_result,
    now: datetime,
) -> None:
    _show_to_scanner(place, name, state)
    came_from = f"watched folder {row.folder}"
    # All or nothing: a file that changed meanwhile leaves no row.
    with transaction.atomic():
        pieces = _pieces(place, name, state)
        if payer is None:
            row.return_file = read_returns(
                actor=FOLDER, data=b"".join(pieces), now=now, came_from=came_from
            )
        else:
            row.plan_file = receive_file(
                actor=FOLDER,
                payer_id=payer.pk,
                name=name,
                data=pieces,
                now=now,
                came_from=came_from,
            )


def _show_to_scanner(place: int, name: str, state: os.stat_result) -> None:
    """
    Let the scanner look at a file, where settings name one.

    :raises VirusInFile: if it knows what is in it
    :raises NoAnswer: if it could not look at all of it; then nothing is received
    """
    if settings.CLAMD and (found := scan(settings.CLAMD, _pieces(place, name, state))):
        raise VirusInFile(found)


def _pieces(place: int, name: str, state: os.stat_result) -> Iterator[bytes]:
    """The bytes of the very file that was looked at, which must not change while it is read."""
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place)
    with os.fdopen(handle, "rb") as file:
        if _told(os.fstat(handle)) != _told(state):
            raise Changed
        left = state.st_size
        while left > 0:
            piece = file.read(min(left, PIECE_BYTES))
            if not piece:
                raise Changed
            left -= len(piece)
            yield piece
        if file.read(1) or _told(os.fstat(handle)) != _told(state):
            raise Changed


def _told(state: os.stat_result) -> tuple[int, ...]:
    """What tells a file from a changed one; the time of the change itself nobody can set back."""
    times = (state.st_mtime_ns, state.st_ctime_ns)
    return (state.st_mode, state.st_ino, state.st_size, *times, state.st_nlink)


def _move(place: int, row: InboxFile, name: str) -> None:
    """Move a file to where its row says that it belongs, with the reason beside it."""
    kept = f"{row.ended_at:%Y%m%d-%H%M%S}-{row.pk}-{plain_name(name)}"
    where = TAKEN if row.status == InboxFile.Status.TAKEN else REFUSED
    with _inside(place, where) as target:
        if row.reason:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            handle = os.open(f"{kept}.reason.txt", flags, 0o640, dir_fd=target)
            with os.fdopen(handle, "w") as file:
                file.write(f"{row.reason}\n")
        # It may have been moved before, by whoever was killed before saying so, or taken away.
        with suppress(FileNotFoundError):
            os.rename(name, kept, src_dir_fd=place, dst_dir_fd=target)
        with suppress(OSError):
            os.unlink(f"{name}{MARKER}", dir_fd=place)
    InboxFile.objects.filter(pk=row.pk).update(moved_to=f"{where}/{kept}")


@contextmanager
def _inside(place: int, name: str) -> Iterator[int]:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    inner = os.open(name, flags, dir_fd=place)
    try:
        yield inner
    finally:
        os.close(inner)
