"""Recoveries of reinsurance: asked for, booked by a second person when they come, and reversed."""

from datetime import date, datetime

from capitation.models import Member
from compliance.models import Recovery, RecoveryPayment, ReinsuranceContract, ReinsuranceNotice
from compliance.queries.recoveries import asked_of, claims_of, digest_of, sums_of
from compliance.queries.reinsurance import accumulators
from compliance.rules.recoveries import may_be_paid, to_file_cents
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.money import split
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account


class NothingToFile(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nothing more is owed of this member's year than was asked for already. Nothing was "
            "filed. It grows with the claims that are paid."
        )


class YearChanged(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Other claims count by now than you looked at. Nothing was filed. Look again."
        )


class NotThatMuch(Refused):
    """A payment that is no part of what is open."""

    def __init__(self, recovery: Recovery, open_cents: int) -> None:
        super().__init__(
            f"Of {recovery} {dollars_text(open_cents)} is open, and a payment is a part of it, or "
            "all. Nothing was booked. If the reinsurer paid more, file the difference first."
        )


class SameTraceAgain(Refused):
    def __init__(self, before: RecoveryPayment) -> None:
        super().__init__(
            f"{before.made_by_name} booked payment {before.trace} of this claim already. Nothing "
            "was booked twice. Reverse that one if it was wrong."
        )


class SamePerson(Refused):
    def __init__(self, name: str, did: str) -> None:
        super().__init__(f"{name} {did}, so somebody else has to do this. Nothing was booked.")


class ReversedAlready(Refused):
    def __init__(self) -> None:
        super().__init__("This payment is a reversal, or was reversed before. Nothing was booked.")


@action("compliance.manage_fees")
def file_recovery(
    *, actor: Actor, contract_id: int, member_id: int, seen_digest: str, now: datetime
) -> Recovery:
    """
    Ask the reinsurer for what is owed of a member's year, less what was asked for before.

    :raises NothingToFile: if that is nothing
    :raises YearChanged: if other claims count than were seen
    """
    lock("reinsurance")
    contract = ReinsuranceContract.objects.get(pk=contract_id, superseded_at=None)
    member = Member.objects.get(pk=member_id, payer=contract.payer_id)
    found = next(iter(accumulators(contract, [member.pk])), None)
    owed = found.recovery_cents if found else 0
    cents = to_file_cents(owed, asked_of(contract, member.pk))
    if not cents:
        raise NothingToFile
    claims = claims_of(contract, member.pk)
    if digest_of(claims, cents) != seen_digest:
        raise YearChanged
    number = f"RC{now:%y}-{Recovery.objects.count() + 1:05}"
    counted = sum(row[1] for row in claims)
    made = Recovery.objects.create(
        contract=contract, member=member, number=number, counted_cents=counted, owed_cents=owed,
        cents=cents, claims=claims, filed_at=now, filed_by_id=actor.user_id,
        filed_by_name=actor.name,
    )  # fmt: skip
    ReinsuranceNotice.objects.create(
        contract=contract, member=member, kind=ReinsuranceNotice.Kind.FILED, counted_cents=counted,
        recovery_cents=owed, words=f"claim {number}", at=now, by_id=actor.user_id,
        by_name=actor.name,
    )  # fmt: skip
    record(actor=actor, action="compliance.recovery.filed", subject=made, cents=cents)
    return made


@action("compliance.book_recoveries")
def book_recovery(
    *, actor: Actor, recovery_id: int, cents: int, trace: str, paid_on: date, now: datetime
) -> RecoveryPayment:
    """
    Book what the reinsurer paid of a claim: it goes to the pools that its claims were paid from.

    :raises SamePerson: if the actor filed it
    :raises NotThatMuch: if it is no part of what is open
    :raises SameTraceAgain: if this payment was booked before
    """
    lock("reinsurance")
    recovery = Recovery.objects.select_related("contract__reinsurer").get(pk=recovery_id)
    if actor.user_id == recovery.filed_by_id:
        raise SamePerson(actor.name, "filed this claim")
    standing = recovery.payments.filter(reverses=None, reversed_by=None)
    before = standing.filter(trace=trace).first()
    if before is not None:
        raise SameTraceAgain(before)
    sums = sums_of(recovery)
    if not may_be_paid(cents, sums):
        raise NotThatMuch(recovery, sums.open_cents)
    number = recovery.payments.count() + 1
    entry = books.book(
        key=f"recovery:{recovery.pk}:{number}", date=paid_on,
        description=f"{recovery.contract.reinsurer.name} pays {recovery}, {trace}"[:300],
        lines=_lines(recovery, cents), actor=actor, now=now,
    )  # fmt: skip
    made = RecoveryPayment.objects.create(
        recovery=recovery, cents=cents, paid_on=paid_on, trace=trace, entry=entry, made_at=now,
        made_by_id=actor.user_id, made_by_name=actor.name,
    )  # fmt: skip
    record(actor=actor, action="compliance.recovery.booked", subject=made, cents=cents)
    return made


def _lines(recovery: Recovery, cents: int) -> list[books.Line]:
    """Cash of the IPA, and the pools by what each paid of the claims that counted."""
    ipa = Party.objects.get(kind=Party.Kind.IPA)
    hospital = sum(row[1] for row in recovery.claims if row[2])
    other = sum(row[1] for row in recovery.claims) - hospital
    weights = [hospital, other] if hospital + other else [0, 1]
    to_hospital, to_specialist = split(cents, weights)
    return [
        (books.account(ipa, Account.Kind.CASH), cents),
        (books.account(ipa, Account.Kind.HOSPITAL_POOL), -to_hospital),
        (books.account(ipa, Account.Kind.SPECIALIST_POOL), -to_specialist),
    ]


@action("compliance.book_recoveries")
def reverse_recovery(
    *, actor: Actor, payment_id: int, reason: str, now: datetime
) -> RecoveryPayment:
    """
    Take back a payment that was booked, whole and once, by adding its opposite.

    :raises ReversedAlready: if it is a reversal or was reversed
    """
    lock("reinsurance")
    payment = RecoveryPayment.objects.select_related("recovery", "entry").get(pk=payment_id)
    was = RecoveryPayment.objects.filter(reverses=payment).exists()
    if payment.reverses_id is not None or was:
        raise ReversedAlready
    entry = books.reverse(
        payment.entry, key=f"recovery-reversal:{payment.pk}", actor=actor, now=now
    )
    made = RecoveryPayment.objects.create(
        recovery=payment.recovery, cents=-payment.cents, paid_on=entry.date, trace=payment.trace,
        entry=entry, reverses=payment, reason=reason, made_at=now, made_by_id=actor.user_id,
        made_by_name=actor.name,
    )  # fmt: skip
    record(actor=actor, action="compliance.recovery.reversed", subject=made, cents=made.cents)
    return made
