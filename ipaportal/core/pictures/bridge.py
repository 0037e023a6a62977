"""The variance bridge: last month, what changed it and by how much, this month."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ipaportal.core.pictures import draw
from ipaportal.core.pictures.draw import Picture
from ipaportal.core.words import dollars_text, short_dollars

WIDE, NARROW = (760, 120, 110, 34), (360, 0, 0, 48)  # width, room for names, for amounts, row

NOTHING = "There is no month before this one to compare with."


@dataclass(frozen=True)
class BridgeStep:
    """An amount: the first and last are totals, those between are changes."""

    label: str
    cents: int
    href: str = ""


def bridge(steps: Sequence[BridgeStep], *, title: str = "What changed since last month") -> Picture:
    """Draw the bridge as rows; a difference that the steps leave is drawn, not hidden."""
    if len(steps) < 2 or not any(step.cents for step in steps):
        return Picture(title, draw.empty(title, NOTHING))
    first, *changes, last = steps
    missing = last.cents - first.cents - sum(step.cents for step in changes)
    if missing:
        changes.append(BridgeStep("Not explained", missing))
    spans = _spans(first, changes, last)
    low, broken = _floor([edge for _, start, end, _ in spans for edge in (start, end)])
    desc = "; ".join(f"{s.label} {_signed(s, total)}" for s, _, _, total in spans)
    svg = "".join(
        _drawn(spans, low, broken, title, desc, measure, cls)
        for measure, cls in ((WIDE, "mid"), (NARROW, "narrow"))
    )
    rows = tuple((step.label, _signed(step, total)) for step, _, _, total in spans)
    note = (f"The scale starts at {short_dollars(low)}",) if broken else ()
    return Picture(title, svg, ("Step", "Amount"), rows, note)


Span = tuple[BridgeStep, int, int, bool]


def _spans(first: BridgeStep, changes: Sequence[BridgeStep], last: BridgeStep) -> list[Span]:
    spans: list[Span] = [(first, 0, first.cents, True)]
    running = first.cents
    for step in changes:
        spans.append((step, running, running + step.cents, False))
        running += step.cents
    return [*spans, (last, 0, last.cents, True)]


def _floor(edges: Sequence[int]) -> tuple[int, bool]:
    """Where the scale starts: at zero, unless the changes would be hairlines."""
    levels = [edge for edge in edges if edge]
    low, high = min(levels), max(levels)
    if low > 0 and (high - low) * 3 < high:
        step = 10 ** max(0, len(str(high - low)) - 1)
        return max(0, (low - (high - low) // 2) // step * step), True
    return min(0, *edges), False


def _signed(step: BridgeStep, total: bool) -> str:
    plus = "+" if step.cents > 0 and not total else ""
    return plus + dollars_text(step.cents)


def _drawn(
    spans: Sequence[Span],
    low: int,
    broken: bool,
    title: str,
    desc: str,
    measure: tuple[int, int, int, int],
    cls: str,
) -> str:
    width, names, amounts, row = measure
    room = width - names - amounts
    high = max(edge for _, start, end, _ in spans for edge in (start, end))
    scale = Fraction(room, max(high, 0) - low or 1)
    parts = []
    if low < 0:
        zero = names + -low * scale
        parts.append(draw.line(zero, 0, zero, row * len(spans), "grid"))
    base, top, size = (15, 24, 14) if not names else (22, 8, 18)
    for i, (step, start, end, total) in enumerate(spans):
        y, bar_y = i * row, i * row + top
        foot = low if total and broken else start
        left = names + (min(foot, end) - low) * scale
        cls_of = "bar" if total else f"bar {_tone(step)}"
        length = abs(end - foot) * scale
        body = draw.text(0, y + base, draw.clipped(step.label, 24), _name(total))
        body += draw.text(width, y + base, _signed(step, total), _amount(step, total))
        body += draw.rect(left, bar_y, length, size, cls_of, cents=end - start)
        if total and broken:
            body += _break(names, bar_y, size)
        if names and i + 1 < len(spans):
            edge = names + (end - low) * scale
            body += draw.line(edge, bar_y + size, edge, bar_y + row, "thread")
        parts.append(draw.linked(step.href, f"{step.label}: {_signed(step, total)}", body))
    return draw.framed(title, desc, width, row * len(spans), parts, cls)


def _tone(step: BridgeStep) -> str:
    if step.label == "Not explained":
        return "t-bad"
    return "t-warm" if step.cents < 0 else "t-flow"


def _name(total: bool) -> str:
    return "name amount" if total else "name"


def _amount(step: BridgeStep, total: bool) -> str:
    return "end amount" if total else "end loss" if step.label == "Not explained" else "end"


def _break(x: int, y: int, size: int) -> str:
    """The mark of a bar that is cut: its foot is not zero."""
    return f'<path class="axis halo" d="M{x + 10} {y + size + 3}l4 -{size + 6}m4 0l-4 {size + 6}"/>'
