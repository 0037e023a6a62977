"""Contesting a claim: what is needed, the practice's answer, and the clock that starts anew."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from compliance.models import Claim, ClaimContest, ClaimLine, ClaimStep, ContestPaper, InterestRate
from compliance.queries.claim_prices import PRICED, price
from compliance.rules.claims import REASONS, State
from compliance.rules.prompt_pay import half_year_of
from credentialing.actions.documents import checked_kind
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.refusals import Refused

CONTESTED = "contested"
DAYS_TO_JUDGE = 3
MOST_PAPERS = 20


class NotContestable(Refused):
    """A claim that is decided, or contested already."""

    def __init__(self, claim: Claim, why: str) -> None:
        super().__init__(f"Claim {claim.number} cannot be contested: {why}. Nothing was changed.")


class NotContested(Refused):
    """A claim of which nothing is asked."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(f"Nothing is asked for of claim {claim.number} now. Nothing was changed.")


class NoAnswerYet(Refused):
    """Nothing came that could complete the claim."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(
            f"Nothing came yet for claim {claim.number}. Its clock goes on standing. If it came on "
            "paper, say so as the answer."
        )


class TooManyPapers(Refused):
    def __init__(self, count: int) -> None:
        super().__init__(
            f"With these, {count} papers would lie with what was asked for, and at most "
            f"{MOST_PAPERS} may. Nothing was sent. Send one PDF instead of many."
        )


class SentBefore(Refused):
    """The very same paper lies there already."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is there already, with the same content. Nothing was sent. Leave it out, or "
            "choose the right paper."
        )


class NoHalfYear(Refused):
    def __init__(self, day: date) -> None:
        super().__init__(
            f"The Treasury sets its rate from January 1 and July 1, not from {day:%B %-d}. Nothing "
            "was recorded."
        )


def _claim(claim_id: int) -> Claim:
    return Claim.objects.select_for_update().get(pk=claim_id)


def _open(claim: Claim) -> ClaimContest:
    found = ClaimContest.objects.select_for_update().filter(claim=claim, complete_on=None).first()
    if found is None:
        raise NotContested(claim)
    return found


def _step(claim: Claim, words: str, actor: Actor, now: datetime) -> None:
    ClaimStep.objects.create(
        claim=claim, state=claim.state, reason=claim.reason, words=words[:500], at=now,
        by_id=actor.user_id, by_name=actor.name,
    )  # fmt: skip


@action("compliance.work_claims")
def contest_claim(
    *, actor: Actor, claim_id: int, reason: str, needed: str, now: datetime
) -> ClaimContest:
    """
    Ask the practice for what a claim lacks; its clock stands until all of it came.

    :raises NotContestable: if it is decided, or something is asked for already
    """
    claim = _claim(claim_id)
    if claim.state not in (State.WAITING, State.READY):
        raise NotContestable(claim, f"it is {claim.state_words}")
    if claim.party_id is None:
        raise NotContestable(claim, "no practice of the network billed it, so nobody can be asked")
    if claim.contests.filter(complete_on=None).exists():
        raise NotContestable(claim, "more is asked for already")
    made = ClaimContest.objects.create(
        claim=claim, reason=reason, needed=needed, asked_on=timezone.localdate(now),
        asked_by_id=actor.user_id, asked_by_name=actor.name,
    )  # fmt: skip
    claim.state, claim.reason = State.WAITING, CONTESTED
    claim.due_on = made.asked_on + timedelta(days=REASONS[CONTESTED].days)
    claim.save(update_fields=["state", "reason", "due_on"])
    _step(claim, f"{reason} Needed: {needed}", actor, now)
    record(actor=actor, action="compliance.claim.contested", subject=claim, contest_id=made.pk)
    return made


@action("compliance.answer_contests")
def answer_contest(
    *, actor: Actor, claim_id: int, answer: str, now: datetime,
    papers: Sequence[tuple[str, bytes]] = (),
) -> ClaimContest:  # fmt: skip
    """
    Send what was asked for, with papers; the IPA judges whether the claim is complete with it.

    :raises NotContested: if nothing is asked for
    :raises WrongFile: if a paper is none that is kept
    :raises SentBefore: if one of them lies there already
    :raises TooManyPapers: if more would lie there than may
    """
    claim = _claim(claim_id)
    contest = _open(claim)
    _keep(contest, papers, actor, now)
    contest.answer, contest.answered_on = answer, timezone.localdate(now)
    contest.answered_by_name = actor.name
    contest.save(update_fields=["answer", "answered_on", "answered_by_name"])
    claim.due_on = contest.answered_on + timedelta(days=DAYS_TO_JUDGE)
    claim.save(update_fields=["due_on"])
    told = f", with {', '.join(name for name, _ in papers)}" if papers else ""
    _step(claim, f"answered{told}: {answer}", actor, now)
    record(
        actor=actor, action="compliance.claim.answered", subject=claim, contest_id=contest.pk,
        papers=len(papers),
    )  # fmt: skip
    return contest


def _keep(
    contest: ClaimContest, papers: Sequence[tuple[str, bytes]], actor: Actor, now: datetime
) -> None:
    """Store papers that are PDFs or pictures, each once."""
    known = set(contest.papers.values_list("sha256", flat=True))
    if len(known) + len(papers) > MOST_PAPERS:
        raise TooManyPapers(len(known) + len(papers))
    for name, data in papers:
        checked_kind(data)
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 in known:
            raise SentBefore(name)
        known.add(sha256)
    for name, data in papers:
        stored = store(data)
        ContestPaper.objects.create(
            contest=contest, name=name[:200], sha256=stored.sha256, size=stored.size, sent_at=now,
            sent_by_id=actor.user_id, sent_by_name=actor.name,
        )  # fmt: skip


@action("compliance.work_claims")
def complete_contest(*, actor: Actor, claim_id: int, now: datetime) -> Claim:
    """
    Say that a contested claim is complete: its clock counts anew from the day the answer came.

    :raises NotContested: if nothing is asked for
    :raises NoAnswerYet: if nothing came
    """
    claim = _claim(claim_id)
    contest = _open(claim)
    if contest.answered_on is None:
        raise NoAnswerYet(claim)
    contest.complete_on = contest.answered_on
    contest.save(update_fields=["complete_on"])
    claim.state, claim.reason, claim.due_on, claim.detail = State.READY, "", None, ""
    lines = list(claim.lines.all())
    price(claim.payer_id, [claim], {0: lines})
    if claim.state == State.WAITING:
        claim.due_on = timezone.localdate(now) + timedelta(days=REASONS[claim.reason].days)
    ClaimLine.objects.bulk_update(lines, PRICED)
    claim.save(update_fields=["state", "reason", "due_on", "detail", "allowed_cents"])
    _step(claim, f"complete since {contest.complete_on:%b %-d, %Y}", actor, now)
    record(actor=actor, action="compliance.claim.completed", subject=claim, contest_id=contest.pk)
    return claim


@action("compliance.manage_fees")
def record_rate(
    *, actor: Actor, half_year: date, pct: Decimal, citation: str, now: datetime
) -> InterestRate:
    """
    Enter the Treasury's rate of a half-year with where it was published.

    :raises NoHalfYear: if no half-year begins on the day
    """
    if half_year != half_year_of(half_year):
        raise NoHalfYear(half_year)
    made = InterestRate.objects.create(
        half_year=half_year, pct=pct, citation=citation, recorded_at=now,
        recorded_by_id=actor.user_id, recorded_by_name=actor.name,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.interest_rate.recorded", subject=made, pct=f"{pct}",
        half_year=half_year.isoformat(),
    )  # fmt: skip
    return made
