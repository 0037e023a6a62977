"""
Claims against a reinsurer: each is the difference between what is owed now and what was asked.

A member's year grows with the claims that are paid, and shrinks with those that are taken back.
What is filed is never changed: a later filing is the difference, below zero where too much was
asked.
"""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """How far a claim against a reinsurer has come."""

    FILED = "filed"
    PARTLY = "partly"
    PAID = "paid"


WORDS = {
    Stage.FILED: "filed, not paid",
    Stage.PARTLY: "paid in part",
    Stage.PAID: "paid",
}


@dataclass(frozen=True, slots=True)
class Sums:
    """What was asked and what was paid of it, less what was reversed, in cents."""

    filed_cents: int
    paid_cents: int

    @property
    def open_cents(self) -> int:
        """What is still to come, or to be given back."""
        return self.filed_cents - self.paid_cents

    @property
    def stage(self) -> Stage:
        """How far it has come."""
        if not self.open_cents:
            return Stage.PAID
        return Stage.PARTLY if self.paid_cents else Stage.FILED


def to_file_cents(owed_cents: int, filed_cents: int) -> int:
    """What is to be filed: what is owed of the year now less what was asked before."""
    return owed_cents - filed_cents


def may_be_paid(cents: int, sums: Sums) -> bool:
    """Whether a payment is part of what is open: of its sign, and no more than it."""
    return 0 < cents <= sums.open_cents or sums.open_cents <= cents < 0
