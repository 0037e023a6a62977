"""What a claim comes to when it is paid: allowed, interest for lateness, or taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from compliance.rules.prompt_pay import Owed


@dataclass(frozen=True, slots=True)
class Due:
    """One claim of a payment: `cents` is below zero where an earlier payment is taken back."""

    claim_id: int
    number: str
    cents: int
    due_on: date
    lateness: Owed
    is_taken_back: bool = False
    is_denied: bool = False
    problem: str = ""
    """Why it cannot be paid yet."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What one practice would be paid for the members of one plan."""

    payer_id: int
    party_id: int
    dues: tuple[Due, ...]

    @property
    def payable(self) -> tuple[Due, ...]:
        """Those that nothing stands in the way of."""
        return tuple(one for one in self.dues if not one.problem)

    @property
    def cents(self) -> int:
        """What the claims come to, without interest."""
        return sum(one.cents for one in self.payable)

    @property
    def interest_cents(self) -> int:
        """Interest for those that are late."""
        return sum(one.lateness.interest_cents for one in self.payable)

    @property
    def total_cents(self) -> int:
        """What is paid."""
        return self.cents + self.interest_cents

    @property
    def is_payable(self) -> bool:
        """Whether there is something to tell, and nothing left to be owed back."""
        return bool(self.payable) and self.total_cents >= 0


def payer_identifier(company_id: str) -> str:
    """
    The nine digits of a taxpayer number given alone or, as payment files do, after a 1; else "".

    TRN03 of an 835 is 1 and this number, the same as the company of the bank's file
    (005010X221A1, TRN03 and BPR10).
    """
    digits = company_id.strip().replace("-", "")
    tin = digits[1:] if len(digits) == 10 and digits[0] == "1" else digits
    is_tin = len(tin) == 9 and tin.isascii() and tin.isdigit() and tin.strip("0") != ""
    return tin if is_tin else ""


def seen(planned: Planned) -> Sequence[object]:
    """What somebody who looked at it has seen, to be digested."""
    return [
        planned.payer_id,
        planned.party_id,
        [[one.claim_id, one.cents, one.lateness.interest_cents] for one in planned.payable],
    ]
