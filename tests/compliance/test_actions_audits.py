"""From notice to closed: what is drawn anybody draws again, and nobody judges their own work."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from compliance.actions.audits import (
    AnswerUnexplained,
    BadDraw,
    NobodyNamed,
    NotDone,
    OutOfOrder,
    UniverseInvalid,
    add_element,
    answer_element,
    close_audit,
    draw_items,
    reopen_audit,
    report_audit,
    take_universe,
)
from compliance.actions.finding_reviews import review_finding
from compliance.actions.findings import (
    BadMilestones,
    NeedsNoPlan,
    NoAnalysis,
    NoOwner,
    NotNow,
    NotReady,
    NotYours,
    OwnWork,
    extend_correction,
    judge_correction,
    plan_correction,
    record_finding,
    reopen_correction,
    submit_correction,
)
from compliance.actions.packets import BeingWritten, ask_packet, step_packets
from compliance.models import AuditAnswer, AuditItem, Correction, CorrectionStep
from compliance.queries.audits import newest_answers, state_of, worksheet
from compliance.queries.findings import board
from compliance.rules.audits import Tally
from ipaportal.audit.models import DomainEvent
from ipaportal.audit.packet_verifier import check
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored
from ipaportal.core.roles import Role
from ipaportal.core.samples import drawn_first, hash_of_lines
from tests.compliance.auditing import (
    NOON,
    READER,
    TODAY,
    UNIVERSE,
    answer_all,
    found,
    notice,
    planned,
    sampled,
    worked,
)
from tests.people import actor_of, make_party, make_user
from tests.proofs import breaches

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)


@pytest.fixture
def osei():
    return actor_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER, name="A. Osei"))


@pytest.fixture
def castellan():
    return actor_of(make_user("cast@ipa.example", Role.MEDICAL_DIRECTOR, name="M. Castellan"))


@pytest.fixture
def lindgren():
    return make_user("lind@ipa.example", Role.NETWORK_ADMIN, name="K. Lindgren")


@pytest.fixture
def audit(osei):
    return notice(osei, make_party("payer", "Sun Health"))


def said(audit) -> list[str]:
    events = DomainEvent.objects.filter(subject_type="compliance.Audit", subject_id=audit.pk)
    return [one.removeprefix("compliance.") for one in events.values_list("action", flat=True)]


def test_a_notice_names_the_plan_and_brings_what_is_asked(osei, audit):
    assert state_of(audit) == "noticed"
    assert audit.elements.count() == 4
    assert "42 CFR 422.568" in audit.elements.first().citation
    with pytest.raises(NobodyNamed):
        notice(osei, audit.party, kind="own")
    with pytest.raises(NobodyNamed):
        notice(osei, None, kind="plan")
    add_element(actor=osei, audit_id=audit.pk, text="Signed", citation="", now=NOON)
    assert audit.elements.last().place == 5
    assert said(audit) == ["audit.opened", "audit.element_added"]


def test_anybody_draws_the_sample_again_from_seed_and_universe(osei, audit):
    with pytest.raises(OutOfOrder):
        draw_items(actor=osei, audit_id=audit.pk, seed="", count=3, now=NOON)
    draw = sampled(osei, audit, count=3)
    universe = draw.universe
    lines = universe.population.split("\n")
    assert (len(lines), universe.rows) == (12, 12)
    assert hash_of_lines(lines) == universe.population_sha256
    keys = drawn_first([line.split("\t")[0] for line in lines], "2026", 3, str)
    assert [item.key for item in draw.items.all()] == keys
    again = {"audit_id": audit.pk, "now": NOON}
    with pytest.raises(OutOfOrder):
        draw_items(actor=osei, seed="other", count=3, **again)
    with pytest.raises(OutOfOrder):
        take_universe(actor=osei, layout="plain", data=UNIVERSE, name="x.csv", **again)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditItem.objects.filter(draw=draw).update(key="C-9")
    assert breaches() == []


def test_an_invalid_universe_is_kept_and_not_drawn_from(osei, audit):
    wrong = {"layout": "plain", "data": b"Case\nA\nA\n", "name": "twice.csv", "now": NOON}
    universe = take_universe(actor=osei, audit_id=audit.pk, **wrong)
    assert universe.problems == [[3, "Case", "was named before, on line 2"]]
    with pytest.raises(UniverseInvalid, match="has 1 problems"):
        draw_items(actor=osei, audit_id=audit.pk, seed="", count=1, now=NOON)
    take_universe(actor=osei, audit_id=audit.pk, **{**wrong, "data": b"\0\0\0"})
    take_universe(actor=osei, audit_id=audit.pk, **{**wrong, "data": UNIVERSE})
    assert audit.universes.count() == 3
    with pytest.raises(BadDraw):
        draw_items(actor=osei, audit_id=audit.pk, seed="a b", count=1, now=NOON)
    with pytest.raises(BadDraw):
        draw_items(actor=osei, audit_id=audit.pk, seed="a", count=0, now=NOON)
    assert draw_items(actor=osei, audit_id=audit.pk, seed="", count=300, now=NOON).count == 12
    assert breaches() == []


def test_worksheets_end_in_findings_before_they_are_reported(osei, castellan, audit):
    sampled(osei, audit)
    item, element = audit.draw.items.first(), audit.elements.first()
    bare = {"item_id": item.pk, "element_id": element.pk, "now": NOON}
    with pytest.raises(AnswerUnexplained):
        answer_element(actor=castellan, answer="not_met", text=" ", **bare)
    with pytest.raises(NotDone, match="8 of 8 questions are unanswered"):
        report_audit(actor=osei, audit_id=audit.pk, text="", now=NOON)
    answer_all(castellan, audit, fails=1)
    answer_element(actor=castellan, answer="na", **bare)
    assert newest_answers(audit)[item.pk, element.pk].answer == "na"
    answer_element(actor=castellan, answer="not_met", text="late after all", **bare)
    assert worksheet(audit)[0][1] == Tally(met=1, not_met=1)
    with pytest.raises(NotDone, match="no finding says so"):
        report_audit(actor=osei, audit_id=audit.pk, text="", now=NOON)
    found(osei, audit)
    report_audit(actor=osei, audit_id=audit.pk, text="Sent to the plan", now=NOON)
    with pytest.raises(OutOfOrder):
        answer_element(actor=castellan, answer="met", **bare)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditAnswer.objects.update(answer="met")


def test_closed_caps_have_validator_other_than_owner_and_evidence(osei, castellan, lindgren, audit):
    """The promise of the domain page, through every door: action, then the database itself."""
    sampled(osei, audit)
    answer_all(osei, audit)
    finding = found(osei, audit)
    plan = planned(osei, finding, lindgren)
    owner = actor_of(lindgren)
    with pytest.raises(NotReady, match="2 of its milestones"):
        submit_correction(actor=owner, correction_id=plan.pk, text="", now=NOON)
    with pytest.raises(NotYours):
        worked(osei, plan)
    worked(owner, plan)
    submit_correction(actor=owner, correction_id=plan.pk, text="all done", now=NOON)
    report_audit(actor=osei, audit_id=audit.pk, text="", now=NOON)
    with pytest.raises(NotDone, match="is not validated"):
        close_audit(actor=osei, audit_id=audit.pk, text="", now=LATER)
    sha256 = plan.steps.exclude(evidence_sha256="").first().evidence_sha256
    both = make_both(lindgren)
    judged = {"correction_id": plan.pk, "text": "read", "now": LATER}
    with pytest.raises(OwnWork):
        judge_correction(actor=both, is_good=True, evidence_sha256=sha256, **judged)
    with pytest.raises(NotReady, match="names the evidence"):
        judge_correction(actor=castellan, is_good=True, evidence_sha256="0" * 64, **judged)
    for values in ({"by_id": lindgren.pk}, {"owner_id": osei.user_id}, {"evidence_sha256": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            forge(plan, castellan, sha256, **values)
    judge_correction(actor=castellan, is_good=True, evidence_sha256=sha256, **judged)
    close_audit(actor=osei, audit_id=audit.pk, text="all validated", now=LATER)
    assert state_of(audit) == "closed"
    with pytest.raises(NotNow):
        judge_correction(actor=castellan, is_good=False, **judged)
    assert breaches() == []


def make_both(user) -> Actor:
    """An owner who may also validate."""
    return Actor(user.pk, user.name, frozenset({(Role.MEDICAL_DIRECTOR, 1)}))


def forge(plan: Correction, judge: Actor, sha256: str, **values) -> None:
    """A validation written past the actions."""
    given = {
        "correction": plan,
        "owner_id": plan.owner_id,
        "place": 99,
        "kind": "validated",
        "text": "fine",
        "evidence_sha256": sha256,
        "by_id": judge.user_id,
        "by_name": judge.name,
        "at": LATER,
        **values,
    }
    CorrectionStep.objects.create(**given)
    connection.check_constraints()


def test_what_was_closed_is_reopened_by_adding(osei, castellan, lindgren, audit):
    take = {"layout": "plain", "data": UNIVERSE, "name": "x.csv", "now": NOON}
    take_universe(actor=osei, audit_id=audit.pk, **take)
    plan = planned(osei, found(osei, audit), lindgren)
    worked(actor_of(lindgren), plan)
    submit_correction(actor=actor_of(lindgren), correction_id=plan.pk, text="", now=NOON)
    judged = {"correction_id": plan.pk, "now": NOON}
    judge_correction(actor=castellan, is_good=False, text="the list is of May", **judged)
    submit_correction(actor=actor_of(lindgren), correction_id=plan.pk, text="", now=NOON)
    sha256 = plan.steps.exclude(evidence_sha256="").first().evidence_sha256
    judge_correction(actor=castellan, is_good=True, text="ok", evidence_sha256=sha256, **judged)
    for act in (report_audit, close_audit, reopen_audit, close_audit):
        act(actor=osei, audit_id=audit.pk, text="", now=NOON)
    due = TODAY + timedelta(days=30)
    reopen_correction(actor=castellan, text="late again", due_date=due, **judged)
    assert state_of(audit) == "reopened"
    (row,) = board(actor=osei, today=TODAY)
    assert (row.state, row.due, row.late) == ("open", due, None)
    with pytest.raises(NotReady, match="2 of its milestones"):
        submit_correction(actor=actor_of(lindgren), correction_id=plan.pk, text="", now=NOON)
    with pytest.raises(NotDone):
        close_audit(actor=osei, audit_id=audit.pk, text="", now=NOON)
    assert [step.kind for step in plan.steps.all()] == [
        *("reached", "reached", "evidence", "submitted", "returned", "submitted", "validated"),
        *("reopened", "extended"),
    ]
    assert breaches() == []


def test_only_a_finding_that_needs_it_has_a_plan_with_an_owner_and_days(osei, lindgren, audit):
    with pytest.raises(OutOfOrder):
        found(osei, audit)  # nothing was sent in yet
    sampled(osei, audit)
    seen = found(osei, audit, "Forms differ", kind="observation")
    with pytest.raises(NeedsNoPlan, match="an observation"):
        planned(osei, seen, lindgren)
    bare = record_finding(
        actor=osei, audit_id=audit.pk, kind="car", title="Late", condition="x",
        element_id=None, now=NOON,
    )  # fmt: skip
    review_finding(actor=READER, finding_id=bare.pk, is_good=True, now=NOON)
    with pytest.raises(NoAnalysis):
        planned(osei, bare, lindgren)
    finding = found(osei, audit)
    stranger = make_user("b@bell.example", Role.PURCHASING)
    with pytest.raises(NoOwner):
        planned(osei, finding, stranger)
    plan = {"finding_id": finding.pk, "owner_id": lindgren.pk, "text": "x", "due_date": TODAY}
    for milestones in ([], [("late", TODAY + timedelta(days=1))]):
        with pytest.raises(BadMilestones):
            plan_correction(actor=osei, milestones=milestones, now=NOON, **plan)
    assert not Correction.objects.exists()
    rows = {row.finding.pk: row.state for row in board(actor=osei, today=TODAY)}
    assert rows == {seen.pk: "needs none", bare.pk: "no plan", finding.pk: "no plan"}


def test_the_board_says_what_is_late_until_its_day_is_moved(osei, castellan, lindgren, audit):
    sampled(osei, audit)
    plan = planned(osei, found(osei, audit), lindgren, due=TODAY)

    def late(days: int):
        (row,) = board(actor=osei, today=TODAY + timedelta(days=days))
        return row.late

    assert (late(-7), late(-6)) == (None, TODAY - timedelta(days=7))
    moved = {"correction_id": plan.pk, "text": "the rota waits for its vendor", "now": NOON}
    with pytest.raises(OwnWork):
        extend_correction(actor=make_both(lindgren), due_date=TODAY, **moved)
    extend_correction(actor=castellan, due_date=TODAY + timedelta(days=10), **moved)
    assert (late(3), late(4)) == (None, TODAY + timedelta(days=3))


def test_a_packet_holds_everything_and_checks_itself(osei, castellan, lindgren, audit):
    draw = sampled(osei, audit)
    answer_all(osei, audit, fails=1)
    plan = planned(osei, found(osei, audit), lindgren)
    worked(actor_of(lindgren), plan)
    packet = ask_packet(actor=osei, audit_id=audit.pk, now=NOON)
    with pytest.raises(BeingWritten):
        ask_packet(actor=osei, audit_id=audit.pk, now=NOON)
    # What this test has not committed is never sealed: the packet waits, then says so.
    assert step_packets(NOON + timedelta(minutes=9)) == 0
    assert step_packets(NOON + timedelta(minutes=10)) == 1
    assert step_packets(NOON + timedelta(minutes=11)) == 0
    packet.refresh_from_db()
    with zipfile.ZipFile(io.BytesIO(read_stored(packet.sha256))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    said, faults = check(files)
    assert faults == []
    assert said[-1] == "Drawn again by seed 2026: 2 of 12."
    assert packet.files == len(files) - 3  # beside manifest, key and script
    assert files["universe/universe-1.csv"] == UNIVERSE
    listed = [line.split(",")[0] for line in files["index.csv"].decode().splitlines()[1:]]
    rest = {"README.txt", "index.csv", "verify.py", "manifest.txt", "manifest.key"}
    assert set(listed) | rest == set(files)
    assert "not sealed when it was written" in files["README.txt"].decode()
    first = draw.items.first().key
    assert f"1,{first}," in files["worksheet.csv"].decode()
    assert "Nobody watches the queue" in files["findings.csv"].decode()
    assert "1200.50" in files["findings.csv"].decode()
    assert "K. Lindgren" in files["corrections.csv"].decode()
    (paper,) = [name for name in files if name.startswith("evidence/")]
    assert paper in files["worksheet.csv"].decode()
    assert paper in files["corrections.csv"].decode()
