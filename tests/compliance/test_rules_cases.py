"""Clocks of cases, codes of mailboxes, and pictures without traces."""

import contextlib
import struct
import zlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.case_records import CODE_LENGTH, LETTERS, code_of, code_read, digest_of
from compliance.rules.cases import NEXT, STATES, Clocked, days_left, deadlines, may, next_due
from ipaportal.core.bare_pictures import NotAPicture, bare

DAY = date(2026, 11, 2)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


PICTURE = (
    chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
    chunk(b"IDAT", zlib.compress(b"\0\0")),
    chunk(b"IEND", b""),
)
PNG = b"\x89PNG\r\n\x1a\n" + b"".join(PICTURE)


def segment(mark: int, body: bytes) -> bytes:
    return bytes([0xFF, mark]) + struct.pack(">H", len(body) + 2) + body


FRAME = segment(0xDB, bytes(65)) + segment(0xC0, bytes(9)) + segment(0xC4, bytes(20))
SCAN = segment(0xDA, bytes(6)) + b"\x12\xff\x00\x34\xff\xd0\x56"
JPEG = b"\xff\xd8" + FRAME + SCAN + b"\xff\xd9"


def test_a_report_is_acknowledged_looked_into_and_closed_by_its_days():
    report = Clocked("hotline", DAY)
    found = {one.what: one for one in deadlines(report)}
    assert {what: one.due for what, one in found.items()} == {
        "Acknowledged": date(2026, 11, 5),
        "Inquiry begun": date(2026, 11, 16),
        "Closed": date(2027, 1, 31),
    }
    assert next_due(report) == date(2026, 11, 5)
    assert not found["Acknowledged"].is_late(date(2026, 11, 5))
    assert found["Acknowledged"].is_late(date(2026, 11, 6))
    urgent = {one.what: one.due for one in deadlines(Clocked("staff", DAY, is_urgent=True))}
    assert urgent == {"Inquiry begun": date(2026, 11, 16), "Closed": date(2026, 12, 2)}


def test_what_was_done_in_time_is_not_late_later_and_what_was_late_stays_late():
    done = Clocked("staff", DAY, triaged=date(2026, 11, 16), closed=date(2027, 2, 1))
    inquiry, closed = deadlines(done)
    assert not inquiry.is_late(date(2030, 1, 1))
    assert closed.is_late(date(2030, 1, 1))
    assert next_due(done) is None


@pytest.mark.parametrize(
    ("days", "words"),
    [(-2, "2 days late"), (-1, "1 day late"), (0, "due today"), (1, "1 day left")],
)
def test_says_how_long_there_is(days, words):
    assert days_left(DAY + timedelta(days=days), DAY) == words


def test_states_follow_from_each_other():
    assert {state for state in STATES if may(state, "triaged")} == {"new", "open"}
    assert {state for state in STATES if may(state, "closed")} == {"open"}
    assert {state for state in STATES if may(state, "reopened")} == {"closed"}
    assert set(NEXT) == set(STATES)


@given(st.binary(min_size=24, max_size=24))
def test_a_code_is_read_however_it_is_typed(drawn):
    code = code_of(drawn)
    assert set(code) <= {*LETTERS, "-"}
    assert len(code.replace("-", "")) == CODE_LENGTH
    assert code_read(code) == code_read(code.lower().replace("-", " ")) == code
    assert code_read(code[:-1]) is None
    assert code_read(code[:-1] + "0") is None


def test_a_hash_changes_with_every_word():
    told = {"id": "a", "text": "b", "place": 1}
    assert len({digest_of(told), *(digest_of(told | {key: "x"}) for key in told)}) == 4


def test_a_picture_keeps_what_draws_it_and_nothing_else():
    named = chunk(b"tEXt", b"Author\0Jane") + chunk(b"eXIf", b"GPS") + chunk(b"tIME", bytes(7))
    dirty = b"\x89PNG\r\n\x1a\n" + PICTURE[0] + named + PICTURE[1] + PICTURE[2] + b"PK more"
    assert bare(dirty) == bare(PNG) == (PNG, "png")
    jfif = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1thumb")
    exif = segment(0xE1, b"Exif\0\0GPS 34.05 N") + segment(0xFE, b"by Jane")
    found, ending = bare(b"\xff\xd8" + jfif + exif + FRAME + SCAN + b"\xff\xd9 more of Jane")
    assert ending == "jpg"
    assert found == b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + JPEG[2:]
    assert bare(found)[0] == found


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_picture_is_still_held_the_way_it_was(order):
    words = struct.pack(f"{order}HHII", 0x010F, 2, 40, 38)  # its maker
    held = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, 6, 0)
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    tiff = mark + struct.pack(f"{order}IH", 8, 2) + words + held + bytes(4) + b"Camera of Jane, 34N"
    found, _ = bare(b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + tiff) + JPEG[2:])
    kept = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    assert found == b"\xff\xd8" + segment(0xE1, kept) + JPEG[2:]
    assert bare(found)[0] == found
    upright = tiff.replace(held, struct.pack(f"{order}HHIHH", 0x0112, 3, 1, 1, 0))
    assert bare(b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + upright) + JPEG[2:])[0] == JPEG
    for cut in range(len(tiff)):  # whatever it points to, a picture comes of it
        assert bare(b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + tiff[:cut]) + JPEG[2:])


@given(st.integers(0, len(JPEG) - 1), st.integers(0, len(PNG) - 1))
def test_a_broken_picture_is_none(at_jpeg, at_png):
    for broken in (JPEG[:at_jpeg], PNG[:at_png], b"GIF89a"):
        with pytest.raises(NotAPicture):
            bare(broken)


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_picture_or_is_refused(tail):
    for start in (b"\xff\xd8", b"\x89PNG\r\n\x1a\n"):
        with contextlib.suppress(NotAPicture):
            bare(start + tail)
