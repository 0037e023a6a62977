"""A group order from its plan to its closing: gates, the meter, the clock; and its pages."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from ipaportal.core.databases import OWNER
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.core.scopes import APP, Scope, seeing
from purchasing import migrations
from purchasing.actions.commitment_checks import CeilingTooLow, GateClosed, HelpsNoCase, NotOpen
from purchasing.actions.commitments import NameDiffers, SignedAlready, end_agreement
from purchasing.actions.orders import (
    CannotBeBoughtTogether,
    NoOffer,
    NotADraft,
    TimesDoNotFollow,
    add_order_item,
    announce_order,
    step_orders,
)
from purchasing.models import Commitment, GroupOrder, OrderItem
from purchasing.queries.closings import closing_of, snapshot_digest
from purchasing.rules.lifecycle import NotAllowed
from tests.databases import acting_as
from tests.factories import NOON
from tests.people import client_of, make_user
from tests.proofs import breaches
from tests.purchasing.group_orders import (
    CLOSES,
    DURING,
    LATER,
    OPENS,
    TODAY,
    Shop,
    at,
    plan,
    sign,
)
from tests.purchasing.shopping import make_item

pytestmark = pytest.mark.django_db


def test_freezes_the_best_price_of_all_offers_at_each_volume(shop):
    assert shop.order.status == "open"
    assert shop.gloves.ladder == [[0, "9.5"], [50, "9"], [100, "8"]]
    assert shop.gloves.offers.count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        OrderItem.objects.filter(pk=shop.gloves.pk).update(ladder=[[0, "1"]])
    with pytest.raises(DatabaseError), transaction.atomic():
        shop.gloves.offers.all().delete()
    with pytest.raises(NotADraft):
        plan(shop.farrow, order_id=shop.order.pk)
    with pytest.raises(NotAllowed):
        announce_order(actor=shop.farrow, order_id=shop.order.pk, now=NOON)


def test_announces_nothing_without_a_price_or_that_may_not_be_pooled(shop):
    with pytest.raises(TimesDoNotFollow):
        plan(shop.farrow, closes_at=OPENS)
    order = plan(shop.farrow)
    oxy = make_item(shop.farrow, "OXY", kind="drug", is_rx=True, schedule="2")
    given = {"actor": shop.farrow, "order_id": order.pk, "case_packs": 1, "minimum_packs": 0}
    with pytest.raises(CannotBeBoughtTogether):
        add_order_item(level_id=oxy.levels.first().pk, **given)
    mask = make_item(shop.farrow, "MASK")
    add_order_item(level_id=mask.levels.first().pk, **given)
    with pytest.raises(NoOffer):
        announce_order(actor=shop.farrow, order_id=order.pk, now=NOON)
    assert GroupOrder.objects.get(pk=order.pk).status == "draft"


def test_lets_only_whom_every_gate_lets(shop):
    with pytest.raises(NotPermitted):
        shop.commit(0, 5, location_id=shop.offices[1].pk)
    with pytest.raises(CeilingTooLow):
        shop.commit(0, 5, max_price=Decimal("7.99"))
    with pytest.raises(GateClosed) as unlicensed:
        shop.commit(0, 5, shop.drug)
    assert {one.code for one in unlicensed.value.refusals} == {"no_licence", "storage"}
    with pytest.raises(GateClosed) as stored:
        shop.commit(5, 5, shop.drug)
    assert [one.code for one in stored.value.refusals] == ["storage"]
    end_agreement(
        actor=shop.managers[1], practice_id=shop.practices[1].pk, kind="buying", now=NOON,
        today=TODAY,
    )  # fmt: skip
    with pytest.raises(GateClosed, match="Sign it under Agreements"):
        shop.commit(1, 5)
    with pytest.raises(NotOpen):
        shop.commit(2, 5, now=CLOSES)
    with pytest.raises(SignedAlready):
        sign(shop.managers[2], shop.practices[2])
    with pytest.raises(NameDiffers):
        sign(shop.managers[2], shop.practices[2], "netting", signed_name="Somebody Else")
    assert not Commitment.objects.exists()
    made = shop.commit(2, 5)
    assert made.max_price == Decimal("9.5")


def reading(shop: Shop) -> tuple[int, int, str]:
    item = OrderItem.objects.get(pk=shop.gloves.pk)
    return item.meter_tier, item.meter_step_pct, item.meter_hidden


def test_shows_the_meter_only_once_five_changed_and_in_steps(shop):
    for who in range(4):
        shop.commit(who, 12)
    step_orders(DURING)
    assert reading(shop) == (-1, 0, "few")
    shop.commit(4, 13)
    step_orders(DURING)
    assert reading(shop) == (1, 20, "")
    shop.commit(5, 30, now=DURING + timedelta(minutes=1))
    step_orders(DURING + timedelta(minutes=2))
    assert reading(shop) == (1, 20, "")


def test_closes_by_the_clock_once_with_what_each_gets(shop):
    for who, quantity in enumerate((20, 20, 11)):
        shop.commit(who, quantity, max_price=Decimal(9))
    shop.commit(3, 4, flex=6, max_price=Decimal("9.5"))
    late = CLOSES + timedelta(days=3)
    topping = CLOSES - timedelta(days=1)
    step_orders(topping)
    assert GroupOrder.objects.get(pk=shop.order.pk).status == "topping_up"
    with pytest.raises(HelpsNoCase):
        shop.commit(0, 5, now=topping)
    assert step_orders(late) == 1
    assert step_orders(late) == 0
    order = GroupOrder.objects.get(pk=shop.order.pk)
    gloves = next(one for one in closing_of(order)["items"] if one["item"] == shop.gloves.pk)
    assert (order.status, gloves["packs"], gloves["price"]) == ("closing", 60, "9")
    assert sum(office["packs"] for office in gloves["offices"]) == 60
    assert order.snapshot_sha256 == snapshot_digest(closing_of(order))
    assert breaches() == []


def test_the_database_shows_a_practice_its_own_part_of_a_closed_order_and_no_total(shop):
    for who, quantity in enumerate((20, 20, 11)):
        shop.commit(who, quantity)
    shop.commit(3, 5, max_price=Decimal("8.5"))
    step_orders(LATER)
    order = GroupOrder.objects.get(pk=shop.order.pk)
    assert '"packs"' not in json.dumps(order.snapshot)
    own = Scope(APP, frozenset({shop.practices[3].party_id}))
    with seeing(own), connection.cursor() as cursor:
        cursor.execute("SELECT practice_id, packs, released FROM purchasing_officepart")
        [(practice, packs, released)] = cursor.fetchall()
        for table in ("itemclosing", "grouporderevent"):
            cursor.execute(f"SELECT count(*) FROM purchasing_{table}")
            assert cursor.fetchone() == (0,)
    assert (practice, packs) == (shop.practices[3].pk, 0)
    # Four are in: the volume would tell each what the three others take.
    assert released == (
        "Released: at what was asked for the price is $9.00, above your ceiling of $8.50."
    )
    with seeing(own):
        mine = closing_of(order)["items"]
    assert [office["practice"] for item in mine for office in item["offices"]] == [practice]
    assert breaches() == []
    # The migration takes rows the way back and forth, and what the digest is of stays the same.
    before, scripts = closing_of(order), Path(migrations.__file__).parent
    with acting_as(OWNER), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute((scripts / "0019_closings_together.sql").read_text())
        order.refresh_from_db()
        assert snapshot_digest(order.snapshot) == order.snapshot_sha256
        cursor.execute((scripts / "0019_closings_apart.sql").read_text())
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    order.refresh_from_db()
    assert closing_of(order) == before


def test_extends_once_when_the_minimum_is_missed_then_fails(shop):
    step_orders(CLOSES)
    order = GroupOrder.objects.get(pk=shop.order.pk)
    assert (order.status, order.extensions, order.closes_at) == ("open", 1, CLOSES + timedelta(7))
    step_orders(CLOSES + timedelta(days=20))
    assert GroupOrder.objects.get(pk=shop.order.pk).status == "failed"


def test_walks_a_practice_from_the_shop_to_its_part(shop):
    client = client_of(make_user("p1@x.example", Role.PRACTICE_MANAGER, name="P One",
                                 party=shop.practices[0].party))  # fmt: skip
    order = shop.order
    GroupOrder.objects.filter(pk=order.pk).update(closes_at=datetime(2099, 1, 1, tzinfo=UTC))
    GroupOrder.objects.filter(pk=order.pk).update(topup_at=None)
    assert "Spring order" in client.get(at("shop")).content.decode()
    page = client.get(at("shop_order", order.pk)).content.decode()
    assert "$9.5" in page
    assert "The meter appears once 5 practices take part" in page
    sent = {"location": shop.offices[0].pk, "quantity": 5, "pays_now": "12"}
    assert client.post(at("shop_commit", shop.gloves.pk), sent).status_code == 302
    assert "12.50" in client.get(at("shop_order", order.pk)).content.decode()
    answer = client.post(at("shop_commit", shop.drug.pk), sent)
    assert answer.status_code == 422
    assert "has no licence of CA" in answer.content.decode()
    netting = at("agreement_sign", shop.practices[0].pk, "netting")
    assert client.post(netting, {"signed_name": "P One", "cap_pct": "21"}).status_code == 422
    assert client.post(netting, {"signed_name": "P One", "cap_pct": "10"}).status_code == 302
    assert "10 %" in client.get(at("agreement_list")).content.decode()
    assert (
        client.post(at("site_change", shop.offices[0].pk), {"has_fridge": "on"}).status_code == 302
    )
    assert client.get(at("site_change", shop.offices[1].pk)).status_code == 404
    assert "Clinic 2" not in client.get(at("shop_order", order.pk)).content.decode()


def test_walks_staff_from_a_plan_to_the_board(shop):
    client = client_of(make_user("buyer@ipa.example", Role.PURCHASING))
    sent = {
        "name": "Autumn order",
        "opens_at": "2099-01-01T08:00",
        "closes_at": "2099-01-10T08:00",
        "delivery_date": "2099-02-01",
        "minimum": "100",
        "most_extensions": "1",
        "bills": "supplier",
    }
    assert client.post(at("order_new"), sent | {"closes_at": "2098-01-01T08:00"}).status_code == 422
    assert client.post(at("order_new"), sent).status_code == 302
    made = GroupOrder.objects.get(name="Autumn order")
    assert client.post(at("order_change", made.pk), sent | {"minimum": "50"}).status_code == 302
    item = {"level": shop.gloves.level_id, "case_packs": 10, "minimum_packs": 0}
    assert client.post(at("order_item_new", made.pk), item).status_code == 302
    assert client.post(at("order_item_new", made.pk), item).status_code == 422
    assert "frozen when it is announced" in client.get(at("order_detail", made.pk)).content.decode()
    client.post(at("order_item_remove", made.items.get().pk))
    client.post(at("order_act", made.pk), {"do": "announce"})
    assert GroupOrder.objects.get(pk=made.pk).status == "draft"
    client.post(at("order_item_new", made.pk), item)
    client.post(at("order_act", made.pk), {"do": "announce"})
    assert GroupOrder.objects.get(pk=made.pk).status == "announced"
    shop.commit(0, 7)
    page = client.get(at("order_detail", shop.order.pk)).content.decode()
    assert "Clinic 1" in page
    assert client.get(at("order_list"), {"export": "csv"}).status_code == 200
