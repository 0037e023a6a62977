"""Counts by month as bars, each with a mark of what was expected of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ipaportal.core.pictures import draw
from ipaportal.core.pictures.draw import Picture
from ipaportal.core.words import month_text, short_month, tenths_text

HEIGHT, HEAD, FOOT = 200, 24, 26


@dataclass(frozen=True)
class Against:
    """A month: what was counted, what was expected; open where more may come."""

    month: date
    count: int
    expected: Fraction
    is_open: bool = False
    is_short: bool = False
    href: str = ""

    @property
    def said(self) -> str:
        """The month in words."""
        more = ", more may come" if self.is_open else ""
        return (
            f"{month_text(self.month)}: {self.count} of {tenths_text(self.expected)} expected{more}"
        )


def against(
    months: Sequence[Against], *, title: str, counted: str = "Received", empty: str = "Nothing yet."
) -> Picture:
    """Draw what was counted each month beside what was expected."""
    if not any(one.count or one.expected for one in months):
        return Picture(title, draw.empty(title, empty))
    desc = "; ".join(one.said for one in months)
    svg = _drawn(months, title, desc, 760, "mid") + _drawn(months, title, desc, 360, "narrow")
    rows = tuple(
        (month_text(one.month), f"{one.count}", tenths_text(one.expected),
         f"{round(100 * one.count / one.expected)} %" if one.expected else "")
        for one in months
    )  # fmt: skip
    legend = (
        f"Bar: {counted.lower()}. Line: expected. Amber: fewer than chance explains. Pale: more "
        "may come.",
    )
    return Picture(title, svg, ("Month", counted, "Expected", "Share"), rows, legend)


def _drawn(months: Sequence[Against], title: str, desc: str, width: int, cls: str) -> str:
    most = max(max(Fraction(one.count), one.expected) for one in months)
    scale, axis = Fraction(HEIGHT) / most, HEAD + HEIGHT
    slot = Fraction(width, len(months))
    bar = min(slot * Fraction(7, 10), Fraction(48))
    parts = []
    for place, one in enumerate(months):
        x, middle = slot * place + (slot - bar) / 2, slot * place + slot / 2
        size, mark = one.count * scale, axis - one.expected * scale
        tone = " t-soft" if one.is_open else " t-warm" if one.is_short else ""
        body = draw.rect(x, axis - size, bar, size, f"bar{tone}") if one.count else ""
        body += draw.line(x - 4, mark, x + bar + 4, mark, "line")
        if cls == "mid":
            top = min(axis - size, mark)
            body += draw.text(middle, top - 7, f"{one.count}", "mid halo")
        name = short_month(one.month) if cls == "mid" else short_month(one.month)[0]
        body += draw.text(middle, axis + 20, name, "soft mid")
        parts.append(draw.linked(one.href, one.said, body))
    parts.append(draw.line(0, axis, width, axis, "axis"))
    return draw.framed(title, desc, width, HEAD + HEIGHT + FOOT, parts, cls)
