"""What the database adds up for meters equals the rule, and costs what changed."""

import random
from collections import defaultdict
from datetime import timedelta

import pytest

from purchasing.actions.orders import NothingDue, advance_order, step_orders
from purchasing.models import Commitment, GroupOrder, OrderItem
from purchasing.queries import meters
from purchasing.rules.meters import change_of, standing_of
from tests.at_once import at_once
from tests.purchasing.group_orders import DURING, LATER, make_shop

pytestmark = pytest.mark.django_db


def say_much(shop, chance: random.Random, at) -> None:
    """Offices say something about either item, some take it back, some say the same again."""
    Commitment.objects.bulk_create(
        Commitment(
            order_item=chance.choice([shop.gloves, shop.drug]), practice=office.practice,
            location=office, quantity=chance.choice([0, 1, 5, 5, 12, 40]), made_by_name="test",
            made_at=at + timedelta(seconds=number),
        )
        for number, office in enumerate(chance.choices(shop.offices, k=15))
    )  # fmt: skip


def by_practice(weights: dict[int, int], until=None) -> dict[str, int]:
    """The rule's own way: every word in its order, the newest of an office counts."""
    held = {}
    for one in Commitment.objects.filter(order_item__in=weights).order_by("pk"):
        if until is None or one.made_at <= until:
            held[one.order_item_id, one.location_id] = one
    found: dict[str, int] = defaultdict(int)
    for one in held.values():
        found[str(one.practice_id)] += one.quantity * weights[one.order_item_id]
    return dict(found)


def test_adds_up_what_the_rule_does_for_items_and_for_pools(shop):
    pool = {"weights": {str(shop.gloves.pk): 900, str(shop.drug.pk): 4_000}, "ladder": []}
    gloves, drug = shop.gloves, OrderItem(pk=shop.drug.pk, pool=pool)
    for seed in range(6):
        chance, at = random.Random(seed), DURING + timedelta(hours=seed)
        say_much(shop, chance, at)
        OrderItem.objects.filter(order=shop.order).update(meter_read_at=at)
        gloves.meter_read_at = drug.meter_read_at = at
        say_much(shop, chance, at + timedelta(minutes=30))
        standings, changes = meters._standings([gloves, drug]), meters._changes([gloves, drug])
        for item in (gloves, drug):
            weights = meters.weights_of(item)
            now, before = by_practice(weights), by_practice(weights, at)
            assert standings[item.pk] == standing_of(now) or not standing_of(now).practices
            # Who went to nought before and says nought again did not change.
            assert changes.get(item.pk, meters.Change()) == change_of(before, now)


def test_looks_at_a_meter_only_once_enough_practices_spoke(shop, django_assert_max_num_queries):
    for who in range(4):
        shop.commit(who, 12)
    assert meters.changed_meters() == {}
    shop.commit(4, 13)
    assert meters.changed_meters() == {shop.order.pk: [shop.gloves.pk]}
    assert step_orders(DURING) == 1
    assert meters.changed_meters() == {}
    with django_assert_max_num_queries(2):  # what is due by its times, and what was talked about
        assert step_orders(DURING) == 0
    with pytest.raises(NothingDue):
        advance_order(actor=shop.farrow.system("clock"), order_id=shop.order.pk, now=DURING)


def test_two_clocks_at_once_close_an_order_once(committed_db):
    shop = make_shop()
    for who in range(2):
        shop.commit(who, 20)
    assert sorted(at_once(*[lambda: step_orders(LATER)] * 2)) == [0, 1]
    order = GroupOrder.objects.get(pk=shop.order.pk)
    assert (order.status, len(order.snapshot["items"])) == ("closing", 2)
