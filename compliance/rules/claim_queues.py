"""
Queues of claims: what each is, how old an item is, and how many days are left by law.

What waits here was sent by a practice or told by a plan; how many days are left is counted to the
last day of the rule that the claim is paid under, which is also the last one to deny or contest it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from compliance.rules.claims import REASONS, State
from compliance.rules.remits import QUEUES as OF_REMITS

REJECTED, TWICE, DENIED, READY = "rejected", "twice", "denied", "ready"
CONTESTED, ANSWERED = "contested", "answered"
OF_CLAIMS = {
    ANSWERED: ("what was asked for came",
               "Read the answer, and say that the claim is complete, or decide."),
    REJECTED: ("sent back, and not sent again yet",
               "Ask the practice whether it has read why; it mends the claim and sends it again."),
    TWICE: ("sent twice", "Nothing is owed: tell a practice that does it often what it costs."),
    DENIED: ("denied, and not told in a remittance yet",
             "Let somebody else release the practice's next remittance: it tells the denial."),
    READY: ("ready, and not paid yet", "A second person pays it, before its last day."),
}  # fmt: skip
# Own habit: whoever has not sent a claim again by then has been asked, or will not.
REJECTED_DAYS = 45
SOON_DAYS = 5
CLOCKS = {
    "late": "past its last day",
    "soon": f"{SOON_DAYS} days or fewer left",
    "later": f"more than {SOON_DAYS} days left",
    "stands": "the clock stands",
    "none": "no clock",
}
AGES = {"0-5": "up to 5 days", "6-15": "6 to 15 days", "16-30": "16 to 30 days",
        "31-": "over 30 days"}  # fmt: skip
DOLLARS = {"0-99": "under $100", "100-999": "$100 to $999", "1000-": "$1,000 and more"}
MINE, NOBODY = "mine", "nobody"


def queue_words(queue: str) -> str:
    """What waits in a queue."""
    return _about(queue)[0]


def queue_remedy(queue: str) -> str:
    """What to do about what waits in it."""
    return _about(queue)[1]


def _about(queue: str) -> tuple[str, str]:
    if queue in OF_CLAIMS:
        return OF_CLAIMS[queue]
    found = REASONS[queue] if queue in REASONS else OF_REMITS[queue]
    return (found.words, found.remedy)


QUEUES = (
    *(key for key, reason in REASONS.items() if reason.state == State.WAITING),
    *OF_CLAIMS,
    *map(str, OF_REMITS),
)


def queue_of(state: str, reason: str, *, is_answered: bool = False) -> str:
    """The queue that a claim stands in by its state and reason, and by what was asked for."""
    if state == State.WAITING:
        return ANSWERED if reason == CONTESTED and is_answered else reason
    if state == State.REJECTED:
        return TWICE if reason == TWICE else REJECTED
    return {State.DENIED: DENIED, State.READY: READY}[State(state)]


@dataclass(frozen=True, slots=True)
class Item:
    """Something in a queue: a claim that came in, or one that a plan's remittance told of."""

    kind: str
    """"claim" or "remit"."""
    pk: int
    queue: str
    number: str
    practice: str
    since: date
    cents: int
    member_id: int | None = None
    owner_id: int | None = None
    owner: str = ""
    look_by: date | None = None
    last_day: date | None = None
    is_stopped: bool = False

    def age(self, today: date) -> int:
        """For how many days it is here."""
        return (today - self.since).days

    def left(self, today: date) -> int | None:
        """Days until its last one by law; below zero where that is past."""
        return (self.last_day - today).days if self.last_day else None

    def clock(self, today: date) -> str:
        """Which of CLOCKS it is under."""
        left = self.left(today)
        if left is None:
            return "stands" if self.is_stopped else "none"
        if left < 0:
            return "late"
        return "soon" if left <= SOON_DAYS else "later"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items somebody asks for; empty is all."""

    queue: str = ""
    owner: str = ""
    """MINE, NOBODY, or somebody's key."""
    clock: str = ""
    age: str = ""
    dollars: str = ""

    def of(self, items: Iterable[Item], *, today: date, me: int | None) -> list[Item]:
        """Those of the items that are asked for."""
        return [one for one in items if self._takes(one, today, me)]

    def _takes(self, one: Item, today: date, me: int | None) -> bool:
        return (
            self.queue in ("", one.queue)
            and self._is_owned(one, me)
            and self.clock in ("", one.clock(today))
            and _within(self.age, one.age(today))
            and _within(self.dollars, one.cents // 100)
        )

    def _is_owned(self, one: Item, me: int | None) -> bool:
        if self.owner == MINE:
            return one.owner_id is not None and one.owner_id == me
        if self.owner == NOBODY:
            return one.owner_id is None
        return self.owner in ("", f"{one.owner_id}")


def _within(span: str, number: int) -> bool:
    """Whether a number lies in "low-high", both included; "low-" has no end, "" is any."""
    low, _, high = span.partition("-")
    return not span or (number >= int(low) and (not high or number <= int(high)))


@dataclass(frozen=True, slots=True)
class Total:
    """What waits in one queue."""

    queue: str
    count: int
    free: int
    late: int
    oldest: int
    cents: int


def totals(items: Sequence[Item], today: date) -> list[Total]:
    """Of each queue that holds something how much, the most dollars first."""
    held: dict[str, list[Item]] = {}
    for one in items:
        held.setdefault(one.queue, []).append(one)
    found = [
        Total(
            queue, len(rows), sum(one.owner_id is None for one in rows),
            sum(one.clock(today) == "late" for one in rows), max(one.age(today) for one in rows),
            sum(one.cents for one in rows),
        )
        for queue, rows in held.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.cents, QUEUES.index(one.queue)))
