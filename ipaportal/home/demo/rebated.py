"""The demo's rebates: booked by the clock; one agreed on with its supplier, and passed on."""

from datetime import datetime, timedelta

from django.utils import timezone

from ipaportal.core.actors import Actor
from purchasing.actions.rebate_clock import step_rebates
from purchasing.actions.rebate_words import agree_rebate
from purchasing.actions.rebates import receive_rebate
from purchasing.models import RebateReceipt, SupplyContract
from purchasing.queries.rebates import periods_of, rebate_period

GIVES_BACK = "Larkspur Linen"
SHORT_CENTS = 12_40


def pay_rebates(*, finance: Actor, now: datetime) -> bool:
    """The clock books what came is worth; a supplier says a little less, and pays; once."""
    if RebateReceipt.objects.exists():
        return False
    step_rebates(now)
    contract = SupplyContract.objects.filter(supplier__party__name=GIVES_BACK).first()
    earned = [one for one in periods_of(contract) if one.sum_of("open_cents") > SHORT_CENTS]
    for period in earned:
        today = timezone.localdate(now)
        common = {"actor": finance, "contract_id": contract.pk, "start_date": period.start,
                  "now": now, "today": today}  # fmt: skip
        said_cents = period.sum_of("earned_cents") - SHORT_CENTS
        agree_rebate(
            said_cents=said_cents, stated_date=today - timedelta(days=5), reference="RB-2206",
            reason="two boxes were samples, at no price", seen_digest=period.digest, **common,
        )  # fmt: skip
        receive_rebate(
            cents=said_cents, received_date=today - timedelta(days=2), reference="ACH 88-1402",
            seen_digest=rebate_period(contract, period.start).digest, **common,
        )  # fmt: skip
    return bool(earned)
