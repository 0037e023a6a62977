"""Which version of a resource counts, and whose records a patient's are."""

from datetime import UTC, date, datetime

import pytest

from compliance.rules.health_records import Person, Version, arrival, name_key, outcome

OCT_1, OCT_2 = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("_case", "sent", "known", "hashes", "expected"),
    [
        ("first", Version("b"), None, set(), "added"),
        ("the same", Version("a"), Version("a"), {"a"}, "known"),
        ("kept before, and deleted", Version("a"), None, {"a"}, "known"),
        ("an old one again", Version("a", "", OCT_1), Version("b", "", OCT_2), {"a"}, "known"),
        ("a later update", Version("b", "1", OCT_2), Version("a", "2", OCT_1), set(), "changed"),
        ("an earlier update", Version("b", "", OCT_1), Version("a", "", OCT_2), set(), "older"),
        ("a higher number", Version("b", "10"), Version("a", "9"), set(), "changed"),
        ("a lower number", Version("b", "9"), Version("a", "10"), set(), "older"),
        ("the same moment", Version("b", "2", OCT_1), Version("a", "1", OCT_1), set(), "changed"),
        ("no word of it", Version("b"), Version("a"), set(), "changed"),
    ],
)
def test_says_which_version_counts(_case, sent, known, hashes, expected):
    assert arrival(sent, known, hashes) == expected


BORN, OTHER = date(1952, 5, 5), date(1952, 5, 6)
ANN = Person("Example", "Ann", BORN, "F")


@pytest.mark.parametrize(
    ("_case", "patient", "by_number", "by_name", "taken", "expected"),
    [
        ("number and birth date", Person("Else", "Who", BORN), {1}, set(), set(), ("matched", 1)),
        ("another birth date", Person("Example", "Ann", OTHER, "F"), {1}, set(), set(),
         ("proposed", 1)),
        ("no birth date", Person("Example", "Ann", None, "F"), {1}, set(), set(), ("proposed", 1)),
        ("numbers of two", ANN, {1, 2}, {1}, set(), ("unmatched", None)),
        ("somebody is them already", ANN, {1}, {1}, {1}, ("proposed", 1)),
        ("name, birth date and sex", ANN, set(), {1}, set(), ("proposed", 1)),
        ("two of that name", ANN, set(), {1, 2}, set(), ("unmatched", None)),
        ("nobody", ANN, set(), set(), set(), ("unmatched", None)),
    ],
)  # fmt: skip
def test_matches_by_number_and_proposes_by_name(
    _case, patient, by_number, by_name, taken, expected
):
    said = outcome(patient, by_number, by_name, {1: ANN, 2: ANN}, taken)
    assert (said.state, said.member_id) == expected
    assert said.why


def test_compares_names_by_their_letters():
    assert name_key("O'Neill-Núñez", "José ") == name_key("oneill nunez", "JOSE")
    assert name_key("Example", "") == ""
    assert Person("Example", "Ann", BORN, "").key is None
    assert Person("Example", "Ann", None, "F").key is None
