"""What is told of somebody's time since the last decision: neutral, counted, each with its rule."""

from dataclasses import dataclass
from datetime import date

from ipaportal.core.words import day_text, plural

COMPLAINTS, GRIEVANCES, FINDINGS = "complaints", "grievances", "findings"
ADVERSE, SUSPENSIONS, CLAIMS = "adverse", "suspensions", "claims"
VISITS, SCREENING, CONDITIONS, PANEL = "visits", "screening", "conditions", "panel"
ENCOUNTERS = "encounters"


@dataclass(frozen=True)
class Topic:
    """
    One thing that is counted: its name, and by what rule it belongs into the file.

    What is told plan by plan is for staff: a committee, with members from outside, reads the sum.
    """

    key: str
    name: str
    citation: str
    of_facilities: bool = True
    by_plan: bool = False


RESTS = "our policy: what the numbers rest on"
# In the order in which they are told. A panel says how much somebody's numbers rest on.
TOPICS = {
    one.key: one
    for one in (
        Topic(COMPLAINTS, "Complaints", "NCQA CR 5; 42 CFR 422.204(b)(2)(iii), unverified"),
        Topic(GRIEVANCES, "Grievances from plans and authorities", "NCQA CR 5"),
        Topic(FINDINGS, "Findings of audits of their practices", "our policy", False),
        Topic(ADVERSE, "Adverse actions", "NCQA CR 5, CR 6", False),
        Topic(SUSPENSIONS, "Suspensions", "NCQA CR 5"),
        Topic(CLAIMS, "Malpractice claims", "NCQA CR 3: malpractice history", False),
        Topic(VISITS, "Surveys and visits", "NCQA CR 5 (offices), CR 7 (facilities)"),
        Topic(SCREENING, "Screenings of exclusion lists", "NCQA CR 5, monthly from 2025-07-01"),
        Topic(CONDITIONS, "Conditions of the last decision", "our policy"),
        Topic(ENCOUNTERS, "Visits that claims tell of", RESTS, False, by_plan=True),
        Topic(PANEL, "Members on the panel", RESTS, False, by_plan=True),
    )
}


@dataclass(frozen=True)
class Item:
    """One thing that a number counts: its day, what it was, what came of it, where it stands."""

    day: date
    text: str
    outcome: str = ""
    url: str = ""

    @property
    def words(self) -> str:
        """The item as a line of a packet."""
        return f"{day_text(self.day)}: {', '.join(filter(None, (self.text, self.outcome)))}"


@dataclass(frozen=True)
class Number:
    """A number of a topic, what it is made of, and a note where it is measured, not counted."""

    topic: Topic
    number: int
    items: tuple[Item, ...] = ()
    note: str = ""
    url: str = ""  # where it is opened, if not by its items

    @property
    def made_of(self) -> str:
        """How many came to what, in words; the note where there is one."""
        counts: dict[str, int] = {}
        for item in self.items:
            counts[item.outcome] = counts.get(item.outcome, 0) + 1
        told = ", ".join(f"{count} {word}" for word, count in counts.items() if word)
        return "; ".join(filter(None, (self.note, told)))


def counted(key: str, items: list[Item], note: str = "") -> Number:
    """A number that counts its items, the newest first."""
    found = sorted(items, key=lambda item: (item.day, item.text), reverse=True)
    return Number(TOPICS[key], len(found), tuple(found), note)


def screened_words(runs: int, others: int) -> str:
    """How screenings came out, in words."""
    if not runs:
        return "none yet"
    return f"{plural(runs - others, 'time')} on no list" + (
        f", {plural(others, 'time')} not clear" if others else ""
    )


def row_of(number: Number) -> list[object]:
    """A number as a row of a committee's packet, each item spelled out but those by plan."""
    items = () if number.topic.by_plan else number.items
    told = "; ".join(filter(None, (number.note, *(item.words for item in items))))
    return [number.topic.name, number.number, told, number.topic.citation]
