"""Breaches: the day that counts, who is told by when, and lists of people."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.formats.affected_people import BadList, merge_rows, read_people
from compliance.rules.breaches import (
    FACTORS,
    RESULT_CITATIONS,
    RESULTS,
    STATES,
    Delay,
    Discovery,
    Facts,
    counts_text,
    duties,
    flags,
    next_duty,
    read_counts,
)

KNOWN = date(2026, 11, 2)
COVERED = Discovery(KNOWN, capacity="covered")


def dues(**facts: object) -> dict[str, date]:
    facts.setdefault("discovery", COVERED)
    return {one.kind: one.due for one in duties(Facts(**facts))}


@pytest.mark.parametrize(
    ("diligence", "agent", "found", "why"),
    [
        (None, None, date(2026, 11, 2), "it was known"),
        (date(2026, 10, 20), None, date(2026, 10, 20), "by reasonable diligence"),
        (None, date(2026, 10, 30), date(2026, 10, 30), "an agent of ours knew it"),
        (date(2026, 10, 31), date(2026, 10, 30), date(2026, 10, 30), "an agent"),
        (date(2026, 11, 3), date(2026, 11, 2), date(2026, 11, 2), "it was known"),
    ],
)
def test_it_is_found_on_the_first_day_anybody_knew_or_should_have(diligence, agent, found, why):
    discovery = Discovery(KNOWN, diligence, agent)
    assert discovery.found == found
    assert why in discovery.why


def test_people_and_the_year_s_log_have_their_days():
    assert dues(by_state={"CA": 499}) == {
        "individuals": date(2027, 1, 1),
        "agency": date(2027, 3, 1),
    }


def test_the_two_counts_of_five_hundred_are_not_the_same():
    at_once = date(2027, 1, 1)
    assert dues(by_state={"CA": 250, "NV": 250})["agency"] == at_once
    assert "media" not in dues(by_state={"CA": 250, "NV": 250})
    assert "media" not in dues(by_state={"CA": 500})
    assert dues(by_state={"CA": 501})["media"] == at_once
    assert dues(by_state={"CA": 501})["agency"] == at_once


def test_a_business_associate_tells_the_plan_by_the_sooner_of_rule_and_agreement():
    associate = Discovery(KNOWN, capacity="associate")
    assert dues(discovery=associate) == {"covered_entity": date(2027, 1, 1)}
    sooner = Discovery(KNOWN, capacity="associate", contract_days=10)
    assert dues(discovery=sooner) == {"covered_entity": date(2026, 11, 12)}
    for_them = Discovery(KNOWN, capacity="associate_notifies")
    assert set(dues(discovery=for_them)) == {"covered_entity", "individuals", "agency"}


def test_nobody_is_told_once_it_is_none_and_it_is_presumed_until_then():
    for result in RESULTS:
        assert bool(dues(result=result)) == (result == "breach")
    assert dues()
    assert dues(discovery=None) == {}
    assert "presumed" in " ".join(flags(Facts(discovery=COVERED)))
    assert set(RESULT_CITATIONS) == set(RESULTS)
    assert len(FACTORS) == 4


def test_law_enforcement_moves_the_days_by_word_for_thirty_days_at_most():
    asked = date(2026, 12, 15)
    written = Delay(asked, date(2027, 2, 15), is_written=True)
    spoken = Delay(asked, date(2027, 2, 15), is_written=False)
    assert dues(delays=[written])["individuals"] == date(2027, 2, 15)
    assert dues(delays=[spoken])["individuals"] == date(2027, 1, 14)
    early = Delay(date(2026, 11, 3), date(2026, 11, 20), is_written=True)
    assert dues(delays=[early])["individuals"] == date(2027, 1, 1)


def test_the_next_day_is_that_of_whoever_was_not_told():
    facts = Facts(discovery=COVERED, by_state={"CA": 3}, told={"individuals": date(2026, 12, 1)})
    assert next_duty(facts) == date(2027, 3, 1)
    all_told = Facts(discovery=COVERED, told=dict.fromkeys(["individuals", "agency"], KNOWN))
    assert next_duty(all_told) is None


@given(st.dictionaries(st.sampled_from(sorted(STATES)), st.integers(1, 10**6), min_size=1))
def test_counts_are_read_as_they_are_written(by_state):
    assert read_counts(counts_text(by_state)) == by_state


@pytest.mark.parametrize("text", ["", "CA", "CA 0", "XX 3", "CA 3, CA 4", "CA -3", "CA 3.5"])
def test_counts_that_say_nothing_are_refused(text):
    with pytest.raises(ValueError, match=r"state|number|twice"):
        read_counts(text)


def test_a_list_of_people_is_read_in_any_order_and_merged():
    (one,) = read_people(
        b"\xef\xbb\xbfState,ZIP,Name,City,Address\r\nca,93650,Ann Lee,Fresno,1 A St\r\n"
    )
    assert one.lines == ["Ann Lee", "1 A St", "Fresno, CA 93650"]
    assert one.has_address
    assert merge_rows([one])[1] == ["Ann Lee", "1 A St", "Fresno", "CA", "93650"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "does not name name"),
        (b"name,city,state,zip\n", "address"),
        (b"name,address,city,state,zip\n", "Nobody"),
        (b"name,address,city,state,zip\n,1 A,F,CA,1\n", "Line 2 has no name"),
        (b"name,address,city,state,zip\nAnn,1 A,F,XX,1\n", "Line 2 has no state"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_list_that_cannot_be_used_says_where(data, why):
    with pytest.raises(BadList, match=why):
        read_people(data)
