"""A triangle of money as a heat table: months down, lags across, what is carried on in pale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ipaportal.core.pictures import draw
from ipaportal.core.pictures.draw import Picture
from ipaportal.core.words import dollars_text, month_text, short_dollars, short_month

HEAD, ROW = 30, 28
MOST_SHADE = Fraction(55, 100)


@dataclass(frozen=True)
class HeatRow:
    """A month: its sums by lag as far as they are known, what it comes to, and where it opens."""

    month: date
    known: tuple[int, ...]
    carried: tuple[int, ...] = ()
    href: str = ""


def heat(rows: Sequence[HeatRow], *, title: str, words: str) -> Picture:
    """Draw sums by month and lag, the darker the nearer to what the month comes to."""
    if not any(any(row.known) for row in rows):
        return Picture(title, draw.empty(title, words))
    lags = max(len(row.known) + len(row.carried) for row in rows)
    desc = "; ".join(
        f"{month_text(row.month)}: {dollars_text(row.known[-1])} so far, "
        f"{dollars_text([*row.known, *row.carried][-1])} in the end"
        for row in rows
    )
    svg = _drawn(rows, lags, title, desc, 760, "mid") + _drawn(
        rows, lags, title, desc, 360, "narrow"
    )
    head = ("Served", *(f"+{lag}" for lag in range(lags)))
    table = tuple(
        (month_text(row.month), *(dollars_text(cents) for cents in row.known),
         *(f"({dollars_text(cents)})" for cents in row.carried))
        for row in rows
    )  # fmt: skip
    legend = (
        "Across: months after the month of service. Shaded: paid so far, added up. Without shade, "
        "and in brackets in the table: carried on.",
    )
    return Picture(title, svg, head, table, legend)


def _drawn(rows: Sequence[HeatRow], lags: int, title: str, desc: str, width: int, cls: str) -> str:
    left = 64 if cls == "mid" else 44
    cell = Fraction(width - left, lags)
    parts = [
        draw.text(left + cell * lag + cell / 2, 18, f"+{lag}", "soft mid")
        for lag in range(lags)
        if cls == "mid" or lag % 3 == 0
    ]
    for place, row in enumerate(rows):
        y = HEAD + place * ROW
        sums = [*row.known, *row.carried]
        most = max(max(sums), 1)
        body = draw.text(0, y + 19, _name(row.month, cls), "name")
        for lag, cents in enumerate(sums):
            x, is_known = left + cell * lag, lag < len(row.known)
            if is_known:
                body += _shade(x + 1, y + 1, cell - 2, ROW - 2, Fraction(max(cents, 0), most))
            if cls == "mid" and cents:
                tone = "mid" if is_known else "soft mid"
                body += draw.text(x + cell / 2, y + 19, _short(cents), tone)
        said = f"{month_text(row.month)}: {dollars_text(row.known[-1])} so far"
        parts.append(draw.linked(row.href, said, body))
    return draw.framed(title, desc, width, HEAD + ROW * len(rows), parts, cls)


def _name(month: date, cls: str) -> str:
    return f"{short_month(month)} {month:%y}" if cls == "mid" else f"{short_month(month)}"


def _short(cents: int) -> str:
    return short_dollars(cents).removeprefix("$")


def _shade(x: Fraction, y: int, width: Fraction, height: int, share: Fraction) -> str:
    sides = draw.attrs(
        x=Fraction(x), y=Fraction(y), width=Fraction(width), height=Fraction(height), cls="bar",
        fill_opacity=Fraction(8, 100) + share * (MOST_SHADE - Fraction(8, 100)),
    )  # fmt: skip
    return f"<rect{sides}/>"
