"""Paying claims: what a second person saw, booked in one entry, told in one 835."""

from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from capitation.queries.banking import origin_account
from compliance.formats.claims_837 import INSTITUTIONAL
from compliance.formats.remittance_835 import Adjustment
from compliance.formats.remittance_written import VERSION, Paid, PaidClaim, Remittance, write
from compliance.models import Claim, ClaimPayment, ClaimStep
from compliance.queries.addresses import ipa_address, practice_addresses
from compliance.queries.claim_payments import makers, payment_digest, planned_of
from compliance.rules.claim_payments import Planned, payer_identifier
from compliance.rules.claims import REMITTED, State, shortfall
from compliance.rules.passing import FORWARDED, PASSED_ON
from credentialing.models import Practice
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.core.values import amount_text
from ipaportal.core.x12_writing import Interchange
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account

PRIMARY, DENIED, REVERSAL = "1", "4", "22"
INTEREST = "L6"


class NothingToPay(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nothing can be paid to this practice now: no claim is ready, or more is to be taken "
            "back than is due. Nothing was booked. It waits for the next claims."
        )


class PaymentChanged(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A claim or its interest changed since you looked. Nothing was booked. Look at what "
            "would be paid now."
        )


class SameMaker(Refused):
    """Whoever took claims in or decided on them does not pay them."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} took these claims in, or decided on one of them, so somebody else has to pay "
            "them. Nothing was booked."
        )


class NoPayerNumber(Refused):
    """An 835 has to say by a taxpayer number who pays, and none is known."""

    def __init__(self, company_id: str) -> None:
        known = (
            f"The company identifier of the account that payments leave from is {company_id}, "
            "which is not 1 and a taxpayer number of nine digits"
            if company_id
            else "No account that payments leave from is approved"
        )
        super().__init__(
            f"A remittance names who pays by 1 and the IPA's taxpayer number (TRN03). {known}. "
            "Nothing was booked. Enter it as company identifier under Bank details of the IPA; "
            "where the bank assigned another, set IPA_TIN in the environment."
        )


@action("compliance.pay_claims")
def pay_claims(
    *, actor: Actor, payer_id: int, party_id: int, seen_digest: str, now: datetime
) -> ClaimPayment:
    """
    Owe a practice what its claims come to, as it was seen: the next payout pays it.

    :raises NothingToPay: if nothing is ready, or more is taken back than is due
    :raises PaymentChanged: if it is another sum by now
    :raises SameMaker: if the actor took one of them in or decided on it
    :raises NoPayerNumber: if the remittance could not say who pays
    """
    lock("claims")
    today = timezone.localdate(now)
    planned = planned_of(payer_id, party_id, today)
    if planned is None or not planned.is_payable:
        raise NothingToPay
    if payment_digest(planned) != seen_digest:
        raise PaymentChanged
    keys = [one.claim_id for one in planned.payable]
    if actor.user_id in makers(keys):
        raise SameMaker(actor.name)
    made = _book(planned, seen_digest, actor, now)
    claims = list(Claim.objects.select_for_update().filter(pk__in=keys))
    steps = []
    for claim in claims:
        if claim.state == State.REPLACED:
            claim.taken_back = made
        else:
            claim.payment = made
            claim.state = State.PAID if claim.state == State.READY else claim.state
        words = f"in remittance {made.trace}"
        steps.append(ClaimStep(
            claim=claim, state=claim.state, reason=REMITTED, words=words, at=now,
            by_id=actor.user_id, by_name=actor.name,
        ))  # fmt: skip
    Claim.objects.bulk_update(claims, ["state", "payment", "taken_back"])
    ClaimStep.objects.bulk_create(steps)
    record(
        actor=actor, action="compliance.claims.paid", subject=made, claims=len(claims),
        cents=planned.cents, interest_cents=planned.interest_cents,
    )  # fmt: skip
    return made


def _book(planned: Planned, seen_digest: str, actor: Actor, now: datetime) -> ClaimPayment:
    """One entry and one remittance; its trace is the next number of the IPA's own."""
    today = timezone.localdate(now)
    ipa, party = Party.objects.get(kind=Party.Kind.IPA), Party.objects.get(pk=planned.party_id)
    number = ClaimPayment.objects.count() + 1
    trace, entry = f"CL{today:%y%m%d}{number:06}", None
    if planned.total_cents:
        entry = books.book(
            key=f"claims:{trace}",
            date=today,
            description=f"{len(planned.payable)} claims of {party.name}, remittance {trace}"[:300],
            lines=[
                *_drawn_on(planned, ipa),
                (books.account(party, Account.Kind.PAYABLE), -planned.total_cents),
            ],
            actor=actor,
            now=now,
        )
    practice = Practice.objects.get(party=party)
    head = Interchange((ipa.code or "IPA").upper(), practice.tin, now, number, "HP", VERSION)
    data = write(head, [_remittance(planned, ipa, practice, trace, today)])
    return ClaimPayment.objects.create(
        payer_id=planned.payer_id, party=party, trace=trace, paid_on=today, cents=planned.cents,
        interest_cents=planned.interest_cents, entry=entry, sha256=store(data).sha256,
        seen_digest=seen_digest, made_at=now, made_by_id=actor.user_id, made_by_name=actor.name,
    )  # fmt: skip


def _payer_number() -> str:
    """The taxpayer number by which the IPA says that it pays, as its payment files give it."""
    origin = origin_account()
    company_id = origin.company_id if origin else ""
    number = payer_identifier(settings.IPA_TIN) or payer_identifier(company_id)
    if not number:
        raise NoPayerNumber(company_id)
    return number


def _drawn_on(planned: Planned, ipa: Party) -> list[books.Line]:
    """The pools that pay: the hospital pool for institutions' claims, the specialist pool else."""
    keys = [one.claim_id for one in planned.payable]
    rows = Claim.objects.filter(pk__in=keys, kind=INSTITUTIONAL).values_list("pk", flat=True)
    of_hospitals = set(rows)
    hospital = sum(
        one.cents + one.lateness.interest_cents
        for one in planned.payable
        if one.claim_id in of_hospitals
    )
    return [
        (books.account(ipa, Account.Kind.HOSPITAL_POOL), hospital),
        (books.account(ipa, Account.Kind.SPECIALIST_POOL), planned.total_cents - hospital),
    ]


def _remittance(
    planned: Planned, ipa: Party, practice: Practice, trace: str, today: date
) -> Remittance:
    """What the practice is told, its claims in the order in which they are listed."""
    rows = (
        Claim.objects.select_related("practitioner")
        .prefetch_related("lines")
        .in_bulk([one.claim_id for one in planned.payable])
    )
    claims = tuple(_told(rows[one.claim_id]) for one in planned.payable)
    interest = tuple(
        (INTEREST, one.number, -one.lateness.interest_cents)
        for one in planned.payable
        if one.lateness.interest_cents
    )
    return Remittance(
        trace, today, ipa.name, _payer_number(), practice.name,
        practice.npi or next((c.billing_npi for c in rows.values() if c.billing_npi), ""),
        practice.tin, claims, interest, ipa_address(), settings.IPA_PHONE,
        practice_addresses([practice.party_id]).get(practice.party_id),
    )  # fmt: skip


def _told(claim: Claim) -> PaidClaim:
    """A claim as the remittance tells it; what is taken back is exactly what was paid, negated."""
    sign = -1 if claim.state == State.REPLACED else 1
    is_denied = bool(claim.denial)
    status = REVERSAL if sign < 0 else DENIED if is_denied else PRIMARY
    if sign > 0 and claim.reason == PASSED_ON:
        status = FORWARDED
    services = []
    for line in claim.lines.all():
        allowed = 0 if is_denied else line.allowed_cents or 0
        reason = claim.denial or shortfall(line.charge_cents, allowed, is_included=line.is_included)
        off = (line.charge_cents - allowed) * sign
        services.append(Paid(
            line.procedure, tuple(line.modifiers.split()),
            line.charge_cents * sign, amount_text(line.units), line.first_day, line.control,
            (Adjustment("CO", reason, off),) if off else (), revenue=line.revenue_code,
        ))  # fmt: skip
    npi = claim.practitioner.npi if claim.practitioner else ""
    return PaidClaim(
        claim.ref, status, claim.number, claim.member_ref, "", "", npi, claim.received_on,
        tuple(services),
    )  # fmt: skip
