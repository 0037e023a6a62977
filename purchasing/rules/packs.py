"""Packs: what one holds, how many fill a case, what a supplier takes as an order, and no halves."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ipaportal.core.refusals import Refused


@dataclass(frozen=True, slots=True)
class PackLevel:
    """A size in which an item is counted and priced; `eaches` says how many units it holds."""

    name: str
    eaches: int
    is_sellable: bool = True

    def __post_init__(self) -> None:
        assert self.eaches > 0


class NotWhole(Refused):
    """A quantity that is no whole number of the packs asked for."""

    def __init__(self, quantity: int, of: PackLevel, to: PackLevel) -> None:
        super().__init__(
            f"{quantity} × {of.name} is no whole number of {to.name} "
            f"({of.eaches} and {to.eaches} units each). Nothing was changed. "
            f"Ask for a quantity that fills whole packs of {to.name}."
        )


def in_packs(quantity: int, of: PackLevel, to: PackLevel) -> int:
    """
    Say a quantity of one pack level in another.

    :raises NotWhole: if that is no whole number
    """
    packs, rest = divmod(quantity * of.eaches, to.eaches)
    if rest:
        raise NotWhole(quantity, of, to)
    return packs


def price_per_each(price: Decimal, level: PackLevel) -> Fraction:
    """What one unit costs, exactly, so that prices of different packs can be compared."""
    return Fraction(price) / level.eaches


def likelier_level(
    price: Decimal,
    level: PackLevel,
    ladder: Sequence[PackLevel],
    known_each: Fraction,
    tolerance_pct: int = 25,
) -> PackLevel | None:
    """
    The level that a price seems to be for, if that is not the level it is given for.

    A box's price in the row of an each is the commonest slip of price lists. Only a hint: the
    price is near `known_each` (the last one known, per unit) at another level, and far at its own.
    """

    def is_near(candidate: PackLevel) -> bool:
        each = price_per_each(price, candidate)
        return abs(each - known_each) * 100 <= known_each * tolerance_pct

    if known_each <= 0 or is_near(level):
        return None
    near = [candidate for candidate in ladder if is_near(candidate)]
    return min(near, key=lambda one: abs(price_per_each(price, one) - known_each), default=None)


@dataclass(frozen=True, slots=True)
class Fill:
    """Cases a group fills: what tolerance completes, what is left over, what the next one needs."""

    cases: int
    from_tolerance: int
    left_over: int
    missing: int


def fill_cases(quantity: int, tolerance: int, per_case: int) -> Fill:
    """
    Fill whole cases; the last partial one is completed from tolerance, none is made of it alone.

    `left_over` are units asked for that no case holds; `missing` completes the case they began
    (0 if none was begun), after tolerance.
    """
    assert quantity >= 0
    assert tolerance >= 0
    assert per_case > 0
    cases, rest = divmod(quantity, per_case)
    if rest == 0:
        return Fill(cases, 0, 0, 0)
    lacking = per_case - rest
    if tolerance >= lacking:
        return Fill(cases + 1, lacking, 0, 0)
    return Fill(cases, 0, rest, lacking - tolerance)


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a need in units becomes packs, an item's own three settings."""

    per_pack: int
    threshold: int = 0
    """A rest of more than this many units opens one pack more."""
    may_be_none: bool = True
    """Whether a need too small for a pack may come to no pack at all."""


def packs_for(units: int, rounding: Rounding) -> int:
    """Packs to order for a need in units."""
    assert rounding.per_pack > 0
    if units <= 0:
        return 0
    packs, rest = divmod(units, rounding.per_pack)
    packs += rest > rounding.threshold
    return packs if packs or rounding.may_be_none else 1


@dataclass(frozen=True, slots=True)
class OrderSize:
    """What a supplier takes: at least `minimum`, in steps of `multiple`; the two are not one."""

    minimum: int = 0
    multiple: int = 1

    def __post_init__(self) -> None:
        assert self.minimum >= 0
        assert self.multiple > 0

    @property
    def least(self) -> int:
        """The smallest order that is taken."""
        return max(self.multiple, -(-self.minimum // self.multiple) * self.multiple)


def is_taken(quantity: int, size: OrderSize) -> bool:
    """Whether a supplier takes an order of a quantity; none at all is always allowed."""
    return quantity == 0 or (quantity >= size.least and quantity % size.multiple == 0)


def taken_upward(quantity: int, size: OrderSize) -> int:
    """The smallest quantity a supplier takes that is no less."""
    if quantity <= 0:
        return 0
    return max(size.least, -(-quantity // size.multiple) * size.multiple)


def taken_downward(quantity: int, size: OrderSize) -> int:
    """The largest quantity a supplier takes that is no more; 0 below its minimum."""
    if quantity < size.least:
        return 0
    return quantity - quantity % size.multiple


def why_not_taken(quantity: int, size: OrderSize, pack: str = "pack") -> str:
    """Why a quantity is not taken and what to do, in words; empty if it is."""
    if is_taken(quantity, size):
        return ""
    if quantity < 0:
        return "A quantity cannot be negative."
    up, down = taken_upward(quantity, size), taken_downward(quantity, size)
    less = f" or {down}" if down else " or none"
    if quantity < size.least:
        why = f"The smallest order is {size.least} × {pack}"
    else:
        why = f"It is sold in steps of {size.multiple} × {pack}"
    return f"{why}: ask for {up}{less}."


def missing_units(quantity: int, tolerance: int, per_case: int) -> int:
    """
    What the next case still needs; tolerance alone begins one here, other than in `fill_cases`.

    0 where a case is full, and where none is begun.
    """
    missing = per_case - quantity % per_case - tolerance
    return 0 if missing < 0 or missing == per_case else missing
