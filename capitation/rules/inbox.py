"""The watched folder: which names are files for us, and when a file is whole."""

from datetime import datetime, timedelta

# While it is being sent, a file has a name of one of these kinds, and is renamed at the end.
BEING_SENT = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload")
MARKER = ".done"
MAX_NAME = 200


def is_passed_over(name: str) -> bool:
    """Whether a name is a marker, hidden, or that of a file that is still being sent."""
    return name.startswith(".") or name.lower().endswith((*BEING_SENT, MARKER))


def fault_of_name(name: str) -> str:
    """What is wrong with a file's name; empty if nothing is."""
    if len(name) > MAX_NAME:
        return f"its name is longer than {MAX_NAME} characters"
    if not name.isprintable() or "\ufffd" in name:
        return "its name holds characters that cannot be printed"
    if any(letter in name for letter in '/\\:*?"<>|'):
        return "its name holds characters that names of files must not hold"
    return ""


def shown(name: str) -> str:
    """A name as it may be stored and shown, whatever it holds."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else "\ufffd" for c in text)[:MAX_NAME]


def plain_name(name: str) -> str:
    """A name to keep a file under: letters, digits, dots, hyphens and underscores only."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    return kept.lstrip(".")[:100] or "file"


def is_whole(
    size: int, unchanged_since: datetime, now: datetime, wait: timedelta, *, is_marked: bool
) -> bool:
    """Whether a file has come to its end: it is marked as done, or two looks saw the same."""
    if is_marked:
        return True
    return size > 0 and now - unchanged_since >= wait
