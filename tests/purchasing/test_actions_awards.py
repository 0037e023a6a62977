"""From a closed order to what came: award and proof, a second person, gates again, shortage."""

import json
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from credentialing.models import Credential
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from purchasing.actions.award_asks import step_asks
from purchasing.actions.award_decisions import AwardChanged, SamePersonAwards, step_approvals
from purchasing.actions.awarded_prices import PriceWouldRise
from purchasing.actions.awards import (
    NotShort,
    ProposedAlready,
    SayWhy,
    award_again,
    propose_award,
    share_shortage,
    step_deliveries,
)
from purchasing.actions.commitments import end_agreement
from purchasing.actions.orders import step_orders, tie_key_of
from purchasing.actions.receiving import AlreadyExpired, LotMissing, NotExpected, receive
from purchasing.models import (
    Award,
    GroupOrder,
    PurchaseLine,
    PurchaseOrder,
    ShortageLine,
    Supplier,
)
from purchasing.queries.award_room import chosen_of, room_of
from purchasing.rules.award_orders import Asked
from purchasing.rules.certificates import check, from_bytes
from tests.factories import NOON
from tests.networks import make_credential
from tests.people import client_of, fresh_client_of, make_user
from tests.proofs import breaches
from tests.purchasing.group_orders import (
    DAY,
    LATER,
    approve,
    at,
    checked,
    close,
    refuse,
    send,
    signed,
    take,
)
from tests.purchasing.shopping import make_buyer

pytestmark = pytest.mark.django_db


def test_awards_whoever_is_cheapest_and_lets_anybody_check_it(shop):
    award = close(shop, 20, 20, 12)
    (drug, gloves) = sorted(award.lines, key=lambda line: line["packs"])
    assert (gloves["packs"], gloves["price"], gloves["supplier"]) == (50, "9.00", "Harbor Medical")
    assert (drug["packs"], drug["price"], award.total_cents) == (4, "40.00", 450_00 + 160_00)
    assert award.verdict["proved"] is True
    room = room_of(award.order, tie_key_of(award.order), DAY)
    problem = chosen_of(room, Asked()).whole.problem
    found = check(problem, from_bytes(award.certificate.encode()))
    assert (found.is_proved, found.cost_cents) == (True, 610_00)
    worse = json.loads(award.certificate) | {"cost_cents": 609_00}
    assert not check(problem, from_bytes(json.dumps(worse).encode())).is_valid
    told = award.verdict
    assert (told["gap_cents"], told["per_line_cents"], told["left_out"]) == (0, 610_00, [])
    # Alone, each would pay 9.50 a box at Second Supply.
    gloved = [one for one in told["shares"] if one["practice"] != shop.practices[5].pk]
    assert [one["alone_cents"] * 180 == one["cents"] * 190 for one in gloved] == [True] * 3
    assert sum(one["cents"] for one in told["shares"]) == award.total_cents
    assert {one["rule"]: one["cents"] for one in told["rules"]} == {
        "one_source": 0, "ceilings": 0,
    }  # fmt: skip
    with pytest.raises(ProposedAlready):
        propose_award(actor=shop.farrow, order_id=shop.order.pk, now=LATER, today=DAY)


def test_leaves_a_supplier_out_if_it_is_said_why_and_says_what_that_costs(shop):
    for who, quantity in enumerate((20, 20, 12)):
        shop.commit(who, quantity)
    step_orders(LATER)
    harbor = Supplier.objects.get(party__name="Harbor Medical")
    given = {"actor": shop.farrow, "order_id": shop.order.pk, "now": LATER, "today": DAY}
    with pytest.raises(SayWhy):
        propose_award(**given, without=[harbor.pk])
    award = propose_award(**given, without=[harbor.pk], why="it delivers late")
    # Fifty boxes at 9 from Harbor; without it 9.50, which those shown 9.50 at the most still pay.
    assert [(one["supplier"], one["price"]) for one in award.lines] == [("Second Supply", "9.50")]
    costs = {one["rule"]: one["cents"] for one in award.verdict["rules"]}
    assert costs["without"] == 25_00
    approve(award, make_buyer("late@ipa.example"))
    assert PurchaseOrder.objects.get().supplier.party.name == "Second Supply"


def test_takes_a_second_person_and_what_they_saw(shop):
    award = close(shop, 20, 20, 12)
    # Who of equals gets the odd pack hangs on keys.
    (given,) = [
        one["packs"]
        for one in award.offices
        if (one["practice"], one["item"]) == (shop.practices[0].pk, shop.gloves.pk)
    ]
    assert given in (19, 20)
    with pytest.raises(SamePersonAwards):
        approve(award, shop.farrow)
    with pytest.raises(AwardChanged):
        approve(award, make_buyer("b@ipa.example"), seen_digest="0" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        Award.objects.filter(pk=award.pk).update(
            status="approved", decided_by_id=award.proposed_by_id
        )
    end_agreement(
        actor=shop.managers[0], practice_id=shop.practices[0].pk, kind="buying", now=NOON, today=DAY
    )
    found = checked(signed(award, make_buyer("c@ipa.example")))
    assert found.state == "refused"
    lost = f"{shop.offices[0]} would get 0 of Glove M, box of 100, not {given} (Clinic "
    assert lost in found.words
    assert "box of 100 would come from Second Supply at 9.50, not from Harbor" in found.words
    assert not PurchaseOrder.objects.exists()
    refuse(award, make_buyer("d@ipa.example"))
    again = propose_award(actor=shop.farrow, order_id=shop.order.pk, now=LATER, today=DAY)
    gloves = next(line for line in again.lines if line["item"] == shop.gloves.pk)
    assert (gloves["packs"], gloves["price"], gloves["supplier"]) == (30, "9.50", "Second Supply")
    assert [one["packs"] for one in again.offices if one["practice"] == shop.practices[0].pk] == [0]


def test_asks_the_gates_again_when_an_order_is_sent(shop):
    approve(close(shop, 20, 20, 12))
    (held,) = Credential.objects.filter(kind="licence")
    Credential.objects.filter(pk=held.pk).update(superseded_at=NOON)
    make_credential(held.practitioner, number="B1", expires_date=date(2026, 4, 5))
    end_agreement(
        actor=shop.managers[0], practice_id=shop.practices[0].pk, kind="buying", now=NOON, today=DAY
    )
    with pytest.raises(PriceWouldRise):
        send(shop)
    assert not PurchaseLine.objects.exclude(blocked_because="").exists()
    order = award_again(actor=shop.farrow, order_id=shop.order.pk, now=LATER)
    assert order.status == "closing"
    award = propose_award(actor=shop.farrow, order_id=order.pk, now=LATER, today=DAY)
    why = [one["why_not"] for one in award.offices if one["item"] == shop.drug.pk]
    assert "ends on Apr 6, 2026" in why[0]
    approve(award, make_buyer("e@ipa.example"))
    (sent,) = send(shop)
    assert (sent.status, sent.supplier.party.name) == ("sent", "Second Supply")
    assert breaches() == []


def test_shares_out_what_is_short_and_takes_nothing_back(shop):
    approve(close(shop, 20, 20, 12))
    send(shop)
    lines = PurchaseLine.objects.filter(order_item=shop.gloves.pk).order_by("location_id")
    ordered = [line.packs for line in lines]
    assert (sum(ordered), GroupOrder.objects.get(pk=shop.order.pk).status) == (50, "ordered")
    with pytest.raises(NotPermitted):
        receive(
            actor=shop.managers[0], line_id=lines[1].pk, packs=1, damaged=0, lot="",
            expires_date=None, note="", now=LATER, today=DAY,
        )  # fmt: skip
    take(shop, 0, 15, damaged=2)
    with pytest.raises(NotExpected):
        take(shop, 0, ordered[0] - 14)
    given = {
        "actor": shop.farrow,
        "purchase_id": lines[0].purchase_id,
        "order_item_id": shop.gloves.pk,
        "reason": "the plant stands still",
        "now": LATER,
    }
    for supply in (14, 50):
        with pytest.raises(NotShort):
            share_shortage(supply=supply, **given)
    share_shortage(supply=25, **given)
    first = [one.due for one in lines.all()]
    assert (sum(first), first[0] >= 15) == (25, True)
    share_shortage(supply=26, **given)
    then = [one.due for one in lines.all()]
    assert sum(then) == 26
    assert all(after >= before for before, after in zip(first, then, strict=True))
    assert ShortageLine.objects.count() == 6
    for who, due in enumerate(then):
        if due - (15 if who == 0 else 0):
            take(shop, who, due - (15 if who == 0 else 0))
    assert step_deliveries(LATER) == 0
    with pytest.raises(LotMissing):
        take(shop, 5, 4)
    with pytest.raises(AlreadyExpired):
        take(shop, 5, 4, lot="a1", expires_date=date(2026, 3, 1))
    assert take(shop, 5, 4, lot="a1", expires_date=date(2027, 3, 1)).lot == "A1"
    assert step_deliveries(LATER) == 1
    assert GroupOrder.objects.get(pk=shop.order.pk).status == "received"
    assert breaches() == []


def told(answer) -> str:
    return answer.content.decode()


def test_walks_the_award_room_to_a_delivery(shop):
    buyer = client_of(make_user("room@ipa.example", Role.PURCHASING))
    for who, quantity in enumerate((20, 20, 12)):
        shop.commit(who, quantity)
    step_orders(LATER)
    room = at("award_detail", shop.order.pk)
    assert "Propose the award" in buyer.get(room).content.decode()
    buyer.post(at("award_act", shop.order.pk), {"do": "propose"})
    assert step_asks(LATER) == 1
    page = buyer.get(room).content.decode()
    assert "No award of these frozen offers costs less" in page
    award = Award.objects.get()
    approver = fresh_client_of(make_user("reyes@ipa.example", Role.FINANCE_APPROVER))
    sent = {"seen_digest": award.sha256, "verdict": "approve", "text": "fine"}
    decide = at("award_decide", shop.order.pk)
    assert approver.post(decide, sent).status_code == 302
    assert "being checked. Nothing was approved a second time" in told(approver.post(decide, sent))
    assert "The approval is being checked" in told(approver.get(room))
    assert "HX-Refresh" not in approver.get(at("award_progress", shop.order.pk)).headers
    assert (step_approvals(LATER), step_approvals(LATER)) == (1, 0)
    assert approver.get(at("award_progress", shop.order.pk)).headers["HX-Refresh"] == "true"
    purchase = PurchaseOrder.objects.get()
    assert buyer.post(at("purchase_send", purchase.pk)).status_code == 302
    short = {"item": shop.gloves.pk, "supply": "30", "reason": "backorder"}
    assert buyer.post(at("shortage_new", purchase.pk), short).status_code == 302
    assert "backorder" in buyer.get(at("purchase_detail", purchase.pk)).content.decode()
    mine = client_of(make_user("p1@x.example", Role.PROVIDER, party=shop.practices[0].party))
    assert "Glove M" in mine.get(at("delivery_list")).content.decode()
    line = PurchaseLine.objects.get(practice=shop.practices[0])
    detail = at("delivery_detail", line.pk)
    assert "Your line lies under the checksum" in mine.get(detail).content.decode()
    assert mine.post(detail, {"packs": 0, "damaged": 0}).status_code == 422
    assert mine.post(detail, {"packs": 99, "damaged": 0}).status_code == 422
    assert mine.post(detail, {"packs": 1, "damaged": 1}).status_code == 302
    assert mine.get(at("delivery_list"), {"export": "csv"}).status_code == 200
    other = PurchaseLine.objects.exclude(practice=shop.practices[0]).first()
    assert mine.get(reverse("purchasing:delivery_detail", args=[other.pk])).status_code == 404
