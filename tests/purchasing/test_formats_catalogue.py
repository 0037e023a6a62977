"""The 832: prices by pack and volume, every fault at its segment."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.formats.catalogue_832 import is_x12, read
from tests.purchasing.test_formats_trade import interchange

D = Decimal
CATALOGUE = (
    "BCT*PC*2026-5",
    "CUR*SE*USD",
    "LIN*1*IN*GLOVE*VN*HM-1",
    "PID*F****Gloves, medium",
    "PO4*100",
    "CTP**UCP*9.5*0*BX",
    "CTP**UCP*9*50*BX",
    "LIN*2*N4*00409379501*MG*KT",
    "CTP**UCP*40**BX",
)


def test_reads_prices_by_item_pack_and_volume():
    found = read(interchange("832", "SC", *CATALOGUE))
    assert found.problems == ()
    first, second, third = found.lines
    assert (first.sku, first.name, first.pack, first.eaches) == (
        "GLOVE", "Gloves, medium", "BX", 100,
    )  # fmt: skip
    assert [(one.from_packs, one.price) for one in found.lines] == [
        (0, D("9.5")), (50, D(9)), (0, D(40)),
    ]  # fmt: skip
    assert (second.line_no, third.ndc.ndc11, third.maker_number, third.eaches) == (
        10, "00409379501", "KT", None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("place", "segment", "fault"),
    [
        (1, "CUR*SE*CAD", (5, "currency")),
        (2, "PID*F****no item", (9, "no_item")),
        (5, "CTP**UCP*free*0*BX", (9, "price")),
        (5, "CTP**UCP**0*BX", (9, "no_price")),
        (5, "CTP**UCP*0*0*BX", (9, "no_price")),
        (5, "CTP**UCP*9.5*-5*BX", (9, "negative")),
        (5, "CTP**UCP*9.55555*0*BX", (9, "too_fine")),
        (7, "LIN*2*N4*0409379501", (11, "ndc")),
        (6, "CTP**UCP*9*0*BX", (9, "two_prices")),
    ],
)
def test_refuses_a_price_by_its_segment(place, segment, fault):
    body = list(CATALOGUE)
    body[place] = segment
    found = read(interchange("832", "SC", *body))
    assert fault in [(one.line_no, one.code) for one in found.problems]


def test_names_a_file_without_a_price_or_of_another_kind():
    assert read(interchange("832", "SC", "BCT*PC*1")).problems[0].code == "empty"
    assert {one.code for one in read(interchange("810", "IN", "BIG*1")).problems} == {
        "other_kind", "no_transaction",
    }  # fmt: skip
    assert is_x12(b"\xef\xbb\xbfISA*00")
    assert not is_x12(b"Item,Price")


@given(st.binary(max_size=300))
def test_reads_any_bytes_without_falling_over(data):
    read(data)
    read(interchange("832", "SC", *CATALOGUE)[:-40] + data)
