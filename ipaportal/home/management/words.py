"""How commands write paths and amounts on a terminal, and which paths they read."""

import os
from decimal import Decimal
from pathlib import Path

from ipaportal.core.words import dollars_text


def readable(path: str) -> str:
    """Write a path as text; a name that is no UTF-8 (its bytes may be anything) gets a mark."""
    return os.fsencode(path).decode("utf-8", "replace")


def why_no_file(path: str) -> str:
    """Say why a path is not read: devices and pipes never end, or cannot be read twice."""
    place = Path(path)
    if place.is_dir():
        return "This is a folder. Name the files in it."
    if place.exists() and not place.is_file():
        return "This is a device or a pipe, not a file. Save it to a file first."
    return ""


def spoken(amount: str) -> str:
    """Write an amount of a record for people: $1,234.56."""
    return dollars_text(int(Decimal(amount).scaleb(2)))
