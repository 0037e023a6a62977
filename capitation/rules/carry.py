"""Balances below zero: what is carried forward, and how a debt is taken back by instalments."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Payout:
    """What becomes of a payee's balance: paid now, held, carried forward; they sum to it."""

    balance: int
    paid: int
    held: int
    carried: int


def payout(opening: int, *amounts: int, recouped: int = 0, held: bool = False) -> Payout:
    """
    Decide what is paid of a payee's balance (opening, this month, retro, adjustments …).

    Nothing is paid of a balance of zero or less: it is carried forward. A hold keeps the money
    payable.
    """
    balance = opening + sum(amounts) - recouped
    if balance <= 0:
        return Payout(balance, 0, 0, balance)
    return Payout(balance, 0, balance, 0) if held else Payout(balance, balance, 0, 0)


def instalments(total_cents: int, count: int, first_cents: int = 0) -> list[int]:
    """Divide a debt into equal instalments, after a first payment; the last takes the odd cents."""
    assert total_cents >= first_cents >= 0
    assert count > 0
    rest = total_cents - first_cents
    level = rest // count
    schedule = [level] * (count - 1) + [rest - level * (count - 1)]
    return [first_cents, *schedule] if first_cents else schedule


def recoup(debt_cents: int, available_cents: int, cap_cents: int | None = None) -> int:
    """Give what a plan takes this month: no more than is owed, is there, or the cap allows."""
    most = max(0, min(debt_cents, available_cents))
    return most if cap_cents is None else min(most, cap_cents)
