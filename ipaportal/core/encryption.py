"""Field encryption: AES-256-GCM, bound to its table, column and row; keyed hashes for look-up."""

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
KEY_BYTES = 32
INDEX_KEY = "index"
KEY_ID = re.compile(r"[a-z0-9]{1,16}")
EMBEDDED_FILE = "keys"


class EncryptionFailed(Exception):
    """Something could not be encrypted or decrypted; nothing is ever shown or stored in clear."""


class KeysMissing(EncryptionFailed):
    """There is no usable keyring, or not the key that a value was encrypted with."""


@dataclass(frozen=True)
class Keyring:
    """Keys by id; the first named encrypts, all decrypt; `index` is for keyed hashes only."""

    current: str
    keys: dict[str, bytes]
    index: bytes

    def key(self, key_id: str) -> bytes:
        """
        The key of an id.

        :raises KeysMissing: if the keyring does not hold it
        """
        if key_id not in self.keys:
            raise KeysMissing(f"The keyring holds no key '{key_id}'.")
        return self.keys[key_id]

    def __repr__(self) -> str:
        return f"<Keyring {sorted(self.keys)}>"


def encrypt(plain: str, aad: str) -> bytes:
    """Encrypt a text for one place; `aad` is `table.column.row-uuid` (see `place`)."""
    ring = keyring()
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(ring.key(ring.current)).encrypt(nonce, plain.encode(), aad.encode())
    return key_prefix(ring.current) + nonce + sealed


def decrypt(blob: bytes | memoryview, aad: str) -> str:
    """
    Decrypt what `encrypt` made for the same place.

    :raises KeysMissing: if its key is not in the keyring
    :raises EncryptionFailed: if it was altered, truncated or belongs to another place
    """
    key_id, body = split_key_prefix(bytes(blob))
    try:
        plain = AESGCM(keyring().key(key_id)).decrypt(
            body[:NONCE_BYTES], body[NONCE_BYTES:], aad.encode()
        )
        return plain.decode()
    except (InvalidTag, ValueError) as failure:
        raise EncryptionFailed(f"A value of {_column(aad)} cannot be decrypted.") from failure


def place(table: str, column: str, row: object) -> str:
    """The additional data that ties a value to its table, column and row (by its uuid)."""
    return f"{table}.{column}.{row}"


def blind_index(value: str, purpose: str) -> bytes:
    """
    A keyed hash (32 bytes) by which an encrypted value is found without decrypting anything.

    Spaces and hyphens do not count, nor does the case of letters; each purpose has its own hash.
    """
    normal = re.sub(r"[\s-]+", "", value).upper()
    return hmac.new(keyring().index, f"{purpose}\0{normal}".encode(), hashlib.sha256).digest()


def key_id_of(blob: bytes | memoryview) -> str:
    """Which key a value was encrypted with, so that a rotation finds what is left to do."""
    return split_key_prefix(bytes(blob))[0]


def keyring() -> Keyring:
    """
    The keyring: IPA_KEYS_FILE, else IPA_KEYS, else (embedded only) a file made on first use.

    :raises KeysMissing: if there is none, or one of its lines is no key
    """
    path = os.environ.get("IPA_KEYS_FILE")
    if path:
        return _read_file(Path(path))
    text = os.environ.get("IPA_KEYS")
    if text:
        return parse_keyring(text)
    if not settings.EMBEDDED:
        raise KeysMissing("Set IPA_KEYS_FILE (or IPA_KEYS): with a server there is no default key.")
    return _read_file(_embedded_file(Path(settings.DATA_DIR)))


@lru_cache(maxsize=8)
def parse_keyring(text: str) -> Keyring:
    """
    Read lines (or words) of `id:base64`; one is `index`, the first other encrypts.

    :raises KeysMissing: if a line is malformed or a key is missing; keys are never repeated
    """
    keys: dict[str, bytes] = {}
    for number, line in enumerate(text.split(), start=1):
        key_id, _, encoded = line.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not KEY_ID.fullmatch(key_id) or len(key) != KEY_BYTES or key_id in keys:
            raise KeysMissing(f"Entry {number} of the keyring is not 'id:base64 of 32 bytes'.")
        keys[key_id] = key
    index = keys.pop(INDEX_KEY, None)
    if index is None or not keys:
        raise KeysMissing("The keyring needs one key named 'index' and at least one other.")
    return Keyring(current=next(iter(keys)), keys=keys, index=index)


def new_keyring() -> str:
    """The text of a fresh keyring with one encryption key and one index key."""
    lines = (f"{name}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"
             for name in ("k1", INDEX_KEY))  # fmt: skip
    return "\n".join(lines) + "\n"


def key_prefix(key_id: str) -> bytes:
    """How a ciphertext says which key it needs: one byte of length, then the id."""
    return bytes([len(key_id)]) + key_id.encode()


def split_key_prefix(blob: bytes) -> tuple[str, bytes]:
    """
    Undo `key_prefix`.

    :raises EncryptionFailed: if the bytes do not begin with a key id
    """
    length = blob[0] if blob else 0
    key_id = blob[1 : 1 + length].decode("ascii", errors="replace")
    if not KEY_ID.fullmatch(key_id):
        raise EncryptionFailed("An encrypted value does not say which key it needs.")
    return key_id, blob[1 + length :]


def _column(aad: str) -> str:
    return aad.rpartition(".")[0] or "a column"


def _read_file(path: Path) -> Keyring:
    try:
        state = path.stat()
        return parse_keyring(_file_text(path, state.st_mtime_ns, state.st_ino))
    except (OSError, UnicodeDecodeError) as failure:
        raise KeysMissing("The file of keys cannot be read.") from failure


@lru_cache(maxsize=8)
def _file_text(path: Path, _changed_at: int, _inode: int) -> str:
    """The text of a file, read again only when it was changed: a million rows ask for it."""
    return path.read_text(encoding="ascii")


def _embedded_file(data_dir: Path) -> Path:
    """The embedded keyring; made whole under another name, so that two processes agree on one."""
    path = data_dir / EMBEDDED_FILE
    if path.exists():
        return path
    data_dir.mkdir(parents=True, exist_ok=True)
    draft = data_dir / f".{EMBEDDED_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(new_keyring())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails, rather than overwrites, if another process was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path
