"""
Span surgery: what a statement about some days does to the spans already known.

A statement is painted over them. Days it does not speak of stay as they were, and a span that it
only confirms stays untouched, so that nothing is recorded where nothing changed.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

FOREVER = date.max


@dataclass(frozen=True, slots=True)
class Piece:
    """Days `[start, end)` with one value; `source` is whatever its writer needs to know of it."""

    start: date
    end: date | None
    value: tuple
    source: object = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Brush:
    """
    A statement: these days have this value, or none (`value` None).

    Open at the right it reaches for ever. `cuts`: its end is where the value ends, even where the
    same value was known to go on; else it only adds days. `only` limits a clearing to values that
    begin with it.
    """

    start: date
    end: date | None
    value: tuple | None
    source: object = None
    cuts: bool = True
    only: Hashable | None = None


class Repainted(NamedTuple):
    """What must be taken back and what must be added to come to the new picture."""

    removed: list[Piece]
    added: list[Piece]


def repaint(known: Iterable[Piece], brushes: Iterable[Brush]) -> Repainted:
    """Paint statements in their order; later ones win where they meet."""
    before = list(known)
    after = before
    for brush in brushes:
        if brush.end is None or brush.start < brush.end:
            after = _paint(after, brush)
    stays = set(before) & set(after)
    removed = [piece for piece in before if piece not in stays]
    added = sorted((p for p in after if p not in stays), key=lambda piece: piece.start)
    return Repainted(removed, added)


def _paint(pieces: list[Piece], brush: Brush) -> list[Piece]:
    kept: list[Piece] = []
    start, end = brush.start, brush.end
    for piece in pieces:
        if not _overlap(piece, brush) or _is_spared(piece, brush):
            kept.append(piece)
        elif brush.value is not None and piece.value == brush.value:
            # The same was known already: together they are one span.
            start = min(start, piece.start)
            if not brush.cuts:
                end = None if end is None or piece.end is None else max(end, piece.end)
        else:
            kept += _remains(piece, brush)
    if brush.value is not None:
        kept.append(Piece(start, end, brush.value, brush.source))
    return sorted(kept, key=lambda piece: piece.start)


def _is_spared(piece: Piece, brush: Brush) -> bool:
    return brush.value is None and brush.only is not None and piece.value[0] != brush.only


def _overlap(piece: Piece, brush: Brush) -> bool:
    return piece.start < (brush.end or FOREVER) and brush.start < (piece.end or FOREVER)


def _remains(piece: Piece, brush: Brush) -> list[Piece]:
    parts = []
    if piece.start < brush.start:
        parts.append(replace(piece, end=brush.start))
    if brush.end is not None and (piece.end is None or brush.end < piece.end):
        parts.append(replace(piece, start=brush.end))
    return parts
