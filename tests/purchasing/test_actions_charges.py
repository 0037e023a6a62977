"""Charges: posted for what came, taken from payouts as signed, never touching capitation itself."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from capitation.models import Member, Share
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.ledger.models import Posting
from ipaportal.ledger.queries.balances import balance, owed_cents
from ipaportal.ledger.web.booked import page_of_entry
from purchasing.actions.charges import (
    DisputedAlready,
    NettingChanged,
    NothingToTake,
    TakenThisMonth,
    dispute_charge,
    net_charges,
    settle_dispute,
    step_charges,
)
from purchasing.actions.commitments import sign_agreement
from purchasing.actions.troubles import ask_return, settle_trouble
from purchasing.models import Charge, GroupOrder, NetLine, PurchaseLine, Receipt
from purchasing.queries.charges import charge_state, charges, netting_digest, planned_netting
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    QUINN,
    SEPTEMBER,
    SEPTEMBER_5,
    bring_october,
    make_small_world,
    run_month,
)
from tests.kept import kept
from tests.people import actor_of, client_of, fresh_client_of, make_user
from tests.proofs import breaches
from tests.purchasing.attacked import make_bought
from tests.purchasing.group_orders import at
from tests.purchasing.shopping import make_buyer

pytestmark = pytest.mark.django_db


@kept
def charged():
    """The small world after September, with one charge of $20.00 for each of two practices."""
    world = make_small_world()
    run_month(world, SEPTEMBER, SEPTEMBER_5)
    make_bought((world.bell, world.alvarez), "Gloves")
    return world


def sign(world, **values: object):
    user = make_user("m@bell.example", Role.PRACTICE_MANAGER, party=world.bell.party)
    usual = {"kind": "netting", "signed_name": user.name, "cap_pct": Decimal(20)}
    return sign_agreement(
        actor=actor_of(user), practice_id=world.bell.pk, now=timezone.now(),
        today=timezone.localdate(), **{**usual, **values},
    )  # fmt: skip


def take(day, digest: str = ""):
    seen = digest or netting_digest(planned_netting(day))
    return net_charges(actor=QUINN, seen_digest=seen, now=timezone.now(), today=day)


def of(world):
    return charges(actor=QUINN).get(practice=world.bell)


def test_takes_only_what_was_signed_for_once_a_month_and_within_the_cap(charged):
    bell, today = charged.bell, timezone.localdate()
    ripe = today + timedelta(days=15)
    owed = owed_cents(bell.party)
    with pytest.raises(NothingToTake):
        take(ripe)
    sign(charged, cap_pct=Decimal(1))
    why = [one.netting.carried[0].code for one in planned_netting(ripe - timedelta(days=1))]
    assert why == ["too_new", "not_authorised"]
    with pytest.raises(NettingChanged):
        take(ripe, "0" * 64)
    run = take(ripe)
    cap = owed // 100
    assert (run.taken_cents, owed_cents(bell.party)) == (cap, owed - cap)
    assert charge_state(of(charged)) == "partly taken"
    with pytest.raises(TakenThisMonth):
        take(ripe)
    while of(charged).taken_cents < 2000:
        ripe += timedelta(days=31)
        take(ripe)
    assert owed_cents(bell.party) == owed - 2000
    assert balance(bell.party, "purchasing_clearing") == 0
    assert charge_state(of(charged)) == "taken"
    assert NetLine.objects.first().entry.description == of(charged).description
    assert breaches() == []


def test_a_dispute_stops_it_and_a_reversal_gives_everything_back(charged):
    bell, today = charged.bell, timezone.localdate()
    sign(charged)
    manager = actor_of(make_user("n@bell.example", Role.PROVIDER, party=bell.party))
    ripe, owed, now = today + timedelta(days=15), owed_cents(bell.party), timezone.now()
    theirs = Charge.objects.get(practice=charged.alvarez)
    with pytest.raises(NotPermitted):
        dispute_charge(actor=manager, charge_id=theirs.pk, text="not ours", now=now)
    take(ripe)
    assert owed_cents(bell.party) == owed - 2000
    given = {"charge_id": of(charged).pk, "now": now}
    dispute_charge(actor=manager, text="one box was wet", **given)
    with pytest.raises(DisputedAlready):
        dispute_charge(actor=manager, text="again", **given)
    settle_dispute(actor=make_buyer(), is_upheld=True, text="credited", **given)
    assert owed_cents(bell.party) == owed
    assert (balance(bell.party, "purchasing_clearing"), charge_state(of(charged))) == (
        0,
        "reversed",
    )
    assert breaches() == []


def test_a_return_gives_back_what_was_taken_for_it_and_a_reversal_no_more_than_that(charged):
    bell, today, now = charged.bell, timezone.localdate(), timezone.now()
    sign(charged)
    ripe, owed = today + timedelta(days=15), owed_cents(bell.party)
    take(ripe)
    manager, buyer = (
        actor_of(make_user("r@bell.example", Role.PROVIDER, party=bell.party)),
        (make_buyer()),
    )
    GroupOrder.objects.update(bills="ipa")
    receipt = Receipt.objects.get(charge=of(charged))
    back = ask_return(actor=manager, receipt_id=receipt.pk, packs=1, note="not used", now=now)
    given = {"actor": buyer, "trouble_id": back.pk, "text": "", "now": now, "today": today}
    settle_trouble(event="authorise", reference="RMA", seen_state="open", **given)
    settle_trouble(event="credit", reference="CM", seen_state="authorised", **given)
    # $20.00 was taken whole; $10.00 of it is for the pack that went back.
    assert owed_cents(bell.party) == owed - 1000
    assert (of(charged).credited_cents, of(charged).taken_cents, of(charged).left_cents) == (
        1000, 1000, 0,
    )  # fmt: skip
    assert charge_state(of(charged)) == "taken"
    assert balance(bell.party, "purchasing_clearing") == 0
    assert breaches() == []
    charge = {"charge_id": of(charged).pk, "now": now}
    dispute_charge(actor=manager, text="the other one too", **charge)
    settle_dispute(actor=buyer, is_upheld=True, text="both were wet", **charge)
    assert owed_cents(bell.party) == owed
    assert balance(bell.party, "purchasing_clearing") == 0
    assert breaches() == []


def october(world) -> list[tuple]:
    """Every share of October's run, which is then forgotten."""
    with transaction.atomic():
        bring_october(world)
        run = run_month(world, OCTOBER, OCTOBER_5)
        names = dict(Member.objects.values_list("pk", "plan_member_id"))
        rows = Share.objects.filter(run_id=run.pk).values_list(
            "payee_id", "member_id", "coverage_month", "provider_cents", "withhold_cents"
        )
        found = sorted((row[0], names[row[1]], *row[2:]) for row in rows)
        transaction.set_rollback(True)
    world.runs.pop(OCTOBER)
    return found


def test_capitation_is_the_same_with_and_without_what_was_bought(charged):
    without = october(charged)
    sign(charged)
    take(timezone.localdate() + timedelta(days=15))
    assert Posting.objects.filter(entry__key__startswith="netting:").count() == 2
    assert october(charged) == without
    assert sum(row[3] for row in without) > 0


def test_charges_what_came_by_the_clock_and_only_where_the_ipa_bills(charged):
    line = PurchaseLine.objects.get(practice=charged.bell)
    more = {"line": line, "recorded_by_name": "x", "recorded_at": timezone.now()}
    Receipt.objects.create(packs=1, lot="L7", **more)
    assert step_charges(timezone.now()) == 0
    GroupOrder.objects.filter(pk=line.purchase.order_id).update(bills="ipa")
    assert step_charges(timezone.now()) == 1
    assert step_charges(timezone.now()) == 0
    newest = Charge.objects.order_by("-pk").first()
    assert (newest.cents, "lot L7" in newest.description) == (1000, True)


def test_a_taking_keeps_what_it_left_and_why_and_opens_from_the_statement_and_back(charged):
    sign(charged, cap_pct=Decimal(1))
    ripe = timezone.localdate() + timedelta(days=15)
    cap = owed_cents(charged.bell.party) // 100
    run = take(ripe)
    left = {one.charge.practice.name: (one.cents, one.code) for one in run.carried.all()}
    assert left == {
        "Bell Clinic": (2000 - cap, "cap"), charged.alvarez.name: (2000, "not_authorised"),
    }  # fmt: skip
    assert run.carried_cents == 4000 - cap
    quinn = client_of(make_user("quinn2@ipa.example", Role.FINANCE))
    page = quinn.get(at("netting_run_detail", run.pk)).content.decode()
    assert "The practice has not agreed to have charges taken" in page
    listed = quinn.get(at("netting_run_list"), {"q": "Bell"}).content.decode()
    assert at("netting_run_detail", run.pk) in listed
    assert at("netting_run_detail", run.pk) not in quinn.get(
        at("netting_run_list"), {"q": "Nobody"}).content.decode()  # fmt: skip
    file = quinn.get(at("netting_run_detail", run.pk), {"export": "csv", "show": "left"})
    rows = b"".join(file.streaming_content).decode().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == sorted(left)
    # From a line of the statement to here, by the key of what was booked; and back.
    entry = run.lines.get().entry
    assert page_of_entry(QUINN, entry.key) == at("netting_run_detail", run.pk)
    user = make_user("w2@bell.example", Role.PROVIDER, party=charged.bell.party)
    assert page_of_entry(actor_of(user), entry.key) == at("my_netting_run", run.pk)
    assert page_of_entry(QUINN, "netting:x:1") == page_of_entry(QUINN, "cash:1") == ""
    mine = client_of(user)
    page = mine.get(at("my_netting_run", run.pk)).content.decode()
    assert f"/statements/?entry={entry.pk}" in page
    assert charged.alvarez.name not in page
    told = mine.get(reverse("capitation:statement_list"), {"entry": entry.pk}).content.decode()
    assert "No statement tells this yet" in told


def test_walks_charges_of_both_sides(charged):
    sign(charged)
    mine = client_of(make_user("w@bell.example", Role.PROVIDER, party=charged.bell.party))
    assert "20.00" in mine.get(at("my_charge_list")).content.decode()
    assert "No baseline" in mine.get(at("my_savings")).content.decode()
    charge = of(charged)
    assert mine.post(at("charge_dispute", charge.pk), {"text": "wet"}).status_code == 302
    assert "wet" in mine.get(at("charge_dispute", charge.pk)).content.decode()
    buyer = fresh_client_of(make_user("b@ipa.example", Role.PURCHASING))
    assert "wet" in buyer.get(at("charge_detail", charge.pk)).content.decode()
    settled = {"verdict": "stands", "text": "it was dry"}
    assert buyer.post(at("charge_settle", charge.pk), settled).status_code == 302
    assert buyer.post(at("charge_settle", charge.pk), settled).status_code == 422
    quinn = fresh_client_of(make_user("quinn@ipa.example", Role.FINANCE))
    page = quinn.get(at("netting")).content.decode()
    assert "posted too recently" in page
    assert quinn.post(at("netting"), {"seen_digest": "0"}).status_code == 422
    assert "Bell Clinic" in quinn.get(at("charge_list")).content.decode()
    assert quinn.get(at("savings_list"), {"export": "csv"}).status_code == 200
