"""Turnaround as a picture: for each step a bar to the median, and a pale one to the ninetieth."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from credentialing.queries.turnaround import StepTime
from ipaportal.core.pictures import Picture, draw

TITLE = "Days by step"
ROW, WIDE, NARROW = 30, (760, 250), (360, 0)


def turnaround_picture(steps: Sequence[StepTime]) -> Picture:
    """Draw the steps that files went through; the numbers stand in the table under it."""
    shown = [step for step in steps if step.files]
    if not shown:
        return Picture(TITLE, draw.empty(TITLE, "No file was decided in this time."))
    desc = "; ".join(f"{one.name}: half within {one.median} days, nine tenths within "
                     f"{one.ninetieth}" for one in shown)  # fmt: skip
    most = max(one.ninetieth for one in shown) or Decimal(1)
    svg = "".join(
        _drawn(shown, most, desc, width, names, cls)
        for (width, names), cls in ((WIDE, "mid"), (NARROW, "narrow"))
    )
    rows = tuple(
        (one.name, str(one.files), str(one.median), str(one.ninetieth), str(one.longest))
        for one in shown
    )
    head = ("Step", "Files", "Half within", "Nine tenths within", "Longest")
    legend = ("Dark: half of the files. Pale: nine of ten.",)
    return Picture(TITLE, svg, head, rows, legend)


def _drawn(
    rows: Sequence[StepTime], most: Decimal, desc: str, width: int, names: int, cls: str
) -> str:
    room, row = width - names - 110, ROW if names else ROW + 18
    scale = Fraction(room) / Fraction(most)
    parts = []
    for number, one in enumerate(rows):
        y = number * row
        tone = " t-warm" if one.code == "provider" else ""
        base, top = (y + 19, y + 6) if names else (y + 14, y + 22)
        parts.append(draw.text(0, base, one.name, ""))
        nine, half = Fraction(one.ninetieth) * scale, Fraction(one.median) * scale
        parts.append(draw.rect(names, top, max(nine, 2), 18, "bar t-soft"))
        parts.append(draw.rect(names, top, max(half, 2), 18, f"bar{tone}"))
        words = f"{one.median} / {one.ninetieth}"
        parts.append(draw.text(names + nine + 8, top + 13, words, "soft"))
    return draw.framed(TITLE, desc, width, len(rows) * row + 4, parts, cls)
