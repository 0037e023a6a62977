"""Booking what suppliers pay the IPA, taking it back, and telling practices of it every year."""

import hashlib
import json
from datetime import date, datetime

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.money import dollars
from ipaportal.core.refusals import Refused
from ipaportal.identity.queries.people import ipa_party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account
from purchasing.models import Disclosure, FeeReceipt, FeeShare, SupplyContract
from purchasing.queries.fees import PlannedFee, planned_fee, told_in
from purchasing.rules.fees import CITATION, SAFE_PCT, most_fee_cents


class PeriodNotOver(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A fee is for a period that began, ended and was paid for, in this order. Nothing was "
            "booked. Check the three days: the last day of the period lies before the day the fee "
            "was received, and that day is not in the future."
        )


class PeriodTaken(Refused):
    def __init__(self, other: FeeReceipt) -> None:
        super().__init__(
            f"{other} is a fee under this contract for {other.start_date} up to {other.end_date} "
            "already. Nothing was booked. Take that one back first if it is wrong."
        )


def _kept_words(planned: PlannedFee) -> str:
    kept = planned.kept_cents
    return f" with the ${dollars(kept)} that is kept of rebates" if kept else ""


class FeeAboveAgreed(Refused):
    """More than the safe harbor, or than the contract, allows on what was bought."""

    def __init__(self, planned: PlannedFee, cents: int) -> None:
        kept = _kept_words(planned)
        super().__init__(
            f"Practices bought for ${dollars(planned.bought_cents)} in this period, and the "
            f"contract agrees on {planned.contract.fee_pct} %: at most "
            f"${dollars(planned.most_cents)}, and ${dollars(cents)}{kept} is more "
            f"({CITATION}). Nothing was booked. Give back what is above it, or correct the period."
        )


class NoAgreement(Refused):
    """A practice on whose purchases a fee was paid signed nothing."""

    def __init__(self, planned: PlannedFee) -> None:
        names = ", ".join(one.name for one in planned.unsigned[:5])
        super().__init__(
            f"No written agreement was in force with {names} ({CITATION}). Nothing was booked. "
            "Give the fee on these purchases back, or find what was signed."
        )


class NotStated(Refused):
    """The fee is above three per cent, and not every practice signed the most before."""

    def __init__(self, planned: PlannedFee, cents: int) -> None:
        names = ", ".join(one.name for one in planned.unstated[:5])
        most = max(0, most_fee_cents(planned.bought_cents, SAFE_PCT) - planned.kept_cents)
        super().__init__(
            f"${dollars(cents)}{_kept_words(planned)} is more than {SAFE_PCT} % of the "
            f"${dollars(planned.bought_cents)} that practices bought, and {names} signed no "
            "addendum that was in force all through the period and states "
            f"{planned.contract.fee_pct} % ({CITATION}). Nothing was booked. Take at most "
            f"${dollars(most)} of it and give the rest back; for later periods have "
            "them sign the addendum first, under Agreements."
        )


class PurchasesChanged(Refused):
    def __init__(self) -> None:
        super().__init__(
            "What was bought in the period changed since you looked. Nothing was booked. Look at "
            "whose purchases the fee is on now."
        )


class TakenBackAlready(Refused):
    def __init__(self) -> None:
        super().__init__("This fee was taken back already, or takes one back. Nothing was booked.")


class NothingNew(Refused):
    def __init__(self, year: int) -> None:
        super().__init__(
            f"Every practice was told of {year} what there is to tell. Nothing was written."
        )


class YearNotBegun(Refused):
    def __init__(self, year: int) -> None:
        super().__init__(f"{year} has not begun. Nothing was written. Choose a year that has.")


def check_fee(
    contract: SupplyContract, start: date, end: date, cents: int, received: date, today: date
) -> PlannedFee:
    """
    What a fee would be booked as.

    :raises PeriodNotOver: if the period is not over, or was paid for before
    :raises PeriodTaken: if part of it was paid for
    :raises NoAgreement: if a practice signed nothing
    :raises NotStated: if it is above three per cent, and that was not stated to all of them before
    :raises FeeAboveAgreed: if it is more than was agreed
    """
    if not start < end <= received <= today:
        raise PeriodNotOver
    other = contract.fee_receipts.filter(
        reverses=None, reversal=None, start_date__lt=end, end_date__gt=start
    ).first()
    if other is not None:
        raise PeriodTaken(other)
    planned = planned_fee(contract, start, end, cents)
    if planned.unsigned:
        raise NoAgreement(planned)
    within = most_fee_cents(planned.bought_cents, SAFE_PCT)
    if planned.unstated and cents + planned.kept_cents > within:
        raise NotStated(planned, cents)
    if planned.finding is not None:
        raise FeeAboveAgreed(planned, cents)
    return planned


@action("purchasing.record_fee")
def record_fee(
    *, actor: Actor, contract_id: int, start_date: date, end_date: date, cents: int,
    received_date: date, reference: str, seen_bought_cents: int, now: datetime, today: date,
) -> FeeReceipt:  # fmt: skip
    """
    Book what a supplier paid on a period's purchases, and what of it each practice is told.

    :raises Refused: as `check_fee` says
    :raises PurchasesChanged: if it is on other purchases than were seen
    """
    lock("supply contract", contract_id)
    contract = SupplyContract.objects.select_related("supplier__party").get(pk=contract_id)
    planned = check_fee(contract, start_date, end_date, cents, received_date, today)
    if planned.bought_cents != seen_bought_cents:
        raise PurchasesChanged
    income = books.account(contract.supplier.party, Account.Kind.ADMIN_FEE_INCOME)
    made = FeeReceipt(
        contract=contract, start_date=start_date, end_date=end_date, cents=cents,
        bought_cents=planned.bought_cents, received_date=received_date, reference=reference,
        most_pct=planned.most_pct,
        recorded_by_id=actor.user_id, recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
    made.entry = books.book(
        key=f"fee:{contract_id}:{FeeReceipt.objects.filter(contract=contract).count() + 1}",
        date=today,
        description=f"Fee of {contract} for {start_date} up to {end_date}, {reference}"[:300],
        lines=[(books.account(ipa_party(), Account.Kind.CASH), cents), (income, -cents)],
        actor=actor,
        now=now,
    )
    made.save()
    FeeShare.objects.bulk_create(
        _share(made, practice.pk, bought, part) for practice, bought, part in planned.shares
    )
    record(actor=actor, action="purchasing.fee.recorded", subject=made, cents=cents)
    return made


def _share(receipt: FeeReceipt, practice_id: int, bought: int, cents: int) -> FeeShare:
    return FeeShare(
        receipt=receipt,
        practice_id=practice_id,
        supplier_id=receipt.contract.supplier_id,
        start_date=receipt.start_date,
        end_date=receipt.end_date,
        received_date=receipt.received_date,
        bought_cents=bought,
        cents=cents,
    )


@action("purchasing.record_fee")
def reverse_fee(
    *, actor: Actor, fee_id: int, reason: str, now: datetime, today: date
) -> FeeReceipt:
    """
    Take a fee back that was booked wrong or given back: a second row undoes it, part by part.

    :raises TakenBackAlready: if it was, or is itself a taking back
    """
    lock("fee", fee_id)
    rows = FeeReceipt.objects.select_related("contract", "entry")
    wrong = rows.get(pk=fee_id)
    if wrong.reverses_id or FeeReceipt.objects.filter(reverses=wrong).exists():
        raise TakenBackAlready
    made = FeeReceipt.objects.create(
        contract=wrong.contract, start_date=wrong.start_date, end_date=wrong.end_date,
        cents=-wrong.cents, bought_cents=wrong.bought_cents, received_date=today,
        most_pct=wrong.most_pct,
        reference=wrong.reference, reverses=wrong, reason=reason,
        entry=books.reverse(wrong.entry, key=f"fee-reversed:{fee_id}", actor=actor, now=now),
        recorded_by_id=actor.user_id, recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
    FeeShare.objects.bulk_create(
        _share(made, one.practice_id, one.bought_cents, -one.cents) for one in wrong.shares.all()
    )
    record(actor=actor, action="purchasing.fee.reversed", subject=wrong, cents=wrong.cents)
    return made


@action("purchasing.give_disclosures")
def give_disclosures(*, actor: Actor, year: int, now: datetime, today: date) -> list[Disclosure]:
    """
    Tell every practice in writing what suppliers paid on its purchases in a year, nought too.

    :raises YearNotBegun: if it lies ahead
    :raises NothingNew: if everybody was told just that
    """
    if year > today.year:
        raise YearNotBegun(year)
    lock("disclosures", year)  # two clicks tell once
    made = [
        Disclosure.objects.create(
            practice=one.practice,
            year=year,
            number=one.last.number + 1 if one.last else 1,
            cents=one.content["cents"],
            content=one.content,
            sha256=hashlib.sha256(json.dumps(one.content, sort_keys=True).encode()).hexdigest(),
            given_by_id=actor.user_id,
            given_by_name=actor.name,
            given_at=now,
        )
        for one in told_in(year)
        if one.is_news
    ]
    if not made:
        raise NothingNew(year)
    for one in made:
        record(actor=actor, action="purchasing.fees.disclosed", subject=one, year=year)
    return made
