"""Elements of a file: what is verified, until when it holds, what is left to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from credentialing.models import CredentialingEvent, Element, Inquiry, Verification
from credentialing.rules.elements import RULES, ElementRule
from credentialing.rules.windows import Standing, standing_on


@dataclass(frozen=True)
class ElementState:
    """One element on a day: its newest accepted verification, and whether that will hold."""

    element: Element
    rule: ElementRule
    verification: Verification | None
    standing: Standing | None
    waits_for_review: bool
    has_open_inquiry: bool
    has_open_discrepancy: bool

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
            return "asked" if self.has_open_inquiry else "missing"
        return "verified" if self.standing.holds else "stale"


def element_states(event: CredentialingEvent, day: date) -> list[ElementState]:
    """The elements of an event, each as it will stand on a day: that of the meeting."""
    return states_of({event.pk: day})[event.pk]


def states_of(days: Mapping[int, date]) -> dict[int, list[ElementState]]:
    """The elements of some events, each as it will stand on the event's day, in few questions."""
    elements = (
        Element.objects.filter(event__in=days, dropped_at=None)
        .select_related("credential", "event")
        .prefetch_related("verifications__review", "inquiries", "discrepancies")
    )
    order = list(RULES)
    found: dict[int, list[ElementState]] = {pk: [] for pk in days}
    for row in sorted(elements, key=lambda row: (order.index(row.code), row.pk)):
        found[row.event_id].append(_state(row, days[row.event_id]))
    return found


def unfinished(event: CredentialingEvent, day: date) -> list[ElementState]:
    """What is not verified, or would not hold on the day: a file with any cannot be decided."""
    return [state for state in element_states(event, day) if not state.is_done]


def _state(element: Element, day: date) -> ElementState:
    rule = RULES[element.code]
    accepted, waits = None, False
    for verification in element.verifications.all():
        review = getattr(verification, "review", None)
        waits = waits or review is None
        if accepted is None and review is not None and review.is_accepted:
            accepted = verification
    standing = None
    if accepted is not None:
        expires = accepted.expires_date
        if expires is None and element.credential_id:
            expires = element.credential.expires_date
        # The older of the day it was asked and the day of the source's own data counts.
        asked = min(accepted.performed_at.date(), accepted.as_of_date)
        standing = standing_on(rule.group, asked, expires, day)
    return ElementState(
        element=element,
        rule=rule,
        verification=accepted,
        standing=standing,
        waits_for_review=waits,
        has_open_inquiry=any(_is_open(one) for one in element.inquiries.all()),
        has_open_discrepancy=any(not one.outcome for one in element.discrepancies.all()),
    )


def _is_open(inquiry: Inquiry) -> bool:
    return inquiry.answered_at is None and inquiry.withdrawn_at is None
