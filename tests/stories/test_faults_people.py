"""Two people, what they saw, and what changes behind their backs: refused, or in the next run."""

from datetime import timedelta

import pytest
from django.conf import settings

from capitation.actions.advance import advance_run
from capitation.actions.banking import approve_bank_account, propose_bank_account
from capitation.actions.members import assign_pcp, end_coverage
from capitation.actions.payments import (
    NothingToPay,
    PaymentsChanged,
    cancel_payments,
    prepare_payments,
    release_payments,
)
from capitation.actions.runs import RunChanged, SamePerson, approve_run, calculate_run, open_run
from capitation.models import BankAccount, Member, Payment, PaymentBatch, Run, Waterfall
from ipaportal.audit.models import DomainEvent
from ipaportal.core.encryption import blind_index
from ipaportal.identity.models import Party
from ipaportal.ledger.queries.balances import owed_cents
from tests.planfiles import CLOCK, NOW, QUINN, an_820, take
from tests.stories.faults import (
    APR,
    BOTH,
    MAR,
    REYES,
    books,
    make_house,
    money,
    nothing_is_lost,
    prove,
)

pytestmark = pytest.mark.django_db


def opened(house, month=MAR, actor=CLOCK) -> Run:
    return open_run(actor=actor, contract_id=house.contract.pk, month=month, now=NOW)


def calculated(house, month=MAR, actor=CLOCK) -> Run:
    return calculate_run(actor=CLOCK, run_id=opened(house, month, actor).pk, now=NOW)


def approve(run, actor=REYES, digest=None) -> Run:
    return approve_run(actor=actor, run_id=run.pk, seen_digest=digest or run.digest, now=NOW)


def post(run) -> Run:
    assert advance_run(actor=CLOCK, run_id=run.pk, now=NOW)
    run.refresh_from_db()
    assert run.status == "posted"
    return run


def refuse(error, call, *given) -> None:
    """The call is refused and nothing changes."""
    before, happened = books(), DomainEvent.objects.count()
    with pytest.raises(error):
        call(*given)
    assert (books(), DomainEvent.objects.count()) == (before, happened)
    prove()


def test_whoever_opened_a_run_does_not_approve_it():
    run = calculated(make_house(4), actor=BOTH)
    refuse(SamePerson, approve, run, BOTH)
    approve(run)


def test_whoever_calculated_a_run_does_not_approve_it():
    run = opened(make_house(4))
    run = calculate_run(actor=BOTH, run_id=run.pk, now=NOW)
    refuse(SamePerson, approve, run, BOTH)
    approve(run)


def test_whoever_brought_a_file_or_entered_a_fact_does_not_approve_the_run_it_is_in():
    house = make_house(4, paid=False)
    take(house.contract, money(house), actor=BOTH)
    run = calculated(house)
    refuse(SamePerson, approve, run, BOTH)
    post(approve(run))
    # What they enter now is in April's run, and nothing of theirs is in this one any more.
    leave(house, "M000", actor=BOTH)
    april = calculated(house, APR)
    refuse(SamePerson, approve, april, BOTH)
    post(approve(april))
    post(approve(calculated(house, APR), BOTH))
    prove()


def leave(house, ref, actor=QUINN, day=MAR) -> None:
    end_coverage(
        actor=actor,
        member_id=Member.objects.get(plan_member_id=ref).pk,
        contract_id=house.contract.pk,
        first_day_not_covered=day,
        reason="moved away",
        now=NOW,
    )


def test_nobody_approves_what_they_have_not_seen():
    house = make_house(4)
    run = calculated(house)
    seen = run.digest
    leave(house, "M000")
    run = calculate_run(actor=CLOCK, run_id=run.pk, now=NOW)
    assert run.digest != seen
    refuse(RunChanged, approve, run, REYES, seen)
    # An approval is void once it is calculated again.
    approve(run)
    run = calculate_run(actor=CLOCK, run_id=run.pk, now=NOW)
    assert (run.status, run.approved_by_id) == ("calculated", None)
    assert not advance_run(actor=CLOCK, run_id=run.pk, now=NOW)
    assert run.digest != seen
    post(approve(run))
    prove()


def test_what_comes_in_after_the_approval_comes_out_in_the_next_run_and_nothing_is_lost():
    house = make_house(4)
    run = approve(calculated(house))
    rows = list(Waterfall.objects.filter(run_id=run.pk).order_by("pk").values())
    digest, totals = run.digest, run.totals
    # Behind the approval: one leaves, one changes the doctor, one gets more money.
    leave(house, "M000")
    moved = Member.objects.get(plan_member_id="M001")
    pcp = house.pcps[0].pk
    given = {"practitioner_id": pcp, "effective_date": MAR, "reason": "asked for", "now": NOW}
    assign_pcp(actor=QUINN, member_id=moved.pk, **given)
    take(house.contract, an_820([("M002", MAR, "20")], trace="LATE"))

    run = post(run)
    assert (run.digest, run.totals) == (digest, totals)
    assert list(Waterfall.objects.filter(run_id=run.pk).order_by("pk").values()) == rows
    bell, alvarez = (practice.party for practice in house.practices)
    assert [owed_cents(bell), owed_cents(alvarez)] == [9000, 9000]
    prove()

    post(approve(calculated(house, APR)))
    # M000's 45.00 back, M001's 45.00 from one to the other, 9.00 of the late 20.00.
    assert [owed_cents(bell), owed_cents(alvarez)] == [9000 - 4500 + 4500 + 900, 4500]
    nothing_is_lost(house, MAR, APR)


# ---- bank details -------------------------------------------------------------------------------


def change_bank(party, number, now, *, routing="231380104", **values) -> BankAccount:
    account = propose_bank_account(
        actor=QUINN,
        party_id=party.pk,
        holder_name=party.name,
        routing_number=routing,
        account_number=number,
        now=now,
        **values,
    )
    return approve_bank_account(actor=REYES, bank_account_id=account.pk, now=now)


def prepared(house) -> PaymentBatch:
    origin = {"purpose": "origin", "bank_name": "First Bank", "company_id": "1999999999"}
    change_bank(Party.objects.get(kind="ipa"), "100200300", NOW, routing="091000019", **origin)
    for practice in house.practices:
        change_bank(practice.party, f"74456{practice.pk:05}", NOW)
    return prepare_payments(actor=QUINN, now=NOW)


def release(made, now) -> PaymentBatch:
    given = {"batch_id": made.pk, "seen_digest": made.digest, "now": now}
    return release_payments(actor=REYES, **given)


def test_a_bank_account_changed_before_the_payout_waits_and_then_is_the_one_paid():
    house = make_house(4)
    post(approve(calculated(house)))
    bell, alvarez = (practice.party for practice in house.practices)
    made = prepared(house)
    fresh = change_bank(bell, "666777888", NOW + timedelta(hours=1))
    refuse(PaymentsChanged, release, made, NOW + timedelta(hours=2))
    assert set(Payment.objects.values_list("status", flat=True)) == {"prepared"}

    # Whoever was not changed is paid; the other waits for the cool-off, to the minute.
    cancel_payments(actor=QUINN, batch_id=made.pk, text="bank details changed", now=NOW)
    made = prepare_payments(actor=QUINN, now=NOW + timedelta(hours=2))
    assert [row["code"] for row in made.skipped] == ["cool_off"]
    release(made, NOW + timedelta(hours=3))
    assert [owed_cents(bell), owed_cents(alvarez)] == [9000, 0]
    usable = NOW + timedelta(hours=1, days=settings.BANK_COOL_OFF_DAYS)
    with pytest.raises(NothingToPay, match="bank account was changed"):
        prepare_payments(actor=QUINN, now=usable - timedelta(minutes=1))
    made = prepare_payments(actor=QUINN, now=usable)
    release(made, usable)
    paid = Payment.objects.get(batch=made)
    assert (paid.bank_account_id, paid.amount_cents) == (fresh.pk, 9000)
    index = blind_index("231380104:666777888", "bank_account").hex()
    assert paid.bank_account.account_index == index
    assert [owed_cents(bell), owed_cents(alvarez)] == [0, 0]
    prove()
