"""Statements: how a payee's month adds up, and what changed since last month, in words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from capitation.rules.reasons import WORDS
from ipaportal.core.months import month_name, parse_month
from ipaportal.core.words import dollars_text, plural

LINE = re.compile(r"([1-9][0-9]{0,17})-([1-9][0-9]{0,17})-([0-9]{4}-[0-9]{2})-([1-9][0-9]{0,17})")

# Why a member's month brings a payee more or less than the month before: one of, many of.
CAUSES = {
    "joined": ("member joined", "members joined"),
    "left": ("member left", "members left"),
    "paid_again": ("member paid again", "members paid again"),
    "unpaid_now": ("member no longer paid", "members no longer paid"),
    "birthday": ("birthday band", "birthday bands"),
    "rate": ("member at a new rate", "members at new rates"),
    "risk": ("new risk score", "new risk scores"),
    "product": ("member in another product", "members in other products"),
    "received": ("member the plan paid differently", "members the plan paid differently"),
    "days": ("part month", "part months"),
    "terms": ("member under new terms", "members under new terms"),
}
RETRO = {
    "ADD": "retro add",
    "TERM": "retro term",
    "REINSTATE": "retro reinstatement",
    "PCP_CHANGE": "retro PCP change",
    "PLAN_CHANGE": "retro product change",
    "AGE_BAND": "retro birth date or sex correction",
    "STATUS": "retro status change",
    "COUNTY": "retro county change",
    "RAF": "retro risk score",
    "PREMIUM": "retro premium change",
    "RATE": "retro rate change",
    "TERMS": "retro terms change",
}
ZERO_WORDS = {
    "not_covered": "not covered this month",
    "not_on_day": "not covered on the day that decides the month",
    "status": "status that the terms do not pay",
    "no_money": "the plan paid nothing for them",
    "no_rate": "no rate is known",
    "no_risk": "no risk score is known",
    "held_rate": "held: no rate is known yet",
    "held_risk": "held: no risk score is known yet",
}
# How many causes the sentence names; the table beside it names all.
SAID = 4


@dataclass(frozen=True)
class LineId:
    """What is printed beside a line, and what `explain` takes: run-member-month-payee."""

    run_id: int
    member_id: int
    coverage_month: date
    payee_id: int

    def __str__(self) -> str:
        month = f"{self.coverage_month:%Y-%m}"
        return f"{self.run_id}-{self.member_id}-{month}-{self.payee_id}"

    @classmethod
    def parse(cls, text: str) -> "LineId":
        """
        Read a line's name.

        :raises ValueError: if it is not written run-member-YYYY-MM-payee
        """
        match = LINE.fullmatch(text.strip())
        if not match:
            raise ValueError(
                f"A line is named run-member-YYYY-MM-payee, for example 12-345-2026-10-7, "
                f"not {text!r}."
            )
        return cls(int(match[1]), int(match[2]), parse_month(match[3]), int(match[4]))


@dataclass(frozen=True)
class Cause:
    """One cause of a change: how many it concerns and what it comes to."""

    code: str
    words: str
    count: int
    cents: int


def member_cause(code: str, count: int, cents: int) -> Cause:
    """A cause within the month itself."""
    return Cause(code, plural(count, *CAUSES[code]), count, cents)


def retro_cause(reason: str, count: int, cents: int) -> Cause:
    """A cause from this month's retro lines of one reason."""
    words = RETRO.get(reason, "other retro line")
    return Cause(f"retro_{reason}", plural(count, words), count, cents)


def change_sentence(month_before: date, before: int, now: int, causes: Iterable[Cause]) -> str:
    """
    Say in one sentence what changed; the causes must sum to the difference.

    The largest causes are named, whatever is left is counted.
    """
    causes = sorted(causes, key=lambda cause: (-abs(cause.cents), cause.code))
    assert sum(cause.cents for cause in causes) == now - before, "causes must sum to the change"
    name = month_name(month_before).split()[0]
    moved = [cause for cause in causes if cause.cents]
    if now == before:
        head = f"The same as {name}"
    else:
        word = "more" if now > before else "less"
        head = f"{dollars_text(abs(now - before))} {word} than {name}"
    if not moved:
        return f"{head}."
    shown = moved if len(moved) <= SAID + 1 else moved[:SAID]
    said = [f"{cause.words} ({_signed(cause.cents)})" for cause in shown]
    rest = moved[len(shown) :]
    if rest:
        said.append(f"{len(rest)} smaller changes ({_signed(sum(c.cents for c in rest))})")
    return f"{head}: {', '.join(said)}."


def changes(
    *,
    compared: Mapping[str, tuple[int, int]],
    retro_now: Mapping[str, tuple[int, int]],
    retro_before: int,
    other_now: int,
    other_before: int,
    month_before: date,
) -> list[Cause]:
    """
    Every cause of the change from one statement to the next, in whole cents.

    `compared` and `retro_now` are (count, cents) by cause and by reason. Last month's one-off
    amounts do not come again, so they count with their sign turned.
    """
    name = month_name(month_before).split()[0]
    causes = [member_cause(code, *figures) for code, figures in sorted(compared.items())]
    causes += [retro_cause(reason, *figures) for reason, figures in sorted(retro_now.items())]
    once = (
        ("retro_before", f"{name}'s retro lines do not repeat", -retro_before),
        ("other", "purchases and other bookings", other_now),
        ("other_before", f"{name}'s other bookings do not repeat", -other_before),
    )
    causes += [Cause(code, words, 0, cents) for code, words, cents in once if cents]
    return [cause for cause in causes if cause.cents]


def _signed(cents: int) -> str:
    return f"{'+' if cents > 0 else ''}{dollars_text(cents)}"


def reason_words(reason: str) -> str:
    """A reason as a statement says it."""
    return WORDS.get(reason, reason)
