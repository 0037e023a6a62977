"""Put a new key at the head of a keyring that lies in a file."""

import base64
import os
import secrets
from pathlib import Path

from django.conf import settings

from ipaportal.core.encryption import EMBEDDED_FILE, KEY_BYTES, Keyring, keyring, parse_keyring
from ipaportal.core.refusals import Refused


class NotAFile(Refused):
    """The keyring stands in the environment, which nobody can write for others."""

    def __init__(self) -> None:
        super().__init__(
            "The keyring stands in IPA_KEYS, which only you can change. Nothing was changed. Put "
            "a new line 'id:base64 of 32 random bytes' second into it and start everything again; "
            "then put it first, start everything again, and run rotate_keys."
        )


def add_key() -> str:
    """
    Make a new key the current one of the ring's file; answers its id.

    Every process reads a changed file at its next use of a key, so nothing is started again.

    :raises NotAFile: if the keyring stands in the environment
    :raises KeysMissing: if there is no usable keyring
    """
    ring, path = keyring(), _path()
    name = _next_name(ring)
    line = f"{name}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n"
    text = line + path.read_text(encoding="ascii")
    parse_keyring(text)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return name


def _path() -> Path:
    given = os.environ.get("IPA_KEYS_FILE")
    if given:
        return Path(given)
    if os.environ.get("IPA_KEYS"):
        raise NotAFile
    return Path(settings.DATA_DIR) / EMBEDDED_FILE


def _next_name(ring: Keyring) -> str:
    numbers = [int(name[1:]) for name in ring.keys if name[0] == "k" and name[1:].isdigit()]
    return f"k{max(numbers, default=0) + 1}"
