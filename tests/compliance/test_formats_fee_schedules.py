"""Fee schedules: prices, Medicare's relative values, and every line that cannot be used."""

from decimal import Decimal

import pytest

from compliance.formats.fee_schedules import PriceRow, read_prices, read_relative_values
from compliance.rules.pricing import Place

FACTOR = Decimal("33.4009")
HEADS = "HCPCS,MOD,STATUS CODE,WORK RVU,NON-FAC PE RVU,FACILITY PE RVU,MP RVU\n"


def test_prices_as_they_are_agreed():
    text = 'Code,Modifier,Price,Facility\n99213,,"$1,095.53",65.13\n71046,26,9.5,\n'
    file = read_prices(text.encode())
    assert file.problems == ()
    assert file.rows == (
        PriceRow("99213", "", 1_095_53, 65_13),
        PriceRow("71046", "26", 9_50, 9_50),
    )


def test_relative_values_become_prices_of_a_place():
    file = read_relative_values(
        f"{HEADS}99213,,A,1.30,1.46,0.55,0.10\n99499,,C,0,,0,0\n".encode(), Place(), FACTOR
    )
    assert file.problems == ()
    assert file.rows[0] == PriceRow("99213", "", 95_53, 65_13)
    assert file.rows[1] == PriceRow("99499", "", 0, 0)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (",,5,", "names no service"),
        ("99213,,5,\n99213,,6,", "stands in it twice"),
        ("99213,,x,", "'x' is no price"),
        ("99213,,-1,", "'-1' is no price"),
        ("99213,,5,x", "'x' is no price"),
        ("99 13,,5,", "is no code"),
        ("99213,259,5,", "is no code"),
        ("99213,,99999999,", "is no price"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(line, words):
    file = read_prices(f"Code,Modifier,Price,Facility\n{line}\n".encode())
    assert [words in told for _, told in file.problems] == [True]
    assert file.problems[0][0].startswith("line ")


def test_names_the_columns_that_are_not_there():
    assert read_prices(b"A,B\n1,2\n").problems[0] == (
        "headers", "No column is called hcpcs or code.",
    )  # fmt: skip
    file = read_relative_values(b"HCPCS,WORK RVU\n99213,1\n", Place(), FACTOR)
    assert len(file.problems) == 3
    assert read_prices(b"").problems
    assert read_prices(b"Code,Price\n").problems == (("file", "It holds no price."),)


def test_a_relative_value_that_is_none_is_named():
    for text in ("x", "-1", "10001"):
        file = read_relative_values(f"{HEADS}99213,,A,{text},1,1,1\n".encode(), Place(), FACTOR)
        assert file.problems == (("line 2", f"{text!r} is no relative value."),)
