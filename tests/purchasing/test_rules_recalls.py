"""Recalls: codes and lots out of prose, and nothing unknown taken for not affected."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules.ndc import parse_ndc
from purchasing.rules.recalls import (
    Holding,
    Lot,
    Rung,
    answer_by,
    lots_in,
    match,
    matches_of,
    names_all_lots,
    ndcs_in,
    products_in,
    read_lots,
    recall_of,
)

# A record like those whose listed codes are empty: code and lot stand in the text alone.
TABLETS = recall_of(
    "D-0001-2026",
    "Class II",
    "Hydrocodone Bitartrate and Acetaminophen Tablets, USP, CII, 10 mg/325 mg, 100-count bottle, "
    "Rx only, Made for Example Inc., NDC 0023-6002-01, UPC 300236002010",
    "Lot # 544821A, Exp 07/19",
    "Example Inc.",
)
BOTTLE, OTHER_BOTTLE = parse_ndc("00023-6002-01"), parse_ndc("0023-6002-05")


def holding(ndc=BOTTLE, lot="544821A", name="Hydrocodone 10/325") -> Holding:
    return Holding("bell", name, ndc, lot, 3)


def rung(**changed) -> Rung:
    found = match(TABLETS, holding(**changed))
    return found.rung if found else Rung.NONE


def test_finds_code_and_lot_in_text_alone():
    assert [ndc.hyphenated for ndc in TABLETS.ndcs] == ["0023-6002-01"]
    assert TABLETS.lots == (Lot("544821A", date(2019, 7, 31)),)
    assert TABLETS.unread == ()
    found = match(TABLETS, holding())
    assert (found.rung, found.unknown, found.is_told_at_once) == (Rung.NDC_AND_LOT, (), True)


@pytest.mark.parametrize(
    ("text", "lots"),
    [
        ("Lot # 544821A, Exp 07/19", [("544821A", "2019-07-31")]),
        ("Lot: A1, B2 and C3", [("A1", None), ("B2", None), ("C3", None)]),
        ("Lot Numbers: A1-7 (Exp. 01/2020); C789, exp. 2/2020",
         [("A1-7", "2020-01-31"), ("C789", "2020-02-29")]),
        ("LOT NUMBER(S): 12345 EXP: 12/31/2025", [("12345", "2025-12-31")]),
        ("Batch No. AB.12 Expiry Date: Mar 2027", [("AB.12", "2027-03-31")]),
        ("Lot 77A (expires 2026-05); Lot 78A (2026-06-15)",
         [("77A", "2026-05-31"), ("78A", "2026-06-15")]),
        ("lots 1001, 1002 Exp 10/26, 1003 Exp 11/26",
         [("1001", "2026-10-31"), ("1002", "2026-10-31"), ("1003", "2026-11-30")]),
        ("A lot of complaints came in", []),
        ("allotment 12345", []),
        ("Lot exp 10/2026", []),
        ("", []),
    ],
)  # fmt: skip
def test_reads_lots_and_when_they_expire(text, lots):
    assert [(lot.number, lot.expires and lot.expires.isoformat()) for lot in lots_in(text)] == lots


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("Lot 544821A, Exp 07/19; NDC 0023-6002-01", ()),
        ("Lots 100 through 120", ("120",)),
        ("Lots A100 to A120 exp 10/26", ("A120",)),
        ("Lot AB 1234", ("1234",)),
        ("Serial numbers 8801, 8802", ("8801,", "8802")),
        ("Lots A1, A2. Expiration dates 10/26, 11/26", ()),
    ],
)
def test_says_what_it_did_not_understand(text, unread):
    assert read_lots(text).unread == unread


def test_finds_every_code_once():
    text = "NDC 0023-6002-01 (carton), NDC: 00023600201; 50242–040–62, tel. 800-555-0100, 1-2-3"
    assert [ndc.ndc12 for ndc in ndcs_in(text)] == ["000023600201", "050242004062"]
    assert products_in("NDC 0002-1200, and NDC 0023-6002-01") == ["0000021200"]


@pytest.mark.parametrize(
    ("changed", "expected", "unknown"),
    [
        ({}, Rung.NDC_AND_LOT, ()),
        ({"lot": "544 821-a"}, Rung.NDC_AND_LOT, ()),
        ({"lot": ""}, Rung.NDC_LOT_UNKNOWN, ("the lot that was received",)),
        ({"ndc": OTHER_BOTTLE}, Rung.LABELER_AND_PRODUCT,
         ("whether this package of the product is recalled",)),
        ({"ndc": None}, Rung.NAME, ("the code that was received",)),
        ({"ndc": None, "lot": ""}, Rung.NAME,
         ("the lot that was received", "the code that was received")),
    ],
)  # fmt: skip
def test_climbs_the_ladder_and_says_what_is_unknown(changed, expected, unknown):
    found = match(TABLETS, holding(**changed))
    assert (found.rung, found.unknown) == (expected, unknown)
    assert found.is_told_at_once == (expected == Rung.NDC_AND_LOT)


@pytest.mark.parametrize(
    "changed",
    [
        {"lot": "544822A"},  # another lot
        {"ndc": parse_ndc("0023-6003-01")},  # another product
        {"ndc": None, "name": "Gauze pads"},
    ],
)
def test_rules_out_only_what_is_known_to_differ(changed):
    assert match(TABLETS, holding(**changed)) is None


def test_an_unread_range_rules_no_lot_out():
    recall = recall_of("D-2", "Class I", "NDC 0023-6002-01", "Lots A100 through A120")
    found = match(recall, holding(lot="A110"))
    assert found.rung == Rung.NDC_LOT_UNKNOWN
    assert found.unknown == ("further lots: the recall's text names some that were not understood",)
    assert match(recall, holding(lot="A100")).rung == Rung.NDC_AND_LOT


def test_a_recall_without_lots_is_of_unknown_lots_unless_it_says_all():
    unsaid = recall_of("D-3", "", "NDC 0023-6002-01", "see letter")
    assert match(unsaid, holding()).unknown == ("the lots that are recalled",)
    every = recall_of("D-4", "", "NDC 0023-6002-01", "All lots within expiry")
    assert names_all_lots("All lots within expiry")
    assert names_all_lots("all unexpired lots")
    assert match(every, holding(lot="")).rung == Rung.NDC_AND_LOT


def test_uses_what_is_listed_and_passes_over_what_cannot_be_read():
    recall = recall_of(
        "D-5", "", "Tablets", "Lot 1A", "", ["0023-6002-01", "junk"], ["0002-1200", "x"]
    )
    assert [ndc.hyphenated for ndc in recall.ndcs] == ["0023-6002-01"]
    assert recall.product_keys == ("0000021200",)


def test_puts_the_surest_first():
    held = [holding(ndc=None), holding(lot=""), holding(), holding(lot="OTHER1")]
    assert [one.rung for one in matches_of(TABLETS, held)] == [
        Rung.NDC_AND_LOT, Rung.NDC_LOT_UNKNOWN, Rung.NAME,
    ]  # fmt: skip


def test_asks_for_an_answer_by_the_gravity():
    day = date(2026, 11, 28)
    assert answer_by("Class I", day) == date(2026, 11, 29)
    assert answer_by("Class II", day) == date(2026, 12, 1)
    assert answer_by("Class III", day) == date(2026, 12, 8)
    assert answer_by("Not Yet Classified", day) == date(2026, 11, 29)


@given(st.text(alphabet="Lotexp 0123456789-/,;():#.AB\n", max_size=120))
def test_reads_any_text_without_falling_over(text):
    recall = recall_of("D", "", text, text)
    for lot in recall.lots:
        assert any(map(str.isdigit, lot.number))
    # What it did understand is never lost: every lot stands in the text.
    assert all(lot.number in text for lot in recall.lots)
