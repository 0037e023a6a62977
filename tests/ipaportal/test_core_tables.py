"""Spreadsheets from outside: read, or refused with a reason; nothing in their XML does anything."""

import io
import random
import time
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from ipaportal.core.tables import Row, read_table

SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12)
)
TYPES = {
    "billion laughs": (LAUGHS + b"]>", b"&m;"),
    "quadratic": (b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 50_000 + b'">]>', b"&a;" * 5_000),
    "a file of ours": (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>', b"&e;"),
    "a definition elsewhere": (b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', b""),
    "parameter entities": (b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>', b""),
}
TOKENS = (b"<", b'"', b"&", b"-1", b"999999999", b't="d"', b't="e"', b's="77"', b"", b"\0", b"\xff")


def parts() -> dict[str, bytes]:
    book = Workbook()
    book.active.append(["NPI", "Name", "Since"])
    book.active.append([1245319599, "Ana", date(2026, 1, 31)])
    data = io.BytesIO()
    book.save(data)
    with zipfile.ZipFile(data) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sheet(**changed: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, part in {**PARTS, **changed}.items():
            archive.writestr(name, part)
    return data.getvalue()


PARTS = parts()


def read(data: bytes) -> tuple[list[Row], list[str]]:
    table = read_table(data)
    return list(table.rows), [code for _, code, _ in table.problems]


def test_reads_a_spreadsheet():
    cells = {"npi": "1245319599", "name": "Ana", "since": "2026-01-31"}
    assert read(sheet()) == ([Row(2, cells)], [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", TYPES)
def test_refuses_every_document_type_before_it_means_anything(name, encoding):
    begins, used = TYPES[name]
    for part, tag in ((SHEET, b"<worksheet"), (BOOK, b"<workbook")):
        start = PARTS[part].index(tag)
        changed = begins + PARTS[part][start:].replace(b"<t>", b"<t>" + used)
        began = time.perf_counter()
        found = read(sheet(**{part: changed.decode().encode(encoding)}))
        assert found == ([], ["spreadsheet"]), part
        assert time.perf_counter() - began < 2


def test_says_that_a_damaged_spreadsheet_cannot_be_read_whatever_is_damaged():
    for name, part in PARTS.items():
        rows, problems = read(sheet(**{name: part[: len(part) // 2]}))
        # What nobody needs (a theme, who wrote it) may be damaged without anything being wrong.
        assert problems == ["spreadsheet"] or len(rows) == 1, name
    assert read(sheet(**{SHEET: PARTS[SHEET][:-20]}))[1] == ["spreadsheet"]
    assert read(sheet(**{SHEET: b""}))[1] == ["spreadsheet"]


def test_never_raises_on_changed_bytes():
    dice = random.Random(5)
    for _ in range(60):
        name = dice.choice(sorted(PARTS))
        changed = bytearray(PARTS[name])
        for _ in range(3):
            start = dice.randrange(len(changed))
            changed[start : start + dice.choice((0, 1, 5, 40))] = dice.choice(TOKENS)
        read(sheet(**{name: bytes(changed)}))
