"""What a person does about a supplier's answer, and how it is said in a line."""

from collections.abc import Sequence

from purchasing.rules.acknowledgements import STATUSES, Answered, Judgement

PRICE = "Another price is never agreed to by itself: hold the supplier to the contract, or amend."
OTHER = "Other goods are never taken by themselves: refuse them, or order the item anew."
REJECTED = "Share out what comes of it, or amend the order."
LATER = "Keep it open for the rest, or share out what comes."
UNANSWERED = "Ask the supplier to answer it."


def next_step(judgement: Judgement, answers: Sequence[Answered]) -> str:
    """The first thing to do about an answer that does not stand as it is."""
    questions = " ".join(judgement.questions)
    if "price" in questions:
        return PRICE
    if any(one.is_other_goods or one.status == "IS" for one in answers):
        return OTHER
    if judgement.rejected:
        return REJECTED
    if not answers:
        return UNANSWERED
    return LATER


def answer_words(judgement: Judgement, answers: Sequence[Answered]) -> str:
    """An answer in a few words: how many are accepted, backordered, rejected."""
    counts = {
        "accepted": judgement.accepted,
        "backordered": judgement.backordered,
        "rejected": judgement.rejected,
    }
    told = [f"{count:,} {name}" for name, count in counts.items() if count]
    told += [STATUSES["IS"]] if any(one.status == "IS" for one in answers) else []
    return ", ".join(told) or "not answered"
