"""An award that is asked for: worked out by whoever takes it, kept only if nothing changed."""

import threading
from contextlib import contextmanager
from time import monotonic

import pytest
from django.db import connection, connections, transaction

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from purchasing.actions.award_asks import (
    AskedAlready,
    NothingWaits,
    ask_award,
    step_asks,
    work_out,
)
from purchasing.actions.award_decisions import (
    AwardChanged,
    NothingToCheck,
    NotProposed,
    SamePersonAwards,
)
from purchasing.actions.awards import ProposedAlready, SayWhy
from purchasing.actions.commitments import end_agreement
from purchasing.actions.orders import step_orders, tie_key_of
from purchasing.models import Award, AwardApproval, AwardAsk, GroupOrder, PurchaseOrder
from purchasing.queries.award_changes import changes_between
from purchasing.queries.award_room import room_of
from purchasing.rules.lifecycle import NotAllowed
from tests.at_once import at_once
from tests.people import client_of, make_user
from tests.proofs import breaches
from tests.purchasing.group_orders import (
    DAY,
    LATER,
    approve,
    at,
    checked,
    make_shop,
    refuse,
    sign,
    signed,
)
from tests.purchasing.shopping import make_buyer

pytestmark = pytest.mark.django_db
SECONDS = 20
WORKER = Actor.system("worker")


def closed(shop):
    """Three practices are in for gloves, and the order is closed."""
    for who, quantity in enumerate((20, 20, 12)):
        shop.commit(who, quantity)
    step_orders(LATER)
    return shop


def ask(shop, **values: object) -> AwardAsk:
    return ask_award(actor=shop.farrow, order_id=shop.order.pk, now=LATER, **values)


def test_waits_is_worked_out_once_and_is_proposed_by_whoever_asked(shop):
    with pytest.raises(NotAllowed):
        ask(shop)  # it is open
    closed(shop)
    with pytest.raises(SayWhy):
        ask(shop, most_suppliers=1)
    with pytest.raises(NotPermitted):
        ask_award(actor=shop.managers[0], order_id=shop.order.pk, now=LATER)
    made = ask(shop, most_suppliers=1, why="one delivery")
    with pytest.raises(AskedAlready, match="being worked out"):
        ask(shop)
    assert not Award.objects.exists()
    assert step_asks(LATER) == 1
    assert step_asks(LATER) == 0
    with pytest.raises(NothingWaits):
        work_out(actor=WORKER, ask_id=made.pk, now=LATER)
    made.refresh_from_db()
    award = Award.objects.get()
    assert (made.state, made.award, award.proposed_by_id) == ("made", award, shop.farrow.user_id)
    assert award.verdict["proved"]
    assert award.verdict["asked"]["why"] == "one delivery"
    with pytest.raises(ProposedAlready):
        ask(shop)
    with pytest.raises(SamePersonAwards):
        approve(award, shop.farrow)
    assert approve(award).status == "approved"
    assert breaches() == []


def test_says_why_there_is_none_and_can_be_asked_again(shop):
    closed(shop)
    for who in range(3):
        leave(shop, who)
    ask(shop)
    step_asks(LATER)
    refused = AwardAsk.objects.get()
    assert refused.state == "refused"
    assert "Nobody may buy anything of this order any more" in refused.words
    assert ask(shop).state == "waiting"


def leave(shop, who: int) -> None:
    end_agreement(
        actor=shop.managers[who], practice_id=shop.practices[who].pk, kind="buying", now=LATER,
        today=DAY,
    )  # fmt: skip


def test_names_what_changed_between_two_looks(shop):
    closed(shop)
    order = GroupOrder.objects.get(pk=shop.order.pk)
    before = room_of(order, tie_key_of(order), DAY)
    assert changes_between(before, room_of(order, tie_key_of(order), DAY)) == []
    leave(shop, 1)
    (told,) = changes_between(before, room_of(order, tie_key_of(order), DAY))
    assert told.startswith(f"{shop.offices[1]} may not buy any more: ")
    (back,) = changes_between(room_of(order, tie_key_of(order), DAY), before)
    assert back == f"{shop.offices[1]} may buy again"


def test_an_approval_of_what_is_refused_meanwhile_comes_to_nothing(shop):
    closed(shop)
    ask(shop)
    step_asks(LATER)
    award, second = Award.objects.get(), make_buyer("second@ipa.example")
    with pytest.raises(AwardChanged):
        signed(award, second, seen_digest="0" * 64)
    with pytest.raises(NotPermitted):
        signed(award, shop.managers[0])
    waiting = signed(award, second)
    assert (Award.objects.get().status, GroupOrder.objects.get().status) == ("proposed", "closing")
    refuse(award, second)
    assert checked(waiting).words == "No award waits here. Nothing was changed."
    with pytest.raises(NothingToCheck):
        checked(waiting)
    with pytest.raises(NotProposed):
        signed(award, second)
    assert (Award.objects.get().status, GroupOrder.objects.get().status) == ("refused", "closing")
    assert not PurchaseOrder.objects.exists()


def test_shows_that_it_is_worked_out_and_comes_back_with_it(shop):
    closed(shop)
    buyer = client_of(make_user("asks@ipa.example", Role.PURCHASING))
    address = at("award_act", shop.order.pk)
    room, progress = at("award_detail", shop.order.pk), at("award_progress", shop.order.pk)
    assert buyer.post(address, {"do": "propose"}).status_code == 302
    assert "being worked out" in buyer.get(room).content.decode()
    again = buyer.post(address, {"do": "propose"}, follow=True).content.decode()
    assert "Nothing was asked a second time" in again
    assert "HX-Refresh" not in buyer.get(progress).headers
    step_asks(LATER)
    assert buyer.get(progress).headers["HX-Refresh"] == "true"
    assert "Being worked out" not in buyer.get(room).content.decode()


@contextmanager
def deciding_on(order: GroupOrder):
    """Hold an order as whoever decides on it does, and wait until somebody waits for that."""
    with transaction.atomic():
        GroupOrder.objects.select_for_update().get(pk=order.pk)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (mine,) = cursor.fetchone()
            yield
            deadline = monotonic() + SECONDS
            while monotonic() < deadline:
                cursor.execute(
                    "SELECT count(*) FROM pg_locks WHERE %s = ANY (pg_blocking_pids(pid))", [mine]
                )
                if cursor.fetchone()[0]:
                    return
    raise AssertionError("nobody waits")


@pytest.mark.django_db(transaction=True)
def test_a_change_meanwhile_is_named_two_workers_make_one_and_a_dead_one_lets_go():
    shop = closed(make_shop())
    first = ask(shop)
    thread = threading.Thread(target=lambda: _in_a_thread(first))
    with deciding_on(shop.order):
        thread.start()  # it works out what holds now, and waits for the order to keep it
        leave(shop, 2)
    thread.join(SECONDS)
    first.refresh_from_db()
    assert first.state == "refused"
    assert f"{shop.offices[2]} may not buy any more" in first.words
    assert not Award.objects.exists()
    second = ask(shop)
    with transaction.atomic():  # a worker that has it, and dies
        AwardAsk.objects.select_for_update().get(pk=second.pk)
        (skipped,) = at_once(lambda: step_asks(LATER))
        assert skipped == 0
        transaction.set_rollback(True)
    answers = at_once(*[lambda: work_out(actor=WORKER, ask_id=second.pk, now=LATER)] * 2)
    assert sorted(type(one).__name__ for one in answers) == ["AwardAsk", "NothingWaits"]
    award = Award.objects.get()
    assert award.ask == second
    one_approval_of_two_counts(shop, award)
    assert breaches() == []


def one_approval_of_two_counts(shop, award: Award) -> None:
    """Two sign at once; what changes while it is checked is named; two workers order once."""
    buyers = [make_buyer(f"signs{number}@ipa.example") for number in (1, 2)]
    answers = at_once(*[lambda who=who: signed(award, who) for who in buyers])
    assert sorted(type(one).__name__ for one in answers) == ["ApprovedAlready", "AwardApproval"]
    approval = AwardApproval.objects.get()
    thread = threading.Thread(target=lambda: _in_a_thread(approval))
    with deciding_on(shop.order):
        thread.start()
        leave(shop, 1)
    thread.join(SECONDS)
    approval.refresh_from_db()
    assert approval.state == "refused"
    assert f"{shop.offices[1]} may not buy any more" in approval.words
    assert not PurchaseOrder.objects.exists()
    sign(shop.managers[1], shop.practices[1])
    again = signed(award, buyers[0])
    answers = at_once(*[lambda: checked(again)] * 2)
    assert sorted(type(one).__name__ for one in answers) == ["AwardApproval", "NothingToCheck"]
    award.refresh_from_db()
    assert (award.status, award.decided_by_id) == ("approved", again.asked_by_id)
    assert sum(line.packs for one in PurchaseOrder.objects.all() for line in one.lines.all()) == 40


def _in_a_thread(found: AwardAsk | AwardApproval) -> None:
    try:
        if isinstance(found, AwardApproval):
            checked(found)
        else:
            work_out(actor=WORKER, ask_id=found.pk, now=LATER)
    finally:
        connections["default"].close()
