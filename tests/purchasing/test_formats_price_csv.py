"""Price lists: read strictly, every refused line named."""

from decimal import Decimal

import pytest

from purchasing.formats.price_csv import read_prices
from purchasing.rules.ladders import best_ladder

HEAD = "Item,Pack,From packs,Price,Currency\n"


def test_reads_the_tiers_of_each_pack():
    read = read_prices(
        (HEAD + "GLOVE,box,0,$10.00,USD\nGLOVE,box,50,9.5,\nMASK,each,1,0.4,\n").encode()
    )
    assert read.problems == ()
    gloves, masks = read.packs
    assert (gloves.item, gloves.pack, gloves.line_no) == ("GLOVE", "box", 2)
    assert gloves.tiers == ((0, Decimal("10.00")), (50, Decimal("9.5")))
    assert masks.tiers == ((1, Decimal("0.4")),)


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("GLOVE,box,0,0,", "price", "no_price"),
        ("GLOVE,box,0,-1,", "price", "no_price"),
        ("GLOVE,box,0,1e3,", "price", "no_price"),
        ("GLOVE,box,0,NaN,", "price", "no_price"),
        ("GLOVE,box,0,1.00001,", "price", "too_fine"),
        ("GLOVE,box,-1,1,", "from_packs", "no_count"),
        ("GLOVE,box,1.5,1,", "from_packs", "no_count"),
        ("GLOVE,,0,1,", "pack", "unreadable"),
        ("5.0242E+10,box,0,1,", "item", "unreadable"),
        ("GLOVE,box,0,1,EUR", "currency", "currency"),
        ("GLOVE,box,0,1,,,9", "", "columns"),
    ],
)
def test_names_each_line_that_it_cannot_use(line, column, code):
    read = read_prices((HEAD + "MASK,each,0,1,\n" + line + "\n").encode())
    assert [(one.line_no, one.column, one.code) for one in read.problems] == [(3, column, code)]


def test_says_which_column_is_missing():
    read = read_prices(b"Item,Price\nGLOVE,1\n")
    assert [one.column for one in read.problems] == ["pack", "from_packs"]
    assert read.packs == ()


def test_takes_the_best_of_several_offers_at_each_volume():
    one, other = [[0, "10"], [50, "8"]], [[20, "9"], [100, "8.5"]]
    assert best_ladder([one, other]) == [[0, "10"], [20, "9"], [50, "8"]]
