"""A funnel: each point's ratio to what is expected, and how far chance alone would let it stray."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ipaportal.core.pictures import draw
from ipaportal.core.pictures.draw import Picture

HEIGHT, HEAD, FOOT, LEFT = 260, 18, 40, 44
MOST = Fraction(5, 2)  # a ratio above this is drawn at the edge; its own words say it


@dataclass(frozen=True)
class FunnelPoint:
    """One that is compared: what was counted and expected, and the limits of its ratio."""

    label: str
    counted: int
    expected: Fraction
    low: Fraction
    high: Fraction
    is_outside: bool = False
    href: str = ""

    @property
    def ratio(self) -> Fraction:
        return self.counted / self.expected


def funnel(points: Sequence[FunnelPoint], *, title: str, unit: str = "expected") -> Picture:
    """Draw ratios over how much is expected; the funnel narrows where more is."""
    points = sorted((one for one in points if one.expected > 0), key=lambda one: one.expected)
    if not points:
        words = "Nothing can be compared yet: too few members, peers or facts."
        return Picture(title, draw.empty(title, words))
    outside = [one for one in points if one.is_outside]
    desc = f"{len(points)} compared, {len(outside)} ask for a look" + "".join(
        f"; {one.label}: {_times(one.ratio)}" for one in outside
    )
    svg = "".join(
        _drawn(points, title, desc, unit, width, cls)
        for width, cls in ((760, "mid"), (360, "narrow"))
    )
    rows = tuple(
        (one.label, str(one.counted), f"{float(one.expected):.1f}", _times(one.ratio),
         f"{_times(one.low)} to {_times(one.high)}")
        for one in points
    )  # fmt: skip
    legend = ("Between the lines: no further out than peers scatter. Red: asks for a look.",)
    return Picture(title, svg, ("PCP", "Counted", "Expected", "Ratio", "Limits"), rows, legend)


def _times(ratio: Fraction) -> str:
    return f"{float(ratio):.2f}×"


def _drawn(
    points: Sequence[FunnelPoint], title: str, desc: str, unit: str, width: int, cls: str
) -> str:
    least, most = points[0].expected, points[-1].expected
    span = max(most - least, Fraction(1))

    def across(value: Fraction) -> Fraction:
        return LEFT + 8 + (value - least) * (width - LEFT - 24) / span

    def down(ratio: Fraction) -> Fraction:
        return HEAD + HEIGHT * (MOST - min(max(ratio, Fraction(0)), MOST)) / MOST

    parts = []
    for ratio in (Fraction(0), Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(2)):
        y = down(ratio)
        parts.append(draw.line(LEFT, y, width - 8, y, "axis" if ratio == 1 else "grid"))
        parts.append(draw.text(LEFT - 6, y + 4, _times(ratio), "soft end"))
    for edge in ("low", "high"):
        path = [(across(one.expected), down(getattr(one, edge))) for one in points]
        if len(path) > 1:
            steps = "L".join(f"{draw.num(x)} {draw.num(y)}" for x, y in path)
            parts.append(f'<path d="M{steps}" class="thread"/>')
    for one in points:
        x, y = across(one.expected), down(one.ratio)
        tone = "dot t-bad" if one.is_outside else "dot"
        body = f'<circle cx="{draw.num(x)}" cy="{draw.num(y)}" r="5" class="{tone}"/>'
        if one.is_outside:
            turned = x > Fraction(width) * 2 / 3
            body += draw.text(x - 9 if turned else x + 9, y + 4, draw.clipped(one.label, 22),
                              "halo end" if turned else "halo")  # fmt: skip
        said = f"{one.label}: {one.counted} counted, {float(one.expected):.1f} expected"
        parts.append(draw.linked(one.href, said, body))
    base = HEAD + HEIGHT + 22
    parts.append(draw.text(LEFT, base, f"{float(least):.0f} {unit}", "soft"))
    parts.append(draw.text(width - 8, base, f"{float(most):.0f} {unit}", "soft end"))
    return draw.framed(title, desc, width, HEAD + HEIGHT + FOOT, parts, cls)
