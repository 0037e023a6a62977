"""Tiers by spend, over several items and by period: from the price list to an award."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from purchasing.actions.awarded_prices import BelowSmallestOrder
from purchasing.actions.awards import NothingToAward, award_again, propose_award
from purchasing.actions.commitments import end_agreement
from purchasing.actions.orders import (
    NothingDue,
    add_order_item,
    advance_order,
    announce_order,
    step_orders,
)
from purchasing.actions.suppliers import PeriodMissing, PricesRefused, record_contract
from purchasing.models import GroupOrder, OrderItem, PurchaseLine
from purchasing.queries.closings import closing_of
from purchasing.queries.contract_periods import before_of, standings_of
from purchasing.queries.orders import shown_items
from tests.factories import NOON
from tests.people import client_of, make_user
from tests.purchasing.group_orders import DAY, DURING, LATER, OPENS, approve, at, plan, send
from tests.purchasing.shopping import START, make_item, make_supplier, price

pytestmark = pytest.mark.django_db
TERMS = {"metric": "reference_spend", "scope": "contract", "effect": "retroactive",
         "period": "year"}  # fmt: skip


def contracted(shop, minimum_cents: int = 0, **terms: object):
    """Masks and gowns of one supplier, which counts what is spent on both."""
    supplier = make_supplier(shop.farrow, "Pool Supply", minimum_cents=minimum_cents)
    contract = record_contract(
        actor=shop.farrow, supplier_id=supplier.pk, number="P-1", effective_date=START,
        end_date=None, fee_pct=Decimal(0), source="signed", now=NOON, **{**TERMS, **terms},
    )  # fmt: skip
    items = [make_item(shop.farrow, code) for code in ("MASK", "GOWN")]
    return contract, items


def ordered(shop, items, name: str = "Pooled"):
    order = plan(shop.farrow, name=name)
    made = [
        add_order_item(actor=shop.farrow, order_id=order.pk, case_packs=1, minimum_packs=0,
                       level_id=item.levels.get(name="box").pk)
        for item in items
    ]  # fmt: skip
    announce_order(actor=shop.farrow, order_id=order.pk, now=NOON)
    step_orders(OPENS)
    return order, [OrderItem.objects.get(pk=item.pk) for item in made]


def test_items_together_reach_a_tier_that_is_awarded_and_counts_for_the_next_order(shop):
    contract, items = contracted(shop)
    with pytest.raises(PricesRefused):
        price(shop.farrow, contract, "MASK,box,10,10")
    price(shop.farrow, contract, "MASK,box,0,10", "MASK,box,1000,8", "GOWN,box,0,20",
          "GOWN,box,1000,15")  # fmt: skip
    order, (mask, gown) = ordered(shop, items)
    # Alone, a hundred boxes of masks are a thousand dollars at list; together it takes less.
    assert (mask.ladder, gown.ladder) == ([[0, "10"], [100, "8"]], [[0, "20"], [50, "15"]])
    assert mask.pool["ladder"] == [[0, "10"], [10_000_000, "8"]]
    for who in range(5):
        shop.commit(who, 10, mask)
        shop.commit(who, 5, gown, max_price=Decimal(15))
    assert step_orders(DURING) == 1
    shown = {one.item.pk: one for one in shown_items(actor=shop.managers[0], order=order)}
    assert (shown[mask.pk].reading.tier, shown[mask.pk].price_now) == (1, Decimal(8))
    user = make_user("pool@x.example", Role.PROVIDER, party=shop.practices[0].party)
    page = client_of(user).get(at("shop_order", order.pk)).content.decode()
    assert "$1,000 of all of them at list prices or more" in page
    assert shown[mask.pk].together == ("Gown M",)
    step_orders(LATER)
    order.refresh_from_db()
    told = {item["item"]: item for item in closing_of(order)["items"]}
    assert [(told[pk]["packs"], told[pk]["price"]) for pk in (mask.pk, gown.pk)] == [
        (50, "8"), (25, "15"),
    ]  # fmt: skip
    award = propose_award(actor=shop.farrow, order_id=order.pk, now=LATER, today=DAY)
    assert {line["price"] for line in award.lines} == {"8.00", "15.00"}
    assert award.verdict["proved"]
    approve(award)
    shop.order = order
    send(shop)
    # 50 × 10 + 25 × 20 at list: what was paid is less, and does not count.
    assert before_of(contract, DAY) == 10_000_000
    (one,) = standings_of(contract, DAY)
    assert (one.found.tier, one.found.next_at, one.found.owed) == (1, None, ())
    _, (again, _) = ordered(shop, items, "Pooled again")
    assert again.ladder == [[0, "8"]]
    buyer = client_of(make_user("terms@ipa.example", Role.PURCHASING))
    page = buyer.get(at("supply_detail", contract.pk)).content.decode()
    assert "$1,000 at list" in page
    assert "from $1,000 of spend $8" in page


def test_a_period_counts_on_from_one_order_to_the_next_and_ends(shop):
    contract, items = contracted(shop, metric="units", scope="item")
    with pytest.raises(PeriodMissing):
        contracted_without_period(shop, contract)
    price(shop.farrow, contract, "MASK,box,0,10", "MASK,box,60,8", "GOWN,box,0,20")
    order, (mask, _) = ordered(shop, items)
    for who in range(2):
        shop.commit(who, 20, mask)
    step_orders(LATER)
    shop.order = GroupOrder.objects.get(pk=order.pk)
    approve(propose_award(actor=shop.farrow, order_id=order.pk, now=LATER, today=DAY))
    send(shop)
    assert {line.price for line in PurchaseLine.objects.all()} == {Decimal(10)}
    (one,) = standings_of(contract, DAY)
    assert (one.found.measured, one.found.next_at, one.found.owed_cents) == (40, 60, 0)
    _, (next_mask, _) = ordered(shop, items, "Again")
    assert next_mask.ladder == [[0, "10"], [20, "8"]]
    assert before_of(contract, DAY + timedelta(days=400)) == 0


def test_a_gate_that_brings_an_order_below_the_smallest_stops_it(shop):
    contract, items = contracted(shop, minimum_cents=300_00, effect="order", period="")
    price(shop.farrow, contract, "MASK,box,0,10", "GOWN,box,0,20")
    order, (mask, _) = ordered(shop, items)
    for who in range(2):
        shop.commit(who, 20, mask)
    step_orders(LATER)
    with pytest.raises(NothingDue):  # a second worker that found it due waits, and finds it closed
        advance_order(actor=Actor.system("clock"), order_id=order.pk, now=LATER)
    shop.order = GroupOrder.objects.get(pk=order.pk)
    award = propose_award(actor=shop.farrow, order_id=order.pk, now=LATER, today=DAY)
    approve(award)
    end_agreement(
        actor=shop.managers[1], practice_id=shop.practices[1].pk, kind="buying", now=NOON, today=DAY
    )
    with pytest.raises(BelowSmallestOrder, match=r"\$200\.00 are left"):
        send(shop)
    award_again(actor=shop.farrow, order_id=order.pk, now=LATER)
    with pytest.raises(NothingToAward):  # nor can it be awarded: twenty boxes are too few
        propose_award(actor=shop.farrow, order_id=order.pk, now=LATER, today=DAY)


def contracted_without_period(shop, contract):
    record_contract(
        actor=shop.farrow, supplier_id=contract.supplier_id, number="P-2", effective_date=START,
        end_date=None, fee_pct=Decimal(0), source="signed", now=NOON, effect="prospective",
    )  # fmt: skip
