"""A month's payments, statements and questions, each told to the model as well."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from capitation.actions.bank_returns import ReturnsReadBefore, read_returns
from capitation.actions.disputes import AlreadyAnswered, answer_dispute, open_dispute
from capitation.actions.payment_outcomes import (
    record_paid_after_all,
    reissue_payment,
    settle_payments,
    void_payment,
)
from capitation.actions.payments import (
    NothingToPay,
    PaymentsChanged,
    SamePerson,
    cancel_payments,
    prepare_payments,
    release_payments,
)
from capitation.actions.statements import publish_statements
from capitation.models import Dispute, Member, Payment, PaymentBatch, Share, Statement
from ipaportal.core.actors import Actor
from ipaportal.home.demo.build import return_file
from ipaportal.home.simulator import journal as books
from ipaportal.home.simulator import late
from ipaportal.home.simulator.comparing import compare_batch, compare_statements
from ipaportal.home.simulator.portal import AMES, OSEI, QUINN, REYES, SATO
from ipaportal.ledger.actions.holds import place_hold, release_hold
from ipaportal.ledger.models import Hold

if TYPE_CHECKING:
    from ipaportal.home.simulator.story import Story


def pay(story: "Story", month: date) -> None:
    """Hold some, prepare, let others try in vain, release."""
    now = story.at(month, 24)
    if story.chosen(0.3):
        _hold(story, story.chance.choice(sorted(story.journal.practices)), now)
    for hold in Hold.objects.live().order_by("pk"):
        if story.chosen(0.4):
            _release_hold(story, hold, now)
    now = story.at(month, 27) + timedelta(days=1)
    maker = story.chance.choice([QUINN, AMES])
    if not story.journal.to_pay():
        story.faults.refused(
            "payment of nobody", lambda: prepare_payments(actor=maker, now=now), NothingToPay
        )
        return
    batch = _prepare(story, maker, now)
    if story.chosen(0.15):
        _cancel(story, batch, now)
        batch = _prepare(story, maker, now)
    _release(story, batch, now)


def _prepare(story: "Story", maker: Actor, now: datetime) -> PaymentBatch:
    waiting = PaymentBatch.objects.filter(status=PaymentBatch.Status.PREPARED)
    expected = story.journal.to_pay()
    batch = story.faults.attempt(
        "prepare_payments", lambda: prepare_payments(actor=maker, now=now), waiting.first
    )
    _told(story, batch, expected)
    return batch


def _told(story: "Story", batch: PaymentBatch, expected: dict[int, int]) -> None:
    for number, (payee, cents) in compare_batch(batch.pk, expected).items():
        story.journal.payments[number] = books.Payment(payee, cents)


def _cancel(story: "Story", batch: PaymentBatch, now: datetime) -> None:
    done = PaymentBatch.objects.filter(pk=batch.pk, status=PaymentBatch.Status.CANCELLED)
    story.faults.attempt(
        "cancel_payments",
        lambda: cancel_payments(actor=QUINN, batch_id=batch.pk, text="another day", now=now),
        done.first,
    )
    for payment in Payment.objects.filter(batch=batch):
        story.journal.payments[payment.pk].state = "cancelled"


def _release(story: "Story", batch: PaymentBatch, now: datetime) -> None:
    given = {"batch_id": batch.pk, "now": now}
    story.faults.refused(
        "release by who prepared or proposed",
        lambda: (
            release_payments(actor=AMES, seen_digest=batch.digest, **given)
            if batch.prepared_by_id == AMES.user_id
            else release_payments(actor=_as_quinn(), seen_digest=batch.digest, **given)
        ),
        SamePerson,
    )
    story.faults.refused(
        "release of what was not seen",
        lambda: release_payments(actor=SATO, seen_digest="0" * 64, **given),
        PaymentsChanged,
    )
    done = PaymentBatch.objects.filter(pk=batch.pk, status=PaymentBatch.Status.RELEASED)
    who = story.chance.choice([REYES, SATO])
    story.faults.attempt(
        "release_payments",
        lambda: release_payments(actor=who, seen_digest=batch.digest, **given),
        done.first,
    )
    story.journal.released(batch.payments.order_by("pk").values_list("pk", flat=True))


def _as_quinn() -> Actor:
    """Whoever proposed the bank accounts, were they an approver too."""
    return Actor(QUINN.user_id, QUINN.name, frozenset({("finance_approver", 1)}))


def _hold(story: "Story", payee: int, now: datetime) -> None:
    source = f"simulated:{payee}:{now:%Y%m}"
    story.faults.attempt(
        "place_hold",
        lambda: place_hold(
            actor=QUINN, party_id=payee, reason="review", text="looked into", source=source, now=now
        ),
    )
    _count_holds(story)


def _release_hold(story: "Story", hold: Hold, now: datetime) -> None:
    done = Hold.objects.filter(pk=hold.pk, released_at__isnull=False)
    story.faults.attempt(
        "release_hold",
        lambda: release_hold(actor=OSEI, hold_id=hold.pk, text="cleared", now=now),
        done.first,
    )
    story.journal.holds[hold.party_id] -= 1


def _count_holds(story: "Story") -> None:
    story.journal.holds.clear()
    story.journal.holds.update(Hold.objects.live().values_list("party_id", flat=True))


# ---- statements and questions -------------------------------------------------------------------


def publish(story: "Story", month: date) -> None:
    """Statements go out; each says what the model says, and some payees ask about a line."""
    now = story.at(month, 27) + timedelta(days=2)
    there = Statement.objects.filter(month=month)
    story.faults.attempt(
        "publish_statements",
        lambda: publish_statements(actor=QUINN, month=month, now=now),
        lambda: there.count() or None,
    )
    story.figures += compare_statements(month, 1, story.journal.publish(month))
    for statement in there.order_by("pk"):
        if story.chosen(min(1, 2 / max(1, len(story.journal.practices)))):
            _dispute(story, statement, now)


def _dispute(story: "Story", statement: Statement, now: datetime) -> None:
    lines = Share.objects.filter(run_id__in=statement.run_ids, payee_id=statement.payee_id)
    line = lines.order_by("-provider_cents", "member_id").first()
    if line is None:
        return
    asker = Actor(20_000 + statement.payee_id, "Asker", frozenset({
        ("practice_manager", statement.payee_id)}))  # fmt: skip
    dispute = story.faults.attempt(
        "open_dispute",
        lambda: open_dispute(
            actor=asker, statement_id=statement.pk, run_id=line.run_id, member_id=line.member_id,
            coverage_month=line.coverage_month, question="Why?", now=now,
        ),
        Dispute.objects.filter(statement=statement, status=Dispute.Status.OPEN).first,
    )  # fmt: skip
    upheld = story.chosen(0.6)
    answered = Dispute.objects.filter(pk=dispute.pk).exclude(status=Dispute.Status.OPEN)

    def answer() -> Dispute:
        return answer_dispute(
            actor=QUINN, dispute_id=dispute.pk, upheld=upheld, answer="Because.", now=now
        )

    story.faults.attempt("answer_dispute", answer, answered.first)
    story.faults.refused("a second answer", answer, AlreadyAnswered)
    if upheld:
        member = Member.objects.get(pk=line.member_id)
        contracts = story.house.contracts.items()
        code = next(code for code, one in contracts if one.payer_id == member.payer_id)
        late.move(story, code, member.plan_member_id, line.coverage_month, now)


# ---- what becomes of payments -------------------------------------------------------------------


def after(story: "Story", month: date) -> None:
    """The bank pays, returns, is asked to stop; some are paid anew, some after all."""
    now = story.at(month, 27) + timedelta(days=4)
    for payment in _payments("released"):
        draw = story.chance.random()
        if draw < 0.06:
            _return(story, payment, now)
        elif draw < 0.1:
            _void(story, payment, now)
    for batch in PaymentBatch.objects.filter(payments__status="released").distinct().order_by("pk"):
        ids = list(batch.payments.filter(status="released").values_list("pk", flat=True))
        settled = Payment.objects.filter(pk=ids[0], status=Payment.Status.SETTLED)
        story.faults.attempt(
            "settle_payments",
            lambda batch=batch: settle_payments(actor=QUINN, batch_id=batch.pk, now=now),
            settled.first,
        )
        story.journal.settled(ids)
    # The last ones settled, some of which come back all the same.
    for payment in list(_payments("settled"))[-20:]:
        if story.chosen(0.02):
            _return(story, payment, now)
    for payment in list(_payments("void"))[-5:]:
        if payment.trace_number and story.chosen(0.2):
            _paid_after_all(story, payment, now)
    _reissue(story, now + timedelta(days=1), now + timedelta(days=2))


def _payments(status: str):
    found = Payment.objects.filter(status=status).select_related("party", "bank_account")
    return found.order_by("pk")


def _return(story: "Story", payment: Payment, now: datetime) -> None:
    data = return_file(payment, now.date())
    back = Payment.objects.filter(pk=payment.pk, status=Payment.Status.RETURNED)
    story.faults.attempt(
        "read_returns", lambda: read_returns(actor=QUINN, data=data, now=now), back.first
    )
    story.faults.refused(
        "the same returns again",
        lambda: read_returns(actor=QUINN, data=data, now=now),
        ReturnsReadBefore,
    )
    story.faults.counts["payments returned"] += 1
    story.journal.came_back(payment.pk)
    _count_holds(story)


def _void(story: "Story", payment: Payment, now: datetime) -> None:
    done = Payment.objects.filter(pk=payment.pk, status=Payment.Status.VOID)
    story.faults.attempt(
        "void_payment",
        lambda: void_payment(actor=REYES, payment_id=payment.pk, text="stopped", now=now),
        done.first,
    )
    story.faults.counts["payments made void"] += 1
    story.journal.came_back(payment.pk)


def _paid_after_all(story: "Story", payment: Payment, now: datetime) -> None:
    done = Payment.objects.filter(pk=payment.pk, status=Payment.Status.SETTLED)
    story.faults.attempt(
        "record_paid_after_all",
        lambda: record_paid_after_all(
            actor=QUINN, payment_id=payment.pk, text="seen at the bank", now=now
        ),
        done.first,
    )
    story.faults.counts["payments paid after all"] += 1
    story.journal.paid_after_all(payment.pk)


def _reissue(story: "Story", freed: datetime, now: datetime) -> None:
    """Somebody whose payment came back this month is paid anew at once."""
    anew = Payment.objects.exclude(status="void").filter(reissues__isnull=False)
    back = Payment.objects.filter(status__in=["returned", "void"], trace_number__isnull=False)
    back = back.exclude(pk__in=anew.values("reissues_id")).order_by("-pk")
    for payment in back[:3]:
        if not story.chosen(0.5):
            continue
        for hold in Hold.objects.live().filter(party=payment.party_id):
            _release_hold(story, hold, freed)
        expected = story.journal.to_pay()
        if payment.party_id not in expected:
            continue
        waiting = PaymentBatch.objects.filter(status=PaymentBatch.Status.PREPARED)
        batch = story.faults.attempt(
            "reissue_payment",
            lambda payment=payment: reissue_payment(actor=QUINN, payment_id=payment.pk, now=now),
            waiting.first,
        )
        story.faults.counts["payments paid anew"] += 1
        _told(story, batch, {payment.party_id: expected[payment.party_id]})
        _release(story, batch, now)
