"""What a supplier's answer to an order line means, and what a person must look at first."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

# X12 element 668 (own knowledge, unverified). What each says, and whether it may stand alone.
STATUSES = {
    "IA": "accepted",
    "IB": "backordered",
    "IC": "accepted with changes",
    "ID": "deleted",
    "IE": "accepted, price pending",
    "IF": "on hold",
    "IH": "on hold",
    "IP": "accepted at another price",
    "IQ": "accepted in another quantity",
    "IR": "rejected",
    "IS": "a substitute is offered",
    "DR": "accepted for another date",
    "BP": "part backordered",
    "AC": "accepted and shipped",
}
ACCEPTED = frozenset({"IA", "AC"})
BACKORDERED = frozenset({"IB", "BP"})
REJECTED = frozenset({"IR", "ID"})


@dataclass(frozen=True, slots=True)
class Ordered:
    """A line as it was ordered."""

    packs: int
    price: Decimal
    ndc12: str = ""
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to it."""

    status: str
    packs: int
    is_other_goods: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What stands of a line, and every reason why a person must look at it."""

    accepted: int
    backordered: int
    rejected: int
    questions: tuple[str, ...]

    @property
    def may_stand(self) -> bool:
        """Whether the line is answered as it was ordered."""
        return not self.questions


def judge(ordered: Ordered, price: Decimal | None, answers: Sequence[Answered]) -> Judgement:
    """
    Compare a line with its answers; another price or other goods are never accepted by themselves.

    `price` is what the supplier repeats for the line, where it does.
    """
    counts = {"accepted": 0, "backordered": 0, "rejected": 0}
    questions = []
    for answer in answers:
        kind = _kind(answer.status)
        counts[kind] += answer.packs
        if answer.status not in ACCEPTED and STATUSES[answer.status] not in questions:
            questions.append(STATUSES[answer.status])
        if answer.is_other_goods:
            questions.append("the answer is about other goods")
    if price is not None and price != ordered.price:
        questions.append(f"the price is ${price}, and ${ordered.price} was ordered")
    if not answers:
        questions.append("the line is not answered")
    elif sum(counts.values()) != ordered.packs:
        questions.append(f"{sum(counts.values())} are answered, and {ordered.packs} were ordered")
    return Judgement(*counts.values(), tuple(questions))


def _kind(status: str) -> str:
    if status in BACKORDERED or status in ("IF", "IH"):
        return "backordered"
    return "rejected" if status in REJECTED else "accepted"
