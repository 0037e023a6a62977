"""Fees above three per cent: only where every practice signed the most before, and told of it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ipaportal.core.refusals import NotPermitted
from purchasing.actions.commitments import NameDiffers
from purchasing.actions.fee_addenda import (
    AddendumNotSigned,
    AddendumSigned,
    NoAddendumNeeded,
    end_addendum,
    sign_addendum,
)
from purchasing.actions.fees import FeeAboveAgreed, NotStated
from purchasing.actions.suppliers import FeeTooHigh, record_contract
from purchasing.formats.disclosures import render_disclosure
from purchasing.models import FeeAddendum, FeeReceipt
from purchasing.queries.fees import told_cents
from tests.factories import NOON
from tests.kept import kept
from tests.people import actor_of, client_of
from tests.proofs import breaches
from tests.purchasing.group_orders import at
from tests.purchasing.shopping import START, make_buyer
from tests.purchasing.test_actions_fees import World, parts

pytestmark = pytest.mark.django_db


@kept
def stated() -> World:
    """Two practices that received for $20.00 each; the contract agrees on 5 %, nobody signed it."""
    world = World(fee_pct=Decimal(5), is_stated=True)
    world.sign()
    return world


def sign(world: World, who: int, **values: object) -> FeeAddendum:
    user = world.managers[who]
    usual = {"practice_id": world.practices[who].pk, "contract_id": world.contract.pk,
             "signed_name": user.name, "now": NOON, "today": world.today}  # fmt: skip
    return sign_addendum(actor=actor_of(user), **usual | values)


def test_is_recorded_only_where_it_is_to_be_stated(stated):
    given = {
        "actor": make_buyer(), "supplier_id": stated.contract.supplier_id, "number": "above",
        "effective_date": START, "end_date": None, "source": "x", "now": NOON,
        "fee_pct": Decimal("3.01"),
    }  # fmt: skip
    with pytest.raises(FeeTooHigh, match="addendum"):
        record_contract(**given)
    assert record_contract(**given, is_stated=True).fee_pct == Decimal("3.01")


def test_takes_three_per_cent_from_anybody_and_more_only_from_whoever_signed_it_before(stated):
    with pytest.raises(NotStated, match=r"Clinic 1, Clinic 2 .* 5\.00 % .*at most \$1\.14"):
        stated.book(cents=115)
    sign(stated, 0)
    with pytest.raises(NotStated, match="and Clinic 2 signed no addendum"):
        stated.book(cents=115)
    assert not FeeReceipt.objects.filter(reference="statement 7").exists()
    sign(stated, 1)
    # Six cents are kept of a rebate already: what is kept is a fee like another.
    with pytest.raises(FeeAboveAgreed, match="kept of rebates"):
        stated.book(cents=195)
    fee = stated.book(cents=194)
    assert (fee.most_pct, parts(fee)) == (5, [("Clinic 1", 2000, 97), ("Clinic 2", 2000, 97)])
    received, told = told_cents(stated.today.year)
    assert received == told
    content = stated.tell(stated.tomorrow.year)[0].content
    assert content["stated"][0]["most_pct"] == "5"
    assert render_disclosure(content).startswith(b"%PDF")
    assert breaches() == []


def test_without_an_addendum_exactly_three_per_cent_is_taken(stated):
    assert stated.book(cents=114).most_pct == 3
    assert breaches() == []


@pytest.mark.parametrize(("_case", "signed", "ended"), [
    ("signed within the period", 1, None), ("ended within it", 0, 0),
])  # fmt: skip
def test_has_to_be_in_force_all_through_the_period(stated, _case, signed, ended):
    start = stated.today
    for who in (0, 1):
        sign(stated, who, today=start + timedelta(days=signed))
        if ended is not None:
            end_addendum(
                actor=actor_of(stated.managers[who]), practice_id=stated.practices[who].pk,
                contract_id=stated.contract.pk, now=NOON, today=start + timedelta(days=ended),
            )  # fmt: skip
    with pytest.raises(NotStated):
        stated.book(start_date=start, cents=115)


def test_is_signed_once_by_name_for_ones_own_practice(stated):
    with pytest.raises(NameDiffers):
        sign(stated, 0, signed_name="Somebody Else")
    with pytest.raises(NotPermitted):
        sign(stated, 0, practice_id=stated.practices[1].pk)
    with pytest.raises(NoAddendumNeeded):
        sign(stated, 0, contract_id=stated.contract.pk + 999)
    sign(stated, 0)
    with pytest.raises(AddendumSigned):
        sign(stated, 0)
    given = {"actor": actor_of(stated.managers[0]), "practice_id": stated.practices[0].pk,
             "contract_id": stated.contract.pk, "now": NOON, "today": stated.tomorrow}  # fmt: skip
    end_addendum(**given)
    with pytest.raises(AddendumNotSigned):
        end_addendum(**given)
    assert sign(stated, 0, today=stated.tomorrow).end_date is None


def test_is_signed_on_a_page_and_seen_by_staff(stated):
    mine = client_of(stated.managers[0])
    practice, contract = stated.practices[0].pk, stated.contract.pk
    assert "may pay the IPA at most" in mine.get(at("agreement_list")).content.decode()
    address = at("addendum_sign", practice, contract)
    assert "42 CFR 1001.952(j)" in mine.get(address).content.decode()
    assert mine.post(address, {"signed_name": "x"}).status_code == 422
    sent = {"signed_name": stated.managers[0].name}
    assert mine.post(address, sent).status_code == 302
    assert mine.get(at("addendum_sign", stated.practices[1].pk, contract)).status_code == 404
    quinn = client_of(stated.quinn)
    page = quinn.get(at("supply_detail", contract)).content.decode()
    assert "Who signed that the fee is above 3 %" in page
    assert mine.post(at("addendum_end", practice, contract)).status_code == 302
