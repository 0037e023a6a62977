"""Numbers that check themselves, with vectors from outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentialing.rules.facility_types import FACILITY_TYPES, ccn_words, fault_of_ccn
from credentialing.rules.identifiers import (
    dea_fits_name,
    is_clia,
    is_dea,
    is_ssn,
    is_taxonomy,
    with_dea_check_digit,
)
from credentialing.rules.npi import is_npi, with_check_digit

# CMS, "Requirements for NPI and NPI Check Digit" works through 1234567893; the others computed.
GOOD_NPIS = ["1234567893", "1245319599", "1679576722", "1000000004", "2000000002"]
BAD_NPIS = ["1234567890", "2123456781", "3234567893", "123456789", "12345678930", "１234567893", ""]


@pytest.mark.parametrize("npi", GOOD_NPIS)
def test_takes_npis_whose_check_digit_fits(npi):
    assert is_npi(npi)
    assert with_check_digit(npi[:9]) == npi


@pytest.mark.parametrize("npi", BAD_NPIS)
def test_refuses_npis_that_cannot_be(npi):
    assert not is_npi(npi)


@given(st.text("0123456789", min_size=8, max_size=8), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_of_an_npi_is_always_found(eight, place, shift):
    npi = with_check_digit("1" + eight)
    wrong = npi[: place + 1] + str((int(npi[place + 1]) + shift) % 10) + npi[place + 2 :]
    assert is_npi(npi)
    assert not is_npi(wrong)


# DEA Practitioner's Manual's way of counting: 1+3+5 = 9, 2·(2+4+6) = 24, 33 ends in 3.
@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("AB1234563", True),
        ("F91234563", True),
        ("AB1234567", False),
        ("AB123456", False),
        ("A11234563", False),
        ("1B1234563", False),
        ("ab1234563", False),
    ],
)
def test_checks_dea_numbers(number, fits):
    assert is_dea(number) is fits


def test_hints_at_a_dea_number_of_another_name():
    assert dea_fits_name("AB1234563", "bell")
    assert dea_fits_name("F91234563", "Alvarez")
    assert not dea_fits_name("AB1234563", "Alvarez")


@given(st.text("0123456789", min_size=6, max_size=6))
def test_makes_dea_numbers_that_check_out(six):
    assert is_dea(with_dea_check_digit("BA", six))


@pytest.mark.parametrize(
    ("ssn", "fits"),
    [
        ("899776655", True),
        ("000776655", False),
        ("666776655", False),
        ("900776655", False),
        ("899006655", False),
        ("899770000", False),
        ("89977665", False),
    ],
)
def test_knows_social_security_numbers_never_given_out(ssn, fits):
    assert is_ssn(ssn) is fits


def test_knows_how_clia_and_taxonomy_are_written():
    assert is_clia("05D1234567")
    assert not is_clia("5D1234567")
    assert is_taxonomy("207Q00000X")
    assert not is_taxonomy("207Q00000")


@pytest.mark.parametrize(
    ("ccn", "kind", "words"),
    [
        ("050001", "hospital", None),
        ("050879", "hospital", None),
        ("050880", "hospital", "not in the numbers"),
        ("051300", "hospital", None),
        ("055000", "snf", None),
        ("056500", "snf", "not in the numbers"),
        ("50001", "hospital", "leading zero"),
        ("05C0001234", "asc", None),
        ("05D0001234", "asc", "not two digits"),
        ("050001", "lab", "has no CMS"),
        ("05000A", "hospital", "not six digits"),
    ],
)
def test_fits_a_ccn_to_the_kind_of_facility(ccn, kind, words):
    fault = fault_of_ccn(ccn, kind)
    assert (fault is None) if words is None else (words in fault)


def test_names_every_kind_once():
    assert len({kind.code for kind in FACILITY_TYPES}) == len(FACILITY_TYPES)


@pytest.mark.parametrize(("kind", "words"), [
    ("hospital", "one of 0001 to 0879, 1300 to 1399"),
    ("asc", "Two digits of the state, C, seven digits."),
    ("lab", "no certification number"),
])  # fmt: skip
def test_says_how_a_ccn_of_a_kind_is_written(kind, words):
    assert words in ccn_words(kind)
