"""Every period with rebates as the books and the clock's last look have it; nothing worked out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Sum

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.ledger.queries.words import begins
from purchasing.models import (
    RebateAccrual,
    RebateLook,
    RebateReceipt,
    RebateStatement,
    SupplyContract,
)
from purchasing.queries.rebates import VIEW

Key = tuple[int, date, date]


@dataclass(frozen=True)
class BookedPeriod:
    """A period of a contract: earned when the clock last looked, said, booked, received."""

    contract: SupplyContract
    start: date
    end: date
    earned_cents: int
    above_cents: int
    """What the supplier paid above what is owed."""
    booked_cents: int
    received_cents: int
    kept_cents: int
    word: RebateStatement | None

    @property
    def open_cents(self) -> int:
        """What is booked and the supplier has not paid."""
        return self.booked_cents - self.received_cents

    @property
    def is_apart(self) -> bool:
        """Whether the supplier says something else, or paid more than is owed."""
        return bool(self.above_cents or (self.word and self.word.said_cents != self.earned_cents))

    @property
    def state(self) -> str:
        """Where it stands, in a word or two."""
        if self.above_cents:
            return "paid above what is owed"
        if self.open_cents:
            return "owed by the supplier"
        return "passed on" if self.received_cents else "nothing is owed"


def rebate_periods(*, actor: Actor, text: str = "", show: str = "") -> list[BookedPeriod]:
    """
    Every period of contracts with rebates that the clock found or somebody booked, newest first.

    :raises NotPermitted: whoever may not see charges
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = SupplyContract.objects.filter(effect=SupplyContract.Effect.RETROACTIVE)
    if text:
        found = found.filter(begins("supplier__party__name", text))
    contracts = {one.pk: one for one in found.select_related("supplier__party")}
    looked, booked = _looked(contracts), _sums(RebateAccrual.objects, "cents")
    received = _sums(RebateReceipt.objects, "cents")
    kept = _sums(RebateReceipt.objects, "kept_cents")
    words = {(one.contract_id, one.start_date): one
             for one in RebateStatement.objects.order_by("pk")}  # fmt: skip
    made = [
        BookedPeriod(
            contracts[key[0]], key[1], key[2], *looked.get(key, (booked.get(key, 0), 0)),
            booked.get(key, 0), received.get(key, 0), kept.get(key, 0), words.get(key[:2]),
        )
        for key in {*looked, *booked, *received} if key[0] in contracts
    ]  # fmt: skip
    if show in SHOWN:
        made = list(filter(SHOWN[show], made))
    return sorted(made, key=lambda one: (one.start, one.contract.pk), reverse=True)


SHOWN = {"open": lambda one: one.open_cents, "apart": lambda one: one.is_apart}


def _looked(contracts: Iterable[int]) -> dict[Key, tuple[int, int]]:
    """What the last look at each contract found: earned, and paid above that."""
    looks = RebateLook.objects.filter(contract__in=contracts).order_by("contract_id", "-looked_on")
    return {
        (look.contract_id, date.fromisoformat(one["start"]), date.fromisoformat(one["end"])): (
            one["earned_cents"], one["above_cents"],
        )
        for look in looks.distinct("contract_id")
        for one in look.found
    }  # fmt: skip


def _sums(rows: QuerySet, column: str) -> dict[Key, int]:
    found = rows.order_by().values_list("contract", "start_date", "end_date")
    return {(contract, start, end): cents
            for contract, start, end, cents in found.annotate(all=Sum(column))}  # fmt: skip
