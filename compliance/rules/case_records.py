"""What a case's history commits to, and the numbers that cases are called by."""

import hashlib
import json
import re
from collections.abc import Mapping

# Without letters that are read as others; as codes of mailboxes are.
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_LENGTH, CODE_LENGTH, GROUP = 6, 20, 4


def digest_of(told: Mapping[str, object]) -> str:
    """
    The SHA-256 of what an event says, as the audit log seals it.

    The event's own key is drawn and stands in it, so that nobody finds the words by trying.
    """
    return hashlib.sha256(line_of(told).encode()).hexdigest()


def line_of(told: Mapping[str, object]) -> str:
    """The one line that an event is hashed as, and that a packet has of it."""
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def number_of(drawn: bytes) -> str:
    """The number of a case, from bytes that were drawn: `C7K2MQ4`."""
    return f"C{_letters(drawn, NUMBER_LENGTH)}"


def code_of(drawn: bytes) -> str:
    """The code of a mailbox, from bytes that were drawn: five groups of four."""
    letters = _letters(drawn, CODE_LENGTH)
    groups = (letters[at : at + GROUP] for at in range(0, CODE_LENGTH, GROUP))
    return "-".join(groups)


def code_read(typed: str) -> str | None:
    """A code as it was typed, whole and in order; None if it cannot be one."""
    bare = re.sub(r"[\s-]+", "", typed).upper()
    if len(bare) != CODE_LENGTH or set(bare) - set(LETTERS):
        return None
    return "-".join(bare[at : at + GROUP] for at in range(0, CODE_LENGTH, GROUP))


def _letters(drawn: bytes, length: int) -> str:
    """Letters by whole-number division, so that each is as likely as the next."""
    number, found = int.from_bytes(drawn, "big"), ""
    assert len(LETTERS) ** length < 1 << (8 * len(drawn) - 8), "draw more bytes"
    for _ in range(length):
        number, place = divmod(number, len(LETTERS))
        found += LETTERS[place]
    return found
