"""Elements of a file: what is verified, until when it holds, what is left to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from credentialing.models import (
    CredentialingEvent,
    Discrepancy,
    Element,
    Inquiry,
    Verification,
)
from credentialing.rules.elements import RULES, ElementRule
from credentialing.rules.windows import Standing, standing_on


@dataclass(frozen=True)
class ElementState:
    """One element on a day: its newest accepted verification, and whether that will hold."""

    element: Element
    rule: ElementRule
    verification: Verification | None
    standing: Standing | None
    told: Sequence[Verification] = ()
    inquiries: Sequence[Inquiry] = ()
    discrepancies: Sequence[Discrepancy] = ()

    @property
    def waits_for_review(self) -> bool:
        """Whether something that was found is not signed for yet."""
        return any(getattr(one, "review", None) is None for one in self.told)

    @property
    def has_open_inquiry(self) -> bool:
        """Whether somebody was asked and may still answer."""
        return any(_is_open(one) and not one.given_up_at for one in self.inquiries)

    @property
    def is_unanswered(self) -> bool:
        """Whether somebody was asked as often as we ask, and did not answer."""
        return any(_is_open(one) and one.given_up_at for one in self.inquiries)

    @property
    def has_open_discrepancy(self) -> bool:
        """Whether a source says something else and nobody settled it."""
        return any(not one.outcome for one in self.discrepancies)

    @property
    def is_done(self) -> bool:
        """Whether it is verified and signed for, and holds on the day."""
        return self.standing is not None and self.standing.holds and not self.has_open_discrepancy

    @property
    def word(self) -> str:
        """Its state in a word."""
        if self.has_open_discrepancy:
            return "discrepancy"
        if self.waits_for_review:
            return "needs review"
        if self.standing is None:
            if self.has_open_inquiry:
                return "asked"
            return "unanswered" if self.is_unanswered else "missing"
        return "verified" if self.standing.holds else "stale"


def element_states(event: CredentialingEvent, day: date) -> list[ElementState]:
    """The elements of an event, each as it will stand on a day: that of the meeting."""
    return states_of({event.pk: day})[event.pk]


def states_of(days: Mapping[int, date]) -> dict[int, list[ElementState]]:
    """The elements of some events, each as it will stand on the event's day, in few questions."""
    rows = Element.objects.filter(event__in=days, dropped_at=None)
    elements = list(rows.select_related("credential", "event"))
    keys = [row.pk for row in elements]
    # Read by hand: for hundreds of elements, prefetching costs more than the questions do.
    told = _by_element(Verification.objects.select_related("review"), keys)
    asked = _by_element(Inquiry.objects.all(), keys)
    differ = _by_element(Discrepancy.objects.all(), keys)
    order = {code: place for place, code in enumerate(RULES)}
    found: dict[int, list[ElementState]] = {pk: [] for pk in days}
    for row in sorted(elements, key=lambda row: (order[row.code], row.pk)):
        of = (told.get(row.pk, ()), asked.get(row.pk, ()), differ.get(row.pk, ()))
        found[row.event_id].append(_state(row, days[row.event_id], *of))
    return found


def _by_element(rows: QuerySet[Any], keys: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows.filter(element__in=keys):
        found.setdefault(row.element_id, []).append(row)
    return found


def unfinished(event: CredentialingEvent, day: date) -> list[ElementState]:
    """What is not verified, or would not hold on the day: a file with any cannot be decided."""
    return [state for state in element_states(event, day) if not state.is_done]


def _state(
    element: Element,
    day: date,
    told: Sequence[Verification],
    inquiries: Sequence[Inquiry],
    discrepancies: Sequence[Discrepancy],
) -> ElementState:
    rule = RULES[element.code]
    accepted = next((one for one in told if _is_signed(one)), None)
    standing = None
    if accepted is not None:
        expires = accepted.expires_date
        if expires is None and element.credential_id:
            expires = element.credential.expires_date
        # The older of the day it was asked and the day of the source's own data counts.
        asked = min(accepted.performed_at.date(), accepted.as_of_date)
        standing = standing_on(rule.group, asked, expires, day)
    return ElementState(element, rule, accepted, standing, told, inquiries, discrepancies)


def _is_signed(one: Verification) -> bool:
    review = getattr(one, "review", None)
    return review is not None and review.is_accepted


def _is_open(inquiry: Inquiry) -> bool:
    return inquiry.answered_at is None and inquiry.withdrawn_at is None
