"""Adverse actions: what follows what, each day of the law on both sides, panels, letters."""

from datetime import date, timedelta

import pytest

from credentialing.rules.adverse import (
    AFTER,
    WORDS,
    Panelist,
    Stage,
    basis_of,
    fault_of,
    fault_of_end,
    fault_of_hearing,
    fault_of_length,
    fault_of_panel,
    hearing_rule_on,
    is_over_unasked,
    is_reportable,
    may_follow,
    report_due,
    request_by,
)
from credentialing.rules.hearing_letters import decision_letter, hearing_letter, notice_letter

NOTICE = date(2026, 1, 1)
LAST = date(2026, 1, 31)
ONE = timedelta(days=1)


def test_every_stage_has_words_and_what_follows():
    assert set(WORDS) == set(AFTER) == set(Stage)
    assert may_follow("notice_sent", "hearing_requested")
    assert may_follow("scheduled", "scheduled")
    assert not may_follow("notice_sent", "final")
    assert not may_follow("held", "final")


def test_a_hearing_may_be_asked_for_until_day_30():
    assert request_by(NOTICE) == LAST
    assert fault_of("hearing_requested", LAST, last=LAST) == ""
    assert "until Jan 31, 2026" in fault_of("hearing_requested", LAST + ONE, last=LAST)
    assert not is_over_unasked("notice_sent", LAST, LAST)
    assert is_over_unasked("notice_sent", LAST, LAST + ONE)
    assert not is_over_unasked("hearing_requested", LAST, LAST + ONE)
    assert not is_over_unasked("proposed", None, LAST)


def test_it_is_waived_in_writing_or_after_that():
    assert "until Jan 31, 2026" in fault_of("waived", LAST, last=LAST)
    assert fault_of("waived", LAST + ONE, last=LAST) == ""
    assert fault_of("waived", date(2026, 1, 5), last=LAST, in_writing=True) == ""


def test_a_hearing_is_on_day_30_of_its_notice_at_the_earliest_and_held_on_its_day():
    assert fault_of_hearing(NOTICE, LAST) == ""
    assert "Jan 31, 2026" in fault_of_hearing(NOTICE, LAST - ONE)
    assert fault_of("held", LAST, scheduled=LAST) == ""
    assert "the hearing is on Jan 31, 2026" in fault_of("held", LAST - ONE, scheduled=LAST)


def test_the_rule_is_a_dated_row_with_its_citation():
    rule = hearing_rule_on(NOTICE)
    assert (rule.request_days, rule.hearing_days, rule.no_cause_days) == (30, 30, 60)
    assert "11112" in rule.citation
    assert "422.202(d)" in rule.citation
    assert not rule.is_sure


@pytest.mark.parametrize(("_case", "basis", "days", "expected"), [
    ("for good", "quality", None, True),
    ("30 days", "quality", 30, False),
    ("31 days", "quality", 31, True),
    ("administrative", "admin", None, False),
    ("a threshold", "threshold", None, False),
])  # fmt: skip
def test_reports_what_is_about_quality_and_lasts(_case, basis, days, expected):
    ends = None if days is None else NOTICE + timedelta(days=days)
    assert is_reportable(basis, NOTICE, ends, by_surrender=False) is expected
    assert is_reportable(basis, NOTICE, ends, by_surrender=True)
    assert report_due(NOTICE) == LAST


def test_a_suspension_of_31_days_is_an_adverse_action_and_one_of_30_is_not():
    assert "30 days or less" in fault_of_length("suspension", NOTICE, LAST)
    assert fault_of_length("suspension", NOTICE, LAST + ONE) == ""
    assert fault_of_length("suspension", NOTICE, None) == ""
    assert fault_of_length("restriction", NOTICE, LAST) == ""
    assert "before it begins" in fault_of_length("restriction", NOTICE, NOTICE)


def test_an_end_without_cause_is_60_days_after_its_notice():
    assert "60 days" in fault_of_end("contract", NOTICE, NOTICE + timedelta(days=59))
    assert fault_of_end("contract", NOTICE, NOTICE + timedelta(days=60)) == ""
    assert fault_of_end("quality", NOTICE, NOTICE) == ""


@pytest.mark.parametrize(("_case", "panel", "fault"), [
    ("nobody", [], "nobody is on the panel yet"),
    ("an arbitrator who is a peer", [Panelist("A", True)], ""),
    ("half are peers", [Panelist("A", True), Panelist("B", False)], "1 of 2 are peers"),
    ("two of three", [Panelist("A", True), Panelist("B", True), Panelist("C", False)], ""),
    ("one competes", [Panelist("A", True), Panelist("B", True, "competes")], "B competes"),
])  # fmt: skip
def test_a_panel_is_of_peers_who_do_not_compete(_case, panel, fault):
    assert fault_of_panel(panel).startswith(fault)
    assert bool(fault_of_panel(panel)) is bool(fault)


def test_a_denial_rests_on_what_its_reason_says():
    assert [basis_of(code) for code in ("quality", "conduct", "threshold", "history")] == [
        "quality", "quality", "threshold", "admin"
    ]  # fmt: skip


def test_letters_say_the_days_the_rights_and_the_reasons():
    about = {"to": "Dr. A", "sender": "The IPA", "issued": NOTICE}
    told = notice_letter(
        **about, kind="termination", basis="quality", reasons="Three charts.", limits="",
        effective=NOTICE, ends=None, danger="", is_reportable=True,
    )  # fmt: skip
    text = " ".join(told["paragraphs"])
    assert "Three charts." in text
    assert "within 30 days of this letter: until January 31, 2026" in text
    assert "cross-examine" in text
    assert "Data Bank" in text
    assert "goes on as it is" in text
    urgent = notice_letter(
        **about, kind="suspension", basis="quality", reasons="Why.", limits="",
        effective=NOTICE, ends=None, danger="impaired at work", is_reportable=False,
    )  # fmt: skip
    text = " ".join(urgent["paragraphs"])
    assert "suspended from January 1, 2026 already" in text
    assert "goes on as it is" not in text
    day = hearing_letter(**about, hearing=LAST, place="Room 1", witnesses="Dr. B", panel=["Dr. C"])
    assert ["Witnesses we expect to call", "Dr. B"] in day["facts"]
    done = decision_letter(
        **about, what="termination", is_final=False, recommendation="to reverse", reasons="Agreed.",
        ends_from=None, is_reportable=True,
    )  # fmt: skip
    assert done["title"] == "The decision: reversed"
    assert "Data Bank" not in " ".join(done["paragraphs"])
