"""Contracts for named practices: nobody else commits, is awarded or is sent what they offer."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from purchasing.actions.award_decisions import AwardChanged
from purchasing.actions.commitments import GateClosed
from purchasing.actions.eligibility import (
    DayMissing,
    EndsBeforeItBegins,
    OpenToAll,
    SaidAlready,
    StandsOtherwise,
    ask_eligibility,
    move_eligibility,
    set_reach,
)
from purchasing.models import (
    Commitment,
    Eligibility,
    GateRefusal,
    PurchaseLine,
    SupplyContract,
)
from purchasing.queries.eligibility import my_standings
from tests.at_once import at_once
from tests.factories import NOON
from tests.people import client_of, make_user
from tests.proofs import breaches
from tests.purchasing.group_orders import (
    DAY,
    DURING,
    TODAY,
    approve,
    at,
    checked,
    close,
    make_shop,
    send,
    signed,
)
from tests.purchasing.shopping import make_buyer

pytestmark = pytest.mark.django_db
START = date(2026, 1, 1)


def harbor() -> SupplyContract:
    return SupplyContract.objects.get(number="C-1")


def narrow(shop, *members: int) -> SupplyContract:
    """Harbor's contract is for some practices alone, who are loaded from the year's beginning."""
    contract = harbor()
    set_reach(actor=shop.farrow, contract_id=contract.pk, open_to="named", source="§2", now=NOON)
    if members:
        move(shop, "load", *members, day=START)
    return contract


def move(shop, event: str, *members: int, day: date | None = None) -> list[Eligibility]:
    return move_eligibility(
        actor=shop.farrow, contract_id=harbor().pk, event=event, day=day, now=NOON,
        practice_ids=[shop.practices[who].pk for who in members],
    )  # fmt: skip


def test_nobody_commits_who_is_not_loaded_and_is_told_what_to_do(shop):
    contract = narrow(shop, 0)
    shop.commit(0, 20)
    with pytest.raises(GateClosed) as told:
        shop.commit(1, 20)
    assert str(told.value) == (
        "Clinic 2 is not among those who may buy under Harbor Medical C-1. Ask for it in the shop "
        "under Contracts; the IPA takes it to the supplier. Nothing was committed."
    )
    assert Commitment.objects.count() == 1
    ask_eligibility(
        actor=shop.managers[1], practice_id=shop.practices[1].pk, contract_id=contract.pk, now=NOON
    )
    for event, says in (("send", "has not answered"), ("accept", "has not loaded the prices")):
        move(shop, event, 1)
        with pytest.raises(GateClosed, match=says):
            shop.commit(1, 20)
    move(shop, "load", 1, day=TODAY + timedelta(days=1))
    with pytest.raises(GateClosed, match=r"from Mar 12, 2026 on\. Wait for that day"):
        shop.commit(1, 20)
    move(shop, "end", 1, day=TODAY + timedelta(days=1))
    move(shop, "load", 1, day=TODAY)
    assert shop.commit(1, 20).quantity == 20
    move(shop, "verify", 1)
    assert shop.commit(1, 21).quantity == 21
    rows = Eligibility.objects.filter(practice=shop.practices[1])
    assert [one.state for one in rows.order_by("pk")] == [
        "asked", "sent", "accepted", "loaded", "ended", "loaded", "verified",
    ]  # fmt: skip
    assert rows.filter(superseded_at=None).get().effective_date == TODAY


def test_whoever_lost_it_is_out_of_the_award_by_name_and_an_approval_says_so(shop):
    narrow(shop, 0, 1, 2, 5)
    award = close(shop, 20, 20, 12)
    assert sum(one["packs"] for one in award.offices if one["item"] == shop.gloves.pk) == 50
    move(shop, "end", 2, day=DAY)
    found = checked(signed(award, make_buyer("second@ipa.example")))
    assert found.state == "refused"
    assert "would get 0 of Glove M, box of 100, not 1" in found.words
    assert "Clinic 3 may not buy under Harbor Medical C-1 since Mar 20, 2026" in found.words
    with pytest.raises(AwardChanged):
        signed(award, make_buyer("third@ipa.example"), seen_digest="0" * 64)


def test_what_is_sent_asks_only_under_the_contract_that_was_awarded(shop):
    narrow(shop, 0, 1, 2, 5)
    approve(close(shop, 20, 20, 12))
    move(shop, "end", 5, day=DAY)  # who is in for the drug, at a price without tiers
    send(shop)
    blocked = PurchaseLine.objects.exclude(blocked_because="").get()
    assert blocked.practice == shop.practices[5]
    assert (blocked.due, blocked.blocked_because) == (
        0,
        "Clinic 6 may not buy under Harbor Medical C-1 since Mar 20, 2026. Ask for it again in the "
        "shop under Contracts.",
    )
    assert GateRefusal.objects.get().code == "not_eligible"
    assert breaches() == []


def test_refuses_what_makes_no_sense_and_changes_none_of_several(shop):
    with pytest.raises(OpenToAll):
        move(shop, "load", 0, day=START)
    with pytest.raises(SaidAlready):
        set_reach(actor=shop.farrow, contract_id=harbor().pk, open_to="everybody", source="-",
                  now=NOON)  # fmt: skip
    narrow(shop, 0)
    with pytest.raises(SaidAlready):
        narrow(shop)
    with pytest.raises(StandsOtherwise, match="Clinic 1: It is loaded"):
        move(shop, "load", 1, 0, day=START)
    with pytest.raises(DayMissing):
        move(shop, "load", 1)
    with pytest.raises(EndsBeforeItBegins):
        move(shop, "end", 0, day=date(2025, 12, 31))
    with pytest.raises(NotPermitted):
        ask_eligibility(actor=shop.managers[1], practice_id=shop.practices[0].pk,
                        contract_id=harbor().pk, now=NOON)  # fmt: skip
    with pytest.raises(NotPermitted):
        move_eligibility(actor=shop.managers[0], contract_id=harbor().pk, event="load", day=START,
                         now=NOON, practice_ids=[shop.practices[1].pk])  # fmt: skip
    assert Eligibility.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Eligibility.objects.create(contract=harbor(), practice=shop.practices[1], state="loaded",
                                   recorded_at=NOON)  # fmt: skip
    # Whoever takes it back to everybody lets all of them in again.
    set_reach(actor=shop.farrow, contract_id=harbor().pk, open_to="everybody", source="§3",
              now=DURING)  # fmt: skip
    assert shop.commit(1, 20).quantity == 20


def test_shows_who_may_buy_to_staff_and_why_not_to_a_practice(shop):
    contract = narrow(shop, 0)
    buyer = client_of(make_user("reach@ipa.example", Role.PURCHASING))
    page = buyer.get(at("supply_detail", contract.pk)).content.decode()
    assert "1 practice, loaded" in page
    move_at = at("eligibility_move", contract.pk)
    sent = {"practices": [shop.practices[1].pk], "event": "load", "class_of_trade": "clinic"}
    failed = buyer.post(move_at, sent)
    assert (failed.status_code, "From which day on is missing" in failed.content.decode()) == (
        422, True,
    )  # fmt: skip
    mine = client_of(make_user("c2@x.example", Role.PRACTICE_MANAGER,
                               party=shop.practices[1].party))  # fmt: skip
    assert "You may buy under 1 of 2 contracts" in mine.get(at("shop")).content.decode()
    listed = mine.get(at("my_contract_list")).content.decode()
    assert "Clinic 2 is not among those who may buy under Harbor Medical C-1" in listed
    assert "Clinic 1" not in listed
    ask = at("eligibility_ask", shop.practices[1].pk, contract.pk)
    assert mine.post(ask).status_code == 302
    assert "Ask for it" not in mine.get(at("my_contract_list")).content.decode().partition("id=")[2]
    theirs = at("eligibility_ask", shop.practices[0].pk, contract.pk)
    assert mine.post(theirs).status_code == 404
    assert buyer.post(move_at, {**sent, "day": "2026-01-01"}).status_code == 302
    assert "contracts; what" not in mine.get(at("shop")).content.decode()
    (row,) = Eligibility.objects.filter(practice=shop.practices[1], superseded_at=None)
    assert (row.state, row.class_of_trade) == ("loaded", "clinic")
    told = my_standings(actor=shop.managers[1], day=TODAY)
    assert [one.refusal for one in told] == [None, None]
    reach = {"open_to": "everybody", "source": "amendment 2"}
    assert buyer.post(at("reach_set", contract.pk), reach).status_code == 302
    assert buyer.post(at("reach_set", contract.pk), reach).status_code == 422
    assert buyer.post(move_at, {**sent, "day": "2026-01-01"}).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_two_who_say_it_at_once_leave_one_standing():
    shop = make_shop()
    narrow(shop, 0)
    answers = at_once(*[lambda: move(shop, "load", 1, day=START)] * 2)
    assert sorted(type(one).__name__ for one in answers) == ["StandsOtherwise", "list"]
    assert Eligibility.objects.filter(superseded_at=None).count() == 2
    assert Eligibility.objects.count() == 2
