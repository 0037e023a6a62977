"""Universes: layouts by their day, and what would make a submission invalid."""

from datetime import date

import pytest

from compliance.formats.universes import population_line, read_universe
from compliance.rules.universes import (
    LAYOUTS,
    NAMES,
    SOURCE,
    VERIFY,
    layout_on,
    member_column,
    problems_of,
)

FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)
PYMT = layout_on("PYMT_C", FIRST)
GOOD = {
    "Claim Number": "C-1",
    "Enrollee ID": "M-1",
    "Contract ID": "H1234",
    "Plan ID": "001",
    "First Tier, Downstream, and Related Entity": "NA",
    "Date the claim was received": "2026/07/02",
    "Clean claim": "Y",
    "Contract provider": "Y",
    "Claim Status": "Paid",
    "Date paid or denied": "2026/07/31",
    "Amount paid": "120.50",
    "Interest paid": "",
}


def csv_of(*rows: dict[str, str], headers=tuple(GOOD)) -> bytes:
    lines = [headers, *([row[name] for name in headers] for row in rows)]
    return "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines).encode()


def problems(*rows: dict[str, str], headers=tuple(GOOD), layout=PYMT) -> list[tuple]:
    read = read_universe(csv_of(*rows, headers=headers))
    assert read.problems == ()
    found = problems_of(layout, read.headers, read.rows, FIRST, LAST)
    return [(one.line, one.column, one.words) for one in found]


def test_layouts_are_data_of_a_version_and_a_day():
    assert {one.code for one in LAYOUTS} | {"plain"} == set(NAMES)
    assert all(one.key and any(c.is_period for c in one.columns) for one in LAYOUTS)
    assert layout_on("PYMT_C", date(2025, 12, 31)) is None
    assert layout_on("plain", FIRST) is None
    assert VERIFY in SOURCE
    names = {c.name for one in LAYOUTS for c in one.columns}
    assert {c.not_before for one in LAYOUTS for c in one.columns} - {""} <= names


def test_a_good_universe_has_no_problem():
    assert problems(GOOD, {**GOOD, "Claim Number": "C-2", "Amount paid": "0"}) == []


@pytest.mark.parametrize(
    ("changed", "column", "words"),
    [
        ({"Claim Number": ""}, "Claim Number", "is empty: nothing names this line"),
        ({"Enrollee ID": "NA"}, "Enrollee ID", "is needed"),
        ({"Clean claim": "yes"}, "Clean claim", "is none of Y, N"),
        ({"Amount paid": "$5"}, "Amount paid", "is no amount such as 1234.56"),
        ({"Amount paid": "5.001"}, "Amount paid", "is no amount such as 1234.56"),
        ({"Date the claim was received": "07/02/2026"}, "Date the claim was received",
         "is no day as CCYY/MM/DD"),
        ({"Date paid or denied": "2026/07/01"}, "Date paid or denied",
         "lies before “Date the claim was received”"),
        ({"Date paid or denied": "2026/10/01"}, "Date paid or denied",
         "lies outside 2026-07-01 to 2026-09-30"),
    ],
)  # fmt: skip
def test_names_line_and_column_of_what_is_wrong(changed, column, words):
    assert problems({**GOOD, "Claim Number": "C-0"}, GOOD | changed) == [(3, column, words)]


def test_the_days_of_the_period_belong_to_it():
    edges = [{**GOOD, "Claim Number": day, "Date paid or denied": day,
              "Date the claim was received": "2026/06/01"}
             for day in ("2026/07/01", "2026/09/30")]  # fmt: skip
    assert problems(*edges) == []


def test_a_key_twice_and_columns_that_are_missing_or_unknown():
    assert problems(GOOD, GOOD) == [(3, "Claim Number", "was named before, on line 2")]
    few = tuple(name for name in GOOD if name != "Clean claim")
    assert problems(GOOD, headers=few) == [(1, "Clean claim", "is missing")]
    more = {**GOOD, "Extra": "x"}
    assert problems(more, headers=tuple(more)) == [(1, "Extra", "is no column of PYMT_C 2026.1")]
    assert problems_of(PYMT, (), (), FIRST, LAST)[0].words == "the file has no columns"
    assert problems() == [(1, "", "no line follows the columns")]


def test_a_plain_list_is_named_by_its_first_column():
    rows = [{"Meeting": "A", "Held": "x"}, {"Meeting": "A", "Held": ""}]
    found = problems(*rows, headers=("Meeting", "Held"), layout=None)
    assert found == [(3, "Meeting", "was named before, on line 2")]
    assert member_column(("x", "Enrollee ID")) == "Enrollee ID"
    assert member_column(("Member seen",)) == ""
    line = population_line("A", ("Meeting", "Held"), rows[0])
    assert line.split("\t")[0] == "A"
    assert line != population_line("A", ("Meeting", "Held"), rows[1])
