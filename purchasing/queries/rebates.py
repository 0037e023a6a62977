"""Rebates: what periods of contracts are worth to practices, what is booked, what came in."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum

from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from purchasing.models import (
    RebateAccrual,
    RebateAgreed,
    RebatePart,
    RebateReceipt,
    RebateShare,
    RebateStatement,
    SupplyContract,
)
from purchasing.queries.contract_periods import (
    Line,
    grouped,
    kept_under,
    ladders_of,
    standing_of,
    terms_of,
)
from purchasing.queries.sites import practices_of
from purchasing.rules.periods import period_of, tier_prices
from purchasing.rules.rebates import stands

VIEW = "purchasing.view_charges"
Basis = dict[str, object]


@dataclass(frozen=True)
class Owed:
    """One practice in a period: what it is owed now, and what of that is booked and was paid."""

    practice: Practice
    entitled_cents: int
    """By what came and stayed, at the tier that it reached."""
    agreed_cents: int
    """By how much it was agreed with the supplier to differ from that."""
    booked_cents: int
    received_cents: int
    kept_cents: int
    basis: tuple[Basis, ...]

    @property
    def earned_cents(self) -> int:
        """What it is owed as far as it is known now."""
        return self.entitled_cents + self.agreed_cents

    @property
    def to_book_cents(self) -> int:
        """What is not booked yet; below zero, what is booked too much."""
        return stands(self.earned_cents, self.received_cents) - self.booked_cents

    @property
    def above_cents(self) -> int:
        """What the supplier paid above what is owed by now."""
        return max(self.received_cents - self.earned_cents, 0)

    @property
    def open_cents(self) -> int:
        """What is booked and the supplier has not paid."""
        return self.booked_cents - self.received_cents


@dataclass(frozen=True)
class RebatePeriod:
    """A period of a contract and every practice in it."""

    contract: SupplyContract
    start: date
    end: date
    owed: tuple[Owed, ...]
    word: RebateStatement | None
    """What the supplier says that it owes, the newest."""

    @property
    def digest(self) -> str:
        """What somebody who looked at it has seen."""
        told = [[one.practice.pk, one.entitled_cents, one.agreed_cents, one.booked_cents,
                 one.received_cents] for one in self.owed]  # fmt: skip
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def sum_of(self, name: str) -> int:
        """One of the figures over all practices."""
        return sum(getattr(one, name) for one in self.owed)

    @property
    def apart_cents(self) -> int | None:
        """By how much the supplier's word is more than what was earned; None without a word."""
        return self.word and self.word.said_cents - self.sum_of("earned_cents")

    @property
    def state(self) -> str:
        """Where it stands, in a word or two."""
        if any(one.to_book_cents for one in self.owed):
            return "to be booked"
        if self.sum_of("above_cents"):
            return "paid above what is owed"
        if self.sum_of("open_cents"):
            return "owed by the supplier"
        return "passed on" if self.sum_of("received_cents") else "nothing is owed"


def rebate_period(contract: SupplyContract, start: date) -> RebatePeriod | None:
    """One period of a contract whose tiers give something back; None if there is none from then."""
    if contract.effect != SupplyContract.Effect.RETROACTIVE:
        return None
    begins_on, end = period_of(contract.period, contract.effective_date, start)
    if begins_on != start:
        return None
    return _period(contract, start, end, kept_under(contract, start, end))


def told_of(period: RebatePeriod) -> dict[str, object]:
    """What a look keeps of a period."""
    return {
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "earned_cents": period.sum_of("earned_cents"),
        "above_cents": period.sum_of("above_cents"),
    }


def periods_of(contract: SupplyContract) -> list[RebatePeriod]:
    """Every period of a contract of which something came, or is booked."""
    rows: dict[date, list[Line]] = defaultdict(list)
    starts: dict[date, date] = {}
    for one in kept_under(contract):
        if one.sent_on not in starts:
            kind, first = contract.period, contract.effective_date
            starts[one.sent_on] = period_of(kind, first, one.sent_on)[0]
        rows[starts[one.sent_on]].append(one)
    booked = RebateAccrual.objects.filter(contract=contract).values_list("start_date", flat=True)
    return [
        _period(contract, *period_of(contract.period, contract.effective_date, start), rows[start])
        for start in sorted({*rows, *booked})
    ]


def _period(contract: SupplyContract, start: date, end: date, lines: list[Line]) -> RebatePeriod:
    entitled, basis = _entitled(contract, lines)
    where = {"contract": contract, "start_date": start}
    booked = _sums(RebatePart.objects.filter(**_within("accrual", where)), "cents")
    agreed = _sums(RebateAgreed.objects.filter(**_within("statement", where)), "cents")
    shares = RebateShare.objects.filter(**_within("receipt", where))
    received, kept = _sums(shares, "cents"), _sums(shares, "kept_cents")
    people = Practice.objects.in_bulk({*entitled, *booked, *received, *agreed})
    return RebatePeriod(
        contract, start, end,
        tuple(
            Owed(practice, entitled.get(pk, 0), agreed.get(pk, 0), booked.get(pk, 0),
                 received.get(pk, 0), kept.get(pk, 0), tuple(basis.get(pk, ())))
            for pk, practice in sorted(people.items(), key=lambda one: (one[1].name, one[0]))
            if entitled.get(pk) or pk in booked or pk in received or pk in agreed
        ),
        RebateStatement.objects.filter(**where).order_by("pk").last(),
    )  # fmt: skip


def _within(way: str, where: dict[str, object]) -> dict[str, object]:
    return {f"{way}__{name}": value for name, value in where.items()}


def _sums(rows: QuerySet, column: str) -> dict[int, int]:
    found = rows.order_by().values("practice").annotate(all=Sum(column))
    return {row["practice"]: row["all"] for row in found}


def _entitled(
    contract: SupplyContract, lines: list[Line]
) -> tuple[dict[int, int], dict[int, list[Basis]]]:
    """What each practice is owed, and the lines that were dearer than the tier they reached."""
    cents: dict[int, int] = defaultdict(int)
    basis: dict[int, list[Basis]] = defaultdict(list)
    for rows in grouped(contract, lines).values():
        found = standing_of(contract, rows)
        for practice, owed in found.owed:
            cents[int(practice)] += owed
        prices = tier_prices(ladders_of(rows), found.measured, terms_of(contract))
        for line in rows:
            price = prices[str(line.level_id)]
            if price is not None and price < line.price:
                basis[line.practice_id].append(_basis(line, price))
    return dict(cents), basis


def _basis(line: Line, price: Decimal) -> Basis:
    return {
        "line": line.pk,
        "purchase": line.purchase,
        "purchase_id": line.purchase_id,
        "item": line.item,
        "packs": line.packs,
        "paid": str(line.price),
        "price": str(price),
        "back": str((line.price - price) * line.packs),
    }


def rebate_receipts(*, actor: Actor) -> QuerySet[RebateReceipt]:
    """
    What suppliers paid back.

    :raises NotPermitted: whoever may not see charges
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    return RebateReceipt.objects.select_related("contract__supplier__party", "reversal")


def accruals_of(period: RebatePeriod) -> QuerySet[RebateAccrual]:
    """What was booked as owed for a period, the newest first."""
    return RebateAccrual.objects.filter(contract=period.contract, start_date=period.start)


def statements_of(period: RebatePeriod) -> QuerySet[RebateStatement]:
    """What the supplier said that it owes for a period, the newest first."""
    return RebateStatement.objects.filter(contract=period.contract, start_date=period.start)


def receipts_of(period: RebatePeriod) -> QuerySet[RebateReceipt]:
    """What was received for a period, the newest first."""
    rows = RebateReceipt.objects.filter(contract=period.contract, start_date=period.start)
    return rows.select_related("reversal")


def kept_in(contract: SupplyContract, start: date, end: date) -> int:
    """What the IPA keeps of rebates for periods that touch these days."""
    rows = RebateReceipt.objects.filter(contract=contract, start_date__lt=end, end_date__gt=start)
    return rows.aggregate(cents=Sum("kept_cents", default=0))["cents"]


# What practices see of their own -----------------------------------------------------------------


@dataclass(frozen=True)
class MyRebate:
    """What one practice is owed of one supplier for a period, and what it was given."""

    parts: tuple[RebatePart, ...]
    shares: tuple[RebateShare, ...]

    @property
    def of(self) -> RebatePart | RebateShare:
        """What names the supplier, the contract and the period."""
        return (*self.parts, *self.shares)[0]

    @property
    def owed_cents(self) -> int:
        """All that is booked."""
        return sum(one.cents for one in self.parts)

    @property
    def received_cents(self) -> int:
        """What the supplier paid of it."""
        return sum(one.cents for one in self.shares)

    @property
    def kept_cents(self) -> int:
        """What of that the IPA keeps, and tells every year."""
        return sum(one.kept_cents for one in self.shares)

    @property
    def given_cents(self) -> int:
        """What was added to the payout."""
        return self.received_cents - self.kept_cents


def my_rebates(*, actor: Actor) -> list[MyRebate]:
    """The rebates of somebody's practices, the newest period first."""
    mine = practices_of(actor)
    parts = RebatePart.objects.filter(practice__in=mine)
    shares = RebateShare.objects.filter(practice__in=mine)
    found: dict[tuple, tuple[list, list]] = defaultdict(lambda: ([], []))
    for place, rows in enumerate((parts, shares)):
        for one in rows.select_related("practice", "supplier__party"):
            key = (one.start_date, one.contract_number, one.supplier_id, one.practice_id)
            found[key][place].append(one)
    ordered = sorted(found.items(), key=lambda entry: entry[0], reverse=True)
    return [MyRebate(tuple(owed), tuple(given)) for _, (owed, given) in ordered]


def my_rebate(rebates: Iterable[MyRebate], *, part: int = 0, receipt: int = 0) -> MyRebate | None:
    """The one of some rebates with a part, or with a share of a receipt."""
    for one in rebates:
        if part and any(each.pk == part for each in one.parts):
            return one
        if receipt and any(each.receipt_id == receipt for each in one.shares):
            return one
    return None
