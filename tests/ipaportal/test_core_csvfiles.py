"""CSV files read strictly: a line with what no text has is named, for every reader of lists."""

import pytest

from compliance.formats.care_facts import read_care_facts
from compliance.formats.universes import read_universe
from ipaportal.core.csvfiles import CsvReader
from ipaportal.core.tables import read_table
from tests.compliance.watched import OCTOBER


def read(data: bytes, **how: object) -> tuple[tuple[str, ...], list[tuple], list[tuple[int, str]]]:
    reader = CsvReader(data, **how)
    rows = [row.cells for row in reader]
    return reader.headers, rows, [(one.line_no, one.code) for one in reader.problems]


@pytest.mark.parametrize(
    ("data", "how", "headers", "rows", "problems"),
    [
        (b"a,b\n1,x\0y\n2,z\n", {}, ("a", "b"), [("2", "z")], [(2, "nul")]),
        (b'a,b\n1,"x\n\0"\n2,z\n', {}, ("a", "b"), [("2", "z")], [(2, "nul")]),
        # Without names that are known nobody can say which line is the header.
        (b"a,b\0\n1,x\n", {}, (), [], [(1, "nul")]),
        (b"a title\0\na,b\n1,x\n", {"expected": ("a",)}, ("a", "b"), [("1", "x")], [(1, "nul")]),
        ("a,b\n1,é\n".encode("utf-16"), {}, ("a", "b"), [("1", "é")], []),
    ],
)
def test_a_line_with_what_no_text_has_is_named_and_the_others_are_read(
    data, how, headers, rows, problems
):
    assert read(data, **how) == (headers, rows, problems)


def test_every_reader_of_lists_names_the_line():
    head = b"month,npi,member,kind,count\n"
    care = read_care_facts(head + b"2026-10,1,\0,encounters,1\n", OCTOBER)
    universe = read_universe(b"Claim\nA\nB\0\n")
    many = 20_000
    table = read_table(b"a,b\n" + b"2,x\n" * many + b"1,\0\n")
    assert [row.cells["b"] for row in table.rows] == ["x"] * many
    assert [one.line_no for one in care.problems] == [2]
    assert [(one.line, len(universe.rows)) for one in universe.problems] == [(3, 1)]
    assert [where for where, _, _ in table.problems] == [f"line {many + 2}"]
    assert read_table(b"a\0,b\n1,2\n").problems[0][1] == "binary"
