"""Any equivalent will do: said by a practice, chosen by the award, named by what is bought."""

import pytest

from purchasing.actions.awards import propose_award
from purchasing.actions.commitment_checks import NoEquivalent
from purchasing.actions.items import change_item
from purchasing.actions.orders import add_order_item, announce_order, step_orders
from purchasing.models import Commitment, GroupOrder, OrderItem, PurchaseLine
from purchasing.queries.equivalents import equivalents_of
from purchasing.queries.stock import last_time
from tests.factories import NOON
from tests.kept import kept
from tests.proofs import breaches
from tests.purchasing.group_orders import (
    DAY,
    LATER,
    OPENS,
    Shop,
    approve,
    at,
    make_shop,
    plan,
    send,
    take,
)
from tests.purchasing.shopping import make_contract, make_item, make_supplier, price
from tests.purchasing.test_actions_control import client_as

CLASS = "exam glove, nitrile, medium"


@kept
def twin_gloves() -> Shop:
    """An open order with two gloves of one class: the other maker's is cheaper from fifty on."""
    shop = make_shop()
    farrow = shop.farrow
    change_item(
        actor=farrow, item_id=shop.gloves.version.item_id, ndc="", packs=[], now=NOON,
        name="Gloves of one maker", kind="supply", supply_class=f"  {CLASS.upper()} ",
    )  # fmt: skip
    other = make_item(farrow, "GLOVE-B", name="Gloves of another", supply_class=CLASS)
    contract = make_contract(farrow, make_supplier(farrow, "Third Supply"), "T-1")
    price(farrow, contract, "GLOVE-B,box,0,9.6", "GLOVE-B,box,50,7")
    order = plan(farrow, name="Gloves")
    for item in (shop.gloves.version.item, other):
        level = item.levels.get(name="box")
        add_order_item(
            actor=farrow, order_id=order.pk, level_id=level.pk, case_packs=10, minimum_packs=0
        )
    announce_order(actor=farrow, order_id=order.pk, now=NOON)
    step_orders(OPENS)
    shop.order = GroupOrder.objects.get(pk=order.pk)
    shop.gloves, shop.drug = OrderItem.objects.filter(order=order).order_by("pk")
    return shop


def award(shop: Shop):
    step_orders(LATER)
    return propose_award(actor=shop.farrow, order_id=shop.order.pk, now=LATER, today=DAY)


@pytest.mark.django_db
def test_buys_names_and_receives_the_equivalent_where_it_may(twin_gloves):
    shop = twin_gloves
    assert [one.pk for one in equivalents_of(shop.order.items.all())[shop.gloves.pk]] == [
        shop.drug.pk
    ]
    shop.commit(0, 30)
    shop.commit(1, 40, any_equivalent=True)
    shop.commit(2, 20, shop.drug)
    shop.commit(3, 10, any_equivalent=True)
    shop.commit(3, 10, shop.drug)  # asked for both itself: each as it asked
    made = award(shop)
    assert made.verdict["proved"]
    bought = {(line.get("line"), line["name"], line["price"], line["packs"])
              for line in made.lines}  # fmt: skip
    mine, other = str(shop.gloves), str(shop.drug)
    assert bought == {
        (None, mine, "9.50", 40), (f"{shop.gloves.pk}~", other, "7.00", 40),
        (None, other, "7.00", 30),
    }  # fmt: skip
    # Eighty of one at $9 and thirty of the other at $9.60 is what the very items would come to.
    assert made.verdict["swaps_saved_cents"] == 80 * 900 + 30 * 960 - 40 * 950 - 70 * 700
    approve(made)
    send(shop)
    line = PurchaseLine.objects.get(location=shop.offices[1])
    assert (line.order_item_id, line.commitment.order_item_id) == (shop.drug.pk, shop.gloves.pk)
    assert line.purchase.versions.get().content["lines"][0]["name"] == shop.drug.version.name
    take(shop, 1, 40)
    assert breaches() == []
    again = plan(shop.farrow, name="Next", opens_at=LATER, closes_at=LATER + (LATER - OPENS))
    fills, gone = last_time(actor=shop.managers[1], order=again, is_received=False)
    assert (fills, [one.name for one in gone]) == ([], [mine])


@pytest.mark.django_db
def test_buys_the_very_item_for_an_office_that_may_not_buy_each_equivalent(twin_gloves):
    shop = twin_gloves
    GroupOrder.objects.filter(pk=shop.order.pk).update(status="draft")
    change_item(
        actor=shop.farrow, item_id=shop.drug.version.item_id, ndc="", packs=[], now=NOON,
        name="Gloves kept cold", kind="supply", supply_class=CLASS, storage="refrigerated",
    )  # fmt: skip
    announce_order(actor=shop.farrow, order_id=shop.order.pk, now=NOON)
    step_orders(OPENS)
    shop.commit(1, 60, any_equivalent=True)
    (line,) = award(shop).lines
    assert (line["item"], line.get("line")) == (shop.gloves.pk, None)


@pytest.mark.django_db
def test_refuses_an_equivalent_where_nothing_may_stand_in(twin_gloves):
    shop = twin_gloves
    alone = OrderItem.objects.get(order__name="Spring order", level=shop.gloves.level_id)
    with pytest.raises(NoEquivalent, match="Nothing was committed"):
        shop.commit(0, 10, alone, any_equivalent=True)
    assert not Commitment.objects.exists()


@pytest.mark.django_db
def test_asks_on_the_page_and_shows_what_was_said(twin_gloves):
    shop = twin_gloves
    shop.commit(1, 40)
    client, address = client_as(shop.managers[1]), at("shop_commit", shop.gloves.pk)
    assert "Any equivalent: Gloves of another, box of 100 may come" in (
        client.get(address).content.decode()
    )
    said = {"location": shop.offices[1].pk, "quantity": 40, "any_equivalent": "any"}
    # The order's days are in the past of whoever runs this: it is closed, and nothing is kept.
    assert client.post(address, said).status_code == 422
    shop.commit(1, 40, any_equivalent=True)
    assert "any equivalent</td>" in client.get(address).content.decode()
    assert (
        "May also come as Gloves of another"
        in client.get(at("shop_order", shop.order.pk)).content.decode()
    )
    staff = client_as(shop.farrow).get(at("order_detail", shop.order.pk)).content.decode()
    assert "any equivalent</td>" in staff
