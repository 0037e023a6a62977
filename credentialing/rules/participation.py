"""Who takes part on a day, at which standing, and why not: one judgement of what is known."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from credentialing.rules.decisions import OUTCOMES
from ipaportal.core.words import day_text


class Standing(StrEnum):
    """At which standing somebody is in a network on a day; the gravest is said."""

    EXCLUDED = "excluded"
    OPEN_MATCH = "open_match"
    DENIED = "denied"
    ENDED = "ended"
    TO_COME = "to_come"
    NOWHERE = "nowhere"
    UNLICENSED = "unlicensed"
    LAPSED = "lapsed"
    CONTESTED = "contested"
    TAKEN_OVER = "taken_over"
    PROVISIONAL = "provisional"
    CONDITIONS = "conditions"
    CREDENTIALED = "credentialed"


WORDS = {
    Standing.EXCLUDED: "excluded",
    Standing.OPEN_MATCH: "match to decide",
    Standing.DENIED: "denied",
    Standing.ENDED: "ended",
    Standing.TO_COME: "begins later",
    Standing.NOWHERE: "approved, in no network",
    Standing.UNLICENSED: "licence over",
    Standing.LAPSED: "credentialing lapsed",
    Standing.CONTESTED: "denied, not final",
    Standing.TAKEN_OVER: "taken over, not credentialed here",
    Standing.PROVISIONAL: "provisional",
    Standing.CONDITIONS: "approved with conditions",
    Standing.CREDENTIALED: "credentialed",
}
# At these somebody takes part; all others stop rosters and orders, and say why.
TAKES_PART = frozenset(
    {
        Standing.CONTESTED,
        Standing.TAKEN_OVER,
        Standing.PROVISIONAL,
        Standing.CONDITIONS,
        Standing.CREDENTIALED,
    }
)
GRAVEST_FIRST = tuple(Standing)
FINAL, PENDING, REVERSED = "final", "pending", "reversed"


@dataclass(frozen=True)
class Known:
    """What is known of somebody on a day: days with a payer, decision, licences, lists."""

    effective_date: date | None = None
    end_date: date | None = None
    ended_by: str = ""
    outcome: str = ""
    decision_date: date | None = None
    next_due_date: date | None = None
    ends_date: date | None = None
    # Of a denial: whether it is final on the day, waits for its hearing, or was reversed.
    denial: str = FINAL
    limits: str = ""
    closes_panel: bool = False
    # The last day of the licence that lasts longest; None if none with a day is on file.
    licensed_until: date | None = None
    excluded_by: str = ""
    match_words: str = ""
    # What another committee decided before, in words, and by when it was due again.
    earlier_words: str = ""
    earlier_due_date: date | None = None


@dataclass(frozen=True)
class Judgement:
    """A standing, and everything that speaks against it or has to be known, in words."""

    standing: Standing
    reasons: tuple[str, ...]
    # Whether a restriction that is final keeps new members from them.
    is_closed: bool = False

    @property
    def takes_part(self) -> bool:
        return self.standing in TAKES_PART

    @property
    def takes_new(self) -> bool:
        return self.takes_part and not self.is_closed


def judge(known: Known, day: date) -> Judgement:
    """Judge what is known of somebody on a day; every reason is said, the gravest decides."""
    found = [*_of_lists(known), *_of_days(known, day), *_of_decision(known, day)]
    if known.licensed_until is not None and known.licensed_until < day:
        text = f"the last licence on file ended on {day_text(known.licensed_until)}"
        found.append((Standing.UNLICENSED, text))
    if known.limits:
        found.append((Standing.CONDITIONS, f"limited: {known.limits}"))
    if known.closes_panel:
        found.append((Standing.CONDITIONS, "the panel takes no new members"))
    found.sort(key=lambda one: GRAVEST_FIRST.index(one[0]))
    reasons = tuple(text for _, text in found if text)
    return Judgement(found[0][0], reasons, known.closes_panel)


def _of_lists(known: Known) -> list[tuple[Standing, str]]:
    found = []
    if known.excluded_by:
        found.append((Standing.EXCLUDED, f"excluded by {known.excluded_by}"))
    elif known.match_words:
        found.append((Standing.OPEN_MATCH, f"a match waits: {known.match_words}"))
    return found


def _of_days(known: Known, day: date) -> list[tuple[Standing, str]]:
    if known.effective_date is None:
        return [(Standing.NOWHERE, "approved, and in no network: start it")]
    if known.effective_date > day:
        return [(Standing.TO_COME, f"takes part from {day_text(known.effective_date)}")]
    if known.end_date is not None and known.end_date <= day:
        why = f" ({known.ended_by})" if known.ended_by else ""
        return [(Standing.ENDED, f"took part until before {day_text(known.end_date)}{why}")]
    return []


def _of_decision(known: Known, day: date) -> list[tuple[Standing, str]]:
    if known.decision_date is None:
        return [_taken_over(known, day)]
    told = f"{OUTCOMES[known.outcome]} on {day_text(known.decision_date)}"
    if known.outcome == "denied" and known.denial == PENDING:
        return [(Standing.CONTESTED, f"{told}; takes part until that is final")]
    if known.outcome == "denied" and known.denial == FINAL:
        return [(Standing.DENIED, told)]
    if known.outcome == "denied":
        told += ", and reversed"
    if known.ends_date is not None:
        last = day_text(known.ends_date)
        if known.ends_date <= day:
            return [(Standing.LAPSED, f"provisional until before {last}, no decision since")]
        return [(Standing.PROVISIONAL, f"provisional until before {last}")]
    if known.next_due_date is not None and known.next_due_date < day:
        due = day_text(known.next_due_date)
        return [(Standing.LAPSED, f"recredentialing was due by {due} ({told})")]
    if known.outcome == "approved_conditions":
        return [(Standing.CONDITIONS, told)]
    return [(Standing.CREDENTIALED, told)]


def _taken_over(known: Known, day: date) -> tuple[Standing, str]:
    """Whoever was never decided here stands as long as what others decided does."""
    if known.earlier_due_date is None:
        return Standing.TAKEN_OVER, "taken over with the network; nobody here decided the file"
    if known.earlier_due_date < day:
        due = day_text(known.earlier_due_date)
        return Standing.LAPSED, f"recredentialing was due by {due} ({known.earlier_words})"
    return Standing.TAKEN_OVER, known.earlier_words
