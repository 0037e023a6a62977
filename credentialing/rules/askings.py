"""How often we ask whoever does not answer, and when a person takes over: dated rules of ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from credentialing.rules.windows import ALWAYS
from ipaportal.core.words import day_text

SOURCE, APPLICANT = "source", "applicant"


@dataclass(frozen=True)
class AskingRule:
    """
    Of letters sent from a day on: after how many days each one without an answer is over.

    `days` has one number an asking: after all but the last it is asked again, after the last a
    person decides what to do. No authority sets them, so `is_sure` is for whoever finds one.
    """

    whom: str
    from_date: date
    days: tuple[int, ...]
    citation: str
    is_sure: bool = False

    @property
    def askings(self) -> int:
        """How often somebody is asked at most."""
        return len(self.days)


# One row a change of a rule; the newest that began by the day of the first letter applies.
RULES = (
    AskingRule(SOURCE, ALWAYS, (7, 7, 7), "our own policy: 7, 14 and 21 days"),
    AskingRule(APPLICANT, ALWAYS, (14, 14, 14), "our own policy: 14, 28 and 42 days"),
)
SHORTEST = {
    whom: min(min(rule.days) for rule in RULES if rule.whom == whom) for whom in (SOURCE, APPLICANT)
}


def rule_on(whom: str, day: date) -> AskingRule:
    """The rule for letters that began on a day."""
    found = [rule for rule in RULES if rule.whom == whom and rule.from_date <= day]
    return max(found, key=lambda rule: rule.from_date)


@dataclass(frozen=True)
class Asked:
    """
    How far the asking of somebody is: the days on which they were asked, the first one first.

    After an outage nobody is asked twice at once: each asking gets its days.
    """

    rule: AskingRule
    days: tuple[date, ...]

    @property
    def next_date(self) -> date:
        """The day on which they are asked again, or, after the last asking, are given up."""
        return self.days[-1] + timedelta(days=self.rule.days[len(self.days) - 1])

    @property
    def is_last(self) -> bool:
        """Whether they are not asked any more."""
        return len(self.days) >= self.rule.askings

    def next_number(self, today: date) -> int | None:
        """Which asking is due, counted from one; None if none is."""
        return len(self.days) + 1 if not self.is_last and today >= self.next_date else None

    def is_over(self, today: date) -> bool:
        """Whether the last asking had its days too, and nobody answered."""
        return self.is_last and today >= self.next_date

    def words(self, today: date) -> str:
        """How far it is, in words."""
        so_far = f"asked {len(self.days)} of {self.rule.askings} times"
        if self.is_over(today):
            return f"asked {self.rule.askings} times without an answer"
        what = "a person decides" if self.is_last else "asked again"
        return f"{so_far}, {what} on {day_text(self.next_date)}"


def asked(whom: str, days: Sequence[date]) -> Asked:
    """How far the asking of somebody is, by the rule of its first day."""
    told = tuple(sorted(days))
    rule = rule_on(whom, told[0])
    return Asked(rule, told[: rule.askings])
