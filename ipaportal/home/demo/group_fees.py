"""The demo's fees: what suppliers paid the IPA on a past order, booked, and told to practices."""

from datetime import datetime, timedelta

from django.utils import timezone

from ipaportal.core.actors import Actor
from purchasing.actions.fees import give_disclosures, record_fee
from purchasing.models import FeeReceipt, SupplyContract
from purchasing.queries.fees import planned_fee
from purchasing.rules.fees import SAFE_PCT

CONTRACTS = 2


def pay_fees(*, finance: Actor, officer: Actor, now: datetime) -> bool:
    """
    Suppliers pay what their contracts state on what came this summer; once.

    One pays above three per cent, which every practice signed for; what is kept of its rebate
    counts with it.
    """
    today = timezone.localdate(now)
    if FeeReceipt.objects.exists():
        return False
    start, end = today - timedelta(days=80), today - timedelta(days=30)
    plans = [
        planned_fee(contract, start, end, 0)
        for contract in SupplyContract.objects.filter(fee_pct__gt=0).order_by("pk")
    ]
    bought = sorted((one for one in plans if one.most_cents), key=lambda one: -one.bought_cents)
    above = [one for one in bought if one.contract.fee_pct > SAFE_PCT and not one.unstated]
    within = [one for one in bought if one.contract.fee_pct <= SAFE_PCT]
    for place, planned in enumerate(within[:CONTRACTS] + above):
        record_fee(
            actor=finance, contract_id=planned.contract.pk, start_date=start, end_date=end,
            cents=planned.most_cents - planned.kept_cents, received_date=today - timedelta(days=6),
            reference=f"remittance {4410 + place}", seen_bought_cents=planned.bought_cents,
            now=now, today=today,
        )  # fmt: skip
    if bought:
        give_disclosures(actor=officer, year=start.year, now=now, today=today)
    return bool(bought)
