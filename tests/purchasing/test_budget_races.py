"""Two people of one practice commit at the same moment: what is left of a budget is taken once."""

from datetime import date
from decimal import Decimal

import pytest

from purchasing.actions.orders import add_order_item, announce_order, step_orders
from purchasing.models import Budget, OrderItem, PurchaseLine
from purchasing.queries.control import ledger_of, room_in
from tests.at_once import at_once
from tests.databases import acting_as
from tests.factories import NOON
from tests.proofs import breaches
from tests.purchasing.group_orders import DAY, OPENS, approve, close, make_shop, plan
from tests.purchasing.test_actions_control import budget


@pytest.mark.django_db(transaction=True)
def test_only_what_fits_one_budget_counts_at_once():
    shop = make_shop()
    other = plan(shop.farrow, name="Second order")  # another order: its row does not order them
    item = add_order_item(
        actor=shop.farrow, order_id=other.pk, level_id=shop.gloves.level_id, case_packs=10,
        minimum_packs=0,
    )  # fmt: skip
    announce_order(actor=shop.farrow, order_id=other.pk, now=NOON)
    step_orders(OPENS)
    item = OrderItem.objects.get(pk=item.pk)
    made = budget(shop, 0, 190)  # twenty boxes at the 9.50 that they cost at most
    answers = at_once(
        lambda: shop.commit(0, 20, max_price=Decimal("9.5")),
        lambda: shop.commit(0, 20, item, max_price=Decimal("9.5")),
    )
    assert sorted(type(one).__name__ for one in answers) == ["Commitment", "CommitmentRequest"]
    (waits,) = (one for one in answers if type(one).__name__ == "CommitmentRequest")
    assert waits.reasons[0]["above"] == 190_00
    room = ledger_of(made, DAY).room
    assert (room.committed_cents, room.left_cents) == (190_00, 0)
    assert breaches() == []


@pytest.mark.django_db
def test_the_database_adds_up_what_the_list_shows(shop):
    for period, category in (("month", ""), ("quarter", "supply"), ("month", "drug")):
        budget(shop, 0, 5000, category=category, period=period)
    approve(close(shop, 20, 21, 11))
    with acting_as():  # prices are no longer changed by then; half a cent shows who rounds
        PurchaseLine.objects.filter(practice=shop.practices[0]).update(
            price=Decimal("8.3325"), freight_cents=7, due=18
        )
    kept = Budget.objects.filter(practice=shop.practices[0], superseded_at=None)
    for one in kept:
        for day in (DAY, date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 1)):
            assert room_in(one, day) == ledger_of(one, day).room
    (whole,) = kept.filter(period="month", category="")
    assert room_in(whole, DAY).used_cents == 149_99 + 7  # 149.985, away from nought
