"""Obligations: a dated library, what proves each, and nothing compliant without evidence."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from compliance.actions.obligations import (
    QUESTIONS,
    AskedEveryNight,
    LibraryRefused,
    NothingToJudge,
    OlderEvidence,
    OwnEvidence,
    PaperMissing,
    judge_control,
    load_library,
    record_evidence,
)
from compliance.formats.obligation_library import NotALibrary, read_library
from compliance.models import CheckResult, Control, ControlAnswer, Obligation
from compliance.queries.obligations import duties, unproven
from compliance.rules.clocks import clock_on
from compliance.rules.obligations import (
    FAMILIES,
    LIBRARY,
    Standing,
    by_answer,
    by_question,
    together,
)
from ipaportal.core.roles import Role
from tests.kept import kept
from tests.people import actor_of, client_of, make_user

TEXT = LIBRARY.read_text()
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = NOW.date()
PDF = b"%PDF-1.7 what was seen %%EOF"
SMALL = """version: 1
obligations:
  ONE@2020-01-01:
    family: oig
    title: One
    text: >
      Folded words
      go on.
    citation: a source
    controls: [paper]
controls:
  paper:
    title: A paper
    how: document
    every: 30
"""


def test_the_portals_library_is_whole():
    read = read_library(TEXT, QUESTIONS)
    assert {one.family for one in read.obligations} == set(FAMILIES)
    assert sum(one.family == "oig" for one in read.obligations) == 7
    asked = {one.key for one in read.controls if one.how == "question"}
    assert len(asked) >= 25
    assert all(one.citation for one in read.obligations)


def test_days_of_the_library_are_those_of_the_clocks():
    timed = [one for one in read_library(TEXT, QUESTIONS).obligations if one.clock]
    assert len(timed) == 3
    for one in timed:
        for day in (one.effective_date, (one.end_date or date(2030, 1, 1)) - timedelta(days=1)):
            clock = clock_on(one.clock, day)
            assert (one.days, one.hours) == (clock.days, clock.hours)


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("version: 1\n", "", "It needs"),
        ("[paper]", "[q:nothing]", "asks no such question"),
        ("[paper]", "[other]", "stands nowhere"),
        ("[paper]", "[]", "names no control"),
        ("family: oig", "family: x", "no such family"),
        ("2020-01-01", "2020-13-01", "month must be"),
        ("every: 30", "every: 0", "none of a control"),
        ("    citation", "    until: 2020-01-01\n    citation", "ends before it begins"),
        ("    title: One", "    title: One\n    title: Two", "stands twice"),
        ("    title: One", "    ? x", "cannot be read"),
        ("controls:\n  paper", "  ONE@2021-01-01:\n    family: oig\n    title: x\n    text: y\n"
         "    citation: z\n    controls: [paper]\ncontrols:\n  paper", "two rows hold on 2021"),
    ],
)  # fmt: skip
def test_what_is_no_library_is_named(was, now, words):
    assert read_library(SMALL, {}).obligations[0].text == "Folded words go on."
    with pytest.raises(NotALibrary, match=words):
        read_library(SMALL.replace(was, now, 1), {})


def test_a_night_proves_for_two_days_and_only_if_nothing_was_found():
    assert by_question(DAY, DAY - timedelta(days=2), 0).result == "compliant"
    assert by_question(DAY, DAY - timedelta(days=3), 0).result == "unknown"
    assert by_question(DAY, DAY, 1) == Standing("done", "not_compliant", f"1 found on {DAY}", DAY)
    assert by_question(DAY, None, 0).status == "to_do"


@pytest.mark.parametrize(("age", "result"), [(0, "compliant"), (30, "compliant"), (31, "unknown")])
def test_an_answer_lasts_its_days(age, result):
    answer = (DAY - timedelta(days=age), "compliant", "seen")
    assert by_answer(DAY, 30, answer, has_new_evidence=False).result == result


def test_an_obligation_is_as_good_as_its_worst_control():
    good, bad = Standing("done", "compliant", ""), Standing("done", "not_compliant", "three found")
    assert together([good, bad]).why == "three found"
    assert together([good, Standing("to_do", "unknown", "")]).result == "unknown"
    assert together([good, Standing("done", "not_applicable", "")]).result == "compliant"
    assert together([]).result == "unknown"


@kept
def program():
    """The library, loaded by an officer; a director and an administrator."""
    officer = make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER)
    director = make_user("cast@ipa.example", Role.MEDICAL_DIRECTOR)
    load_library(actor=actor_of(officer), text=TEXT, now=NOW)
    return officer, director


def proven(user, key="um_turnaround", **changed):
    given = {"control_id": Control.objects.get(key=key).pk, "text": "October's report",
             "data": PDF, "name": "october.pdf", "now": NOW, **changed}  # fmt: skip
    return record_evidence(actor=actor_of(user), **given)


def judged(user, evidence, result="compliant", key="um_turnaround", **changed):
    given = {"control_id": Control.objects.get(key=key).pk, "result": result, "text": "read",
             "evidence_id": evidence and evidence.pk, "now": NOW, **changed}  # fmt: skip
    return judge_control(actor=actor_of(user), **given)


pytest_db = pytest.mark.django_db


@pytest_db
def test_the_same_library_changes_nothing_and_another_wording_supersedes(program):
    officer, _ = program
    before = Obligation.objects.count()
    load_library(actor=actor_of(officer), text=TEXT, now=NOW)
    assert Obligation.objects.count() == before
    other = TEXT.replace("Decided within 7 calendar days", "Decided within seven days")
    load_library(actor=actor_of(officer), text=other, now=NOW)
    rows = Obligation.objects.filter(code="PA-STD", effective_date=date(2026, 1, 1))
    assert [one.superseded_at for one in rows.order_by("pk")] == [NOW, None]
    assert Obligation.objects.count() == before + 1
    with pytest.raises(LibraryRefused, match="Nothing was loaded"):
        load_library(actor=actor_of(officer), text="version: 2\n", now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(text="x")


@pytest_db
def test_a_day_is_judged_by_the_rule_in_force_on_it(program):
    officer, _ = program
    for day, days in ((date(2025, 12, 31), 14), (date(2026, 1, 1), 7)):
        found = [one for one in duties(actor=actor_of(officer), day=day)
                 if one.obligation.code == "PA-STD"]  # fmt: skip
        assert [one.obligation.days for one in found] == [days]


@pytest_db
def test_nothing_is_compliant_without_evidence(program):
    officer, director = program
    with pytest.raises(NothingToJudge):
        judged(director, None)
    with pytest.raises(PaperMissing):
        proven(officer, data=b"")
    with pytest.raises(AskedEveryNight):
        judged(director, None, key="q:policies_old")
    control = Control.objects.get(key="um_turnaround")
    values = {"control": control, "text": "x", "answered_at": NOW, "lasts_days": 1}
    for key, evidence, who in (("um_turnaround", None, 1), ("um_letters", proven(officer), 1),
                               ("um_turnaround", proven(officer), officer.pk)):  # fmt: skip
        values |= {"control": Control.objects.get(key=key), "answered_by_id": who}
        with pytest.raises(DatabaseError), transaction.atomic():
            ControlAnswer.objects.create(result="compliant", evidence=evidence, **values)
    assert not ControlAnswer.objects.exists()


@pytest_db
def test_somebody_else_judges_the_newest_evidence_and_days_before_know_nothing_of_it(program):
    officer, director = program
    waiting = unproven(DAY)
    first = proven(officer)
    with pytest.raises(OwnEvidence):
        judged(officer, first)
    second = proven(officer)
    assert (first.number, second.number) == (1, 2)
    with pytest.raises(OlderEvidence):
        judged(director, first)
    judged(director, second)
    assert unproven(DAY) == waiting - 1
    assert unproven(DAY + timedelta(days=35)) == waiting - 1
    assert unproven(DAY + timedelta(days=36)) == waiting
    by_day = {}
    for day in (DAY - timedelta(days=1), DAY):
        rows = duties(actor=actor_of(officer), day=day)
        by_day[day] = {one.obligation.code: one.standing.result for one in rows}
    assert by_day[DAY]["PA-EXP"] == "compliant"
    assert by_day[DAY - timedelta(days=1)]["PA-EXP"] == "unknown"


@pytest_db
def test_a_night_proves_what_the_portal_asks(program):
    officer, _ = program
    for key, count in (("unsealed", 0), ("no_second_factor", 2)):
        CheckResult.objects.create(day=DAY, key=key, count=count, asked_at=NOW)
    found = {one.obligation.code: one.standing for one in duties(actor=actor_of(officer), day=DAY)}
    assert found["HIPAA-T2"].result == "compliant"
    assert found["HIPAA-T4"].result == "not_compliant"


@pytest_db
def test_pages_load_prove_and_judge(program):
    officer, director = program
    browser = client_of(officer)
    page = browser.get(reverse("compliance:obligation_list") + "?on=2025-12-31")
    assert "Decided within 14" not in page.content.decode()
    assert "PA-STD" in page.content.decode()
    control = Control.objects.get(key="um_turnaround")
    form = {"text": "October", "file": SimpleUploadedFile("o.pdf", PDF)}
    prove = reverse("compliance:control_prove", args=[control.pk])
    assert browser.post(prove, form).status_code == 302
    detail = reverse("compliance:control_detail", args=[control.pk])
    assert "somebody else judges it" in browser.get(detail).content.decode()
    reader = client_of(director)
    assert "Judge it" in reader.get(detail).content.decode()
    told = {"evidence": control.evidence.get().pk, "result": "compliant", "text": "all in time"}
    answer = reader.post(reverse("compliance:control_judge", args=[control.pk]), told, follow=True)
    assert "Judged by" in answer.content.decode()
    duty = Obligation.objects.get(code="PA-EXP")
    page = browser.get(reverse("compliance:obligation_detail", args=[duty.pk])).content.decode()
    assert "72 hours" in page
    loaded = browser.post(reverse("compliance:obligations_load"), {"text": TEXT})
    assert loaded.status_code == 302
