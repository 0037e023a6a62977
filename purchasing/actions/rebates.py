"""Booking rebates: what suppliers owe, what they paid, and what of that each practice is given."""

from datetime import date, datetime

from django.utils import timezone

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.money import dollars
from ipaportal.core.refusals import Refused
from ipaportal.identity.queries.people import ipa_party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account, Entry
from purchasing.models import (
    RebateAccrual,
    RebatePart,
    RebateReceipt,
    RebateShare,
    SupplyContract,
)
from purchasing.queries.fees import bought_in, harbor_finding, unsigned_of
from purchasing.queries.rebates import Owed, RebatePeriod, rebate_period
from purchasing.rules.fees import CITATION
from purchasing.rules.rebates import Part, parts_of

OWED_BY, OWED_TO = Account.Kind.REBATE_RECEIVABLE, Account.Kind.REBATE_PAYABLE


class NoRebatePeriod(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This contract gives nothing back for a period from that day. Nothing was booked. "
            "Choose one of the periods in the list."
        )


class RebateChanged(Refused):
    def __init__(self) -> None:
        super().__init__(
            "What is owed, booked or received changed since you looked. Nothing was booked. Look "
            "at what it is now."
        )


class NothingNewOwed(Refused):
    def __init__(self) -> None:
        super().__init__("All that is owed for this period is booked already. Nothing was booked.")


class MoreThanRebateOwed(Refused):
    def __init__(self, cents: int, open_cents: int) -> None:
        super().__init__(
            f"${dollars(cents)} is more than the ${dollars(open_cents)} that is booked as owed and "
            "not paid. Nothing was booked. Book what is owed first; if the supplier says that it "
            "owes more, enter its statement, so that the difference is booked. Anything else is no "
            "rebate of this period: give it back, or book it as a fee."
        )


class NotPaidYet(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A rebate is received after its period began, and not in the future. Nothing was "
            "booked. Check the day."
        )


class KeptAboveAgreed(Refused):
    def __init__(self, kept_cents: int, most_cents: int) -> None:
        super().__init__(
            f"${dollars(kept_cents)} would be kept by the IPA, and with fees of the period that is "
            f"more than practices signed for: at most ${dollars(most_cents)} ({CITATION}). Nothing "
            "was booked. Have an addendum signed that states the most, or agree on a smaller part."
        )


class KeptUnsigned(Refused):
    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"No written agreement was in force with {', '.join(names[:5])} ({CITATION}), and a "
            "part of this rebate is kept. Nothing was booked. Find what was signed, or have it "
            "signed."
        )


class RebateTakenBack(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This receipt was taken back already, or takes one back. Nothing was booked."
        )


def locked_period(contract_id: int, start: date) -> RebatePeriod:
    """
    The period as it stands, while nobody else books anything of its contract.

    :raises NoRebatePeriod: if there is none from that day
    """
    lock("supply contract", contract_id)
    contract = SupplyContract.objects.select_related("supplier__party").get(pk=contract_id)
    period = rebate_period(contract, start)
    if period is None:
        raise NoRebatePeriod
    return period


@action("purchasing.record_fee")
def accrue_rebate(
    *, actor: Actor, contract_id: int, start_date: date, seen_digest: str, now: datetime
) -> RebateAccrual:
    """
    Book what a supplier owes to practices for a period now, and not when the clock next looks.

    :raises NoRebatePeriod: if the contract gives nothing back for such a period
    :raises NothingNewOwed: if all of it is booked
    :raises RebateChanged: if it is something else than was seen
    """
    period = locked_period(contract_id, start_date)
    if not any(one.to_book_cents for one in period.owed):
        raise NothingNewOwed
    if period.digest != seen_digest:
        raise RebateChanged
    return keep_accrual(period, actor, now)


def keep_accrual(
    period: RebatePeriod, actor: Actor, now: datetime, words: str = ""
) -> RebateAccrual:
    """Book what is not booked yet of a period, under its lock: a difference for each practice."""
    new = [one for one in period.owed if one.to_book_cents]
    made = RebateAccrual.objects.create(
        contract=period.contract, start_date=period.start, end_date=period.end,
        cents=sum(one.to_book_cents for one in new), digest=period.digest,
        recorded_by_id=actor.user_id, recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
    RebatePart.objects.bulk_create(_owed(made, period, one, words) for one in new)
    payable = books.accounts([one.practice.party_id for one in new], OWED_TO)
    receivable = books.account(period.contract.supplier.party, OWED_BY)
    books.book(
        key=made.entry_key,
        date=timezone.localdate(now),
        description=f"Rebate of {period.contract} owed for {period.start} up to {period.end}"[:300],
        lines=[(receivable, made.cents),
               *((payable[one.practice.party_id], -one.to_book_cents) for one in new)],
        actor=actor,
        now=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.rebate.accrued", subject=made, cents=made.cents)
    return made


def _owed(made: RebateAccrual, period: RebatePeriod, one: Owed, words: str) -> RebatePart:
    return RebatePart(
        accrual=made,
        practice=one.practice,
        supplier_id=period.contract.supplier_id,
        contract_number=period.contract.number,
        start_date=period.start,
        end_date=period.end,
        cents=one.to_book_cents,
        entitled_cents=one.booked_cents + one.to_book_cents,
        basis=list(one.basis),
        words=words,
        recorded_at=made.recorded_at,
    )


def check_receipt(
    period: RebatePeriod, cents: int, received_date: date, today: date
) -> list[tuple[Owed, Part]]:
    """
    What of a payment each practice is given, and what the IPA keeps.

    :raises NotPaidYet: if it was received too early, or lies ahead
    :raises MoreThanRebateOwed: if more is paid than is booked and open
    :raises KeptUnsigned: if something is kept of whoever signed nothing
    :raises KeptAboveAgreed: if more is kept than practices signed for
    """
    if not period.start <= received_date <= today:
        raise NotPaidYet
    open_cents = period.sum_of("open_cents")
    if cents > open_cents:
        raise MoreThanRebateOwed(cents, open_cents)
    by_key = {f"{one.practice.pk:012}": one for one in period.owed}
    parts = parts_of(
        cents,
        {key: one.open_cents for key, one in by_key.items()},
        period.contract.rebate_kept_pct,
    )
    kept = sum(one.kept_cents for one in parts)
    if kept:
        of = [by_key[one.practice].practice for one in parts if one.kept_cents]
        unsigned = unsigned_of(of, period.end)
        if unsigned:
            raise KeptUnsigned([one.name for one in unsigned])
        finding, most = harbor_finding(period.contract, period.start, period.end, kept)
        if finding is not None:
            raise KeptAboveAgreed(kept, most)
    return [(by_key[one.practice], one) for one in parts]


@action("purchasing.record_fee")
def receive_rebate(
    *, actor: Actor, contract_id: int, start_date: date, cents: int, received_date: date,
    reference: str, seen_digest: str, now: datetime, today: date,
) -> RebateReceipt:  # fmt: skip
    """
    Book a supplier's rebate and pass it on: each practice's part is added to its next payout.

    :raises Refused: as `check_receipt` says
    :raises RebateChanged: if something else is owed than was seen
    """
    period = locked_period(contract_id, start_date)
    if period.digest != seen_digest:
        raise RebateChanged
    shared = check_receipt(period, cents, received_date, today)
    contract = period.contract
    made = RebateReceipt.objects.create(
        contract=contract, start_date=period.start, end_date=period.end, cents=cents,
        kept_cents=sum(part.kept_cents for _, part in shared), received_date=received_date,
        reference=reference, recorded_by_id=actor.user_id, recorded_by_name=actor.name,
        recorded_at=now,
    )  # fmt: skip
    bought = {one.pk: cents for one, cents in bought_in(contract, period.start, period.end).items()}
    RebateShare.objects.bulk_create(
        RebateShare(
            receipt=made, practice=owed.practice, supplier_id=contract.supplier_id,
            contract_number=contract.number, start_date=period.start, end_date=period.end,
            received_date=received_date, bought_cents=bought.get(owed.practice.pk, 0),
            cents=part.cents, kept_cents=part.kept_cents,
        )
        for owed, part in shared
    )  # fmt: skip
    _book(made, shared, actor, now)
    record(actor=actor, action="purchasing.rebate.received", subject=made, cents=cents)
    return made


def _book(
    made: RebateReceipt, shared: list[tuple[Owed, Part]], actor: Actor, now: datetime
) -> Entry:
    """Cash in, the supplier owes less; what practices were owed is given, or kept as a fee."""
    supplier = made.contract.supplier.party
    parties = [owed.practice.party_id for owed, _ in shared]
    owed_to = books.accounts(parties, OWED_TO)
    payable = books.accounts(parties, Account.Kind.PAYABLE)
    lines = [
        (books.account(ipa_party(), Account.Kind.CASH), made.cents),
        (books.account(supplier, OWED_BY), -made.cents),
        (books.account(supplier, Account.Kind.ADMIN_FEE_INCOME), -made.kept_cents),
    ]
    for owed, part in shared:
        lines.append((owed_to[owed.practice.party_id], part.cents))
        lines.append((payable[owed.practice.party_id], -part.given_cents))
    return books.book(
        key=made.entry_key,
        date=timezone.localdate(now),
        description=f"Rebate of {made.contract} for {made.start_date} up to {made.end_date}: a "
        "discount on what you bought"[:300],
        lines=lines,
        actor=actor,
        now=now,
    )


@action("purchasing.record_fee")
def reverse_rebate(
    *, actor: Actor, receipt_id: int, reason: str, now: datetime, today: date
) -> RebateReceipt:
    """
    Take a receipt back that was booked wrong or given back: a second row undoes it, part by part.

    What practices were given is taken from their next payouts; nobody's balance is hidden by it.

    :raises RebateTakenBack: if it was, or is itself a taking back
    """
    contract_id = RebateReceipt.objects.values_list("contract", flat=True).get(pk=receipt_id)
    lock("supply contract", contract_id)
    wrong = RebateReceipt.objects.select_related("contract").get(pk=receipt_id)
    if wrong.reverses_id or RebateReceipt.objects.filter(reverses=wrong).exists():
        raise RebateTakenBack
    made = RebateReceipt.objects.create(
        contract=wrong.contract, start_date=wrong.start_date, end_date=wrong.end_date,
        cents=-wrong.cents, kept_cents=-wrong.kept_cents, received_date=today,
        reference=wrong.reference, reverses=wrong, reason=reason,
        recorded_by_id=actor.user_id, recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
    RebateShare.objects.bulk_create(
        RebateShare(
            receipt=made, practice_id=one.practice_id, supplier_id=one.supplier_id,
            contract_number=one.contract_number, start_date=one.start_date, end_date=one.end_date,
            received_date=today, bought_cents=one.bought_cents, cents=-one.cents,
            kept_cents=-one.kept_cents,
        )
        for one in wrong.shares.all()
    )  # fmt: skip
    books.reverse(Entry.objects.get(key=wrong.entry_key), key=made.entry_key, actor=actor, now=now)
    record(actor=actor, action="purchasing.rebate.reversed", subject=wrong, cents=wrong.cents)
    return made
