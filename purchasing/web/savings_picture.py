"""What buying together saved, as bars: two baselines side by side, never added up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median_low

from ipaportal.core.parts import FactItem
from ipaportal.core.pictures import draw
from ipaportal.core.pictures.draw import Picture
from ipaportal.core.words import money_text, plural

MOST_BARS = 12
ROW, TOP, ROOM = 58, 6, 96
WORDS = ("against what was paid before", "against the same offers alone")


@dataclass(frozen=True)
class Saved:
    """What somebody saved against each baseline; None where there is none."""

    name: str
    paid: int | None
    alone: int | None


def by_name(rows: Iterable[tuple[str, int | None, int | None]]) -> list[Saved]:
    """Each name's sums, the largest first; a baseline that no row has stays unknown."""
    sums: dict[str, list[int | None]] = {}
    for name, *cents in rows:
        so_far = sums.setdefault(name, [None, None])
        for place, value in enumerate(cents):
            if value is not None:
                so_far[place] = (so_far[place] or 0) + value
    found = [Saved(name, *both) for name, both in sums.items()]
    return sorted(found, key=lambda one: (-(one.alone or 0), one.name))


def spread_facts(saved: Sequence[Saved]) -> list[FactItem]:
    """Whether every practice gains: the one in the middle, and the one that gains least."""
    known = sorted((one for one in saved if one.alone is not None), key=lambda one: one.alone)
    if len(known) < 2:
        return []
    gain = sum(one.alone > 0 for one in known)
    return [
        FactItem("Practices that gain", f"{gain} of {len(known)}", note=WORDS[1]),
        FactItem("Practice in the middle $", median_low(one.alone for one in known), "money"),
        FactItem("Gains least $", known[0].alone, "money", note=known[0].name),
    ]


def savings_bars(saved: Sequence[Saved], title: str) -> Picture:
    """Draw two bars for each name; a loss is written in words, and has none."""
    if not saved:
        return Picture(title, draw.empty(title, "Nothing came yet."))
    drawn = saved[:MOST_BARS]
    desc = "; ".join(f"{one.name}: {_told(one.paid)} {WORDS[0]}, {_told(one.alone)} {WORDS[1]}"
                     for one in drawn)  # fmt: skip
    svg = "".join(
        _drawn(drawn, title, desc, width, cls) for width, cls in ((760, "mid"), (360, "narrow"))
    )
    rows = tuple((one.name, _told(one.paid), _told(one.alone)) for one in saved)
    legend = [f"Upper bar: {WORDS[0]}; lower bar: {WORDS[1]}."]
    if len(saved) > MOST_BARS:
        rest = plural(len(saved) - MOST_BARS, "more is", "more are")
        legend.append(f"The {MOST_BARS} that saved most; {rest} in the table.")
    head = ("Who or what", "Against paid $", "Against alone $")
    return Picture(title, svg, head, rows, tuple(legend))


def _told(cents: int | None) -> str:
    return "no baseline" if cents is None else money_text(cents)


def _drawn(saved: Sequence[Saved], title: str, desc: str, width: int, cls: str) -> str:
    most = max((cents for one in saved for cents in (one.paid, one.alone) if cents), default=0)
    scale = Fraction(width - ROOM, most) if most > 0 else Fraction(0)
    parts = []
    for place, one in enumerate(saved):
        y = TOP + place * ROW
        parts.append(draw.text(0, y + 12, draw.clipped(one.name, width // 9)))
        for line, (cents, tone) in enumerate(((one.paid, "bar"), (one.alone, "bar t-flow"))):
            low, long = y + 19 + 15 * line, max(cents or 0, 0) * scale
            if long:
                parts.append(draw.rect(0, low, long, 11, tone))
            parts.append(draw.text(long + 6, low + 10, _told(cents), "soft"))
    return draw.framed(title, desc, width, TOP + ROW * len(saved), parts, cls)
