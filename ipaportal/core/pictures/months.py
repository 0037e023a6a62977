"""Twelve months as bars with the retro part stacked, and the little line of a table's cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ipaportal.core.pictures import draw
from ipaportal.core.pictures.draw import Picture
from ipaportal.core.words import dollars_text, month_text, short_dollars, short_month

HEIGHT, HEAD, FOOT = 220, 24, 26


@dataclass(frozen=True)
class MonthBar:
    """A month's current part and its retro part."""

    month: date
    current_cents: int
    retro_cents: int = 0
    href: str = ""

    @property
    def cents(self) -> int:
        """What was paid in all."""
        return self.current_cents + self.retro_cents

    @property
    def above(self) -> int:
        """What stands above the axis."""
        return max(self.current_cents, 0) + max(self.retro_cents, 0)

    @property
    def below(self) -> int:
        """What hangs below the axis."""
        return max(-self.current_cents, 0) + max(-self.retro_cents, 0)


def bars12(months: Sequence[MonthBar], *, title: str = "The last twelve months") -> Picture:
    """Draw the months as bars; taken-back money hangs below the axis."""
    months = months[-12:]
    if not any(month.above or month.below for month in months):
        words = "Nothing has been paid yet. Each month that is paid adds a bar here."
        return Picture(title, draw.empty(title, words))
    desc = "; ".join(f"{month_text(m.month)} {dollars_text(m.cents)}" for m in months)
    svg = _drawn(months, title, desc, 760, "mid") + _drawn(months, title, desc, 360, "narrow")
    rows = tuple(
        (
            month_text(m.month),
            dollars_text(m.current_cents),
            dollars_text(m.retro_cents),
            dollars_text(m.cents),
        )
        for m in months
    )
    legend = ("Solid: the month itself. Amber: retro, below the line when taken back.",)
    return Picture(title, svg, ("Month", "Current", "Retro", "Paid"), rows, legend)


def _drawn(months: Sequence[MonthBar], title: str, desc: str, width: int, cls: str) -> str:
    above, below = max(m.above for m in months), max(m.below for m in months)
    scale = Fraction(HEIGHT, above + below)
    axis = HEAD + above * scale
    slot = Fraction(width, len(months))
    bar = min(slot * Fraction(7, 10), Fraction(48))
    parts = []
    for i, month in enumerate(months):
        x = slot * i + (slot - bar) / 2
        middle = slot * i + slot / 2
        body, up, down = "", axis, axis
        for cents, tone in ((month.current_cents, ""), (month.retro_cents, " t-warm")):
            if not cents:
                continue
            size = abs(cents) * scale
            top = up - size if cents > 0 else down
            up, down = (top, down) if cents > 0 else (up, down + size)
            body += draw.rect(x, top, bar, size, f"bar{tone}", cents=cents)
        amount = short_dollars(month.cents)
        if cls == "mid":
            body += draw.text(middle, up - 7, amount, "mid")
        elif i in (0, len(months) - 1):
            # On phones only the first and the last have room, each at its edge.
            body += draw.text(width if i else 0, up - 7, amount, "end" if i else "")
        name = short_month(month.month) if cls == "mid" else short_month(month.month)[0]
        body += draw.text(middle, HEAD + HEIGHT + 20, name, "soft mid")
        said = f"{month_text(month.month)}: {dollars_text(month.cents)}"
        parts.append(draw.linked(month.href, said, body))
    parts.append(draw.line(0, axis, width, axis, "axis"))
    return draw.framed(title, desc, width, HEAD + HEIGHT + FOOT, parts, cls)


def sparkline(values: Sequence[int], *, title: str = "Trend") -> Picture:
    """Draw a small line for a table's cell, its last value as a dot."""
    if len(values) < 2:
        return Picture(title, "")
    low, high = min(values), max(values)
    rise, run = Fraction(18, (high - low) or 1), Fraction(88, len(values) - 1)
    points = [(4 + run * i, 21 - (value - low) * rise) for i, value in enumerate(values)]
    path = "M" + "L".join(f"{draw.num(x)} {draw.num(y)}" for x, y in points)
    x, y = points[-1]
    parts = [
        f'<path class="line" d="{path}"/>',
        f'<circle class="dot" cx="{draw.num(x)}" cy="{draw.num(y)}" r="2.5"/>',
    ]
    desc = f"from {short_dollars(values[0])} to {short_dollars(values[-1])}"
    return Picture(title, draw.framed(title, desc, 96, 24, parts, "spark"))
