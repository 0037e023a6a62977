"""Who carries the freight of an office that was stopped when its order was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ipaportal.core.money import split


@dataclass(frozen=True, slots=True)
class Carrier:
    """A line that is sent: what it weighs in the sharing, and how much more it may carry."""

    key: int
    weight: int
    room_cents: int | None = None
    """None where its practice named no ceiling."""


def room_of(ceiling: Decimal | None, price: Decimal, packs: int, freight_cents: int) -> int | None:
    """
    How much more freight a line may carry so that no pack costs more than its practice said.

    Freight that was shown with the award was agreed to then; what comes later has to fit.
    """
    if ceiling is None:
        return None
    return max(0, int((ceiling - price) * packs * 100) - freight_cents)


def share_anew(cents: int, carriers: Sequence[Carrier]) -> tuple[dict[int, int], int]:
    """
    Share freight among the lines that are sent, to the cent, and say what is left to the IPA.

    By weight with the largest remainder, ties to the earlier; a line takes no more than it has
    room for, and what it cannot take is shared among the others. Where nobody has room, or no
    line is left, the IPA has it.
    """
    assert cents >= 0
    taken = dict.fromkeys((one.key for one in carriers), 0)
    open_cents = cents
    while open_cents:
        able = [
            one
            for one in carriers
            if one.weight > 0 and (one.room_cents is None or taken[one.key] < one.room_cents)
        ]
        if not able:
            break
        parts = split(open_cents, [one.weight for one in able])
        for one, part in zip(able, parts, strict=True):
            more = part if one.room_cents is None else min(part, one.room_cents - taken[one.key])
            taken[one.key] += more
            open_cents -= more
    return taken, open_cents
