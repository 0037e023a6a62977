"""Prices as suppliers list them: for which of our packs, in tiers without a gap or an overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from purchasing.rules.packs import PackLevel, likelier_level
from purchasing.rules.purchase_papers import UNITS, unit_of
from purchasing.rules.tiers import BadTiers, Scheme, Tier, scheme, tiers_of_bands


@dataclass(frozen=True, slots=True)
class Band:
    """A price from so many packs, maybe up to so many, and the line that says so."""

    line_no: int
    low: int
    high: int | None
    price: Decimal


class NoPack(ValueError):
    """A price of a pack that the item does not come in, or of none."""


def level_for(pack: str, eaches: int | None, levels: Sequence[PackLevel]) -> PackLevel:
    """
    Which of an item's packs a line is about, by its name and how many units it says are in it.

    :raises NoPack: if there is none, or what the line says of it is not so
    """
    known = ", ".join(f"{one.name} of {one.eaches:,}" for one in levels)
    if not pack and eaches is None:
        raise NoPack("It does not say which pack the price is for.")
    named = [one for one in levels if not pack or _is_called(pack, one)]
    if not named:
        raise NoPack(f"The item has no pack “{pack[:20]}”: it comes as {known}.")
    same = named if eaches is None else [one for one in named if one.eaches == eaches]
    if not same:
        raise NoPack(f"{eaches:,} units are in it by the list, and the item comes as {known}.")
    if len(same) > 1:
        raise NoPack(f"It may be several of the item's packs: {known}.")
    return same[0]


def _is_called(pack: str, level: PackLevel) -> bool:
    name = pack.strip().casefold()
    if name == level.name.casefold():
        return True
    return name.upper() in UNITS.values() and name.upper() == unit_of(level.name)


def ladder_of(bands: Sequence[Band]) -> Scheme:
    """
    The tiers of a pack; where a list says up to where they go, they must follow one another.

    :raises BadTiers: if they leave a gap, overlap, begin twice, or rise
    """
    if any(band.high is not None for band in bands):
        return scheme(tiers_of_bands([(band.low, band.high, band.price) for band in bands]))
    return scheme([Tier(band.low, band.price) for band in bands])


def wrong_pack(
    price: Decimal, level: PackLevel, ladder: Sequence[PackLevel], known_each: Fraction | None
) -> str:
    """Why a price seems to be that of another pack; empty if it does not."""
    if not known_each:
        return ""
    other = likelier_level(price, level, ladder, known_each)
    if other is None or other == level:
        return ""
    return (
        f"${price} is about what {other.name} of {other.eaches:,} costs now, and it is given for "
        f"{level.name} of {level.eaches:,}."
    )


__all__ = ["BadTiers", "Band", "NoPack", "ladder_of", "level_for", "wrong_pack"]
