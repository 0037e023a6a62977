"""The demo's older claims: paid month by month, passed on, answered, estimated, and reinsured."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from capitation.models import Contract
from compliance.actions.claim_payments import pay_claims
from compliance.actions.encounters import expect_encounters
from compliance.actions.ibnr import estimate_ibnr
from compliance.actions.plan_batches import pass_on, read_plan_answer
from compliance.actions.reinsurance import record_reinsurance
from compliance.formats.acknowledgements import VERSION_277, Answer, Batch, write_277ca
from compliance.formats.claims_837 import Claim
from compliance.models import ClaimFile, PlanBatch
from compliance.queries.claim_payments import payment_digest, planned_payments
from compliance.queries.ibnr import paid_claims
from compliance.queries.plan_batches import batch_digest, to_pass_on
from compliance.rules.claims import ACCEPTED
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of
from ipaportal.core.x12_writing import Interchange
from ipaportal.home.demo.billing import claims_of_month, open_claims, take_in

CLOCK = Actor.system("demo")
MONTHS = 7
FIRST_NUMBER = 4500
# How many months after its service each of a month's claims comes, and over again.
LATER = (0, 0, 0, 1, 1, 2)
ATTACHMENT = 1_200_00


def bill_older_months(*, finance: Actor, approver: Actor, now: datetime) -> None:
    """Seven months of claims that come and are paid later and later."""
    open_claims(finance=finance, now=now)
    if ClaimFile.objects.exists():
        return
    contract = Contract.objects.filter(is_active=True).order_by("pk").first()
    this = month_of(now.date())
    months = [add_months(this, -back) for back in range(MONTHS, -1, -1)]
    with transaction.atomic():
        for month in months:
            for later in sorted(set(LATER)):
                served = add_months(month, -later)
                if served >= months[0]:
                    _take(contract, served, later, finance, now)
            _pay(approver, _noon(month, 24), now)


def follow_claims(*, finance: Actor, officer: Actor, now: datetime) -> None:
    """Pass on what capitation covers, say what is expected, reinsure, and estimate."""
    if PlanBatch.objects.exists():
        return
    contract = Contract.objects.filter(is_active=True).order_by("pk").first()
    with transaction.atomic():
        _pass_on(contract, finance, now)
        expect_encounters(
            actor=officer, specialty="", month=add_months(month_of(now.date()), -12),
            per_1000=Decimal(280), days=45, is_verified=True, now=now,
            source="Agreement 9.3, from visits of the year before",
        )  # fmt: skip
        record_reinsurance(
            actor=finance, payer_id=contract.payer_id, reinsurer_name="Harbor Re",
            number=f"HR-{now.year}", effective_date=date(now.year, 1, 1),
            end_date=date(now.year + 1, 1, 1), paid_until=date(now.year + 1, 4, 1),
            attachment_cents=ATTACHMENT, pct=Decimal(90), notice_pct=Decimal(50),
            limit_cents=None, citation="Article 4, for the demo very low", now=now,
        )  # fmt: skip
        _estimate(now)


def _estimate(now: datetime) -> None:
    """The last three months that are over, as the clock would have estimated them."""
    for back in (3, 2, 1):
        month = add_months(month_of(now.date()), -back)
        if paid_claims(month):
            estimate_ibnr(actor=CLOCK, month=month, now=now)


def _noon(month: date, day: int) -> datetime:
    return datetime(month.year, month.month, day, 12, tzinfo=UTC)


def _take(contract: Contract, month: date, later: int, finance: Actor, now: datetime) -> None:
    """Of a month's claims those that come so many months later than the first ones."""
    found = claims_of_month(contract, month)
    sent = [one for at, one in enumerate(found) if LATER[at % len(LATER)] == later]
    made = _noon(add_months(month, later), 16)
    if not sent or made >= now:
        return
    number = FIRST_NUMBER + 10 * month.month + later
    take_in(contract, sent, finance, made, number)


def _pay(approver: Actor, when: datetime, now: datetime) -> None:
    """Pay what has come by a day."""
    if when >= now:
        return
    for planned in planned_payments(when.date()):
        if planned.is_payable and planned.total_cents:
            pay_claims(
                actor=approver, payer_id=planned.payer_id, party_id=planned.party_id,
                seen_digest=payment_digest(planned), now=when,
            )  # fmt: skip


def _pass_on(contract: Contract, finance: Actor, now: datetime) -> None:
    """One file that the plan has answered but for one claim, which it has rejected."""
    sent_at = now - timedelta(days=6)
    found = to_pass_on(contract.payer_id)
    if not found:
        return
    batch = pass_on(
        actor=finance, payer_id=contract.payer_id, seen_digest=batch_digest(found), now=sent_at
    )
    rows = list(batch.rows.select_related("claim"))
    answers = tuple(_answer(row.claim, is_taken=at != 1) for at, row in enumerate(rows[:-1]))
    plan = contract.payer.party
    data = write_277ca(
        Interchange("PLAN", "VALLEYIPA", sent_at, batch.number, "HN", VERSION_277),
        payer=(plan.name, plan.code or "PLAN"), sender=("Valley IPA", "VALLEYIPA"),
        file_ref=f"{batch.number}", received_on=sent_at.date(),
        batches=[Batch("Valley IPA", "1234567893", answers)],
    )  # fmt: skip
    read_plan_answer(
        actor=finance, payer_id=contract.payer_id, file_name="plan-answer-1.277", data=data,
        now=now - timedelta(days=4),
    )  # fmt: skip


def _answer(claim: Claim, *, is_taken: bool) -> Answer:
    code = ACCEPTED if is_taken else "A7:255"
    words = "" if is_taken else "The diagnosis does not fit the patient's age"
    return Answer(
        claim.number, f"P{claim.pk:09}", "", "", claim.member_ref, code, claim.charge_cents,
        claim.first_day, claim.last_day, is_taken, words,
    )  # fmt: skip
