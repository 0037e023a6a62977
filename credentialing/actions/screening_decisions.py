"""Deciding matches: one person stops money at once, two let it flow again."""

from datetime import date, datetime

from django.utils import timezone

from credentialing.actions.screening_matching import (
    release_payments,
    source_of,
    stop_payments,
)
from credentialing.models import ScreeningDecision, ScreeningMatch
from credentialing.queries.screening_matches import seen_digest
from credentialing.queries.screening_subjects import identity_hash, subject_by_key
from credentialing.rules import screening_decisions as rules
from credentialing.rules.screening_decisions import DECISION_WORDS, REASONS, Decision, Status
from credentialing.rules.screening_lists import BY_CODE
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.ledger.models import Hold

Part = ScreeningDecision.Part


class MatchChanged(Refused):
    """Something about a match changed since the actor looked at it."""

    def __init__(self, match: ScreeningMatch, what: str = "This match") -> None:
        super().__init__(
            f"{what} changed since you opened the page. Nothing was decided. "
            f"Look at {match.label} again."
        )


class NotOpenTo(Refused):
    """A decision that a match in its state does not take."""

    def __init__(self, match: ScreeningMatch, decision: str) -> None:
        words = DECISION_WORDS.get(decision, decision)
        super().__init__(
            f"“{words}” cannot be decided about a match that is {match.get_status_display()}. "
            "Nothing was changed. Look at the match again."
        )


class NoWords(Refused):
    """A decision without a reason."""

    def __init__(self) -> None:
        super().__init__(
            "Say which identifiers you compared and what they show: an auditor will read it. "
            "Nothing was decided."
        )


class NoReinstatementDay(Refused):
    """A reinstatement without its day."""

    def __init__(self) -> None:
        super().__init__(
            "Say from which day they are reinstated, as the letter says, and not a day to come. "
            "Nothing was decided."
        )


class SameReviewer(Refused):
    """Whoever decided first, or stopped the money, is not the second person."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} decided this first, so somebody else has to agree. Nothing was changed. "
            "Ask the compliance officer, the medical director or a network administrator."
        )


class NobodyDecides(Refused):
    """A decision by the clock or a command."""

    def __init__(self) -> None:
        super().__init__(
            "A person decides about a match, never the system. Nothing was decided. "
            "Sign in and decide it under Screening."
        )


@action("credentialing.decide_match")
def decide_match(
    *,
    actor: Actor,
    match_id: int,
    decision: str,
    reason_code: str,
    text: str,
    seen: str,
    now: datetime,
    reinstated_date: date | None = None,
) -> ScreeningMatch:
    """
    Decide a match. What stops money takes effect at once; what lets it flow waits for a second.

    :raises MatchChanged: if either side changed since the actor looked
    :raises NotOpenTo: if the match does not take this decision as it stands
    :raises NoWords: if the reason is missing
    :raises NoReinstatementDay: if a reinstatement has no day, or one to come
    """
    match = _locked(actor, match_id, seen, now)
    if decision not in rules.allowed(match.status, is_stopped=match.is_stopped):
        raise NotOpenTo(match, decision)
    if reason_code not in REASONS[Decision(decision)] or not text.strip():
        raise NoWords
    if decision == Decision.REINSTATED:
        if reinstated_date is None or reinstated_date > timezone.localdate(now):
            raise NoReinstatementDay
    else:
        reinstated_date = None
    outcome = rules.decide(match.category, decision, is_stopped=match.is_stopped)
    part = Part.PROPOSED if outcome.status is Status.PROPOSED else Part.DECIDED
    _keep(match, decision, part, reason_code, text, reinstated_date, actor, now)
    _take_effect(match, outcome, text, actor, now)
    record(
        actor=actor,
        action=f"credentialing.match.{part}",
        subject=match,
        decision=decision,
        reason=reason_code,
        category=match.category,
        list=match.list_key,
    )
    return match


@action("credentialing.confirm_match")
def answer_proposal(
    *, actor: Actor, match_id: int, agrees: bool, text: str, seen: str, now: datetime
) -> ScreeningMatch:
    """
    Agree to what somebody proposed about a match, or not, as the second person.

    :raises MatchChanged: if either side changed since the actor looked
    :raises NotOpenTo: if nothing is proposed
    :raises SameReviewer: if the actor proposed it, or stopped the money
    :raises NoWords: if the reason is missing
    """
    match = _locked(actor, match_id, seen, now)
    if match.status != Status.PROPOSED:
        raise NotOpenTo(match, "agree")
    proposal = match.decisions.filter(part=Part.PROPOSED).last()
    if proposal.decided_by_id == actor.user_id:
        raise SameReviewer(proposal.decided_by_name)
    if not text.strip():
        raise NoWords
    placed = Hold.objects.live().filter(source=source_of(match), placed_by_id=actor.user_id)
    if agrees and placed.exists():
        raise SameReviewer(actor.name)
    part = Part.AGREED if agrees else Part.DECLINED
    day = proposal.reinstated_date
    _keep(match, proposal.decision, part, proposal.reason_code, text, day, actor, now)
    if agrees:
        match.reinstated_date = day
        _take_effect(match, rules.agree(proposal.decision), text, actor, now)
    else:
        match.status = _before(match)
        match.save(update_fields=["status"])
    record(
        actor=actor,
        action=f"credentialing.match.{part}",
        subject=match,
        decision=proposal.decision,
        category=match.category,
        list=match.list_key,
    )
    return match


def _locked(actor: Actor, match_id: int, seen: str, now: datetime) -> ScreeningMatch:
    if actor.user_id is None:
        raise NobodyDecides
    match = (
        ScreeningMatch.objects.select_for_update(of=["self"])
        .select_related("entry")
        .get(pk=match_id)
    )
    if seen != seen_digest(match):
        raise MatchChanged(match)
    subject = subject_by_key(match.subject_key, timezone.localdate(now))
    if subject is not None and identity_hash(subject) != match.subject_hash:
        raise MatchChanged(match, "What is on file about them")
    return match


def _before(match: ScreeningMatch) -> str:
    """What a match was before the proposal that was declined."""
    settled = match.decisions.filter(part__in=[Part.DECIDED, Part.AGREED]).last()
    was_true = settled is not None and settled.decision == Decision.TRUE_MATCH
    return Status.TRUE_MATCH if was_true else Status.OPEN


def _keep(match, decision, part, reason_code, text, day, actor, now) -> None:
    ScreeningDecision.objects.create(
        match=match,
        decision=decision,
        part=part,
        reason_code=reason_code,
        text=text.strip()[:1000],
        category=match.category,
        subject_hash=match.subject_hash,
        reasons=match.reasons,
        reinstated_date=day,
        decided_by_id=actor.user_id,
        decided_by_name=actor.name,
        decided_at=now,
    )


def _take_effect(
    match: ScreeningMatch, outcome: rules.Outcome, text: str, actor: Actor, now: datetime
) -> None:
    match.status = outcome.status
    if outcome.stops and BY_CODE[match.list_code].stops_payment:
        match.is_stopped, match.reinstated_date = True, None
        stop_payments(match, actor=actor, now=now)
    elif outcome.releases:
        match.is_stopped = False
        release_payments(match, text=text.strip(), actor=actor, now=now)
    match.save(update_fields=["status", "is_stopped", "reinstated_date"])
