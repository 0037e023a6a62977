"""The tier meter of an item: how the price falls with volume, and how far the group is."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from ipaportal.core.pictures import draw
from ipaportal.core.pictures.draw import Picture
from ipaportal.core.words import price_text
from purchasing.rules.meters import HIDDEN_WORDS, STEP_PCT, Reading

WIDTHS = (("mid", 760), ("narrow", 360))
TOP, BASE, FOOT = 26, 150, 24
LEAST = 34


def tier_meter(
    ladder: Sequence[Sequence], reading: Reading, pack: str, title: str, sign: str = ""
) -> Picture:
    """
    Draw a stair that falls; what the group has reached is filled, so far as it is shown.

    `sign` stands before what is counted where that is money.
    """
    steps = [(int(packs), Decimal(price)) for packs, price in ladder]
    said = reading_words(reading, steps)
    desc = (
        "; ".join(f"from {sign}{packs} ${price_text(price)}" for packs, price in steps)
        + f". {said}"
    )
    svg = "".join(_drawn(steps, reading, (title, desc, sign), *measure) for measure in WIDTHS)
    rows = tuple(
        (_from(packs, pack, sign), f"${price_text(price)}", _state(place, reading))
        for place, (packs, price) in enumerate(steps)
    )
    return Picture(title, svg, ("The group buys", "A pack costs", "Reached"), rows, (said,))


def reading_words(reading: Reading, steps: Sequence[tuple[int, Decimal]]) -> str:
    """What the meter says, in one sentence."""
    if reading.hidden:
        return HIDDEN_WORDS[reading.hidden]
    if reading.tier + 1 >= len(steps):
        return "The best price is reached."
    low, high = reading.step_pct, reading.step_pct + STEP_PCT
    price = steps[reading.tier + 1][1]
    return f"The group is {low} to {high} % of the way to ${price_text(price)} for everybody."


def _from(packs: int, pack: str, sign: str) -> str:
    if sign:
        return f"{sign}{packs:,} of {pack} or more" if packs else f"any amount of {pack}"
    return f"any number of {pack}" if packs <= 1 else f"{packs:,} × {pack} or more"


def _state(place: int, reading: Reading) -> str:
    if reading.hidden:
        return "not shown yet"
    if place <= reading.tier:
        return "yes"
    return f"{reading.step_pct} %" if place == reading.tier + 1 else "no"


def _drawn(
    steps: Sequence[tuple[int, Decimal]], reading: Reading, told: tuple[str, str, str],
    cls: str, width: int,
) -> str:  # fmt: skip
    title, desc, sign = told
    high = steps[0][1]
    low = steps[-1][1]
    span, slot = (high - low) or Decimal(1), Fraction(width, len(steps))
    parts = []
    for place, (packs, price) in enumerate(steps):
        rise = Fraction(price - low) / Fraction(span) if len(steps) > 1 else Fraction(1)
        tall = LEAST + (BASE - LEAST) * rise
        x, y = slot * place, TOP + BASE - tall
        parts.append(draw.rect(x + 2, y, slot - 4, tall, "bed"))
        filled = _filled(place, reading)
        if filled:
            tone = "bar t-good" if place == len(steps) - 1 and filled == 100 else "bar"
            parts.append(draw.rect(x + 2, y, (slot - 4) * Fraction(filled, 100), tall, tone))
        middle = x + slot / 2
        parts.append(draw.text(middle, y - 8, f"${price_text(price)}", "mid amount"))
        name = "any" if packs <= 1 else f"{sign}{packs:,}+"
        parts.append(draw.text(middle, TOP + BASE + 18, name, "soft mid"))
    parts.append(draw.line(0, TOP + BASE, width, TOP + BASE, "axis"))
    return draw.framed(title, desc, width, TOP + BASE + FOOT, parts, cls)


def _filled(place: int, reading: Reading) -> int:
    """How much of a step is filled: those left behind whole, the one the group is on in part."""
    if reading.hidden or place > max(reading.tier, 0):
        return 0
    return 100 if place < reading.tier else reading.step_pct
