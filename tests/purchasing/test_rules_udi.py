"""Devices' own codes out of prose, and recalls that are matched by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules.ndc import gtin_check_digit
from purchasing.rules.recalls import Holding, Rung, match, read_serials, recall_of
from purchasing.rules.udi import core_of, read_udi


def gtin(thirteen: str) -> str:
    return f"{thirteen}{gtin_check_digit(thirteen)}"


EACH, BOX, OTHER = gtin("0088483808861"), gtin("1088483808861"), gtin("0081234500001")
PUMP = recall_of(
    "Z-0101-2026",
    "Class I",
    "Infusion Pump set, sterile, Model 2200",
    f"UDI-DI: {EACH}; Lot Numbers: AB12, AB13 Exp 10/2027; Serial Numbers: SN1001, SN1002",
    "Example Devices",
)


def holding(**changed) -> Holding:
    usual = {"practice": "bell", "name": "Infusion pump set", "ndc": None, "lot": "AB12",
             "quantity": 2, "gtins": frozenset({EACH}), "serials": ()}  # fmt: skip
    return Holding(**usual | changed)


@pytest.mark.parametrize(
    ("text", "gtins", "lots", "serials"),
    [
        (f"UDI-DI: {EACH}", (EACH,), (), ()),
        (f"UDI {EACH}, {BOX}", (EACH, BOX), (), ()),
        (f"GTIN: {EACH} Lot: A1", (EACH,), (), ()),
        (f"(01){EACH}(17)271231(10)AB12(21)S-9", (EACH,), ("AB12",), ("S-9",)),
        (f"(01) {EACH} (10) AB12; (01){BOX}(10)AB13", (EACH, BOX), ("AB12", "AB13"), ()),
        (f"(01){EACH[:-1]}{(int(EACH[-1]) + 1) % 10}(10)AB12", (), (), ()),  # a digit is wrong
        (f"UDI-DI: 9{EACH}", (), (), ()),  # fifteen digits are no article
        (f"Phone {EACH}", (), (), ()),  # nothing says that it is a code
        ("UDI not available", (), (), ()),
        ("", (), (), ()),
    ],
)
def test_reads_articles_lots_and_serials(text, gtins, lots, serials):
    found = read_udi(text)
    assert (found.gtins, found.lots, found.serials) == (gtins, lots, serials)


@pytest.mark.parametrize(
    ("text", "serials"),
    [
        ("Serial Numbers: 8801, 8802 and 8803", ("8801", "8802", "8803")),
        ("S/N: A-100; SN A-101", ("A-100", "A-101")),
        ("Serial No. 8801 to 8899", ("8801",)),
        ("serial killer movies", ()),
        ("Lot 8801", ()),
    ],
)
def test_reads_serials_after_their_word(text, serials):
    assert read_serials(text)[0] == serials


def test_puts_a_recall_of_devices_together_and_understands_all_of_it():
    assert PUMP.gtins == (EACH,)
    assert [lot.number for lot in PUMP.lots] == ["AB12", "AB13"]
    assert (PUMP.serials, PUMP.unread, PUMP.ndcs) == (("SN1001", "SN1002"), (), ())
    ranged = recall_of("Z-2", "", "Pump", f"UDI-DI {EACH}, Serial Numbers: 1001 through 1999")
    assert (ranged.serials, ranged.unread) == (("1001",), ("1999",))


LOT, SERIALS = "the lot that was received", "the serials that were received"
PACKAGE = "whether this package of the product is recalled"


@pytest.mark.parametrize(
    ("changed", "rung", "unknown"),
    [
        ({}, Rung.NDC_AND_LOT, ()),
        ({"lot": "ab-12"}, Rung.NDC_AND_LOT, ()),
        ({"lot": "", "serials": ("sn 1001", "X2")}, Rung.NDC_AND_LOT, ()),
        ({"lot": "ZZ9", "serials": ("SN1002", "X2")}, Rung.NDC_AND_LOT, ()),
        ({"lot": ""}, Rung.NDC_LOT_UNKNOWN, (LOT, SERIALS)),
        # The lot is another, and of two packages one serial is known: the other may be recalled.
        ({"lot": "ZZ9"}, Rung.NDC_LOT_UNKNOWN, (SERIALS,)),
        ({"lot": "ZZ9", "serials": ("X1",)}, Rung.NDC_LOT_UNKNOWN, (SERIALS,)),
        ({"lot": "", "serials": ("X1", "X2")}, Rung.NDC_LOT_UNKNOWN, (LOT,)),
        # The same article in another packaging.
        ({"gtins": frozenset({BOX})}, Rung.LABELER_AND_PRODUCT, (PACKAGE,)),
        # Another article, or none on file: the name alone, and never "not affected".
        ({"gtins": frozenset({OTHER})}, Rung.NAME,
         ("whether its code on file is of another packaging of what is recalled",)),
        ({"gtins": frozenset()}, Rung.NAME, ("the code (UDI) of the device that was received",)),
    ],
)  # fmt: skip
def test_climbs_the_same_ladder_by_articles_and_serials(changed, rung, unknown):
    found = match(PUMP, holding(**changed))
    assert (found.rung, found.unknown) == (rung, unknown)
    assert found.is_told_at_once == (rung == Rung.NDC_AND_LOT)


@pytest.mark.parametrize(
    "changed",
    [
        {"lot": "ZZ9", "serials": ("X1", "X2")},  # lot and every serial are known, and others
        {"gtins": frozenset({OTHER}), "name": "Gauze pads"},
        {"gtins": frozenset(), "name": "Gauze pads"},
    ],
)
def test_rules_out_only_what_is_known_to_be_another(changed):
    assert match(PUMP, holding(**changed)) is None


def test_a_recall_of_serials_alone_asks_for_no_lot():
    recall = recall_of("Z-3", "Class II", "Pump", f"UDI-DI: {EACH}. Serial Numbers: 8801, 8802")
    assert match(recall, holding(serials=("8801", "1"))).is_told_at_once
    assert match(recall, holding()).unknown == (SERIALS,)
    assert match(recall, holding(serials=("1", "2"))) is None
    unread = recall_of("Z-4", "", "Pump", f"UDI-DI: {EACH}. Serial Numbers: 8801 through 8899")
    assert match(unread, holding(serials=("8850", "2"))).unknown == (
        "further lots: the recall's text names some that were not understood",
    )


@given(st.text(alphabet="0123456789()UDI-:, LotSNX\n", max_size=200))
def test_reads_any_text_and_names_articles_that_check(text):
    for one in read_udi(text).gtins:
        assert len(one) == 14
        assert gtin_check_digit(one[:-1]) == int(one[-1])
        assert len(core_of(one)) == 12


@given(
    st.sampled_from(["", "AB12", "AB13", "ZZ9"]),
    st.lists(st.sampled_from(["SN1001", "X1", "X2"]), max_size=3, unique=True),
    st.sampled_from([frozenset(), frozenset({EACH}), frozenset({BOX})]),
)
def test_whatever_may_be_recalled_is_never_called_another(lot, serials, gtins):
    found = match(PUMP, holding(lot=lot, serials=tuple(serials), gtins=gtins))
    is_hit = lot in ("AB12", "AB13") or "SN1001" in serials
    is_known = lot == "ZZ9" and len(serials) >= 2
    assert (found is None) == (not is_hit and is_known)
