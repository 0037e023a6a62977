"""Who is found on a list, in which category, and why."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentialing.rules.screening import Category, Entry, Subject, compare_dates
from credentialing.rules.screening_decisions import SERIOUS, Decision, Status, decide
from credentialing.rules.screening_index import ListIndex
from credentialing.rules.screening_lists import BY_CODE, Freshness, doubts, freshness
from credentialing.rules.screening_names import PersonName, business_words, formal_names

TODAY = date(2026, 11, 1)
BORN = date(1960, 1, 2)
ENTRY = Entry(
    row_no=2,
    last_name="EXAMPLETON",
    first_name="WILLIAM",
    middle_name="ROY",
    npi="1234567893",
    birth_date=BORN,
    specialty="FAMILY PRACTICE",
    state="CA",
    effective_date=date(2010, 5, 20),
)
FIRM = Entry(row_no=3, business_name="EXAMPLETON PROFESSIONAL MANAGE", state="CA")


def who(last="Exampleton", first="William", middle="", *more, **values):
    names = (PersonName(last, first, middle), *more)
    return Subject("practitioner:1", f"{first} {last}", names, **values)


def screen(subject, *entries):
    return ListIndex(entries or (ENTRY,)).screen(subject, TODAY)


def only(subject, *entries):
    ((_, finding),) = screen(subject, *entries).findings
    return finding


@pytest.mark.parametrize(
    ("_case", "name"),
    [
        ("as it stands", ("Exampleton", "William")),
        ("a slip in the surname", ("Exampelton", "William")),
        ("a slip in the given name", ("Exampleton", "Wiliam")),
        ("a second surname", ("Sample-Exampleton", "William")),
        ("two surnames", ("Exampleton Sample", "William")),
        ("the middle name", ("Exampleton", "Roy")),
        ("a nickname", ("Exampleton", "Bill")),
        ("swapped", ("William", "Exampleton")),
        ("a suffix", ("Exampleton, Jr.", "William")),
        ("an accent", ("Éxampleton", "William")),
        ("an initial", ("Exampleton", "W")),
    ],
)
def test_finds_a_name_however_it_is_written(_case, name):
    assert only(who(*name)).category is Category.POSSIBLE


def test_finds_a_former_name_once_it_is_on_file():
    assert not screen(who("Sample")).findings
    former = PersonName("Exampleton", "William", "", "former")
    assert "a former name" in only(who("Sample", "William", "", former)).reasons[0]


def test_finds_a_name_that_its_list_cut_off():
    long = "Wolfeschlegelsteinhausenberger"
    cut = Entry(2, last_name=long[:20].upper(), first_name="HUBERT")
    assert only(who(long, "Hubert"), cut).score == 1
    firm = Subject("practice:1", "x", businesses=("Exampleton Professional Management, Inc.",))
    assert only(firm, FIRM).category is Category.POSSIBLE


@pytest.mark.parametrize(
    ("_case", "values", "category", "reason"),
    [
        ("the NPI", {"npi": "1234567893"}, Category.CONFIRMED, "the NPI is the same"),
        ("the birth date", {"birth_date": BORN}, Category.CONFIRMED, "the birth date is the same"),
        ("the state too", {"states": frozenset({"CA"})}, Category.PROBABLE, "both are in CA"),
        ("the work too", {"specialty": "Family Medicine"}, Category.PROBABLE, "same kind of work"),
        ("nothing else", {}, Category.POSSIBLE, "missing on a side"),
        ("another NPI, no birth date", {"npi": "1999999984"}, Category.POSSIBLE, "NPIs differ"),
        ("one digit off", {"birth_date": date(1960, 1, 3)}, Category.POSSIBLE, "one digit"),
        ("day and month", {"birth_date": date(1960, 2, 1)}, Category.POSSIBLE, "swapped"),
        ("another year", {"birth_date": date(1978, 1, 2)}, Category.POSSIBLE, "the year only"),
    ],
)
def test_identifiers_decide_the_category(_case, values, category, reason):
    finding = only(who(**values))
    assert finding.category is category
    assert any(reason in words for words in finding.reasons), finding.reasons


def test_another_birth_date_tells_them_apart_and_is_counted():
    found = screen(who(birth_date=date(1971, 6, 2)))
    assert (found.findings, found.refuted) == ((), 1)
    ((_, finding),) = ListIndex((ENTRY,)).refuted(who(birth_date=date(1971, 6, 2)), TODAY)
    assert "differ in year and month" in finding.reasons[1]


def test_an_npi_of_another_name_waits_for_a_person():
    finding = only(who("Sample", "Zoe", npi="1234567893"))
    assert finding.category is Category.POSSIBLE
    assert finding.reasons[0] == "the names differ"


def test_an_npi_that_fails_its_check_digit_still_matches():
    entry = Entry(2, last_name="OTHER", first_name="ANN", npi="1730405612")
    assert only(who("Other", "Ann", npi="1730405612"), entry).category is Category.CONFIRMED


def test_an_unknown_npi_matches_nobody():
    assert not screen(
        who("Sample", "Zoe", npi=""), Entry(2, last_name="X", first_name="Y")
    ).findings


def test_another_surname_with_the_same_birth_date_and_given_name_is_found_where_a_point_agrees():
    assert not screen(who("Sample", "William", birth_date=BORN)).findings
    found = only(who("Sample", "Bill", birth_date=BORN, states=frozenset({"CA"})))
    assert found.category is Category.POSSIBLE


def test_says_what_takes_effect_later_and_that_a_waiver_clears_nobody():
    later = Entry(2, "EXAMPLETON", "WILLIAM", effective_date=date(2026, 12, 20), waiver_state="TX")
    reasons = only(who(), later).reasons
    assert "published, takes effect on 2026-12-20" in reasons
    assert "waived in TX only, which clears nobody" in reasons


def test_a_number_without_a_name_confirms_by_the_number():
    finding = only(who(npi="1234567893"), Entry(2, npi="1234567893", kind="deactivated"))
    assert finding.category is Category.CONFIRMED


def test_firms_match_without_their_legal_form_and_by_taxpayer_number():
    entry = Entry(2, business_name="SAMPLE HOME CARE, L.L.C.", tin="990000001", state="CA")
    firm = Subject(
        "practice:1", "x", businesses=("Sample Home Care Inc",), states=frozenset({"CA"})
    )
    assert only(firm, entry).category is Category.PROBABLE
    other = Subject("practice:1", "x", businesses=("Another Name",), tin="990000001")
    assert only(other, entry).category is Category.POSSIBLE


def test_lays_both_sides_beside_each_other():
    points = {point.field: point.verdict for point in only(who(birth_date=BORN)).points}
    assert points["Birth date"] == points["Name"] == "agrees"
    assert points["NPI"] == points["State"] == "missing"


def test_identity_changes_with_what_identifies_and_with_nothing_else():
    before = who().identity
    assert who(specialty="Other", states=frozenset({"NY"})).identity == before
    changed = [who("Other"), who(npi="1"), who(birth_date=BORN), who("Exampleton", "William", "X")]
    assert all(subject.identity != before for subject in changed)


@given(st.dates(), st.dates())
def test_dates_compare_the_same_from_both_sides(one, other):
    assert compare_dates(one, other)[0] == compare_dates(other, one)[0]
    assert compare_dates(one, one)[0] == "same"


words = st.text(alphabet="ABCDEFGHIKLMNOPRSTUVWY", min_size=4, max_size=12)


@given(words, words, st.data())
def test_one_slip_in_either_word_hides_nobody(last, first, data):
    entry = Entry(2, last_name=last, first_name=first)
    place = data.draw(st.integers(0, len(last) - 1))
    slipped = last[:place] + data.draw(st.sampled_from("XQZ")) + last[place + 1 :]
    lost = first[:place] + first[place + 1 :]
    assert screen(who(slipped, first), entry).findings
    assert screen(who(last, lost), entry).findings


def test_short_names_and_legal_forms():
    assert formal_names("BILL") == ("WILLIAM",)
    assert formal_names("UNHEARDOF") == ()
    assert business_words("The A.B. Clinic, P.C.") == ("AB", "CLINIC")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (date(2026, 9, 27), Freshness.FRESH),
        (date(2026, 9, 26), Freshness.STALE),
        (None, Freshness.MISSING),
    ],
)
def test_a_list_is_fresh_for_35_days(source, expected):
    assert freshness(source, TODAY, BY_CODE["LEIE"]) is expected


@pytest.mark.parametrize(
    ("rows", "before", "expected"),
    [
        (65_000, None, []),
        (64_999, None, ["row_count"]),
        (120_001, None, ["row_count"]),
        (80_025, 82_500, []),
        (80_024, 82_500, ["shrunk"]),
        (400, 82_500, ["row_count", "shrunk"]),
    ],
)
def test_doubts_a_list_of_another_size(rows, before, expected):
    assert [code for code, _ in doubts(rows, before, BY_CODE["LEIE"])] == expected


@pytest.mark.parametrize("is_stopped", [False, True])
@pytest.mark.parametrize("category", list(Category))
def test_nobody_clears_a_serious_match_alone(category, is_stopped):
    alone = decide(category, Decision.FALSE_POSITIVE, is_stopped=is_stopped)
    is_serious = category in SERIOUS or is_stopped
    assert (alone.status, alone.releases) == (
        (Status.PROPOSED, False) if is_serious else (Status.CLEARED, True)
    )
    reinstated = decide(category, Decision.REINSTATED, is_stopped=is_stopped)
    assert (reinstated.status, reinstated.releases) == (Status.PROPOSED, False)
    assert decide(category, Decision.TRUE_MATCH, is_stopped=is_stopped).stops
