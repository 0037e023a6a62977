"""Standing orders and pars that take any equivalent: by the rule that commitments are under."""

from datetime import timedelta
from decimal import Decimal

import pytest

from purchasing.actions.items import change_item
from purchasing.actions.orders import add_order_item, announce_order, step_orders
from purchasing.actions.standing import (
    NothingStandsIn,
    count_stock,
    save_standing,
    set_par,
    step_standing,
)
from purchasing.models import Commitment, OrderItem, ParLevel, StandingOrder, StandingUse
from purchasing.queries.stock import by_par, par_rows
from tests.factories import NOON
from tests.proofs import breaches
from tests.purchasing.group_orders import DURING, OPENS, TODAY, Shop, at, plan
from tests.purchasing.test_actions_control import client_as
from tests.purchasing.test_equivalents import CLASS, twin_gloves

__all__ = ["twin_gloves"]  # the world of the page next door
pytestmark = pytest.mark.django_db


def standing(shop: Shop, who: int, level_id: int, packs: int = 10, **values: object):
    usual = {
        "location_id": shop.offices[who].pk, "level_id": level_id, "ceiling": Decimal("9.6"),
        "effective_date": TODAY, "end_date": None, "is_paused": False, "registrant_id": None,
        "now": DURING, "any_equivalent": True,
    }  # fmt: skip
    return save_standing(actor=shop.managers[who], standing_id=None, packs=packs, **usual | values)


def only_the_other(shop: Shop) -> OrderItem:
    """A third order that has nothing but the other maker's gloves."""
    order = plan(shop.farrow, name="Others")
    add_order_item(actor=shop.farrow, order_id=order.pk, level_id=shop.drug.level_id,
                   case_packs=10, minimum_packs=0)  # fmt: skip
    announce_order(actor=shop.farrow, order_id=order.pk, now=NOON)
    step_orders(OPENS)
    return order.items.get()


def said(shop: Shop, who: int) -> set[tuple[str, str, int, bool]]:
    rows = Commitment.objects.filter(location=shop.offices[who])
    return {(one.order_item.order.name, str(one.order_item), one.quantity, one.any_equivalent)
            for one in rows.select_related("order_item__order", "order_item__version")}  # fmt: skip


def test_is_copied_as_the_very_item_and_says_that_any_will_do_where_one_may_come(twin_gloves):
    shop, other = twin_gloves, only_the_other(twin_gloves)
    standing(shop, 0, shop.gloves.level_id)
    standing(shop, 1, shop.gloves.level_id, any_equivalent=False)
    assert step_standing(DURING) == 5
    very = str(shop.gloves)
    # The spring order has nothing that may stand in, and there the very item is asked for.
    old = str(OrderItem.objects.get(order__name="Spring order", level=shop.gloves.level_id))
    assert said(shop, 0) == {
        ("Gloves", very, 10, True), ("Spring order", old, 10, False),
        ("Others", str(other), 10, False),
    }  # fmt: skip
    assert said(shop, 1) == {("Gloves", very, 10, False), ("Spring order", old, 10, False)}
    assert step_standing(DURING + timedelta(hours=1)) == 0
    told = StandingUse.objects.get(order_item=other)
    assert told.words == f"10 packs of {other}, which stands in for what you named"
    assert breaches() == []
    page = client_as(shop.managers[0]).get(at("standing_change", told.standing_id))
    assert "stands in for what you named" in page.content.decode()


def test_leaves_an_item_to_its_own_standing_order(twin_gloves):
    shop, other = twin_gloves, only_the_other(twin_gloves)
    standing(shop, 0, shop.gloves.level_id)
    standing(shop, 0, shop.drug.level_id, packs=7, any_equivalent=False)
    step_standing(DURING)
    assert Commitment.objects.get(order_item=other).quantity == 7
    assert step_standing(DURING) == 0


def test_an_item_of_another_class_or_size_does_not_stand_in(twin_gloves):
    shop = twin_gloves
    change_item(
        actor=shop.farrow, item_id=shop.drug.version.item_id, ndc="", packs=[], now=NOON,
        name="Gloves of another", kind="supply", supply_class=f"{CLASS}, sterile",
    )  # fmt: skip
    other = only_the_other(shop)
    standing(shop, 0, shop.gloves.level_id)
    step_standing(DURING)
    assert not StandingUse.objects.filter(order_item=other).exists()
    assert breaches() == []


def test_refuses_any_equivalent_of_what_nothing_may_stand_in_for(twin_gloves):
    shop = twin_gloves
    vaccine = OrderItem.objects.filter(order__name="Spring order").exclude(
        level=shop.gloves.level_id
    ).first()  # fmt: skip
    with pytest.raises(NothingStandsIn, match="Nothing was changed"):
        standing(shop, 0, vaccine.level_id)
    with pytest.raises(NothingStandsIn):
        set_par(actor=shop.managers[0], location_id=shop.offices[0].pk, minimum=1, target=2,
                level_id=vaccine.level_id, now=DURING, any_equivalent=True)  # fmt: skip
    assert not StandingOrder.objects.exists()
    assert not ParLevel.objects.exists()


@pytest.mark.parametrize(
    ("takes", "own_par", "packs"), [(True, False, 23), (False, False, 35), (True, True, 35)]
)
def test_counts_equivalents_for_a_par_but_those_with_their_own(twin_gloves, takes, own_par, packs):
    shop, manager = twin_gloves, twin_gloves.managers[0]
    place = {"actor": manager, "location_id": shop.offices[0].pk, "now": DURING}
    par = set_par(minimum=20, target=40, level_id=shop.gloves.level_id, any_equivalent=takes,
                  **place)  # fmt: skip
    if own_par:
        set_par(minimum=1, target=2, level_id=shop.drug.level_id, **place)
    count_stock(actor=manager, counted={par.pk: 5}, now=DURING)
    shop.commit(0, 12, shop.drug)
    row = next(one for one in par_rows(actor=manager) if one.par.pk == par.pk)
    assert row.suggestion.packs == packs
    fills = by_par(actor=manager, order=shop.order)
    assert [(one.item.pk, one.packs, one.any_equivalent) for one in fills] == [
        (shop.gloves.pk, packs, takes)
    ]


def test_fills_an_order_with_what_may_stand_in(twin_gloves):
    shop, other = twin_gloves, only_the_other(twin_gloves)
    place = {"actor": shop.managers[0], "location_id": shop.offices[0].pk, "now": DURING}
    par = set_par(minimum=3, target=9, level_id=shop.gloves.level_id, any_equivalent=True, **place)
    count_stock(actor=shop.managers[0], counted={par.pk: 3}, now=DURING)
    (fill,) = by_par(actor=shop.managers[0], order=other.order)
    assert (fill.item.pk, fill.packs, fill.any_equivalent) == (other.pk, 6, False)
    page = client_as(shop.managers[0]).get(at("par_list")).content.decode()
    assert "any equivalent" in page
