"""What offices want again: standing orders copied by the clock, last time, par levels."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from ipaportal.core.refusals import NotPermitted
from purchasing.actions.commitments import end_agreement
from purchasing.actions.control import set_budget
from purchasing.actions.orders import add_order_item, announce_order, step_orders
from purchasing.actions.standing import (
    EndsBeforeItBegins,
    LeastAboveTarget,
    StandingAlready,
    count_stock,
    end_standing,
    save_standing,
    set_par,
    step_standing,
)
from purchasing.models import (
    Commitment,
    CommitmentRequest,
    GateRefusal,
    GroupOrder,
    ParLevel,
    StandingUse,
)
from purchasing.queries.stock import par_rows
from tests.purchasing.group_orders import (
    DURING,
    LATER,
    TODAY,
    Shop,
    approve,
    at,
    close,
    plan,
    send,
    take,
)
from tests.purchasing.test_actions_control import client_as

pytestmark = pytest.mark.django_db


def standing(shop: Shop, who: int, packs: int = 10, standing_id: int | None = None, **values):
    usual = {
        "location_id": shop.offices[who].pk, "level_id": shop.gloves.level_id,
        "ceiling": Decimal("9.5"), "effective_date": TODAY, "end_date": None, "is_paused": False,
        "registrant_id": None, "now": DURING,
    }  # fmt: skip
    return save_standing(
        actor=shop.managers[who], standing_id=standing_id, packs=packs, **usual | values
    )


def next_order(shop: Shop) -> GroupOrder:
    """A second order with the same gloves, open after the first was closed."""
    opens = LATER + timedelta(days=30)
    order = plan(shop.farrow, name="Summer order", opens_at=opens,
                 closes_at=opens + timedelta(days=9), delivery_date=date(2026, 6, 1))  # fmt: skip
    add_order_item(actor=shop.farrow, order_id=order.pk, level_id=shop.gloves.level_id,
                   case_packs=10, minimum_packs=0)  # fmt: skip
    announce_order(actor=shop.farrow, order_id=order.pk, now=LATER)
    step_orders(opens)
    return order


def test_copies_once_what_is_visible_and_changed_until_the_order_closes(shop):
    standing(shop, 0)
    standing(shop, 1, effective_date=TODAY + timedelta(days=1))
    paused = standing(shop, 2, is_paused=True)
    shop.commit(3, 4)
    standing(shop, 3)
    assert step_standing(DURING) == 2
    assert step_standing(DURING) == 0
    (made,) = Commitment.objects.filter(location=shop.offices[0])
    assert (made.quantity, made.max_price) == (10, Decimal("9.5"))
    assert made.made_by_name == f"{shop.managers[0].name}, by standing order"
    assert Commitment.objects.get(location=shop.offices[3]).quantity == 4
    shop.commit(0, 6)
    standing(shop, 0, 30, StandingUse.objects.get(outcome="committed").standing_id)
    assert step_standing(DURING) == 0  # what somebody changed in the order stays theirs
    standing(shop, 2, standing_id=paused.pk)
    assert step_standing(DURING) == 1
    end_standing(actor=shop.managers[2], standing_id=_live(shop, 2), now=DURING)
    assert step_standing(DURING + timedelta(days=1)) == 1  # the one that begins tomorrow


def _live(shop: Shop, who: int) -> int:
    return StandingUse.objects.get(location=shop.offices[who]).standing_id


def test_asks_gates_ceilings_and_budgets_as_of_any_commitment(shop):
    standing(shop, 0, ceiling=Decimal("7.99"))
    standing(shop, 1)
    end_agreement(
        actor=shop.managers[1], practice_id=shop.practices[1].pk, kind="buying", now=DURING,
        today=TODAY,
    )  # fmt: skip
    standing(shop, 2)
    set_budget(actor=shop.managers[2], practice_id=shop.practices[2].pk, category="",
               period="month", cents=5000, now=DURING)  # fmt: skip
    assert step_standing(DURING) == 3
    told = {one.location_id: one for one in StandingUse.objects.all()}
    outcomes = [told[office.pk].outcome for office in shop.offices[:3]]
    assert outcomes == ["not", "not", "waits"]
    assert "Even at the best tier a pack costs $8" in told[shop.offices[0].pk].words
    assert {one.code for one in GateRefusal.objects.all()} == {"no_agreement", "no_own_use"}
    assert CommitmentRequest.objects.get().cents == 95_00
    assert not Commitment.objects.exists()


def test_refuses_what_is_not_theirs_or_does_not_follow(shop):
    made = standing(shop, 0)
    with pytest.raises(StandingAlready):
        standing(shop, 0)
    with pytest.raises(EndsBeforeItBegins):
        standing(shop, 1, end_date=TODAY)
    with pytest.raises(NotPermitted):
        standing(shop, 1, standing_id=made.pk)
    with pytest.raises(NotPermitted):
        end_standing(actor=shop.managers[1], standing_id=made.pk, now=DURING)
    made.refresh_from_db()
    assert made.superseded_at is None


def test_works_out_what_to_ask_for_from_counts_receipts_and_what_is_coming(shop):
    manager, office = shop.managers[0], shop.offices[0]
    place = {"location_id": office.pk, "level_id": shop.gloves.level_id, "now": DURING}
    with pytest.raises(LeastAboveTarget):
        set_par(actor=manager, minimum=9, target=8, **place)
    par = set_par(actor=manager, minimum=20, target=40, **place)
    count_stock(actor=manager, counted={par.pk: 5}, now=DURING)
    with pytest.raises(NotPermitted):
        count_stock(actor=shop.managers[1], counted={par.pk: 5}, now=DURING)
    (row,) = par_rows(actor=manager)
    assert row.suggestion.packs == 35
    approve(close(shop, 10, 10, 10, 10, 10))
    send(shop)
    take(shop, 0, 4)
    (row,) = par_rows(actor=manager)
    assert (row.stock.counted, row.stock.came, row.stock.coming) == (5, 4, 6)
    assert row.suggestion.packs == 25
    set_par(actor=manager, minimum=0, target=0, **place)
    assert not ParLevel.objects.filter(superseded_at=None).exists()


def test_takes_over_last_times_packs_with_what_differs_confirmed(shop, monkeypatch):
    approve(close(shop, 10, 10, 10, 10, 10))
    send(shop)
    order = next_order(shop)
    later = LATER + timedelta(days=31)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    client = client_as(shop.managers[0])
    address = at("shop_fill", order.pk)
    page = client.get(address).content.decode()
    assert "10 asked for in Spring order" in page
    assert "$0.50 more" in page  # 9.00 then; 9.50 is what is promised now
    item = order.items.get()
    name = f"fill_{item.pk}_{shop.offices[0].pk}"
    assert client.post(address, {name: 12}).status_code == 302
    assert Commitment.objects.get(order_item=item).quantity == 12
    assert "You are in for 12 now" in client.get(address).content.decode()
    assert "Nothing to take over" in client.get(address, {"from": "par"}).content.decode()


def test_shows_standing_orders_and_par_levels_to_their_practice(shop):
    made = standing(shop, 0)
    step_standing(DURING)
    client = client_as(shop.managers[0])
    assert "Spring order: committed. 10 packs" in client.get(at("standing_list")).content.decode()
    assert client.get(at("standing_change", made.pk)).status_code == 200
    assert client_as(shop.managers[1]).get(at("standing_change", made.pk)).status_code == 404
    sent = {"location": shop.offices[0].pk, "level": shop.gloves.level_id, "minimum": 4,
            "target": 9}  # fmt: skip
    assert client.post(at("par_set"), sent).status_code == 302
    par = ParLevel.objects.get()
    assert client.post(at("stock_count"), {f"par_{par.pk}": ""}).status_code == 422
    assert client.post(at("stock_count"), {f"par_{par.pk}": 3}).status_code == 302
    assert "3 counted" in client.get(at("par_list")).content.decode()
