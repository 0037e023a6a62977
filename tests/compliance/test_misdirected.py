"""Claims that are the plan's, and stays: passed on once, answered, and told to who sent them."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from compliance.actions.claim_payments import pay_claims
from compliance.actions.claims import decide_claim
from compliance.actions.divisions import load_division
from compliance.actions.plan_batches import BatchChanged, pass_on, read_plan_answer, send_again
from compliance.formats.claims_837 import read
from compliance.formats.remittance_835 import read as read_835
from compliance.models import Claim, PlanBatch
from compliance.queries.claim_payments import payment_digest, planned_of
from compliance.queries.misdirected import misdirected
from compliance.queries.plan_batches import batch_digest, to_pass_on
from compliance.rules.clocks import clock_on, due_date
from compliance.rules.passing import CLOCK, Stream
from ipaportal.core.files import read_stored
from ipaportal.core.roles import Role
from tests.capitation.worlds import QUINN, REYES
from tests.compliance.claimfiles import a_line, a_stay
from tests.compliance.claiming import NOV_2, make_priced_world, of_bell, states, take_in
from tests.compliance.test_plan_batches import answer
from tests.kept import kept
from tests.people import make_user
from tests.proofs import breaches
from tests.stories.attacks import signed_in_afresh, text_of

LATER = NOV_2 + timedelta(days=1)
LIST = b"""Category,At risk,Kind,From,To
Injected drugs,plan,procedure,J0000,J9999
Theatre,plan,revenue,0360,0369
"""


def test_is_passed_on_within_ten_days():
    assert due_date(CLOCK, date(2026, 11, 2)) == date(2026, 11, 12)
    clock = clock_on(CLOCK, date(2026, 11, 2))
    assert "unverified" in clock.citation
    assert not clock.is_sure


def stay_of_bell(world, ref, *lines, **changes):
    one = of_bell(world, ref)
    given = {"billing_tin": one.billing_tin, "billing_npi": one.billing_npi}
    given |= {"subscriber_ref": "M-ANN", "is_capitated": True}
    stay = a_stay(ref, *lines, **given | changes)
    stay.stay.attending_npi = one.billing_npi
    return stay


@kept
def world():
    """Two claims of drugs that are the plan's, and an ordinary one."""
    made = make_priced_world()
    load_division(
        actor=QUINN, payer_id=made.contract.payer_id, effective_date=date(2026, 10, 1),
        citation="Exhibit C", file_name="dofr.csv", data=LIST, now=NOV_2,
    )  # fmt: skip
    take_in(made, *(of_bell(made, ref, a_line(code)) for ref, code in
                    (("D1", "J2001"), ("D2", "J2002"), ("C1", "99213"))))  # fmt: skip
    return made


def send(world, stream=Stream.MISDIRECTED, now=NOV_2) -> PlanBatch:
    payer = world.contract.payer_id
    found = to_pass_on(payer, stream)
    return pass_on(
        actor=QUINN, payer_id=payer, stream=stream, seen_digest=batch_digest(found), now=now
    )


def hear(world, *said, now=LATER, number=1):
    data = answer(*said, number=number)
    return read_plan_answer(
        actor=QUINN, payer_id=world.contract.payer_id, file_name="a.277", data=data, now=now
    )


def count(world) -> tuple[int, ...]:
    (one,) = misdirected(NOV_2.date())
    assert one.came == one.passed_on + one.wait + one.kept
    return one.came, one.passed_on, one.wait, one.kept


@pytest.mark.django_db
def test_the_plan_gets_it_as_a_claim_and_the_practice_is_told_whose_it_is(world):
    assert count(world) == (2, 0, 2, 0)
    batch = send(world)
    assert (batch.claims, batch.file_name) == (2, "misdirected-000001.837")
    data = read_stored(batch.sha256)
    assert b"*CH~" in data  # a claim, not a report of an encounter (BHT06)
    assert [(one.is_capitated, one.frequency) for one in read(data).claims] == [(False, "1")] * 2
    assert count(world) == (2, 2, 0, 0)
    d1 = Claim.objects.get(ref="D1")
    assert (d1.state, d1.reason, d1.denial, d1.due_on) == ("denied", "passed_on", "109", None)
    assert d1.state_words == "passed on to the plan"
    assert d1.steps.last().words == "passed on to SUN Health in misdirected-000001.837"
    assert to_pass_on(world.contract.payer_id, Stream.MISDIRECTED) == []
    hear(world, (d1.number, True))
    assert d1.steps.last().words == f"the plan has it under its number PLAN-{d1.number}"
    # Whoever passed it on does not pay; the remittance says that it is another's.
    bell, payer = world.bell.party_id, world.contract.payer_id
    planned = planned_of(payer, bell, LATER.date())
    made = pay_claims(
        actor=REYES, payer_id=payer, party_id=bell, seen_digest=payment_digest(planned), now=LATER
    )
    told = {one.claim_ref: one for one in read_835(read_stored(made.sha256)).payments[0].claims}
    assert (told["D1"].status, told["D1"].paid_cents) == ("23", 0)
    assert [one.reason for one in told["D1"].services[0].adjustments] == ["109"]
    assert (told["C1"].status, told["C1"].paid_cents) == ("1", 110_00)
    assert breaches() == []


@pytest.mark.django_db
def test_what_the_plan_rejects_waits_again_goes_again_or_is_kept(world):
    batch = send(world)
    one, two = (row.claim for row in batch.rows.select_related("claim").order_by("pk"))
    hear(world, (one.number, False), (two.number, False))
    one.refresh_from_db()
    assert (one.state, one.reason, one.denial) == ("waiting", "plan_refused", "")
    assert one.due_on == LATER.date() + timedelta(days=5)
    assert count(world) == (2, 0, 2, 0)
    assert to_pass_on(world.contract.payer_id, Stream.MISDIRECTED) == []
    decide_claim(
        actor=QUINN, claim_id=two.pk, state="denied", denial="96", words="No cover.", now=LATER
    )
    assert count(world) == (2, 0, 1, 1)
    send_again(actor=QUINN, row_id=batch.rows.get(claim=one).pk, now=LATER)
    again = send(world, now=LATER)
    assert [row.claim_id for row in again.rows.all()] == [one.pk]
    assert count(world) == (2, 1, 0, 1)


@pytest.mark.django_db
def test_a_claim_decided_on_meanwhile_is_not_passed_on(world):
    payer = world.contract.payer_id
    seen = batch_digest(to_pass_on(payer, Stream.MISDIRECTED))
    claim = Claim.objects.get(ref="D1")
    decide_claim(
        actor=QUINN, claim_id=claim.pk, state="denied", denial="96", words="No.", now=NOV_2
    )
    with pytest.raises(BatchChanged, match="Nothing was sent"):
        pass_on(actor=QUINN, payer_id=payer, stream=Stream.MISDIRECTED, seen_digest=seen, now=NOV_2)
    assert PlanBatch.objects.count() == 0


@pytest.mark.django_db
def test_what_replaces_it_goes_as_its_replacement_and_a_void_takes_it_back(world):
    batch = send(world)
    one, two = (row.claim for row in batch.rows.select_related("claim").order_by("pk"))
    hear(world, (one.number, True), (two.number, True))
    later = of_bell(world, "D1", a_line("J2009"), frequency="7", original_ref=one.number)
    void = of_bell(world, "D2", a_line("J2002"), frequency="8", original_ref=two.number)
    take_in(world, later, void, number=8)
    assert to_pass_on(world.contract.payer_id) == []  # nothing of it is an encounter
    sent = read(read_stored(send(world, now=LATER).sha256)).claims
    assert [(each.frequency, each.original_ref) for each in sent] == [
        ("7", f"PLAN-{one.number}"), ("8", f"PLAN-{two.number}"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_stays_go_whole_in_a_file_of_their_own(world):
    ours = a_line("", 500_00, revenue_code="0120", units="2", served_from=None, served_to=None)
    theatre = a_line("27447", 900_00, revenue_code="0360")
    file = take_in(
        world, stay_of_bell(world, "S1", ours, theatre),
        stay_of_bell(world, "S2", theatre, is_capitated=False, subscriber_ref="M-RAY"), number=8,
    )  # fmt: skip
    assert states(file) == {"S1": ("encounter", ""), "S2": ("waiting", "plans_risk")}
    came = read(read_stored(file.sha256)).claims[0]
    payer = world.contract.payer_id
    assert to_pass_on(payer) == []
    batch = send(world, Stream.STAYS)
    data = read_stored(batch.sha256)
    (sent,) = read(data).claims
    assert batch.file_name == "encounters-institutional-000001.837"
    assert b"005010X223A2" in data
    assert sent.is_capitated
    assert (sent.stay, sent.charge_cents) == (came.stay, 1400_00)
    lines = [(one.revenue_code, one.procedure, one.units, one.charge_cents) for one in sent.lines]
    assert lines == [("0120", "", "2", 500_00), ("0360", "27447", "1", 900_00)]
    other = send(world, Stream.MISDIRECTED_STAYS)
    assert (other.claims, Claim.objects.get(ref="S2").reason) == (1, "passed_on")
    assert Claim.objects.get(ref="S1").drg == "470"


@pytest.mark.django_db
def test_pages_say_what_is_the_plans_by_when_and_what_became_of_it(world):
    client = signed_in_afresh(make_user("fin@ipa.example", Role.FINANCE))
    payer = world.contract.payer_id
    listed = text_of(client.get(reverse("compliance:plan_batches")))
    assert "The plan's to pay" in listed
    assert "1300.71" in listed
    assert "2026-11-12" in listed
    here = reverse("compliance:plan_batch_next", args=[payer])
    page = text_of(client.get(f"{here}?stream=misdirected"))
    assert "Write 2 claims" in page
    assert "reason 109" in page
    go = reverse("compliance:plan_batch_go", args=[payer])
    assert client.post(go, {"stream": "misdirected"}).url == f"{here}?stream=misdirected"
    digest = batch_digest(to_pass_on(payer, Stream.MISDIRECTED))
    client.post(go, {"stream": "misdirected", "seen_digest": digest})
    batch = PlanBatch.objects.get()
    assert batch.stream == "misdirected"
    assert client.get(f"{here}?stream=nothing").status_code == 200
    claim = batch.rows.first().claim
    page = text_of(client.get(reverse("compliance:claim_detail", args=[claim.pk])))
    assert "passed on to the plan" in page.lower()
    assert batch.file_name in page
    assert "Nothing is to be sent again" in page
    assert "Send it to the payer" not in page
