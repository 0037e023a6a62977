"""What would be paid of claims now: by practice, with interest, and what is taken back."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from compliance.models import Claim, ClaimPayment, ClaimStep
from compliance.queries.claim_clocks import NOTHING, clock_of, treasury_rates
from compliance.queries.claim_prices import Terms, prompt_pay_rule
from compliance.queries.claims import VIEW
from compliance.rules.claim_payments import Due, Planned, seen
from compliance.rules.claims import REMITTED, State
from compliance.rules.prompt_pay import NoRate, NoRule, owed
from ipaportal.core.actors import Actor


def planned_payments(today: date, *, party_id: int | None = None) -> list[Planned]:
    """
    Of each plan and practice what is ready: priced, denied and not told yet, or to be taken back.

    A claim to be taken back was paid, and replaced or voided since.
    """
    rows = Claim.objects.exclude(party=None).order_by("payer_id", "party_id", "pk")
    if party_id is not None:
        rows = rows.filter(party=party_id)
    fresh = rows.filter(payment=None, state__in=[State.READY, State.DENIED])
    back = rows.filter(payment__isnull=False, taken_back=None, state=State.REPLACED)
    terms: dict[int, Terms] = {}
    dues: dict[tuple[int, int], list[Due]] = {}
    rates = treasury_rates()
    for claim in [*back, *fresh.prefetch_related("contests")]:
        known = terms.setdefault(claim.payer_id, Terms.of(claim.payer_id))
        found = dues.setdefault((claim.payer_id, claim.party_id), [])
        found.append(_due(claim, known, today, rates))
    return [Planned(payer, party, tuple(found)) for (payer, party), found in dues.items()]


def _due(claim: Claim, terms: Terms, today: date, rates: dict[date, Decimal]) -> Due:
    base = {"claim_id": claim.pk, "number": claim.number, "due_on": claim.received_on}
    if claim.state == State.REPLACED:
        # What was denied was told with nothing: there is nothing of it to take back.
        cents = 0 if claim.denial else -(claim.allowed_cents or 0)
        return Due(**base, cents=cents, lateness=NOTHING, is_taken_back=True)
    if claim.state == State.DENIED:
        return Due(**base, cents=0, lateness=NOTHING, is_denied=True)
    found = terms.on(claim.party_id, claim.first_day)
    try:
        rule = prompt_pay_rule(found, claim.received_on)
        last = clock_of(claim, rule).due
        late = owed(rule, claim.allowed_cents, last, today, table=rates)
    except (NoRule, NoRate) as missing:
        return Due(**base, cents=claim.allowed_cents, lateness=NOTHING, problem=f"{missing}")
    return Due(**base | {"due_on": last}, cents=claim.allowed_cents, lateness=late)


def planned_of(payer_id: int, party_id: int, today: date) -> Planned | None:
    """What one practice would be paid now for one plan's members."""
    found = planned_payments(today, party_id=party_id)
    return next((one for one in found if one.payer_id == payer_id), None)


def payment_digest(planned: Planned) -> str:
    """What somebody who looked at a plan has seen."""
    return hashlib.sha256(json.dumps(seen(planned)).encode()).hexdigest()


def claim_payments(actor: Actor, permission: str = VIEW):
    """Payments of claims that an actor may see, the newest first."""
    reach = actor.reach(permission)
    rows = ClaimPayment.objects.select_related("party", "payer__party")
    return rows if reach is None else rows.filter(party_id__in=reach)


def makers(claims: Sequence[int]) -> set[int]:
    """Who took these claims in or decided on them."""
    rows = Claim.objects.filter(pk__in=claims)
    found = set(rows.values_list("file__received_by_id", flat=True))
    decided = ClaimStep.objects.filter(claim__in=claims).exclude(reason=REMITTED)
    found |= set(decided.values_list("by_id", flat=True))
    return found - {None}
