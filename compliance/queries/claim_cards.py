"""What claims bring to the front page: what a practice is asked for, and answers to judge."""

from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse

from compliance.models import Claim, ClaimContest
from compliance.queries.claims import OWN, claims
from compliance.rules.claims import REASONS
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Task

ANSWER, WORK = "compliance.answer_contests", "compliance.work_claims"
SHOWN = 5


def claim_tasks(actor: Actor, today: date) -> list[Task]:
    """What this person is asked for, or may judge."""
    if actor.may(ANSWER):
        asked = _of(claims(actor, OWN), answered_on=None)
        days = timedelta(days=REASONS["contested"].days)
        return [_task("Send what is asked for", one, one.asked_on + days, "own_claim", today)
                for one in asked]  # fmt: skip
    if actor.may(WORK):
        mine = Claim.objects.filter(Q(owner_id=None) | Q(owner_id=actor.user_id))
        came = _of(mine, answered_on__isnull=False)
        return [_task("Judge the answer", one, one.claim.due_on or today, "claim_detail", today)
                for one in came]  # fmt: skip
    return []


def _of(rows: QuerySet[Claim], **asked: object) -> list[ClaimContest]:
    found = ClaimContest.objects.filter(claim__in=rows, complete_on=None, **asked)
    return list(found.select_related("claim").order_by("asked_on")[:SHOWN])


def _task(verb: str, one: ClaimContest, due: date, page: str, today: date) -> Task:
    url = reverse(f"compliance:{page}", args=[one.claim_id])
    return Task(verb, f"claim {one.claim.number}", due, url, "bad" if due < today else "")
