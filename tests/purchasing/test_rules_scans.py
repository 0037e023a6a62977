"""What codes on packages say, which line they are of, and what is refused by name."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.formats.gs1 import read_code
from purchasing.rules.ndc import Ndc, gtin_of, parse_ndc
from purchasing.rules.scans import (
    BadScan,
    Known,
    Scan,
    Wanted,
    expiry_of,
    is_short_dated,
    line_of,
    sort_scans,
)

TODAY = date(2026, 3, 20)
NDC = parse_ndc("0409-3795-01")
GTIN = gtin_of(NDC)
KETO = Wanted(1, "Ketorolac, box", NDC, 2, needs_lot=True)


def named(text: str) -> str:
    with pytest.raises(BadScan) as refused:
        read_code(text, TODAY)
    return refused.value.code


@pytest.mark.parametrize(
    "written",
    [
        f"]d201{GTIN}1727123110ab1\x1d21S1",
        f"\x1d01{GTIN}1727123110AB1<GS>21S1",
        f"01{GTIN}21S1\x1d1727123110AB1\r\n",
        f"(01){GTIN}(17)271231(10)AB1(21)S1",
        f"01{GTIN}1727120010AB1{{GS}}21S1",
        f"https://id.gs1.org/01/{GTIN}/10/AB1/21/S1?17=271231",
    ],
)
def test_reads_a_code_however_it_is_sent(written):
    assert read_code(written, TODAY) == Scan(GTIN, "AB1", date(2027, 12, 31), "S1")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("hello", "no_code"),
        ("", "no_code"),
        ("9" * 201, "no_code"),
        (GTIN[:-1] + "9", "check_digit"),
        (f"01{GTIN[:-1]}91727123110AB", "check_digit"),
        (f"01{GTIN}1727133110AB", "no_such_day"),
        (f"01{GTIN}1727023110AB", "no_such_day"),
        (f"(01){GTIN}(17)271231(10)AB 1", "bad_field"),
        ("00123456789012345675", "no_gtin"),
        (f"01{GTIN}21S11727123110AB1", "separator_lost"),
    ],
)
def test_refuses_what_cannot_be_used_by_name(written, code):
    assert named(written) == code


def test_says_what_to_compare_where_a_separator_may_be_lost():
    found = read_code(f"01{GTIN}1727123110AB121S1", TODAY)
    assert (found.lot, found.serial) == ("AB121S1", "")
    assert found.doubt.startswith("The lot reads AB121S1: compare it.")
    assert read_code(f"01{GTIN}1727123110AB1", TODAY).doubt == ""


@pytest.mark.parametrize(
    ("text", "day"),
    [("270200", date(2027, 2, 28)), ("280200", date(2028, 2, 29)), ("261231", date(2026, 12, 31)),
     ("760101", date(2076, 1, 1)), ("770101", date(1977, 1, 1))],
)  # fmt: skip
def test_reads_an_expiry_with_day_nought_and_its_century(text, day):
    assert expiry_of(text, TODAY) == day


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.dates(date(2020, 1, 1), date(2060, 1, 1)))
def test_reads_back_every_day_within_fifty_years(day, today):
    if -49 <= day.year - today.year <= 50:
        assert expiry_of(f"{day:%y%m%d}", today) == day


def test_warns_of_little_time_on_both_sides_of_the_boundary():
    assert [is_short_dated(one, TODAY) for one in (date(2026, 9, 15), date(2026, 9, 16), None)] == [
        True, False, False,
    ]  # fmt: skip


def test_finds_the_line_by_the_segments_that_the_catalogue_knows():
    assert line_of(Scan(GTIN), [KETO]) is KETO
    # The same ten digits, parted otherwise, are another labeler's: nobody guesses.
    other = Wanted(2, "Other", Ndc("04093", "7950", "1"), 5)
    assert gtin_of(other.ndc) == GTIN
    with pytest.raises(BadScan, match="depending on where they part") as refused:
        line_of(Scan(GTIN), [KETO, other])
    assert refused.value.code == "ambiguous"


def test_names_what_else_it_is_and_what_holds_no_ndc():
    gloves = parse_ndc("0002-1200-01")
    for known, code, words in (
        ([Known("Insulin", gloves)], "other_item", "This is the code of Insulin"),
        ([], "other_item", "No item on order has the digits 0002120001"),
    ):
        with pytest.raises(BadScan, match=words) as refused:
            line_of(Scan(gtin_of(gloves)), [KETO], known)
        assert refused.value.code == code
    with pytest.raises(BadScan) as refused:
        line_of(Scan("09781492053743"), [KETO])
    assert refused.value.code == "no_ndc"
    # Six digits of labeler (2033 on) hold no ten: said, and counted by hand.
    late = Wanted(3, "Lateol", Ndc("123456", "1200", "01"), 5)
    with pytest.raises(BadScan, match="Count Lateol by hand"):
        line_of(Scan(gtin_of(gloves)), [late])


def test_counts_a_recorded_code_as_the_packs_it_holds():
    box, case, each = "00012345678905", "10012345678902", "20012345678909"
    gloves = Wanted(4, "Gloves, box", None, 12, item=7, codes=((box, 1), (case, 10), (each, 0)))
    scans = [(code, Scan(code)) for code in (case, box, each, case)]
    found = sort_scans(scans, [gloves], [], frozenset(), TODAY)
    assert [(one.packs, one.doubts) for one in found.parcels] == [(11, ())]
    assert [(text, code) for text, code, _ in found.refused] == [
        (each, "less_than_a_pack"), (case, "over"),
    ]  # fmt: skip
    with pytest.raises(BadScan, match="This is the code of Gowns"):
        line_of(Scan("00012345678905"), [KETO], [Known("Gowns", None, frozenset({box}))])


def test_puts_packages_together_and_names_what_is_left_out():
    def scan(serial: str = "", lot: str = "AB1", expires: date | None = date(2027, 12, 31)):
        return (serial or lot, Scan(GTIN, lot, expires, serial))

    scans = [
        scan("S1"), scan("S1"), scan("S2"), scan("S9"), scan("S3"),
        scan(lot="", serial="S4"), scan("S5", expires=date(2026, 3, 19)),
        ("junk", BadScan("no_code", "It is no code.", "Scan it again.")),
    ]  # fmt: skip
    known = frozenset({(GTIN, "S9")})
    found = sort_scans(scans, [KETO], [], known, TODAY)
    (parcel,) = found.parcels
    assert (parcel.key, parcel.packs, parcel.lot) == (1, 2, "AB1")
    assert parcel.codes == ((GTIN, "S1"), (GTIN, "S2"))
    assert [(text, code) for text, code, _ in found.refused] == [
        ("S1", "twice"), ("S9", "known_serial"), ("S3", "over"), ("S4", "over"),
        ("S5", "expired"), ("junk", "no_code"),
    ]  # fmt: skip


def test_fills_the_oldest_line_first_and_asks_for_lots():
    second = Wanted(2, "Ketorolac, box", NDC, 5, needs_lot=True)
    scans = [(str(one), Scan(GTIN, "L", date(2027, 1, 1), str(one))) for one in range(3)]
    found = sort_scans(scans, [KETO, second], [], frozenset(), TODAY)
    assert [(one.key, one.packs) for one in found.parcels] == [(1, 2), (2, 1)]
    found = sort_scans([("bars", Scan(GTIN))], [KETO], [], frozenset(), TODAY)
    assert [(code, "no lot and no expiry" in why) for _, code, why in found.refused] == [
        ("lot_missing", True)
    ]


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 6)), max_size=14),
       st.integers(0, 5), st.integers(0, 5))  # fmt: skip
def test_never_counts_more_than_is_expected_nor_a_serial_twice(scanned, first, second):
    wanted = [Wanted(1, "K", NDC, first), Wanted(2, "K", NDC, second)]
    scans = [(str(n), Scan(GTIN, lot, None, str(n) if n else "")) for lot, n in scanned]
    found = sort_scans(scans, wanted, [], frozenset(), TODAY)
    counted = sum(one.packs for one in found.parcels)
    assert counted + len(found.refused) == len(scans)
    assert counted <= first + second
    codes = [code for one in found.parcels for code in one.codes]
    assert len(codes) == len(set(codes))
