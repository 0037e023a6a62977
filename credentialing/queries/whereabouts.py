"""Where an application is: step by step who has the ball, since when, what its applicant can do."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from credentialing.models import CredentialingEvent
from credentialing.queries.applications import ApplicationPage, application_page
from credentialing.queries.askings import askings_of
from credentialing.queries.elements import ElementState, states_of
from credentialing.rules.askings import Asked
from credentialing.rules.events import Status
from credentialing.rules.waiting import (
    ELEMENT_BALL,
    Ball,
    Passage,
    Told,
    due_date,
    passages,
    told_of,
)
from ipaportal.core.actors import Actor


@dataclass(frozen=True)
class ElementWait:
    """One thing that is verified: its word, whose move it is, since when, until when for us."""

    name: str
    word: str
    ball: Ball | None
    words: str
    since: date
    due: date | None = None
    discrepancy_id: int | None = None


@dataclass(frozen=True)
class Whereabouts:
    """What waits on whom in one application; `told` is None once it is over."""

    page: ApplicationPage
    told: Told | None
    since: date
    due: date | None
    passages: list[Passage]
    elements: list[ElementWait]
    # How often the applicant was asked, while it waits for them.
    far: Asked | None = None

    @property
    def event(self) -> CredentialingEvent:
        return self.page.application.event

    @property
    def provider_days(self) -> int:
        """How many days it lay with the provider."""
        return self._days(Ball.PROVIDER)

    @property
    def our_days(self) -> int:
        """How many days it lay with the IPA: staff, sources and committee."""
        return self._days(Ball.STAFF) + self._days(Ball.COMMITTEE)

    def _days(self, ball: Ball) -> int:
        today = timezone.localdate()
        return sum(one.days(today) for one in self.passages if one.ball is ball)


def whereabouts(*, actor: Actor, application_id: int, today: date) -> Whereabouts:
    """
    Where an application is.

    :raises Application.DoesNotExist: if there is none that the actor may fill in
    """
    page = application_page(actor=actor, application_id=application_id, today=today)
    event = page.application.event
    steps = [(one.to_status, timezone.localdate(one.at)) for one in event.steps.all()]
    steps = steps or [(event.status, timezone.localdate(event.opened_at))]
    day = event.decision_date or max(event.planned_decision_date or today, today)
    states = states_of({event.pk: day})[event.pk]
    told = told_of(event.status, Counter(state.word for state in states))
    since = steps[-1][1]
    waits = [_wait(state) for state in states]
    far, due = askings_of([event]).get(event.pk), due_date(event.status, since)
    return Whereabouts(page, told, since, due, passages(steps), waits, far)


def _wait(state: ElementState) -> ElementWait:
    """An element without what a source or a referee said: only that, when and whose move."""
    word = state.word
    ball, words = ELEMENT_BALL[word]
    open_ones = [one for one in state.discrepancies if not one.outcome]
    if word == "discrepancy":
        newest = open_ones[0]
        if newest.replied_at is not None:
            since = timezone.localdate(newest.replied_at)
            return ElementWait(state.rule.name, word, Ball.STAFF, "you answered; we look at it",
                               since)  # fmt: skip
        since = timezone.localdate(newest.sent_at)
        return ElementWait(state.rule.name, word, ball, words, since, newest.due_date, newest.pk)
    return ElementWait(state.rule.name, word, ball, words, _since(state))


def _since(state: ElementState) -> date:
    at = state.element.added_at
    if state.word == "needs review":
        at = max(one.recorded_at for one in state.told)
    elif state.word == "asked":
        at = max(one.sent_at for one in state.inquiries)
    elif state.word == "verified" and state.verification is not None:
        at = state.verification.review.reviewed_at
    return timezone.localdate(at)


def is_with_provider(found: Whereabouts) -> bool:
    """Whether the next move is the provider's."""
    return found.told is not None and (
        found.told.ball is Ball.PROVIDER
        or (found.event.status == Status.VERIFYING
            and any(one.ball is Ball.PROVIDER for one in found.elements))
    )  # fmt: skip
