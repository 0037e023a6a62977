"""Beneath the actions of remittances: whether one may be posted, and posting it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from compliance.actions.copies import copy_in
from compliance.actions.remit_facts import Billed, RemitFacts
from compliance.formats.remittance_835 import ClaimPayment, Payment
from compliance.models import Remit, RemitClaim, RemitDeposit, RemitFile, RemitStep
from compliance.rules.remits import (
    PREDETERMINED,
    QUEUES,
    Paid,
    State,
    negates,
    parts_of,
    queue_of,
)
from ipaportal.core.actors import Actor
from ipaportal.core.money import dollars
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account

MOST_DIFFERENCES = 100
DECIDED = (*("state", "reason", "words", "due_on", "posted_at", "party", "entry", "deposit"),)
Backs = dict[int, RemitClaim | int]
"""By segment of a reversal: the row that it takes back, or the segment of one of this payment."""


def kept_row(file: RemitFile, payment: Payment, facts: RemitFacts) -> Remit:
    """A payment as it is kept, before anything is decided about it."""
    return Remit(
        file=file, payer=file.payer, segment_no=payment.segment_no, trace=payment.trace[:50],
        payer_tin=payment.payer_tin[:30], payer_name=payment.payer_name[:100],
        method=payment.method[:3], paid_on=payment.paid_on, cents=payment.total_cents,
        payee_name=payment.payee_name[:100], payee_ref=payment.payee_id[:80],
        party=facts.payee_of(payment), claims=len(payment.claims),
        claim_cents=sum(c.paid_cents for c in payment.claims if c.status != PREDETERMINED),
        off_cents=payment.off_cents,
        adjustments=[[a.provider, a.reason, a.reference, a.cents] for a in payment.adjustments],
        differences=_differences(payment)[:MOST_DIFFERENCES],
    )  # fmt: skip


def _differences(payment: Payment) -> list[list[str]]:
    """Everything in it that does not add up: where, and by how much."""
    found = []
    if payment.off_cents:
        said = payment.total_cents - payment.off_cents
        found.append([
            f"segment {payment.segment_no} (BPR)",
            f"The payment says ${dollars(payment.total_cents)}; its claims less its provider "
            f"adjustments come to ${dollars(said)}: ${dollars(payment.off_cents)} apart.",
        ])  # fmt: skip
    for claim in payment.claims:
        if claim.off_cents:
            words = (
                f"Claim {claim.claim_ref[:50]}: ${dollars(claim.charge_cents)} less its "
                f"adjustments is ${dollars(claim.off_cents)} apart from "
                f"${dollars(claim.paid_cents)} paid."
            )
            found.append([f"segment {claim.segment_no} (CLP)", words])
        found += [
            [f"segment {one.segment_no} (SVC)",
             f"Service {one.procedure[:12]}: ${dollars(one.charge_cents)} less its adjustments is "
             f"${dollars(one.off_cents)} apart from ${dollars(one.paid_cents)} paid."]
            for one in claim.services if one.off_cents
        ]  # fmt: skip
    return found


def told(claim: ClaimPayment) -> Paid:
    """A claim of a payment, to be compared with another."""
    lines = [
        (one.procedure, " ".join(one.modifiers), one.charge_cents, one.paid_cents,
         [(a.group, a.reason, a.cents) for a in one.adjustments])
        for one in claim.services
    ]  # fmt: skip
    taken = [(a.group, a.reason, a.cents) for a in claim.adjustments]
    return Paid(claim.charge_cents, claim.paid_cents, parts_of(taken, lines))


def judge(remit: Remit, payment: Payment) -> tuple[str, str, Backs]:
    """What keeps a payment from being posted, in words, or what its reversals take back."""
    if remit.differences or remit.off_cents:
        return "unbalanced", remit.differences[0][1], {}
    if remit.party is None:
        who = payment.payee_name or "The payee"
        return "no_payee", f"{who} ({payment.payee_id or 'no number'}) is nobody known here.", {}
    backs: Backs = {}
    taken: set[int] = set()
    for claim in (one for one in payment.claims if one.is_reversal):
        found = _original_of(claim, remit, payment, taken)
        if found is None:
            words = (
                f"Segment {claim.segment_no} (CLP) takes ${dollars(-claim.paid_cents)} back of "
                f"claim {claim.claim_ref[:50]}, and no payment of it is here that this undoes to "
                "the cent."
            )
            return "reversal", words, {}
        backs[claim.segment_no] = found
    return "", "", backs


def _original_of(
    back: ClaimPayment, remit: Remit, payment: Payment, taken: set[int]
) -> RemitClaim | int | None:
    """What a reversal undoes to the cent: of an earlier payment, or earlier in this one."""
    mine = told(back)
    for one in payment.claims:
        if (
            one.segment_no < back.segment_no
            and not one.is_reversal
            and one.claim_ref == back.claim_ref
            and one.segment_no not in taken
            and negates(mine, told(one))
        ):
            taken.add(one.segment_no)
            return one.segment_no
    same = Q(claim_ref=back.claim_ref[:50])
    if back.payer_ref:
        same |= Q(payer_ref=back.payer_ref[:50])
    rows = RemitClaim.objects.filter(
        same, remit__payer=remit.payer, remit__party=remit.party, reversed_by=None, reverses=None
    ).exclude(status=PREDETERMINED)
    for row in rows.order_by("-pk"):
        if -row.pk not in taken and negates(
            mine, Paid(row.charge_cents, row.paid_cents, row.parts)
        ):
            taken.add(-row.pk)
            return row
    return None


@dataclass(slots=True)
class Posted:
    """A payment that is decided, with its claims by segment and what they take back."""

    remit: Remit
    step: RemitStep
    rows: dict[int, RemitClaim] = field(default_factory=dict)
    backs: Backs = field(default_factory=dict)


def post(
    remit: Remit, payment: Payment, backs: Backs, facts: RemitFacts, actor: Actor, now: datetime
) -> dict[int, RemitClaim]:
    """Post a payment whole: its claims, matched, and the IPA's own money in the books."""
    remit.state, remit.reason, remit.words, remit.due_on = State.POSTED, "", "", None
    remit.posted_at = now
    if is_ours(remit):
        _book(remit, actor, now)
        waiting = RemitDeposit.objects.filter(
            payer=remit.payer_id, trace=remit.trace, cents=remit.cents, remit=None
        ).first()
        if waiting is not None:
            remit.deposit = waiting
            book_deposit_of(remit, waiting, actor, now)
    party_id = None if is_ours(remit) else remit.party_id
    due = timezone.localdate(now)
    rows = {}
    for one in payment.claims:
        row = _claim_row(one, facts.claim_of(one, party_id))
        if row.queue:
            row.due_on = due + timedelta(days=QUEUES[row.queue].days)
        rows[one.segment_no] = row
    return rows


def keep(made: Sequence[Posted]) -> None:
    """Store payments that were decided, their claims and their steps, all of them at once."""
    Remit.objects.bulk_create(one.remit for one in made if one.remit.pk is None)
    for one in made:
        one.step.remit_id = one.remit.pk
        for row in one.rows.values():
            row.remit_id = one.remit.pk
    plain = (row for one in made if not one.backs for row in one.rows.values())
    copy_in(RemitClaim, plain)
    for one in made:
        if one.backs:
            _keep_backs(one.rows, one.backs)
    copy_in(RemitStep, (one.step for one in made))


def _keep_backs(rows: dict[int, RemitClaim], backs: Backs) -> None:
    """Claims of a payment that takes some back: what is taken back is stored before what does."""
    RemitClaim.objects.bulk_create(row for segment, row in rows.items() if segment not in backs)
    for segment, found in backs.items():
        rows[segment].reverses = rows[found] if isinstance(found, int) else found
    RemitClaim.objects.bulk_create(rows[segment] for segment in backs)


def _claim_row(one: ClaimPayment, claim: Billed | None) -> RemitClaim:
    allowed = claim.allowed_cents if claim is not None else None
    queue, cents = queue_of(
        one.status, one.paid_cents, one.patient_cents, allowed, is_known=claim is not None
    )
    served = one.served_on or min(
        (line.served_on for line in one.services if line.served_on), default=None
    )
    return RemitClaim(
        segment_no=one.segment_no, claim_ref=one.claim_ref[:50],
        payer_ref=one.payer_ref[:50], status=one.status[:2], charge_cents=one.charge_cents,
        paid_cents=one.paid_cents, patient_cents=one.patient_cents,
        member_ref=one.patient_ref[:80], served_on=served, parts=told(one).parts,
        remarks=sorted({*one.remarks, *(code for line in one.services for code in line.remarks)}),
        claim_id=claim.pk if claim is not None else None, queue=queue or "", at_stake_cents=cents,
    )  # fmt: skip


def is_ours(remit: Remit) -> bool:
    """Whether the money is the IPA's own."""
    return remit.party is not None and remit.party.kind == Party.Kind.IPA


def _book(remit: Remit, actor: Actor, now: datetime) -> None:
    """What the IPA is paid of claims goes where claims are paid from: the specialist pool."""
    if not remit.cents:
        return
    remit.entry = books.book(
        key=f"remit:{remit.payer_id}:{remit.trace}",
        date=remit.paid_on or timezone.localdate(now),
        description=f"Remittance {remit.trace} of {remit.payer}"[:300],
        lines=[
            (books.account(remit.party, Account.Kind.CASH_IN_TRANSIT), remit.cents),
            (books.account(remit.party, Account.Kind.SPECIALIST_POOL), -remit.cents),
        ],
        actor=actor,
        now=now,
    )


def book_deposit_of(remit: Remit, deposit: RemitDeposit, actor: Actor, now: datetime) -> None:
    """The bank shows the money of a posted payment: it is on its way no more."""
    books.book(
        key=f"remit-deposit:{deposit.pk}",
        date=deposit.day,
        description=f"Deposit of remittance {remit.trace}"[:300],
        lines=[
            (books.account(remit.party, Account.Kind.CASH), remit.cents),
            (books.account(remit.party, Account.Kind.CASH_IN_TRANSIT), -remit.cents),
        ],
        actor=actor,
        now=now,
    )
