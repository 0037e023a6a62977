"""Names in the watched folder, and when a file is whole."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capitation.rules.inbox import fault_of_name, is_passed_over, is_whole, plain_name, shown

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
WAIT = timedelta(seconds=20)


@pytest.mark.parametrize(
    ("name", "is_over"),
    [
        ("mar.820", False),
        ("mar.820.part", True),
        ("mar.820.FILEPART", True),
        (".mar.820.aX3", True),
        ("mar.820.done", True),
        ("done", False),
    ],
)
def test_passes_over_what_is_still_being_sent(name, is_over):
    assert is_passed_over(name) is is_over


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("März 2026 (2).820", ""),
        ("a" * 200, ""),
        ("a" * 201, "longer"),
        ("a\nb", "printed"),
        ("a\x1b[2Jb", "printed"),
        ("a\u202eb", "printed"),
        ("a\udcffb", "printed"),
        ("C:\\boot", "must not hold"),
        ("<img>", "must not hold"),
    ],
)
def test_says_what_is_wrong_with_a_name(name, fault):
    assert fault in fault_of_name(name)
    assert (fault_of_name(name) == "") is (fault == "")


@given(st.text(st.characters(), max_size=400))
def test_keeps_every_name_in_plain_letters(name):
    kept = plain_name(name)
    assert kept.isascii()
    assert 0 < len(kept) <= 100
    assert not kept.startswith(".")
    assert "/" not in kept
    assert shown(name).isprintable()
    assert len(shown(name)) <= 200
    shown(name).encode()


@pytest.mark.parametrize(
    ("size", "seconds", "is_marked", "answer"),
    [(5, 19, False, False), (5, 20, False, True), (5, 0, True, True), (0, 99, False, False)],
)
def test_a_file_is_whole_when_two_looks_agree_or_it_is_marked(size, seconds, is_marked, answer):
    now = NOON + timedelta(seconds=seconds)
    assert is_whole(size, NOON, now, WAIT, is_marked=is_marked) is answer


def test_names_a_fault_word_for_word_and_takes_the_smallest_file():
    assert fault_of_name("a\x07") == "its name holds characters that cannot be printed"
    assert fault_of_name("a\ufffd") == "its name holds characters that cannot be printed"
    assert fault_of_name("a?") == "its name holds characters that names of files must not hold"
    assert fault_of_name("AXX.820") == ""
    assert is_whole(1, NOON, NOON + WAIT, WAIT, is_marked=False)
    assert not is_whole(0, NOON, NOON + WAIT, WAIT, is_marked=False)


def test_shows_and_keeps_a_name_letter_for_letter():
    assert shown("März\x07 1\udcff") == "März\ufffd 1?"
    assert plain_name(".März-1_a.820.") == "M_rz-1_a.820."
    assert plain_name("X" * 101) == "X" * 100
    assert plain_name("...") == "file"
