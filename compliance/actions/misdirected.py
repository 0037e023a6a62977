"""Claims that came here and are the plan's to pay: kept as passed on, and what the plan said."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from compliance.models import Claim, ClaimStep, PlanBatch, PlanBatchRow
from compliance.rules.claims import REASONS, State
from compliance.rules.passing import ANOTHERS, PASSED_ON, PLAN_REFUSED, PLANS_RISK
from ipaportal.core.actors import Actor

Row = PlanBatchRow.State


def keep_as_passed(batch: PlanBatch, actor: Actor, now: datetime) -> bool:
    """Let each claim of a file stand as the plan's; False if one was decided on meanwhile."""
    rows = batch.rows.exclude(claim__state=State.REPLACED)
    claims = list(Claim.objects.select_for_update().filter(pk__in=rows.values("claim")))
    for claim in claims:
        was = claim.state, claim.reason
        if was not in (
            (State.WAITING, PLANS_RISK), (State.WAITING, PLAN_REFUSED), (State.DENIED, PASSED_ON),
        ):  # fmt: skip
            return False
        claim.state, claim.reason, claim.denial = State.DENIED, PASSED_ON, ANOTHERS
        claim.due_on = None
    words = f"passed on to {batch.payer.party.name} in {batch.file_name}"
    _save(claims, [words] * len(claims), actor, now)
    return True


def hear(rows: Sequence[PlanBatchRow], actor: Actor, now: datetime) -> None:
    """
    Tell of each claim that was passed on what the plan said of it.

    One that the plan rejects waits for somebody again, unless a remittance has told of it.
    """
    said = {row.claim_id: row for row in rows if row.batch.kind.is_misdirected}
    claims = list(
        Claim.objects.select_for_update()
        .filter(pk__in=said, state=State.DENIED, reason=PASSED_ON)
        .order_by("pk")
    )
    words = []
    for claim in claims:
        row = said[claim.pk]
        if row.state == Row.ACCEPTED:
            number = f" under its number {row.plan_number}" if row.plan_number else ""
            words.append(f"the plan has it{number}")
            continue
        words.append(f"the plan rejected it: {row.words or row.codes}")
        if claim.payment_id is None:
            claim.state, claim.reason, claim.denial = State.WAITING, PLAN_REFUSED, ""
            claim.due_on = timezone.localdate(now) + timedelta(days=REASONS[PLAN_REFUSED].days)
    _save(claims, words, actor, now)


def _save(claims: Sequence[Claim], words: Sequence[str], actor: Actor, now: datetime) -> None:
    Claim.objects.bulk_update(claims, ["state", "reason", "denial", "due_on"])
    ClaimStep.objects.bulk_create(
        ClaimStep(
            claim=claim, state=claim.state, reason=claim.reason, words=said[:500], at=now,
            by_id=actor.user_id, by_name=actor.name,
        )
        for claim, said in zip(claims, words, strict=True)
    )  # fmt: skip
