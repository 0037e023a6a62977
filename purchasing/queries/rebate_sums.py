"""Rebates beside savings: gross, what the IPA keeps of them, and what practices have of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Sum

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from purchasing.models import RebatePart, RebateShare, Supplier
from purchasing.queries.rebates import VIEW, my_rebates


@dataclass(frozen=True)
class RebateSum:
    """What a supplier gives back for a period of a contract, to all of some practices."""

    supplier: str
    contract_number: str
    start: date
    end: date
    earned_cents: int
    received_cents: int
    kept_cents: int
    contract_id: int | None = None
    part_id: int | None = None
    receipt_id: int | None = None

    @property
    def given_cents(self) -> int:
        """Net of what the IPA keeps, which is a fee: what practices have of it."""
        return self.received_cents - self.kept_cents

    @property
    def to_come_cents(self) -> int:
        """Earned, and not paid by the supplier; of this, too, the IPA may keep its part."""
        return self.earned_cents - self.received_cents


def rebate_sums(*, actor: Actor) -> list[RebateSum]:
    """
    What suppliers give back to all practices, by period, the newest first.

    :raises NotPermitted: whoever may not see charges
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    earned = _by_period(RebatePart.objects, "accrual__contract", earned="cents")
    paid = _by_period(RebateShare.objects, "receipt__contract", got="cents", kept="kept_cents")
    names = Supplier.objects.select_related("party").in_bulk({key[0] for key in earned | paid})
    return [
        RebateSum(
            str(names[supplier]), number, start, end,
            earned.get(key, {}).get("earned", 0), paid.get(key, {}).get("got", 0),
            paid.get(key, {}).get("kept", 0), contract_id=contract,
        )
        for key in sorted(earned | paid, key=lambda key: (key[3], key[1], key[2]), reverse=True)
        for supplier, number, contract, start, end in [key]
    ]  # fmt: skip


def _by_period(rows: QuerySet, contract: str, **sums: str) -> dict[tuple, dict[str, int]]:
    keys = ("supplier", "contract_number", contract, "start_date", "end_date")
    found = rows.order_by().values(*keys).annotate(**{to: Sum(of) for to, of in sums.items()})
    return {tuple(row[key] for key in keys): {to: row[to] for to in sums} for row in found}


def my_rebate_sums(*, actor: Actor) -> list[RebateSum]:
    """What suppliers give back to somebody's practices, by period and practice."""
    return [
        RebateSum(
            str(one.of.supplier), one.of.contract_number, one.of.start_date, one.of.end_date,
            one.owed_cents, one.received_cents, one.kept_cents,
            part_id=one.parts[0].pk if one.parts else None,
            receipt_id=one.shares[0].receipt_id if one.shares else None,
        )
        for one in my_rebates(actor=actor)
    ]  # fmt: skip


def summed(found: Iterable[RebateSum], name: str) -> int:
    """One of the figures over some of them."""
    return sum(getattr(one, name) for one in found)
