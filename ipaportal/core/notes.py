"""Signed notes and tree checkpoints (C2SP signed-note and tlog-checkpoint), as text."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from ipaportal.core.ed25519 import is_signed

ED25519 = b"\x01"
DASH = "\u2014"  # how a line of a signature begins
NOTE = re.compile(rf"((?:[^\n]+\n)+)\n((?:{DASH} [^\n]+\n)+)")
SIGNATURE = re.compile(rf"{DASH} ([^\s+]+) (\S+)\n")


class BadNote(ValueError):
    """A text is no signed note, no checkpoint, or no key of one."""


@dataclass(frozen=True)
class Checkpoint:
    """How a log stood: its name, how many leaves it had, their root, and when."""

    origin: str
    size: int
    root: bytes
    time: str = ""

    def text(self) -> str:
        """What is signed."""
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode()]
        return "".join(f"{line}\n" for line in [*lines, *([self.time] if self.time else [])])


def key_id(name: str, public_key: bytes) -> bytes:
    """The first four bytes of a hash that stand before a signature."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """A public key as text: `name+id+key`."""
    encoded = base64.b64encode(ED25519 + public_key).decode()
    return f"{name}+{key_id(name, public_key).hex()}+{encoded}"


def read_verifier_key(text: str) -> tuple[str, bytes]:
    """
    The name and the key of a verifier key.

    :raises BadNote: if it is none, or its id is not that of its name and key
    """
    name, _, rest = text.strip().partition("+")
    hint, _, encoded = rest.partition("+")
    key = _decoded(encoded)
    if not name or key[:1] != ED25519 or key_id(name, key[1:]).hex() != hint:
        raise BadNote("This is no Ed25519 verifier key of the form name+id+key.")
    return name, key[1:]


def sealed_note(text: str, name: str, public_key: bytes, signature: bytes) -> str:
    """The note of a signed text."""
    line = base64.b64encode(key_id(name, public_key) + signature).decode()
    return f"{text}\n{DASH} {name} {line}\n"


def split_notes(text: str) -> list[str]:
    """
    The notes of a file that holds one or more, divided by blank lines.

    :raises BadNote: if anything in it is no note
    """
    notes = [match[0] for match in NOTE.finditer(text)]
    if NOTE.sub("", text).strip():
        raise BadNote("There is something between the notes, or a note is not whole.")
    return notes


def open_note(note: str, name: str, public_key: bytes) -> str:
    """
    The text of a note that the key has signed.

    :raises BadNote: if it is no note or has no valid signature of this key
    """
    match = NOTE.fullmatch(note)
    if not match:
        raise BadNote("This is no signed note.")
    for signer, encoded in SIGNATURE.findall(match[2]):
        signature = _decoded(encoded)
        if signer == name and signature[:4] == key_id(name, public_key):
            if is_signed(public_key, match[1].encode(), signature[4:]):
                return match[1]
            raise BadNote(f"The signature of {name} is not valid: the note was altered.")
    raise BadNote(f"The note is not signed with the key of {name}.")


def read_checkpoint(text: str) -> Checkpoint:
    """
    The checkpoint that the text of a note holds (what is before its blank line).

    :raises BadNote: if it holds none
    """
    lines = text.partition("\n\n")[0].split("\n")
    if len(lines) < 3 or not re.fullmatch(r"0|[1-9]\d{0,18}", lines[1]):
        raise BadNote("The note is no checkpoint.")
    root = _decoded(lines[2])
    if len(root) != 32:
        raise BadNote("The root of the checkpoint is no SHA-256 hash.")
    return Checkpoint(lines[0], int(lines[1]), root, lines[3] if len(lines) > 3 else "")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("A part of the note is not base64.") from None
