"""Expected against received, a member and coverage month at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

TYPES = {
    "MISSING": "Expected, and nothing was paid",
    "EXTRA": "Paid, and nothing was expected",
    "AMOUNT": "Paid another amount than expected",
    "DUPLICATE": "Paid more than once",
    "WRONG_GROUP": "Paid for a member of another group",
    "RETRO_PENDING": "A change was reported and its money has not come yet",
    "UNMATCHED_ID": "Paid under a number that no member has",
}
# Days after which an amount that is still open is looked at again (30), claimed (60), escalated.
AGEING_DAYS = (30, 60, 120)


class Record(NamedTuple):
    """One line not yet closed: "cap" is money received, "elig" money expected."""

    ref: str
    kind: str
    cents: int


@dataclass(frozen=True, slots=True)
class Closing:
    """Records closed together, and by which of the four rules."""

    rule: int
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was closed for a member and month, and what stays open with its type."""

    closed: tuple[Closing, ...]
    still_open: tuple[Record, ...]
    kind: str | None
    difference_cents: int


def reconcile(records: Sequence[Record], *, retro_pending: bool = False) -> Reconciled:
    """
    Close what agrees among all open records of one member and coverage month.

    In this order: two cap records that cancel, two eligibility records that cancel, a cap equal
    to an eligibility record, and all that remains if its totals are equal. It does not matter
    when a record was loaded, so late money closes next month by the same rules.
    """
    left = sorted(records)
    closed: list[Closing] = []
    _close(left, closed, 1, lambda a, b: a.kind == b.kind == "cap" and a.cents == -b.cents)
    _close(left, closed, 2, lambda a, b: a.kind == b.kind == "elig" and a.cents == -b.cents)
    _close(left, closed, 3, lambda a, b: a.kind != b.kind and a.cents == b.cents)
    gap = sum(r.cents if r.kind == "cap" else -r.cents for r in left)
    if left and gap == 0:
        closed.append(Closing(4, tuple(r.ref for r in left)))
        left = []
    kind = _kind(left, records, retro_pending=retro_pending) if left else None
    return Reconciled(tuple(closed), tuple(left), kind, gap)


def _close(left: list[Record], closed: list[Closing], rule: int, agree) -> None:
    index = 0
    while index < len(left):
        match = next((r for r in left[index + 1 :] if agree(left[index], r)), None)
        if match:
            closed.append(Closing(rule, (left[index].ref, match.ref)))
            left.remove(match)
            del left[index]
        else:
            index += 1


def _kind(left: Sequence[Record], records: Sequence[Record], *, retro_pending: bool) -> str:
    if retro_pending:
        return "RETRO_PENDING"
    paid = [r.cents for r in left if r.kind == "cap"]
    if not paid:
        return "MISSING"
    expected = [r.cents for r in records if r.kind == "elig"]
    if expected and all(cents in expected for cents in paid):
        return "DUPLICATE"
    return "AMOUNT" if expected else "EXTRA"


def age_bucket(due: date, today: date) -> str:
    """Say how old an open amount is."""
    days = (today - due).days
    first, second, third = AGEING_DAYS
    if days <= first:
        return f"up to {first} days"
    if days <= second:
        return f"{first + 1} to {second} days"
    return f"{second + 1} to {third} days" if days <= third else f"over {third} days"
