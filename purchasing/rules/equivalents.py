"""Which items may stand in for one another: the same generic, or supplies of one stated class."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from purchasing.rules.gates import PRICE_ONLY_SCHEDULES

# Vaccines and biologics are not named: that two of them are interchangeable is a finding of FDA
# about each pair, and not read off ingredient and strength.
BY_GENERIC, BY_CLASS = ("drug",), ("supply", "device")


@dataclass(frozen=True, slots=True)
class Described:
    """An item in a pack as far as it may stand in for another."""

    kind: str
    eaches: int
    """Units in the pack: a pack stands in for a pack."""
    ingredient: str = ""
    strength: str = ""
    form: str = ""
    route: str = ""
    supply_class: str = ""
    schedule: str = ""
    is_as_written: bool = False
    """Nothing else may come, whatever anybody says (dispense as written)."""

    @property
    def same_as(self) -> tuple[str, ...] | None:
        """What another has to be the same in; None where nothing may stand in for it."""
        if self.is_as_written or self.schedule in PRICE_ONLY_SCHEDULES:
            return None
        if self.kind in BY_GENERIC:
            stated = (self.ingredient, self.strength, self.form, self.route)
        elif self.kind in BY_CLASS:
            stated = (self.supply_class,)
        else:
            return None
        told = tuple(" ".join(one.split()).casefold() for one in stated)
        # What is not stated is not known to be the same.
        return (self.kind, self.schedule, str(self.eaches), *told) if all(told) else None


def equivalents(items: Mapping[str, Described]) -> dict[str, tuple[str, ...]]:
    """By item the others that may stand in for it; items without any are left out."""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for key, one in sorted(items.items()):
        if one.same_as is not None:
            alike[one.same_as].append(key)
    return {
        key: tuple(other for other in keys if other != key)
        for keys in alike.values()
        for key in keys
        if len(keys) > 1
    }


def standing_in(wanted: Described, others: Mapping[str, Described]) -> list[str]:
    """Which of others may stand in for what somebody wants, the first by key first."""
    if wanted.same_as is None:
        return []
    return [key for key, one in sorted(others.items()) if one.same_as == wanted.same_as]
