"""Gates: who may buy what, on both sides of each day, and what to do about it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from credentialing.rules.identifiers import with_dea_check_digit
from ipaportal.core.spans import Span
from purchasing.rules.gates import (
    FRIDGE,
    MARGIN,
    ROOM,
    ULTRA_COLD,
    Goods,
    Licence,
    Place,
    Request,
    Seller,
    Stage,
    refusals_of,
    seller_refusals,
    unusual_words,
)

TODAY = date(2026, 11, 28)
EXPECTED = date(2026, 12, 10)
YEAR = Span(date(2026, 1, 1), date(2027, 1, 1))
DEA = with_dea_check_digit("AB", "123456")
REGISTRATION = Licence(DEA, YEAR, "12 Elm St", frozenset({"2", "2N", "3", "3N", "4", "5"}))
LICENCE = Licence("CA-1", YEAR, state="CA")
BELL = Place(
    "Bell Clinic", "12 Elm St", "CA", YEAR, YEAR, (LICENCE,), (REGISTRATION,),
    storage=frozenset({ROOM, FRIDGE}),
)  # fmt: skip
GAUZE = Goods("Gauze", "supply")
INSULIN = Goods("Insulin", "drug", is_rx=True, storage=FRIDGE)
FLU = Goods("Flu vaccine", "vaccine", is_rx=True, storage=FRIDGE)
MIDAZOLAM = Goods("Midazolam", "drug", is_rx=True, schedule="4")
FENTANYL = Goods("Fentanyl", "drug", is_rx=True, schedule="2")


def codes(goods, place=BELL, stage=Stage.COMMIT, **changed) -> list[str]:
    request = Request(goods, place, stage, TODAY, EXPECTED, **changed)
    return [one.code for one in refusals_of(request)]


@pytest.mark.parametrize("goods", [GAUZE, INSULIN, FLU, MIDAZOLAM])
@pytest.mark.parametrize("stage", list(Stage))
def test_lets_a_licensed_site_buy(goods, stage):
    assert codes(goods, stage=stage) == []


def test_schedule_two_has_a_price_and_no_order():
    assert codes(FENTANYL) == codes(FENTANYL, stage=Stage.ORDER) == ["price_only"]
    # Ordered by the practice itself, it may of course arrive.
    assert codes(FENTANYL, stage=Stage.RECEIPT) == []


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (EXPECTED + MARGIN + timedelta(days=1), []),
        (EXPECTED + MARGIN, ["dea_ends"]),
        (TODAY + timedelta(days=1), ["dea_ends"]),
        (TODAY, ["dea_expired"]),
        (None, []),
    ],
)
def test_a_registration_must_last_until_a_late_delivery(end, expected):
    held = replace(REGISTRATION, span=Span(YEAR.start, end))
    assert codes(MIDAZOLAM, replace(BELL, dea=(held,))) == expected


def test_at_receipt_the_day_itself_counts_and_goods_are_kept_apart():
    ends = replace(LICENCE, span=Span(YEAR.start, TODAY + timedelta(days=1)))
    assert codes(INSULIN, replace(BELL, licences=(ends,)), Stage.RECEIPT) == []
    expired = replace(LICENCE, span=Span(YEAR.start, TODAY))
    request = Request(INSULIN, replace(BELL, licences=(expired,)), Stage.RECEIPT, TODAY)
    [refusal] = refusals_of(request)
    assert refusal.words() == (
        "The licence of CA to buy prescription drugs of Bell Clinic is not in force. Do not use "
        "it: keep it apart and tell the IPA. Have the licence renewed and verified in "
        "credentialing."
    )


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ((), ["no_dea"]),
        ((replace(REGISTRATION, number="AB1234560"),), ["dea_number"]),
        ((replace(REGISTRATION, address_key="9 Oak St"),), ["dea_address"]),
        ((replace(REGISTRATION, schedules=frozenset({"3", "5"})),), ["dea_schedule"]),
        ((replace(REGISTRATION, is_verified=False),), ["dea_unverified"]),
        # One that does is enough.
        ((replace(REGISTRATION, address_key="9 Oak St"), REGISTRATION), []),
    ],
)
def test_asks_for_a_registration_that_fits_number_address_and_schedule(held, expected):
    assert codes(MIDAZOLAM, replace(BELL, dea=held)) == expected


def test_asks_for_the_state_registration_where_the_state_does():
    place = replace(BELL, needs_state_controlled=True)
    assert codes(MIDAZOLAM, place) == ["no_state_controlled"]
    of_state = Licence("CSR-1", YEAR, state="CA")
    assert codes(MIDAZOLAM, replace(place, state_controlled=(of_state,))) == []
    elsewhere = replace(of_state, state="NV")
    assert codes(MIDAZOLAM, replace(place, state_controlled=(elsewhere,))) == [
        "no_state_controlled"
    ]


def test_no_controlled_drug_is_ordered_to_fill_a_case():
    assert codes(MIDAZOLAM, flex=1) == ["no_flex"]
    assert codes(INSULIN, flex=1) == []


def test_asks_for_the_licence_of_the_state_it_is_sent_to():
    assert codes(INSULIN, replace(BELL, licences=())) == ["no_licence"]
    assert codes(INSULIN, replace(BELL, licences=(replace(LICENCE, state="NV"),))) == ["no_licence"]
    assert codes(GAUZE, replace(BELL, licences=())) == []


def test_a_340b_site_buys_vaccines_and_supplies_but_no_covered_drugs():
    place = replace(BELL, is_gpo_prohibited=True)
    assert codes(INSULIN, place) == ["gpo_prohibited"]
    assert codes(replace(INSULIN, kind="biologic"), place) == ["gpo_prohibited"]
    assert codes(FLU, place) == codes(GAUZE, place) == []


def test_the_ipa_itself_takes_in_supplies_and_never_drugs():
    hub = Place("IPA office", "1 Main St", "CA", is_practice=False)
    assert codes(GAUZE, hub) == []
    assert codes(replace(INSULIN, storage=ROOM), hub) == ["not_a_practice"]


def test_asks_for_storage_that_keeps_it_cold():
    request = Request(replace(FLU, storage=ULTRA_COLD), BELL, Stage.COMMIT, TODAY, EXPECTED)
    [refusal] = refusals_of(request)
    assert refusal.reason == (
        "Flu vaccine is kept at −90 to −60 °C, and Bell Clinic has no such storage on file."
    )


def test_buys_only_for_who_has_signed():
    assert codes(GAUZE, replace(BELL, agreement=None)) == ["no_agreement"]
    ended = Span(YEAR.start, TODAY)
    assert codes(GAUZE, replace(BELL, agreement=ended)) == ["no_agreement"]
    assert codes(GAUZE, replace(BELL, own_use=ended)) == ["no_own_use"]
    assert codes(GAUZE, replace(BELL, agreement=ended), Stage.RECEIPT) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"is_recalled": True}, "recalled"),
        ({"is_program_stock": True}, "program_stock"),
        ({"refused_because": "the maker sells it to practices only"}, "item_refused"),
    ],
)
def test_refuses_items_that_are_not_bought_in_groups(changed, code):
    assert codes(replace(FLU, **changed)) == [code]


def test_says_all_that_is_wrong_at_once():
    nobody = Place("Bell Clinic", "12 Elm St", "CA")
    assert codes(replace(MIDAZOLAM, storage=FRIDGE), nobody) == [
        "no_agreement", "no_own_use", "no_licence", "no_dea", "storage",
    ]  # fmt: skip


def test_a_supplier_needs_licence_evidence_and_registration():
    good = Seller("Acme", False, (LICENCE,), (REGISTRATION,), YEAR)
    assert seller_refusals(good, MIDAZOLAM, "CA", TODAY) == []
    assert [one.code for one in seller_refusals(good, MIDAZOLAM, "NV", TODAY)] == ["seller_licence"]
    bare = Seller("Acme", True)
    assert [one.code for one in seller_refusals(bare, MIDAZOLAM, "CA", TODAY)] == [
        "excluded", "seller_licence", "trading_partner", "seller_dea",
    ]  # fmt: skip
    assert seller_refusals(Seller("Acme"), GAUZE, "CA", TODAY) == []


@pytest.mark.parametrize(
    ("quantity", "past", "is_held"),
    [
        (1, [], True), (1, [1, 1], True), (30, [10, 10, 10], False), (31, [10, 10, 10], True),
        (45, [10, 20, 0, 40], False), (46, [10, 20, 0, 40], True), (1, [0, 0, 0], True),
        (3, [9] * 12 + [1] * 12, False), (4, [9] * 12 + [1] * 12, True),
    ],
)  # fmt: skip
def test_holds_an_unusual_order_of_a_controlled_drug(quantity, past, is_held):
    assert bool(unusual_words(quantity, past)) == is_held
