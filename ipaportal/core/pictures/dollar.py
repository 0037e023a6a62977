"""One dollar of premium under a contract's terms: what is taken, step by step, what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ipaportal.core.pictures import draw
from ipaportal.core.pictures.draw import Picture

DOLLAR = 10_000  # hundredths of a cent


@dataclass(frozen=True)
class Slice:
    """A part of the dollar in hundredths of a cent (8 % is 800); kept: what is left in the end."""

    label: str
    size: int
    href: str = ""
    note: str = ""
    tone: str = "soft"


def one_dollar(
    slices: Sequence[Slice], *, left: str = "Providers", title: str = "One dollar from the plan"
) -> Picture:
    """Draw what the terms take from one dollar, in order, and what is left for providers."""
    if not slices:
        return Picture(title, draw.empty(title, "Enter terms to see what they do."))
    rest = DOLLAR - sum(part.size for part in slices)
    end = Slice(left, rest, tone="bad" if rest < 0 else "")
    rows = [Slice("The plan pays", DOLLAR, tone=""), *slices, end]
    desc = "; ".join(f"{part.label} {_cents(part.size)}" for part in rows)
    svg = "".join(
        _drawn(rows, title, desc, *measure)
        for measure in ((760, 190, 90, 32, "mid"), (360, 0, 0, 48, "narrow"))
    )
    table = tuple((part.label, _cents(part.size), part.note) for part in rows)
    return Picture(title, svg, ("Part", "Of one dollar", "Term"), table)


def _cents(size: int) -> str:
    sign = "−" if size < 0 else ""
    return f"{sign}{abs(size) // 100}.{abs(size) % 100:02d} ¢"


def _drawn(
    rows: Sequence[Slice],
    title: str,
    desc: str,
    width: int,
    names: int,
    amounts: int,
    row: int,
    cls: str,
) -> str:
    scale = Fraction(width - names - amounts, DOLLAR)
    parts, cursor = [], DOLLAR
    for i, part in enumerate(rows):
        is_end = i in (0, len(rows) - 1)
        start = 0 if is_end else cursor - part.size
        cursor -= 0 if is_end else part.size
        y = i * row
        base, bar_y, size = (y + 15, y + 24, 14) if not names else (y + 21, y + 7, 18)
        body = draw.text(0, base, draw.clipped(part.label, 30), "name" + " amount" * is_end)
        body += draw.text(width, base, _cents(part.size), "end" + " amount" * is_end)
        if size and part.size:
            at = names + max(0, start) * scale
            tone = f"bar t-{part.tone}" if part.tone else "bar"
            body += draw.rect(at, bar_y, abs(part.size) * scale, size, tone, cents=part.size)
        edge = names + max(0, cursor) * scale
        if names and i + 1 < len(rows):
            body += draw.line(edge, bar_y + size, edge, bar_y + row, "thread")
        parts.append(draw.linked(part.href, f"{part.label}: {_cents(part.size)} {part.note}", body))
    return draw.framed(title, desc, width, row * len(rows), parts, cls)
