"""A practice's own control: what waits for whose word, and what gates refused."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.identity.models import User
from purchasing.actions.commitment_checks import GateClosed
from purchasing.actions.commitments import NotACommitter
from purchasing.actions.control import (
    AnsweredAlready,
    NotAsked,
    NotOfThePractice,
    NotTheirsToSet,
    SayWhyNot,
    answer_request,
    set_budget,
    set_control,
    step_requests,
)
from purchasing.actions.orders import step_orders
from purchasing.models import Budget, Commitment, CommitmentRequest, GateRefusal
from purchasing.queries.closings import closing_of
from purchasing.queries.control import ledger_of
from purchasing.queries.orders import commitments_of
from tests.people import actor_of, client_of, make_user
from tests.purchasing.group_orders import CLOSES, DURING, LATER, TODAY, Shop, at

pytestmark = pytest.mark.django_db


def budget(shop: Shop, who: int, dollars: int | None, category: str = "", period: str = "month"):
    return set_budget(
        actor=shop.managers[who], practice_id=shop.practices[who].pk, category=category,
        period=period, cents=dollars and dollars * 100, now=DURING,
    )  # fmt: skip


def control(shop: Shop, who: int, actor=None, **values: object):
    usual = {"committer_ids": [], "approver_ids": [], "above_cents": None, "now": DURING}
    return set_control(
        actor=actor or shop.managers[who], practice_id=shop.practices[who].pk, **usual | values
    )


def answer(asked: CommitmentRequest, actor, is_approved: bool = True, **values: object):
    usual = {"text": "", "now": DURING, "today": TODAY}
    return answer_request(
        actor=actor, commitment_request_id=asked.pk, is_approved=is_approved, **usual | values
    )


def client_as(actor):
    return client_of(User.objects.get(pk=actor.user_id))


def doctor(shop: Shop, who: int):
    """A second person of a practice."""
    return actor_of(make_user(f"d{who}@x.example", Role.PROVIDER, party=shop.practices[who].party))


def test_counts_within_the_budget_and_waits_a_cent_above(shop):
    made = budget(shop, 0, 190)  # gloves are promised at 9.50
    assert isinstance(shop.commit(0, 20), Commitment)
    waits = shop.commit(0, 21)
    assert isinstance(waits, CommitmentRequest)
    assert (waits.cents, waits.reasons[0]["above"]) == (199_50, 9_50)
    (counted,) = commitments_of(shop.order)[shop.gloves.pk]
    assert counted.quantity == 20  # what was said before still counts
    room = ledger_of(made, CLOSES.date()).room
    assert (room.committed_cents, room.used_cents, room.left_cents) == (190_00, 0, 0)
    shop.commit(0, 5)  # less never waits, and replaces what did
    assert CommitmentRequest.objects.get().state == "replaced"
    assert ledger_of(made, CLOSES.date()).room.left_cents == 142_50


def test_asks_each_budget_of_its_kind_in_the_period_of_the_closing(shop):
    budget(shop, 0, 10, category="drug")
    assert isinstance(shop.commit(0, 20), Commitment)
    budget(shop, 0, 10, category="supply", period="quarter")
    waits = shop.commit(0, 22)
    assert "the budget of Q1 2026 for supply" in waits.reasons[0]["words"]
    budget(shop, 0, None, category="supply", period="quarter")
    assert isinstance(shop.commit(0, 22), Commitment)
    assert Budget.objects.filter(superseded_at=None).count() == 1


def test_takes_the_word_of_a_second_person_who_is_named_alone(shop):
    manager, second = shop.managers[0], doctor(shop, 0)
    control(shop, 0, approver_ids=[second.user_id], above_cents=100_00)
    waits = shop.commit(0, 20)
    with pytest.raises(NotAsked):
        answer(waits, manager)
    with pytest.raises(NotPermitted):
        answer(waits, shop.managers[1])
    with pytest.raises(SayWhyNot):
        answer(waits, second, is_approved=False)
    assert not commitments_of(shop.order)
    answer(waits, second, text="for the flu clinic")
    (made,) = commitments_of(shop.order)[shop.gloves.pk]
    assert (made.quantity, made.made_by_id, made.max_price) == (
        20, manager.user_id, Decimal("9.5"),
    )  # fmt: skip
    with pytest.raises(AnsweredAlready):
        answer(waits, second)
    assert answer(shop.commit(0, 30), second, is_approved=False, text="too much").state == "refused"
    assert commitments_of(shop.order)[shop.gloves.pk] == [made]


def test_lets_only_those_named_commit_and_change_what_is_allowed(shop):
    second = doctor(shop, 0)
    with pytest.raises(NotOfThePractice):
        control(shop, 0, approver_ids=[shop.managers[1].user_id])
    control(shop, 0, committer_ids=[second.user_id], approver_ids=[second.user_id])
    with pytest.raises(NotACommitter):
        shop.commit(0, 1)
    with pytest.raises(NotTheirsToSet):
        budget(shop, 0, 1000)
    with pytest.raises(NotTheirsToSet):
        control(shop, 0)
    control(shop, 0, actor=second)
    assert isinstance(shop.commit(0, 1), Commitment)
    with pytest.raises(NotPermitted):
        set_budget(actor=second, practice_id=shop.practices[1].pk, category="", period="month",
                   cents=1, now=DURING)  # fmt: skip


def test_says_of_what_nobody_answered_that_it_does_not_count(shop):
    for who in range(1, 6):
        shop.commit(who, 10)
    budget(shop, 0, 10)
    waits = shop.commit(0, 20)
    assert step_requests(CLOSES - timedelta(minutes=1)) == 0
    step_orders(LATER)
    assert step_requests(LATER) == 1
    assert step_requests(LATER) == 0
    waits.refresh_from_db()
    shop.order.refresh_from_db()
    gloves = next(one for one in closing_of(shop.order)["items"] if one["item"] == shop.gloves.pk)
    assert (waits.state, gloves["packs"]) == ("lapsed", 50)
    assert shop.offices[0].pk not in {one["location"] for one in gloves["offices"]}
    with pytest.raises(AnsweredAlready):
        answer(waits, shop.managers[0], now=LATER)


def test_keeps_what_a_gate_refused_though_nothing_else_was_changed(shop):
    with pytest.raises(GateClosed):
        shop.commit(0, 3, shop.drug)
    rows = list(GateRefusal.objects.order_by("code"))
    assert not Commitment.objects.exists()
    assert [one.code for one in rows] == ["no_licence", "storage"]
    told = {(one.stage, one.packs, one.asked_by_name, one.practice_id) for one in rows}
    assert told == {("commit", 3, shop.managers[0].name, shop.practices[0].pk)}
    with pytest.raises(DatabaseError), transaction.atomic():
        GateRefusal.objects.update(reason="nothing happened")


def test_shows_budgets_opened_and_takes_a_word_on_a_page(shop):
    made = budget(shop, 0, 50)
    waits = shop.commit(0, 20)
    client = client_as(shop.managers[0])
    listed = client.get(at("budget_list")).content.decode()
    assert "waits for a word" in listed
    assert "anybody of the practice" in listed
    day = CLOSES.date().isoformat()
    opened = client.get(at("budget_detail", made.pk), {"on": day}).content.decode()
    assert "The budget of March 2026" in opened
    page = client.get(at("request_detail", waits.pk)).content.decode()
    assert "It adds $190.00 to the budget of March 2026, where $50.00 are left" in page
    refused = client.post(at("request_detail", waits.pk), {"verdict": "no", "text": ""})
    assert "Say why not" in refused.content.decode()
    theirs = client_as(shop.managers[1])
    assert theirs.get(at("request_detail", waits.pk)).status_code == 404
    assert theirs.get(at("budget_detail", made.pk)).status_code == 404


def test_lists_what_gates_refused_for_whoever_buys(shop):
    with pytest.raises(GateClosed):
        shop.commit(0, 3, shop.drug)
    client = client_as(shop.farrow)
    listed = client.get(at("gate_refusal_list"), {"q": "clinic 1", "gate": "storage"})
    assert "has no such storage on file" in listed.content.decode()
    file = client.get(at("gate_refusal_list"), {"export": "csv"}).getvalue().decode()
    assert "Clinic 1" in file
