"""What cases bring to the front page and the search, to those who may see them."""

from datetime import date

from django.urls import reverse

from compliance.queries.cases import VIEW, CaseRow, case_rows
from compliance.rules.cases import soon
from ipaportal.core.actors import Actor
from ipaportal.core.cards import FOUND_LIMIT, Cards, Found, Task

SHOWN = 4


def case_cards(actor: Actor, today: date) -> Cards:
    """Cases that somebody owns, or may give an owner, and that are due within a week."""
    if not actor.may(VIEW) or actor.is_system:
        return Cards()
    rows = [row for row in case_rows(actor=actor) if row.due and soon(row.due, today)]
    mine = [row for row in rows if row.owner_id == actor.user_id or not row.owner_id]
    mine.sort(key=lambda row: (row.due, row.case.number))
    return Cards(tuple(_task(row, today) for row in mine[:SHOWN]))


def _task(row: CaseRow, today: date) -> Task:
    verb = "Work on" if row.owner_id else "Give an owner to"
    url = reverse("compliance:case_detail", args=[row.case.pk])
    tone = "bad" if row.is_late(today) else "warn"
    return Task(verb, f"case {row.case.number}, {row.kind}", row.due, url, tone)


def find_cases(actor: Actor, text: str) -> list[Found]:
    """Cases by number or by the words of their line, of those that somebody may see."""
    if not actor.may(VIEW) or actor.is_system:
        return []
    wanted = text.casefold()
    return [
        Found("Case", f"{row.case.number}, {row.title}", f"{row.kind}, {row.case.state}",
              reverse("compliance:case_detail", args=[row.case.pk]))
        for row in case_rows(actor=actor)
        if wanted in f"{row.case.number} {row.title}".casefold()
    ][:FOUND_LIMIT]  # fmt: skip
