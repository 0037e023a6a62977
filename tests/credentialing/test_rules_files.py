"""Rules of files: windows by decision date, gaps of the work history, elements, the application."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentialing.rules.application import (
    BY_CODE,
    SECTIONS,
    canonical,
    cents_in,
    faults_of,
    what_is_missing,
)
from credentialing.rules.documents import Need, document_needs
from credentialing.rules.elements import (
    RULES,
    SOURCES,
    elements_of_facility,
    elements_of_practitioner,
)
from credentialing.rules.events import AFTER, OVER, Status, may_follow
from credentialing.rules.windows import standing_on, window_on
from credentialing.rules.work_history import Asks, Gap, gaps, unexplained
from tests.credentialing.applying import ANSWERS

MAY_1 = date(2026, 5, 1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("_case", "verified", "decided", "holds"),
    [
        ("120 days", date(2026, 1, 1), MAY_1, True),
        ("121 days", date(2025, 12, 31), MAY_1, False),
        ("last day of the old rule, 180", date(2025, 1, 1), date(2025, 6, 30), True),
        ("old rule, 181", date(2024, 12, 31), date(2025, 6, 30), False),
        ("first day of the new rule, 120", date(2025, 3, 3), date(2025, 7, 1), True),
        ("first day of the new rule, 121", date(2025, 3, 2), date(2025, 7, 1), False),
        ("the same day", MAY_1, MAY_1, True),
        ("after the decision", MAY_1 + DAY, MAY_1, False),
    ],
)
def test_judges_what_was_verified_by_the_rule_of_the_decision_date(_case, verified, decided, holds):
    assert standing_on("primary", verified, None, decided).holds is holds


def test_says_until_when_something_holds_and_why_not():
    found = standing_on("primary", date(2026, 1, 1), None, date(2026, 4, 20))
    assert (found.last_day, found.days_left(date(2026, 4, 20))) == (MAY_1, 11)
    assert found.is_soon(date(2026, 4, 20))
    assert not found.is_soon(date(2026, 4, 16))
    late = standing_on("primary", date(2026, 1, 1), None, MAY_1 + DAY)
    assert late.reason == "is 121 days old at the decision, 120 are allowed"


def test_what_expires_has_to_hold_on_the_day_of_the_meeting():
    verified = date(2026, 4, 1)
    assert standing_on("primary", verified, MAY_1, MAY_1).holds
    lapsed = standing_on("primary", verified, MAY_1 - DAY, MAY_1)
    assert (lapsed.holds, lapsed.last_day) == (False, MAY_1 - DAY)
    assert "expires on 2026-04-30" in lapsed.reason
    # A DEA registration was looked at long ago; only its expiry counts.
    assert standing_on("current", date(2024, 1, 1), MAY_1, MAY_1).holds
    assert standing_on("lasting", date(2001, 1, 1), None, MAY_1).last_day is None


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_a_younger_answer_never_holds_less(decided, age):
    older = standing_on("primary", decided - age * DAY, None, decided)
    if older.holds:
        assert standing_on("primary", decided - (age // 2) * DAY, None, decided).holds


def test_every_element_has_a_window_sources_and_a_citation():
    for rule in RULES.values():
        assert window_on(rule.group, MAY_1).citation
        assert rule.citation
        assert set(rule.sources) <= set(SOURCES)


def codes(rules):
    return {rule.code for rule in rules}


def test_asks_of_each_kind_what_it_claims():
    physician = codes(elements_of_practitioner("md", {"licence", "board"}))
    assert {"dea", "board", "privileges", "peer_reference"} <= physician
    assert "csr" not in physician
    therapist = codes(elements_of_practitioner("pt", {"licence"}))
    assert {"dea", "board", "privileges"} & therapist == set()
    assert {"licence", "malpractice_history", "federal_sanctions"} <= therapist


def test_a_facility_is_accredited_or_else_surveyed_or_visited():
    accredited = codes(elements_of_facility("hospital", {"accreditation"}))
    assert accredited >= {"accreditation", "ccn"}
    assert "quality_check" not in accredited
    assert "quality_check" in codes(elements_of_facility("urgent", ()))
    assert "clia" in codes(elements_of_facility("lab", ()))
    assert "ccn" not in codes(elements_of_facility("imaging", ()))


TODAY = date(2026, 11, 28)


def spans_told(gap):
    return gap.start, gap.end


def test_finds_gaps_and_says_what_each_needs():
    spans = [
        (date(2015, 1, 1), date(2022, 1, 1)),
        (date(2022, 7, 1), date(2023, 1, 1)),
        (date(2023, 7, 2), date(2024, 1, 1)),
        (date(2025, 1, 2), None),
    ]
    found = gaps(spans, TODAY)
    assert [(gap.start, gap.end, gap.asks) for gap in found] == [
        (date(2022, 1, 1), date(2022, 7, 1), Asks.NOTHING),
        (date(2023, 1, 1), date(2023, 7, 2), Asks.WORDS),
        (date(2024, 1, 1), date(2025, 1, 2), Asks.WRITING),
    ]
    told = [
        (date(2023, 1, 1), date(2023, 7, 2), False),
        (date(2024, 1, 1), date(2025, 1, 2), False),
    ]
    assert unexplained(found, told) == [found[2]]
    assert unexplained(found, [told[0], (*told[1][:2], True)]) == []
    assert unexplained(found, [(date(2023, 1, 2), date(2023, 7, 2), True)]) == found[1:]


def test_nothing_worked_is_one_gap_of_five_years():
    (gap,) = gaps([], TODAY)
    assert (gap.start, gap.end) == (date(2021, 11, 28), TODAY)
    assert gaps([(date(2021, 11, 28), None)], TODAY) == []
    assert Gap(date(2024, 8, 31), date(2025, 2, 28)).asks is Asks.NOTHING
    assert Gap(date(2024, 8, 31), date(2025, 3, 1)).asks is Asks.WORDS


SPAN = st.tuples(st.dates(date(2018, 1, 1), TODAY), st.integers(1, 900))


@given(st.lists(SPAN, max_size=6))
def test_gaps_and_work_together_cover_the_five_years_once(spans):
    worked = [(start, start + days * DAY) for start, days in spans]
    found = gaps(worked, TODAY)
    for number in range((TODAY - date(2021, 11, 28)).days):
        day = date(2021, 11, 28) + number * DAY
        in_gap = sum(gap.start <= day < gap.end for gap in found)
        assert in_gap == (0 if any(start <= day < end for start, end in worked) else 1)


def test_takes_a_complete_application():
    assert what_is_missing(ANSWERS, TODAY) == {}


@pytest.mark.parametrize(
    ("section", "change", "words"),
    [
        ("identity", {"last_name": " "}, "“Last name” is empty."),
        ("identity", {"taxonomy": "207Q"}, "ten characters"),
        ("identity", {"provider_type": "wizard"}, "none of the choices"),
        ("licences", {"number": "FA1234567", "kind": "dea"}, "fails the check digit"),
        ("licences", {"expires_date": "31.12.2027"}, "is no date"),
        ("licences", {"expires_date": "2019-01-01"}, "is before"),
        ("coverage", {"per_claim": "a million"}, "no amount"),
        ("coverage", {"aggregate": "500,000"}, "less than each claim"),
        ("hospitals", {"kind": "arrangement", "hospital_name": "Orchard"}, "Say who admits"),
        ("disclosures", {"felony": "yes"}, "Explain your yes"),
    ],
)
def test_says_what_is_wrong_with_a_section(section, change, words):
    rows = ANSWERS[section].get("rows")
    data = {"rows": [{**(rows[0] if rows else {}), **change}]} if rows is not None else None
    data = data or {**ANSWERS[section], **change}
    assert words in " ".join(faults_of(BY_CODE[section], data))


def test_asks_for_at_least_one_licence_place_of_work_and_policy():
    missing = what_is_missing({}, TODAY)
    for code in ("licences", "work", "coverage", "education", "gaps"):
        assert missing[code]
    assert "boards" not in missing


def test_the_same_answers_give_the_same_text_and_any_other_another():
    facts = {"npi": "1", "text": "I sign"}
    text = canonical(facts, ANSWERS)
    again = {code: dict(reversed(data.items())) for code, data in ANSWERS.items()}
    assert canonical(facts, again) == text
    for section in SECTIONS:
        other = {**ANSWERS, section.code: {}}
        if ANSWERS.get(section.code) not in ({}, {"rows": []}):
            assert canonical(facts, other) != text
    assert canonical({**facts, "text": "I do not"}, ANSWERS) != text


def test_reads_amounts_in_cents():
    assert [cents_in({"x": text}, "x") for text in ("1,000,000", "$12.5", "3.07", "", "-1")] == [
        100_000_000,
        1250,
        307,
        None,
        None,
    ]


def test_a_file_moves_only_as_the_table_says():
    assert may_follow("applying", "submitted")
    assert not may_follow("applying", "approved")
    assert may_follow("verifying", "stopped")
    for over in OVER:
        assert not may_follow(over, "withdrawn")
    assert {status for after in AFTER.values() for status in after} <= set(Status)


def test_asks_for_papers_by_kind_of_provider():
    physician, therapist = document_needs("md"), document_needs("pt")
    assert physician["licence"] is Need.REQUIRED
    assert physician["dea"] is Need.CONDITIONAL
    assert "dea" not in therapist
    assert document_needs("pa")["supervision"] is Need.CONDITIONAL
