"""What an order says: units, numbers of offices, sums, and what differs of two versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipaportal.core.x12 import Reader
from purchasing.formats.purchase_papers import order_of, render_order, write_order
from purchasing.rules.purchase_papers import (
    changes_between,
    is_same,
    location_of,
    site_code,
    unit_of,
    with_sums,
)
from tests.factories import NOON


def content(*packs: int, version: int = 1) -> dict[str, object]:
    parts = [
        {"site": site_code(place), "line": place, "packs": count, "registrant": ""}
        for place, count in enumerate(packs, start=1)
    ]
    sites = [
        {"code": site_code(place), "practice": f"Clinic {place}", "street": f"{place} Elm St",
         "city": "Example", "state": "CA", "zip": "00000"}
        for place in range(1, len(packs) + 1)
    ]  # fmt: skip
    line = {"number": 1, "item": 5, "name": "Gloves, M", "code": "GLOVE", "ndc": "", "ndc11": "",
            "ndc12": "", "schedule": "", "pack": "box of 100", "unit": "BX", "price": "8.955",
            "parts": parts}  # fmt: skip
    edi = {"our_qualifier": "ZZ", "our_id": "OURS", "their_qualifier": "01", "their_id": "THEIRS"}
    return with_sums(
        {"number": "PO-2026-0001", "version": version, "reason": "less comes", "is_draft": False,
         "date": "2026-03-20", "needed": "2026-04-01", "bills": "ipa", "agent": "Example IPA",
         "supplier": "Harbor Medical", "email": "orders@harbor.example", "account": "778",
         "freight_cents": 24_00,
         "edi": edi, "contracts": ["C-1"], "sites": sites, "lines": [line]}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pack", "unit"), [("box", "BX"), (" Case ", "CA"), ("each", "EA"), ("blister", "PK")]
)
def test_gives_the_unit_of_a_pack(pack, unit):
    assert unit_of(pack) == unit


@given(st.integers(1, 10**9))
def test_reads_an_offices_number_back(pk):
    assert location_of(site_code(pk)) == pk
    assert location_of(f" {site_code(pk).lower()} ") == pk


@pytest.mark.parametrize("text", ["", "S", "SX", "S-1", "²", "S" + "9" * 12])
def test_knows_no_office_by_another_text(text):
    assert location_of(text) is None


def test_sums_each_line_once_and_leaves_out_what_is_not_ordered():
    found = content(3, 4)
    assert (found["lines"][0]["packs"], found["total_cents"]) == (7, 6269)  # 62.685, half away
    assert with_sums({**found, "lines": [{**found["lines"][0], "parts": []}]})["lines"] == []
    one_site = with_sums(
        {**found, "lines": [{**found["lines"][0], "parts": found["lines"][0]["parts"][1:]}]}
    )
    assert [site["code"] for site in one_site["sites"]] == ["S00002"]


def test_says_what_differs_of_two_versions():
    before, after = content(3, 4), content(3, 1, version=2)
    assert changes_between(before, after) == [("Gloves, M", "Clinic 2, 2 Elm St", 4, 1)]
    assert is_same(before, content(3, 4, version=2))
    assert not is_same(before, after)


def test_writes_one_order_as_850_and_pdf():
    data = write_order(content(3, 4, version=2), 77, NOON)
    reader = Reader(data)
    found = {segment[0]: segment for _, segment in reader}
    assert reader.problems == []
    assert found["ISA"][5:9] == ["ZZ", "OURS           ", "01", "THEIRS         "]
    assert found["ISA"][13] == "000000077"
    assert found["BEG"][1:4] == ["05", "SA", "PO-2026-0001"]
    assert found["PO1"][1:] == ["1", "7", "BX", "8.955", "", "IN", "GLOVE"]
    assert found["SDQ"][3:] == ["S00001", "3", "S00002", "4"]
    assert order_of(content(3)).purpose == "00"
    pdf = render_order(content(3, 4, version=2))
    assert pdf.startswith(b"%PDF")
    assert pdf == render_order(content(3, 4, version=2))
