"""Claims priced by terms, paid by a second person in one entry and one 835, taken back exactly."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from capitation.actions.banking import approve_bank_account, propose_bank_account
from compliance.actions.claim_payments import (
    NoPayerNumber,
    NothingToPay,
    PaymentChanged,
    SameMaker,
    pay_claims,
)
from compliance.actions.claims import NoDenialCode, decide_claim
from compliance.actions.contests import contest_claim
from compliance.actions.fees import NoSuchSchedule, ScheduleUnusable, load_schedule, set_terms
from compliance.formats.remittance_835 import read
from compliance.models import Claim, ClaimPayment
from compliance.queries.claim_payments import payment_digest, planned_of
from compliance.rules.claim_payments import payer_identifier
from compliance.rules.pricing import Place
from ipaportal.core.files import read_stored
from ipaportal.identity.models import Party
from ipaportal.ledger.books import account
from ipaportal.ledger.models import Posting
from tests.capitation.worlds import QUINN, REYES, SmallWorld
from tests.compliance.claimfiles import a_line
from tests.compliance.claiming import (
    NOV_2,
    give_terms,
    make_priced_world,
    of_bell,
    states,
    take_in,
)
from tests.databases import acting_as
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def world() -> SmallWorld:
    return make_priced_world()


def pay(world, now: datetime = NOV_2, actor=REYES) -> ClaimPayment:
    payer, party = world.contract.payer_id, world.bell.party_id
    planned = planned_of(payer, party, now.date())
    return pay_claims(
        actor=actor, payer_id=payer, party_id=party,
        seen_digest=payment_digest(planned) if planned else "", now=now,
    )  # fmt: skip


def told(made: ClaimPayment):
    """Its 835, which adds up."""
    file = read(read_stored(made.sha256))
    assert file.problems == ()
    (payment,) = file.payments
    return payment


def owed_to(world) -> int:
    """What the books owe Bell Clinic, in cents."""
    payable = account(world.bell.party, "payable")
    return -sum(Posting.objects.filter(account=payable).values_list("amount_cents", flat=True))


def test_a_claim_is_priced_when_it_comes_in(world):
    file = take_in(
        world,
        of_bell(world, "less", a_line("99213", 105_00)),
        of_bell(world, "more", a_line("99214", 300_00), a_line("J1100", 50_00, units="2.5")),
        of_bell(world, "hospital", a_line("99213", 120_00), place="21"),
        of_bell(world, "none", a_line("99215", 120_00)),
    )
    assert states(file) == {
        "less": ("ready", ""), "more": ("ready", ""), "hospital": ("ready", ""),
        "none": ("waiting", "no_price"),
    }  # fmt: skip
    found = dict(Claim.objects.filter(file=file).values_list("ref", "allowed_cents"))
    assert found == {"less": 105_00, "more": 165_00 + 8_25, "hospital": 66_00, "none": None}
    line = Claim.objects.get(ref="more").lines.get(number=1)
    assert line.price_words == "110 % of List from 2026-01-01, $150.00 a unit"
    assert Claim.objects.get(ref="none").detail == "line 1: 99215, List from 2026-01-01"


def test_terms_and_schedules_are_those_of_the_day_of_service(world):
    payer = world.contract.payer_id
    given = {"pct": Decimal(100), "regime": "contract", "days": 30, "yearly_pct": Decimal(8)}
    common = {"actor": QUINN, "payer_id": payer, "schedule_name": "List", "citation": "7.3"}
    set_terms(
        party_id=world.bell.party_id,
        effective_date=date(2026, 10, 12),
        now=NOV_2,
        **common,
        **given,
    )
    load_schedule(
        actor=QUINN, name="List", effective_date=date(2026, 10, 13), source="Amendment 1",
        file_name="l.csv", data=b"Code,Price\n99213,50\n", place=None, factor=None, now=NOV_2,
    )  # fmt: skip
    days = {"before": 11, "own": 12, "newer": 13}
    file = take_in(world, *(
        of_bell(world, ref, a_line("99213", 500_00 + day, served_from=date(2026, 10, day),
                                   served_to=date(2026, 10, day)))
        for ref, day in days.items()
    ))  # fmt: skip
    found = dict(Claim.objects.filter(file=file).values_list("ref", "allowed_cents"))
    assert found == {"before": 110_00, "own": 100_00, "newer": 50_00}


def test_claims_become_one_entry_and_one_835(world):
    take_in(world, of_bell(world, "A1"), of_bell(world, "A2", a_line("99214", 200_00)))
    before = owed_to(world)
    made = pay(world)
    assert (made.cents, made.interest_cents, owed_to(world) - before) == (275_00, 0, 275_00)
    payment = told(made)
    assert (payment.total_cents, payment.trace) == (275_00, made.trace)
    assert payment.payer_tin == "1999999999"  # as the bank's file has it (TRN03)
    assert [(c.claim_ref, c.status, c.paid_cents) for c in payment.claims] == [
        ("A1", "1", 110_00), ("A2", "1", 165_00),
    ]  # fmt: skip
    adjusted = payment.claims[1].services[0].adjustments
    assert [(a.group, a.reason, a.cents) for a in adjusted] == [("CO", "45", 35_00)]
    assert set(Claim.objects.values_list("state", "payment")) == {("paid", made.pk)}
    with pytest.raises(NothingToPay):
        pay(world)


def test_only_somebody_else_pays_and_only_what_they_saw(world):
    take_in(world, of_bell(world))
    with pytest.raises(SameMaker, match="Quinn took these claims in"):
        pay(world, actor=QUINN.__class__(901, "Quinn", frozenset({("finance_approver", 1)})))
    payer, party = world.contract.payer_id, world.bell.party_id
    seen = payment_digest(planned_of(payer, party, NOV_2.date()))
    take_in(world, of_bell(world, "A2", a_line("99214")), number=8)
    with pytest.raises(PaymentChanged):
        pay_claims(actor=REYES, payer_id=payer, party_id=party, seen_digest=seen, now=NOV_2)
    assert not ClaimPayment.objects.exists()


@pytest.mark.parametrize(("given", "expected"), [
    ("1999999999", "999999999"), ("99-9999999", "999999999"), ("9123456789", ""), ("BANK123", ""),
    ("1000000000", ""), ("123", ""), ("", ""),
])  # fmt: skip
def test_a_taxpayer_number_is_nine_digits_alone_or_after_a_1(given, expected):
    assert payer_identifier(given) == expected


def test_nothing_is_paid_without_the_number_of_who_pays(world, settings):
    take_in(world, of_bell(world))
    ipa = Party.objects.get(kind="ipa")
    changed = propose_bank_account(
        actor=QUINN, party_id=ipa.pk, purpose="origin", holder_name="Valley IPA", now=NOV_2,
        routing_number="091000019", account_number="300", bank_name="B", company_id="9123456789",
    )  # fmt: skip
    approve_bank_account(actor=REYES, bank_account_id=changed.pk, now=NOV_2)
    before = owed_to(world)
    with pytest.raises(NoPayerNumber, match=r"is 9123456789, .* Bank details of the IPA"):
        pay(world)
    assert (ClaimPayment.objects.count(), owed_to(world)) == (0, before)
    settings.IPA_TIN = "88-7777777"
    settings.IPA_ADDRESS, settings.IPA_PHONE = ["1 A St", "Bay", "CA", "93940"], "8315550100"
    made = pay(world)
    assert told(made).payer_tin == "1887777777"
    text = read_stored(made.sha256).decode()
    assert "N3*1 A St~\nN4*Bay*CA*93940~\nPER*BL*" in text


def test_lateness_is_paid_with_the_claim_and_told(world):
    take_in(world, of_bell(world, "A1"))
    on_time, late = NOV_2 + timedelta(days=30), NOV_2 + timedelta(days=103)
    payer, party = world.contract.payer_id, world.bell.party_id
    assert planned_of(payer, party, on_time.date()).interest_cents == 0
    made = pay(world, now=late)
    # 73 days at 8 % of $110.
    assert (made.cents, made.interest_cents) == (110_00, 1_76)
    payment = told(made)
    assert payment.total_cents == 111_76
    assert [(a.reason, a.cents) for a in payment.adjustments] == [("L6", -1_76)]


def test_a_denial_is_told_with_its_reason_and_pays_nothing(world):
    take_in(world, of_bell(world, "A1", subscriber_ref="M-ANN"))
    claim = Claim.objects.get()
    given = {"actor": QUINN, "claim_id": claim.pk, "words": "Capitation.", "now": NOV_2}
    with pytest.raises(NoDenialCode):
        decide_claim(state="denied", **given)
    decide_claim(state="denied", denial="24", **given)
    made = pay(world)
    assert (made.cents, made.entry) == (0, None)
    (told_claim,) = told(made).claims
    assert (told_claim.status, told_claim.paid_cents) == ("4", 0)
    assert [(a.reason, a.cents) for a in told_claim.services[0].adjustments] == [("24", 120_00)]
    claim.refresh_from_db()
    assert (claim.state, claim.payment) == ("denied", made)


def test_what_is_decided_to_be_paid_is_priced_or_goes_on_waiting(world):
    take_in(world, of_bell(world, "A1", subscriber_ref="M-ANN"),
            of_bell(world, "A2", a_line("99215"), subscriber_ref="M-BEA"))  # fmt: skip
    for ref, state, reason in (("A1", "ready", ""), ("A2", "waiting", "no_price")):
        claim = Claim.objects.get(ref=ref)
        decide_claim(actor=QUINN, claim_id=claim.pk, state="ready", words="Ours.", now=NOV_2)
        claim.refresh_from_db()
        assert (claim.state, claim.reason) == (state, reason)
    assert Claim.objects.get(ref="A1").allowed_cents == 110_00


def test_a_replacement_takes_back_exactly_what_was_paid(world):
    file = take_in(world, of_bell(world, "A1"))
    pay(world)
    before, number = owed_to(world), file.rows.get().number
    take_in(
        world, of_bell(world, "A1", a_line("99214", 140_00), frequency="7", original_ref=number),
        number=8,
    )  # fmt: skip
    made = pay(world, now=NOV_2 + timedelta(days=1))
    assert (made.cents, owed_to(world) - before) == (30_00, 30_00)
    back, anew = told(made).claims
    assert (back.status, back.charge_cents, back.paid_cents) == ("22", -120_00, -110_00)
    assert (anew.status, anew.paid_cents) == ("1", 140_00)
    with pytest.raises(NothingToPay):
        pay(world, now=NOV_2 + timedelta(days=2))


def test_what_would_be_below_zero_waits_for_the_next_claims(world):
    file = take_in(world, of_bell(world, "A1"))
    pay(world)
    take_in(world, of_bell(world, "A1", frequency="8", original_ref=file.rows.get().number),
            number=8)  # fmt: skip
    with pytest.raises(NothingToPay):
        pay(world, now=NOV_2 + timedelta(days=1))
    take_in(world, of_bell(world, "A2", a_line("99214", 200_00)), number=9)
    made = pay(world, now=NOV_2 + timedelta(days=1))
    assert made.cents == 165_00 - 110_00
    assert [c.status for c in told(made).claims] == ["22", "1"]


def test_a_rate_that_nobody_entered_lets_the_claim_wait(world):
    give_terms(world.contract, regime="medicare_non_contracted", citation="42 CFR 422.520")
    take_in(world, of_bell(world, "A1"))
    payer, party = world.contract.payer_id, world.bell.party_id
    assert planned_of(payer, party, NOV_2.date()).is_payable
    late = planned_of(payer, party, date(2026, 12, 3))
    assert not late.is_payable
    assert "2026-07-01" in late.dues[0].problem
    with pytest.raises(NothingToPay):
        pay(world, now=datetime(2026, 12, 3, 12, tzinfo=UTC))


def test_a_priced_line_stays_as_it_was_paid(world):
    take_in(world, of_bell(world, "A1"))
    line = Claim.objects.get().lines.get()
    line.allowed_cents = 1
    line.save(update_fields=["allowed_cents"])
    line.allowed_cents = 110_00
    line.save(update_fields=["allowed_cents"])
    pay(world)
    with acting_as(), pytest.raises(Exception, match="stays as it came"):
        line.save(update_fields=["allowed_cents"])


def test_schedules_and_terms_need_what_they_name(world):
    with pytest.raises(ScheduleUnusable, match="line 2"):
        load_schedule(
            actor=QUINN, name="Bad", effective_date=date(2026, 1, 1), source="x", file_name="x",
            data=b"Code,Price\n99213,x\n", place=None, factor=None, now=NOV_2,
        )  # fmt: skip
    made = load_schedule(
        actor=QUINN, name="Medicare", effective_date=date(2026, 1, 1), source="PPRRVU 2026",
        file_name="rvu.csv", place=Place(), factor=Decimal("33.4009"), now=NOV_2,
        data=b"HCPCS,MOD,WORK RVU,NON-FAC PE RVU,FACILITY PE RVU,MP RVU\n99213,,1.3,1.46,.55,.1\n",
    )  # fmt: skip
    assert made.rows.values_list("office_cents", "facility_cents").get() == (95_53, 65_13)
    with pytest.raises(NoSuchSchedule, match="“Elsewhere”"):
        set_terms(
            actor=QUINN, payer_id=world.contract.payer_id, party_id=None, regime="contract",
            schedule_name="Elsewhere", pct=Decimal(1), effective_date=date(2026, 1, 1), days=30,
            yearly_pct=Decimal(0), citation="x", now=NOV_2,
        )  # fmt: skip


def test_a_denial_that_was_told_takes_nothing_back_when_it_is_replaced(world):
    """It was priced, more was asked for, and it was denied: nothing was ever paid of it."""
    file = take_in(world, of_bell(world, "A1"))
    claim = Claim.objects.get(file=file)
    contest_claim(actor=QUINN, claim_id=claim.pk, reason="No note.", needed="A note.", now=NOV_2)
    decide_claim(
        actor=QUINN, claim_id=claim.pk, state="denied", denial="50", words="No.", now=NOV_2
    )
    pay(world)
    again = of_bell(world, "A1", a_line("99214", 200_00), frequency="7", original_ref=claim.number)
    take_in(world, again, number=8)
    claim.refresh_from_db()
    assert (claim.state, claim.allowed_cents) == ("replaced", 110_00)
    made = pay(world)
    assert (made.cents, [(c.status, c.paid_cents) for c in told(made).claims]) == (
        165_00, [("22", 0), ("1", 165_00)],
    )  # fmt: skip
