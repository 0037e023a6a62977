"""Checkpoints: signed with a key of their own, and kept in a folder outside the database."""

import base64
import binascii
import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection

from ipaportal.core.notes import (
    NOTE,
    BadNote,
    Checkpoint,
    open_note,
    read_checkpoint,
    sealed_note,
    verifier_key,
)
from ipaportal.core.refusals import Refused

KEY_FILE = "seal_key"
SEED_BYTES = 32
TAIL_BYTES = 8192  # holds the last few dozen notes of a file
LOG_NAME = re.compile(r"[a-z0-9-]{1,64}")


class SealKeyMissing(Refused):
    """There is no usable key to sign checkpoints with."""


class CheckpointsAltered(Refused):
    """A file in the folder of checkpoints does not end in a checkpoint of ours."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The file {path.name} in the folder of checkpoints does not end in a checkpoint that "
            "our key has signed: it was altered, or the key was changed. Nothing was sealed. "
            "Compare it with the checkpoints that were mailed."
        )


def seal_key() -> Ed25519PrivateKey:
    """
    The key: IPA_SEAL_KEY_FILE, else IPA_SEAL_KEY, else (embedded only) a file made on first use.

    :raises SealKeyMissing: if there is none, or it is not base64 of 32 bytes; it is never repeated
    """
    path, text = os.environ.get("IPA_SEAL_KEY_FILE"), os.environ.get("IPA_SEAL_KEY", "")
    if not path and not text:
        if not settings.EMBEDDED:
            raise SealKeyMissing(
                "There is no key to sign checkpoints with. Nothing was sealed. Set "
                "IPA_SEAL_KEY_FILE to a file with 32 random bytes as base64."
            )
        path = str(_own_key_file(Path(settings.DATA_DIR)))
    try:
        seed = base64.b64decode(Path(path).read_text("ascii") if path else text, validate=False)
    except (OSError, UnicodeDecodeError, binascii.Error):
        seed = b""
    if len(seed) != SEED_BYTES:
        raise SealKeyMissing(
            "The key to sign checkpoints with is not 32 bytes as base64, or its file cannot be "
            "read. Nothing was sealed."
        )
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def key_text(log: str, key: Ed25519PrivateKey) -> str:
    """The public key as a stranger takes it: `name+id+key`."""
    return verifier_key(log, public_bytes(key))


def signed(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The signed note of a checkpoint."""
    text = checkpoint.text()
    return sealed_note(text, checkpoint.origin, public_bytes(key), key.sign(text.encode()))


def folder() -> Path:
    return Path(settings.CHECKPOINT_FOLDER)


def published() -> list[Checkpoint]:
    """
    The last checkpoint of each log in the folder outside; their signatures are checked.

    :raises CheckpointsAltered: if a file does not end in a checkpoint of ours
    """
    if not folder().is_dir():
        return []
    return [last for path in sorted(folder().glob("*.txt")) if (last := _last(path))]


def publish() -> None:
    """Append to the folder outside, and fsync, whatever checkpoints it does not hold yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT log FROM audit_checkpoint GROUP BY log ORDER BY min(id)")
        logs = [row[0] for row in cursor.fetchall()]
        for log in logs:
            assert LOG_NAME.fullmatch(log), "a log's name is a file's name"
            folder().mkdir(parents=True, exist_ok=True)
            with _locked(folder() / f"{log}.txt") as path:
                last = _last(path)
                cursor.execute(
                    "SELECT note FROM audit_checkpoint WHERE log = %s AND size > %s ORDER BY id",
                    [log, last.size if last else 0],
                )
                _append(path, [row[0] for row in cursor.fetchall()])


def _append(path: Path, notes: list[str]) -> None:
    if not notes:
        return
    with path.open("rb+") as file:
        is_new = file.seek(0, os.SEEK_END) == 0
        # A blank line between notes; two ends of line where the last writer was cut off.
        file.write(b"" if is_new else b"\n" if _ends_whole(file) else b"\n\n")
        file.write("\n".join(notes).encode())
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        parent = os.open(path.parent, os.O_RDONLY)
        os.fsync(parent)
        os.close(parent)


def _ends_whole(file: BinaryIO) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


@contextmanager
def _locked(path: Path) -> Iterator[Path]:
    """One process at a time appends; the file is made if need be."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield path
    finally:
        os.close(handle)


def _last(path: Path) -> Checkpoint | None:
    """
    The last whole checkpoint of a file, none of an empty one; a torn end is passed over.

    :raises CheckpointsAltered: if there is none that our key has signed
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - TAIL_BYTES, 0))
        tail = file.read().decode("utf-8", errors="replace")
    if not size:
        return None
    notes = [match[0] for match in NOTE.finditer(tail)]
    try:
        return read_checkpoint(open_note(notes[-1], path.stem, public_bytes(seal_key())))
    except (BadNote, IndexError):
        raise CheckpointsAltered(path) from None


def _own_key_file(data_dir: Path) -> Path:
    """The embedded key; made whole under another name, so that two processes agree on one."""
    path = data_dir / KEY_FILE
    if path.exists():
        return path
    data_dir.mkdir(parents=True, exist_ok=True)
    draft = data_dir / f".{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(base64.b64encode(secrets.token_bytes(SEED_BYTES)).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails, rather than overwrites, if another process was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path
