"""What practices are told to send after a denial."""

import pytest

from compliance.rules.claims import DENIALS
from compliance.rules.denials import SEND, denial_words, how_to_correct


def test_every_reason_to_deny_says_what_to_send():
    assert set(SEND) == set(DENIALS)


@pytest.mark.parametrize(("code", "expected"), [
    ("197", "it was not authorized (197)"), ("", ""), ("A1", "A1"),
])  # fmt: skip
def test_a_denial_is_said_in_words_and_by_its_code(code, expected):
    assert denial_words(code) == expected


def test_a_correction_names_what_it_takes_the_place_of():
    assert "frequency 7 (CLM05-3) and our number 12-3 in REF F8" in how_to_correct("12-3")
