"""Samples that anybody can draw again: by a seed, from lines whose hash is kept."""

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
SEED = re.compile(r"[0-9A-Za-z._-]{1,40}")


def drawn_first(
    universe: Iterable[T], seed: str, count: int, key: Callable[[T], int | str]
) -> list[T]:
    """
    The first of a universe in an order that the seed fixes: by SHA-256 of `seed:key`.

    No random generator is in it, so any language draws the same from the same list.
    """
    return sorted(universe, key=lambda one: (_place(seed, key(one)), key(one)))[:count]


def hash_of_lines(lines: Iterable[str]) -> str:
    """The hash of a universe as it is listed, each line with its end."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def _place(seed: str, key: int | str) -> str:
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()
