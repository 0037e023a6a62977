"""The part of a file that tells how somebody did since the last decision: each number opened."""

from datetime import date

from credentialing.models import CredentialingEvent, Facility, Practitioner
from credentialing.queries.performance import Performance, performance
from credentialing.rules.events import OVER
from ipaportal.core.parts import Column, Empty, Listing, list_rows
from ipaportal.core.words import day_text

NUMBERS = (
    Column("what", "What", "link"),
    Column("number", "Number", "count"),
    Column("made_of", "Of which", wide=True),
    Column("citation", "Counted for", minor=True),
)
ITEMS = (
    Column("day", "Day", "day"),
    Column("what", "What", "link"),
    Column("text", "In words", wide=True),
    Column("outcome", "Came to"),
)


def performance_of(
    holder: Practitioner | Facility, event: CredentialingEvent | None, today: date
) -> dict[str, object]:
    """What a file's page shows of it: numbers, and below them every one of what they count."""
    is_open = event is not None and event.status not in OVER
    found = performance(holder, event if is_open else None, today)
    return {"since": _line(found), "numbers": _numbers(found), "items": _items(found)}


def _line(found: Performance | None) -> str:
    if found is None:
        return ""
    whose = "our decision" if found.since.by == "here" else f"the decision of {found.since.by}"
    return f"From {whose} on {day_text(found.since.day)} to {day_text(found.until)}."


def _numbers(found: Performance | None) -> Listing:
    rows = [
        {
            "what": one.topic.name,
            "number": one.number,
            "made_of": one.made_of,
            "citation": one.topic.citation,
            "url": one.url or ("#items" if one.items else ""),
        }
        for one in (found.numbers if found is not None else [])
    ]
    empty = Empty(
        "This is the first cycle",
        "Once a decision of ours, or one that they came with, is on file, what happened since is "
        "counted here.",
    )
    return list_rows(rows, NUMBERS, {}, caption="In numbers", empty=empty, page_size=100)


def _items(found: Performance | None) -> Listing:
    rows = [
        {
            "day": item.day,
            "what": one.topic.name,
            "text": item.text,
            "outcome": item.outcome,
            "url": item.url,
        }
        for one in (found.numbers if found is not None else [])
        for item in one.items
    ]
    rows.sort(key=lambda row: row["day"], reverse=True)
    return list_rows(rows, ITEMS, {}, caption="One by one", page_size=1000)
