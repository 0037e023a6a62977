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


def stands(earned_cents: int, received_cents: int) -> int:
    """
    What is to stand in the books: what was earned, but never less than the supplier paid already.

    What went back after it was paid for is not taken from a practice before somebody has settled
    that with the supplier.
    """
    return max(earned_cents, received_cents)


def agreed_differences(
    said_cents: int, entitled: Mapping[str, int], earned: Mapping[str, int]
) -> dict[str, int]:
    """
    What a supplier's figure changes for each practice: the figure shared by what each is entitled
    to, to the cent, less what each earned as far as it was agreed on before.
    """
    keys = sorted(key for key, cents in entitled.items() if cents > 0)
    assert said_cents == 0 or keys
    shares = split(said_cents, [entitled[key] for key in keys]) if keys else []
    return differences(dict(zip(keys, shares, strict=True)), earned)


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
