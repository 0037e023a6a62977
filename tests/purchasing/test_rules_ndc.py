"""NDC: all four formats there and back, ten digits without hyphens refused, bar codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules.ndc import (
    BadNdc,
    Ndc,
    gtin_of,
    is_gtin,
    matches_gtin,
    parse_ndc,
    parse_product,
    ten_digits_of,
)

FORMATS = [(4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2), (6, 4, 2)]


@st.composite
def codes(draw, formats=tuple(FORMATS)):
    widths = draw(st.sampled_from(formats))
    parts = [f"{draw(st.integers(0, 10**width - 1)):0{width}}" for width in widths]
    if not parts[0].strip("0"):
        parts[0] = parts[0][:-1] + "1"
    return Ndc(*parts)


@pytest.mark.parametrize(
    ("written", "form", "eleven", "twelve"),
    [
        ("0777-3105-02", "4-4-2", "00777310502", "000777310502"),
        ("50242-040-62", "5-3-2", "50242004062", "050242004062"),
        ("60575-4112-1", "5-4-1", "60575411201", "060575411201"),
        ("00777-3105-02", "5-4-2", "00777310502", "000777310502"),
        ("000777-3105-02", "6-4-2", "00777310502", "000777310502"),
        (" 50242–040–62 ", "5-3-2", "50242004062", "050242004062"),
        ("00777310502", "5-4-2", "00777310502", "000777310502"),
        ("000777310502", "6-4-2", "00777310502", "000777310502"),
        ("123456-1234-12", "6-4-2", None, "123456123412"),
    ],
)
def test_reads_every_format(written, form, eleven, twelve):
    ndc = parse_ndc(written)
    assert (ndc.source_format, ndc.ndc11, ndc.ndc12) == (form, eleven, twelve)


@given(codes())
def test_goes_there_and_back(ndc):
    assert parse_ndc(ndc.hyphenated) == ndc
    if ndc.ndc11 is not None:
        assert parse_ndc(ndc.ndc11).ndc12 == ndc.ndc12
    if ndc.ndc10 is not None:
        assert parse_ndc(ndc.ndc10).ndc12 == ndc.ndc12
        assert len(ndc.ndc10) == 12


@given(codes(((4, 4, 2), (5, 3, 2), (5, 4, 1))))
def test_never_invents_ten_digits_from_eleven(ndc):
    """From eleven digits either the ten that they were, or nothing."""
    assert parse_ndc(ndc.ndc11).ndc10 in (ndc.hyphenated, None)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("5024204062", "ten digits without hyphens"),
        ("0777-310-02", "no NDC is written 4-3-2"),
        ("50242-40-62", "not three groups"),
        ("50242-0040-062", "not three groups"),
        ("50242", "it has 5 digits"),
        ("5.02420E+10", "scientific notation"),
        ("50242004062.0", "ends in .0"),
        ("", "not three groups"),
        ("ABCDE-0040-62", "not three groups"),
        ("00000-0040-62", "all zeros"),
        ("٥٠٢٤٢٠٠٤٠٦٢", "not three groups"),
        ("300710155237", "bar code"),
    ],
)
def test_refuses_what_does_not_say_which(written, why):
    with pytest.raises(BadNdc, match=why):
        parse_ndc(written)


def test_eleven_digits_say_ten_only_where_one_segment_begins_with_a_zero():
    assert parse_ndc("00777310502").ndc10 is None  # the labeler or the package may be padded
    assert parse_ndc("00777310512").ndc10 == "0777-3105-12"
    assert parse_ndc("50242004062").ndc10 == "50242-040-62"
    assert parse_ndc("99999999999").ndc10 is None


def test_names_product_and_labeler_whatever_the_format():
    assert parse_product("0002-1200") == parse_ndc("00002-1200-30").product_key == "0000021200"
    assert parse_product("50242-040") == parse_ndc("50242004062").product_key
    assert parse_ndc("0002-1200-30").labeler_key == "000002"
    with pytest.raises(BadNdc):
        parse_product("0002-120")
    with pytest.raises(BadNdc):
        parse_product("0002-1200-30")


def test_knows_a_bar_code_by_its_check_digit():
    assert is_gtin("4006381333931")
    assert not is_gtin("4006381333932")
    assert is_gtin("036000291452")
    assert not is_gtin("036000291453")
    assert not is_gtin("123")


@given(codes(((4, 4, 2), (5, 3, 2), (5, 4, 1))), st.integers(0, 8))
def test_a_package_is_found_by_its_bar_code(ndc, level):
    gtin = gtin_of(ndc, level)
    assert is_gtin(gtin)
    assert matches_gtin(ndc, gtin)
    assert ten_digits_of(gtin) == ndc.hyphenated.replace("-", "")
    assert not matches_gtin(ndc, gtin[:-1] + str((int(gtin[-1]) + 1) % 10))


def test_takes_no_other_bar_code_for_a_drug():
    assert ten_digits_of("04006381333931") is None
    assert gtin_of(parse_ndc("00777310502")) is None
