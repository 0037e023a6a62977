"""The store of file bytes: encrypted, named by the hash of their content, written all or not."""

import hashlib
import os
import re
import secrets
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from ipaportal.core.encryption import EncryptionFailed, key_prefix, keyring, split_key_prefix

MAGIC = b"IPAF1"
CHUNK_BYTES = 1 << 20
SALT_BYTES = 32
TAG_BYTES = 16
SHA256_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StoredFile:
    """Where bytes went: the SHA-256 of the content (its name) and its size."""

    sha256: str
    size: int


class FileDamaged(EncryptionFailed):
    """A stored file is missing, altered or cut short."""


class FileForgotten(FileDamaged):
    """A stored file was deleted on purpose; its words say when and why."""


def store(data: bytes | Iterable[bytes]) -> StoredFile:
    """Keep bytes under their hash, encrypted; the same bytes again change nothing."""
    pieces = (data,) if isinstance(data, bytes | bytearray | memoryview) else data
    root = _root()
    draft = root / f".{os.getpid()}-{secrets.token_hex(8)}"
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            stored = _write(file, pieces)
            file.flush()
            os.fsync(file.fileno())
        path = path_of(stored.sha256)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        if not path.exists():
            draft.rename(path)
            _sync_folder(path.parent)
            _sync_folder(root)
    finally:
        draft.unlink(missing_ok=True)
    return stored


def open_stored(sha256: str) -> Iterator[bytes]:
    """
    Yield the content in pieces, each authenticated, the whole checked against its name.

    :raises FileForgotten: if it was deleted on purpose
    :raises FileDamaged: if the file is missing or is not what was stored
    """
    digest = hashlib.sha256()
    try:
        with path_of(sha256).open("rb") as file:
            for piece in _read(file):
                digest.update(piece)
                yield piece
    except FileNotFoundError as failure:
        if (why := why_forgotten(sha256)) is not None:
            raise FileForgotten(why) from failure
        raise FileDamaged(f"The stored file {sha256[:12]}… is missing.") from failure
    except (InvalidTag, ValueError, struct.error) as failure:
        raise FileDamaged(f"The stored file {sha256[:12]}… was altered or cut short.") from failure
    if digest.hexdigest() != sha256:
        raise FileDamaged(f"The stored file {sha256[:12]}… holds other bytes than its name says.")


def read_stored(sha256: str) -> bytes:
    """
    The whole content at once.

    :raises FileDamaged: if the file is missing or is not what was stored
    """
    return b"".join(open_stored(sha256))


def seal(file: BinaryIO, pieces: Iterable[bytes]) -> StoredFile:
    """Write bytes to an open file, encrypted as the store does; for what is kept elsewhere."""
    return _write(file, pieces)


def unseal(file: BinaryIO) -> Iterator[bytes]:
    """
    Undo `seal`, in pieces, each authenticated.

    :raises FileDamaged: if the file was altered or cut short
    """
    try:
        yield from _read(file)
    except (InvalidTag, ValueError, struct.error) as failure:
        raise FileDamaged("A sealed file was altered or cut short.") from failure


def forget(sha256: str, why: str) -> None:
    """Delete the bytes and leave in their place why; the same again changes nothing."""
    path, draft = path_of(sha256), _root() / f".{os.getpid()}-{secrets.token_hex(8)}"
    path.parent.mkdir(exist_ok=True, mode=0o700)
    with draft.open("w", encoding="utf-8") as file:
        file.write(why)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(_in_its_place(path))
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def why_forgotten(sha256: str) -> str | None:
    """Why the bytes were deleted, None if they were not."""
    try:
        return _in_its_place(path_of(sha256)).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def all_stored() -> Iterator[str]:
    """The hash of every stored file, whether a row names it or not."""
    for path in sorted(_root().glob("??/*")):
        if SHA256_HEX.fullmatch(path.name):
            yield path.name


def is_stored(sha256: str) -> bool:
    return path_of(sha256).exists()


def path_of(sha256: str) -> Path:
    """Where the bytes of a hash lie; anything that is no hash never becomes a path."""
    assert SHA256_HEX.fullmatch(sha256), "not a SHA-256 in lower-case hex"
    return _root() / sha256[:2] / sha256


def key_id_of_stored(sha256: str) -> str:
    """
    Which key a stored file needs.

    :raises FileDamaged: if it does not begin as the store writes files
    """
    with path_of(sha256).open("rb") as file:
        return _header(file)[0]


def seal_anew(sha256: str) -> None:
    """
    Encrypt a stored file under the current key; readers that have it open read on.

    :raises FileDamaged: if it is not what was stored; then it stays as it is
    :raises KeysMissing: if the ring lacks its key
    """
    path = path_of(sha256)
    draft = _root() / f".{os.getpid()}-{secrets.token_hex(8)}"
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            _write(file, open_stored(sha256))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _in_its_place(path: Path) -> Path:
    return path.with_name(f"{path.name}.why")


def _root() -> Path:
    root = Path(settings.DATA_DIR) / "files"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    return root


def _write(file: BinaryIO, pieces: Iterable[bytes]) -> StoredFile:
    ring, salt = keyring(), secrets.token_bytes(SALT_BYTES)
    header = MAGIC + key_prefix(ring.current) + salt
    cipher = _cipher(ring.key(ring.current), salt)
    file.write(header)
    digest, size, waiting, number = hashlib.sha256(), 0, bytearray(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        waiting += piece
        # One full chunk always stays behind, because the last one is sealed as the last.
        whole = max(len(waiting) - 1, 0) // CHUNK_BYTES
        for start in range(0, whole * CHUNK_BYTES, CHUNK_BYTES):
            chunk = bytes(waiting[start : start + CHUNK_BYTES])
            file.write(cipher.encrypt(_nonce(number, last=False), chunk, header))
            number += 1
        del waiting[: whole * CHUNK_BYTES]
    file.write(cipher.encrypt(_nonce(number, last=True), bytes(waiting), header))
    return StoredFile(digest.hexdigest(), size)


def _read(file: BinaryIO) -> Iterator[bytes]:
    key_id, salt, header = _header(file)
    cipher = _cipher(keyring().key(key_id), salt)
    number, sealed = 0, file.read(CHUNK_BYTES + TAG_BYTES)
    while True:
        following = file.read(CHUNK_BYTES + TAG_BYTES)
        yield cipher.decrypt(_nonce(number, last=not following), sealed, header)
        if not following:
            return
        number, sealed = number + 1, following


def _header(file: BinaryIO) -> tuple[str, bytes, bytes]:
    """The id of a file's key, its salt, and both as they stand in the file."""
    start = file.read(len(MAGIC) + 1)
    if start[:-1] != MAGIC:
        raise FileDamaged("A stored file does not begin as the store writes them.")
    rest = file.read(start[-1] + SALT_BYTES)
    key_id, salt = split_key_prefix(start[-1:] + rest)
    return key_id, salt, start + rest


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    # A key of its own for each file, so that counting nonces from zero never repeats one.
    return AESGCM(HKDF(SHA256(), 32, salt, b"ipaportal file").derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return struct.pack(">3xQ?", number, last)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
