"""The clock books rebates: once a day what came and stayed is worth more, or less, than before."""

from contextlib import suppress
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from purchasing.actions.rebates import keep_accrual
from purchasing.models import RebateLook, Receipt, SupplyContract
from purchasing.queries.rebates import periods_of, told_of


class LookedAlready(Refused):
    """Another worker was faster."""

    def __init__(self) -> None:
        super().__init__("Its rebates were looked at today. Nothing was booked.")


def step_rebates(now: datetime) -> int:
    """Look at contracts that nobody looked at today; in how many something was booked."""
    looked = RebateLook.objects.filter(contract=OuterRef("pk"), looked_on=timezone.localdate(now))
    due = SupplyContract.objects.filter(
        ~Exists(looked),
        Exists(Receipt.objects.filter(line__contract=OuterRef("pk"))),
        effect=SupplyContract.Effect.RETROACTIVE,
    )
    found = 0
    for pk in list(due.order_by("pk").values_list("pk", flat=True)):
        with suppress(LookedAlready):
            look = book_rebates(actor=Actor.system("clock"), contract_id=pk, now=now)
            found += bool(look.booked)
    return found


@action("purchasing.advance_order")
def book_rebates(*, actor: Actor, contract_id: int, now: datetime) -> RebateLook:
    """
    Book for each period of a contract what is not booked yet; once a day.

    Whatever came, went back or was repriced since, however long ago, is in the difference.

    :raises LookedAlready: if it was looked at today
    """
    lock("supply contract", contract_id)
    today = timezone.localdate(now)
    if RebateLook.objects.filter(contract=contract_id, looked_on=today).exists():
        raise LookedAlready
    contract = SupplyContract.objects.select_related("supplier__party").get(pk=contract_id)
    periods = periods_of(contract)
    booked = [
        keep_accrual(period, actor, now)
        for period in periods
        if any(one.to_book_cents for one in period.owed)
    ]
    made = RebateLook.objects.create(
        contract=contract, looked_on=today, booked=len(booked), looked_at=now,
        found=[told_of(one) for one in periods],
    )  # fmt: skip
    record(actor=actor, action="purchasing.rebate.looked", subject=made, booked=len(booked))
    return made
