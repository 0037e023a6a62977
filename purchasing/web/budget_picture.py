"""Budgets as bars: what was bought, what is committed at most, and where the budget ends."""

from collections.abc import Sequence
from fractions import Fraction

from ipaportal.core.pictures import draw
from ipaportal.core.pictures.draw import Picture
from ipaportal.core.words import money_text
from purchasing.rules.budgets import Room

ROW, TOP, BAR, THICK = 82, 6, 40, 18
LEGEND = ("Strong: bought. Faint: committed at most. The upright line is where the budget ends.",)


def budget_bars(rooms: Sequence[tuple[str, Room]], title: str) -> Picture:
    """Draw a bar for each budget in its period, all in one scale; the table stands beside it."""
    desc = "; ".join(f"{name}: {_told(room)}" for name, room in rooms)
    svg = "".join(
        _drawn(rooms, title, desc, width, cls) for width, cls in ((760, "mid"), (360, "narrow"))
    )
    return Picture(title, svg, legend=LEGEND)


def _told(room: Room) -> str:
    if room.left_cents < 0:
        return f"${money_text(-room.left_cents)} above ${money_text(room.budget_cents)}"
    return f"${money_text(room.left_cents)} left of ${money_text(room.budget_cents)}"


def _drawn(rooms: Sequence[tuple[str, Room]], title: str, desc: str, width: int, cls: str) -> str:
    most = max(max(one.budget_cents, one.used_cents + one.committed_cents) for _, one in rooms)
    scale = Fraction(width - 4, most) if most else Fraction(0)
    parts = []
    for place, (name, room) in enumerate(rooms):
        y = TOP + place * ROW
        parts.append(draw.text(0, y + 12, draw.clipped(name, width // 8)))
        parts.append(draw.text(0, y + 31, _told(room), "soft"))
        used, asked = room.used_cents * scale, room.committed_cents * scale
        end = room.budget_cents * scale
        parts.append(draw.rect(0, y + BAR, end, THICK, "bed"))
        for x, long, tone in ((Fraction(0), used, "bar"), (used, asked, "bar t-flow")):
            if long:
                parts.append(draw.rect(x, y + BAR, long, THICK, tone))
        parts.append(draw.line(end, y + BAR - 4, end, y + BAR + 4 + THICK, "axis"))
    return draw.framed(title, desc, width, TOP + ROW * len(rooms), parts, cls)
