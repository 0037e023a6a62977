"""
Rebates of suppliers: what is owed to each practice, and what of a payment each is given.

A rebate is a discount on what a practice bought, with terms fixed before (42 CFR 1001.952(h)). What
the IPA keeps of one is a fee that the supplier pays, and is told like one (42 CFR 1001.952(j)).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ipaportal.core.money import split

DISCOUNT_CITATION = "42 CFR 1001.952(h)"


@dataclass(frozen=True, slots=True)
class Part:
    """What of a supplier's payment is one practice's: all of it, and what the IPA keeps of it."""

    practice: str
    cents: int
    kept_cents: int

    @property
    def given_cents(self) -> int:
        """What the practice is given."""
        return self.cents - self.kept_cents


def differences(entitled: Mapping[str, int], booked: Mapping[str, int]) -> dict[str, int]:
    """What is to be booked for each practice, so that all that is booked is what it is owed."""
    every = {key: entitled.get(key, 0) - booked.get(key, 0) for key in {**booked, **entitled}}
    return {key: cents for key, cents in sorted(every.items()) if cents}


def below_received(entitled: Mapping[str, int], received: Mapping[str, int]) -> list[str]:
    """Practices that would be owed less than the supplier paid for them already."""
    return sorted(key for key, cents in received.items() if entitled.get(key, 0) < cents)


def parts_of(cents: int, still_owed: Mapping[str, int], kept_pct: Decimal) -> Sequence[Part]:
    """
    Share a payment by what each practice is still owed, to the cent.

    What is kept is rounded down for each practice, so that nobody gives up more than was agreed.
    """
    keys = sorted(key for key, owed in still_owed.items() if owed > 0)
    assert 0 < cents <= sum(still_owed[key] for key in keys)
    shares = split(cents, [still_owed[key] for key in keys])
    return [
        Part(key, share, int(share * kept_pct // 100))
        for key, share in zip(keys, shares, strict=True)
        if share
    ]
