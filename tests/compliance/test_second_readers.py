"""A draft is issued by a second person; a correction is handed over, and no owner judges it."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from compliance.actions.audits import NotDone, answer_element, report_audit
from compliance.actions.finding_reviews import (
    NoReason,
    NotReturned,
    OwnWords,
    ReadBefore,
    redraft_finding,
    review_finding,
)
from compliance.actions.findings import (
    NotIssued,
    NotYours,
    OwnWork,
    extend_correction,
    judge_correction,
    submit_correction,
)
from compliance.actions.handovers import (
    AllDone,
    Answered,
    CannotTake,
    NotForYou,
    NotTheirs,
    OfferedBefore,
    WhyNot,
    answer_handover,
    hand_over,
    take_back,
)
from compliance.models import Correction, CorrectionHandover, CorrectionStep, Finding, FindingReview
from compliance.queries.audit_packets import told_of
from compliance.queries.audits import unexplained, unissued
from compliance.queries.cards import compliance_cards
from compliance.queries.correction_checks import correction_findings
from compliance.queries.findings import board
from compliance.rules.audits import agreement
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.identity.actions.users import suspend_user
from tests.compliance.auditing import (
    NOON,
    TODAY,
    answer_all,
    found,
    notice,
    planned,
    sampled,
    worked,
)
from tests.kept import kept
from tests.people import actor_of, client_of, make_user
from tests.proofs import breaches

pytestmark = pytest.mark.django_db
WORDS = {"kind": "car", "title": "Told late", "condition": "Day nine.", "element_id": None}


@kept
def people():
    """Two officers, a medical director, and two who own corrections."""
    return {
        "osei": make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER, name="A. Osei"),
        "second": make_user("sec@ipa.example", Role.COMPLIANCE_OFFICER, name="S. Second"),
        "cast": make_user("cast@ipa.example", Role.MEDICAL_DIRECTOR, name="M. Castellan"),
        "lind": make_user("lind@ipa.example", Role.NETWORK_ADMIN, name="K. Lindgren"),
        "novak": make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST, name="T. Novak"),
    }


def drafted(people) -> Finding:
    clerk = actor_of(people["osei"])
    audit = notice(clerk, None)
    sampled(clerk, audit)
    answer_all(clerk, audit, fails=1)
    return found(clerk, audit, issued=False)


def corrected(people, due=TODAY) -> Correction:
    """A plan that Lindgren owns."""
    finding = drafted(people)
    review_finding(actor=actor_of(people["cast"]), finding_id=finding.pk, is_good=True, now=NOON)
    return planned(actor_of(people["osei"]), finding, people["lind"], due)


def state_on_board(people, finding: Finding) -> str:
    rows = board(actor=actor_of(people["osei"]), today=TODAY)
    return next((row.state for row in rows if row.finding.pk == finding.pk), "not there")


# A second person.


def test_a_draft_is_neither_planned_nor_reported_until_another_person_issues_it(people):
    finding, osei = drafted(people), actor_of(people["osei"])
    with pytest.raises(NotIssued, match="another person"):
        planned(osei, finding, people["lind"])
    with pytest.raises(NotDone, match="another person has to read first"):
        report_audit(actor=osei, audit_id=finding.audit_id, text="", now=NOON)
    said = {"finding_id": finding.pk, "is_good": True, "now": NOON}
    with pytest.raises(OwnWords, match="Ask the medical director"):
        review_finding(actor=osei, **said)
    with pytest.raises(NotPermitted):
        review_finding(actor=actor_of(people["lind"]), **said)
    assert not FindingReview.objects.exists()
    assert state_on_board(people, finding) == "draft"
    review_finding(actor=actor_of(people["second"]), **said)
    assert state_on_board(people, finding) == "no plan"
    with pytest.raises(ReadBefore):
        review_finding(actor=actor_of(people["cast"]), **said)
    planned(osei, Finding.objects.get(pk=finding.pk), people["lind"])
    report_audit(actor=osei, audit_id=finding.audit_id, text="", now=NOON)
    assert breaches() == []


def test_who_said_why_it_happened_does_not_issue_it_either(people):
    finding = drafted(people)
    finding.analyses.create(
        root_cause="x", members=1, amount_cents=0, basis="x", recorded_at=NOON,
        recorded_by_id=people["second"].pk, recorded_by_name="S. Second",
    )  # fmt: skip
    with pytest.raises(OwnWords):
        review_finding(
            actor=actor_of(people["second"]), finding_id=finding.pk, is_good=True, now=NOON
        )


def test_what_is_returned_says_why_and_is_written_anew_in_its_place(people):
    finding, osei = drafted(people), actor_of(people["osei"])
    who = {"actor": actor_of(people["cast"]), "finding_id": finding.pk, "is_good": False}
    with pytest.raises(NoReason):
        review_finding(text=" ", now=NOON, **who)
    with pytest.raises(NotReturned):
        redraft_finding(actor=osei, finding_id=finding.pk, now=NOON, **WORDS)
    review_finding(text="Which notice?", now=NOON, **who)
    with pytest.raises(NotDone, match="written anew"):
        report_audit(actor=osei, audit_id=finding.audit_id, text="", now=NOON)
    told = WORDS | {"element_id": finding.element_id}
    newer = redraft_finding(actor=osei, finding_id=finding.pk, now=NOON, **told)
    assert (newer.place, newer.standing) == (2, "draft")
    assert newer.analyses.get().root_cause == "Nobody watches the queue on weekends."
    assert state_on_board(people, finding) == "not there"
    assert unissued(finding.audit) == [newer]
    assert unexplained(finding.audit) == []
    with pytest.raises(NotReturned):
        redraft_finding(actor=osei, finding_id=finding.pk, now=NOON, **told)
    assert Finding.objects.get(pk=finding.pk).review.text == "Which notice?"


def test_the_database_refuses_an_author_who_issues_whatever_the_code_says(people):
    finding = drafted(people)
    for author in (people["osei"].pk, people["cast"].pk, None):
        with pytest.raises(IntegrityError, match="author_issues_not"), transaction.atomic():
            FindingReview.objects.create(
                finding=finding, author_id=author, verdict="issued", by_id=people["osei"].pk,
                by_name="A. Osei", at=NOON,
            )  # fmt: skip
    with pytest.raises(IntegrityError, match="returned_says_why"), transaction.atomic():
        FindingReview.objects.create(
            finding=finding, verdict="returned", by_id=people["cast"].pk, by_name="x", at=NOON
        )


# Handed over.


def test_a_correction_is_handed_over_once_taken_and_its_days_stay(people):
    plan, lind, novak = corrected(people), actor_of(people["lind"]), actor_of(people["novak"])
    offer = hand_over(
        actor=lind, correction_id=plan.pk, to_id=novak.user_id, reason="moves on", now=NOON
    )
    worked(lind, plan)  # still Lindgren's
    with pytest.raises(NotForYou):
        answer_handover(actor=lind, handover_id=offer.pk, is_taken=True, now=NOON)
    with pytest.raises(OfferedBefore):
        hand_over(actor=lind, correction_id=plan.pk, to_id=people["cast"].pk, reason="x", now=NOON)
    verbs = [task.verb for task in compliance_cards(novak, TODAY).tasks]
    assert verbs == ["Take over, or say why not,"]
    answer_handover(actor=novak, handover_id=offer.pk, is_taken=True, now=NOON)
    with pytest.raises(Answered):
        take_back(actor=lind, handover_id=offer.pk, now=NOON)
    (row,) = board(actor=lind, today=TODAY + timedelta(days=3))
    assert (row.owner_id, row.owner_name) == (novak.user_id, "T. Novak")
    assert (row.due, row.late) == (TODAY, TODAY)
    with pytest.raises(NotYours, match="Novak owns"):
        submit_correction(actor=lind, correction_id=plan.pk, text="", now=NOON)
    submit_correction(actor=novak, correction_id=plan.pk, text="all done", now=NOON)
    assert Correction.objects.get(pk=plan.pk).owner_now == (novak.user_id, "T. Novak")


def test_nobody_who_ever_owned_it_judges_it(people):
    plan, osei = corrected(people), actor_of(people["osei"])
    chain = ("lind", "cast", "second", "novak")
    for giver, taker in pairwise(chain):
        offer = hand_over(
            actor=actor_of(people[giver]), correction_id=plan.pk, to_id=people[taker].pk,
            reason="next", now=NOON,
        )  # fmt: skip
        answer_handover(
            actor=actor_of(people[taker]), handover_id=offer.pk, is_taken=True, now=NOON
        )
    worked(actor_of(people["novak"]), plan)
    submit_correction(actor=actor_of(people["novak"]), correction_id=plan.pk, text="x", now=NOON)
    paper = plan.steps.exclude(evidence_sha256="").first().evidence_sha256
    judge = {"correction_id": plan.pk, "is_good": True, "text": "read", "now": NOON,
             "evidence_sha256": paper}  # fmt: skip
    for who in ("cast", "second"):
        with pytest.raises(OwnWork):
            judge_correction(actor=actor_of(people[who]), **judge)
        row = {"correction": plan, "owner_id": plan.owner_id, "kind": "validated", "text": "x",
               "evidence_sha256": paper, "at": NOON}  # fmt: skip
        with pytest.raises(IntegrityError, match="judges nothing"), transaction.atomic():
            CorrectionStep.objects.create(place=99, by_id=people[who].pk, by_name="x", **row)
    judge_correction(actor=osei, **judge)
    with pytest.raises(AllDone):
        hand_over(actor=osei, correction_id=plan.pk, to_id=people["lind"].pk, reason="x", now=NOON)
    assert breaches() == []


def test_only_its_owner_or_the_officer_hands_it_over_to_somebody_who_may(people):
    plan, lind = corrected(people), actor_of(people["lind"])
    stranger = make_user("buys@ipa.example", Role.PURCHASING)
    said = {"correction_id": plan.pk, "reason": "away", "now": NOON}
    with pytest.raises(NotTheirs, match="Lindgren owns"):
        hand_over(actor=actor_of(people["novak"]), to_id=people["cast"].pk, **said)
    for to in (stranger.pk, people["lind"].pk, 987654321):
        with pytest.raises(CannotTake):
            hand_over(actor=lind, to_id=to, **said)
    with pytest.raises(WhyNot):
        hand_over(actor=lind, to_id=people["novak"].pk, **said | {"reason": " "})
    assert not CorrectionHandover.objects.exists()
    offer = hand_over(actor=lind, to_id=people["novak"].pk, **said)
    with pytest.raises(NotTheirs):
        take_back(actor=actor_of(people["cast"]), handover_id=offer.pk, now=NOON)
    with pytest.raises(WhyNot):
        answer_handover(
            actor=actor_of(people["novak"]), handover_id=offer.pk, is_taken=False, now=NOON
        )
    answer_handover(
        actor=actor_of(people["novak"]), handover_id=offer.pk, is_taken=False, text="no time",
        now=NOON,
    )  # fmt: skip
    assert plan.owner_now == (lind.user_id, "K. Lindgren")
    hand_over(actor=lind, to_id=people["cast"].pk, **said)  # somebody else may be asked
    extend_correction(
        actor=actor_of(people["osei"]), correction_id=plan.pk, due_date=TODAY, text="x", now=NOON
    )


def test_who_left_stands_on_the_desk_until_somebody_takes_over(people):
    plan, osei = corrected(people), actor_of(people["osei"])
    assert correction_findings(NOON)["corrections_left"].count == 0
    admin = actor_of(make_user("root@ipa.example", Role.SYSTEM_ADMIN))
    suspend_user(actor=admin, user_id=people["lind"].pk, reason="left")
    found_ = correction_findings(NOON)["corrections_left"]
    assert (found_.count, found_.oldest) == (1, TODAY)
    listed = client_of(people["osei"]).get(reverse("compliance:finding_list"), {"show": "left"})
    assert [row["owner"] for row in listed.context["listing"].rows] == ["K. Lindgren (left)"]
    offer = hand_over(
        actor=osei, correction_id=plan.pk, to_id=people["novak"].pk, reason="left", now=NOON
    )
    assert correction_findings(NOON)["corrections_left"].count == 1
    answer_handover(actor=actor_of(people["novak"]), handover_id=offer.pk, is_taken=True, now=NOON)
    assert correction_findings(NOON)["corrections_left"].count == 0


def test_drafts_stand_on_the_desk_a_week_after_they_were_written(people):
    drafted(people)
    for days, count in ((7, 0), (8, 1)):
        asked = correction_findings(NOON + timedelta(days=days))
        assert asked["findings_unread"].count == count
        assert asked["findings_unplanned"].count == 0


# Two raters.


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], (0, 0, None)),
        ([(1, 1, 7, "met"), (1, 1, 7, "na")], (0, 0, None)),
        ([(1, 1, 7, "met"), (1, 1, 8, "met"), (1, 2, 7, "met"), (1, 2, 8, "na"),
          (2, 1, 7, "met")], (2, 1, 50)),
        ([(1, 1, 7, "met"), (1, 1, 7, "na"), (1, 1, 8, "na")], (1, 1, 100)),
        # What 7 says anew, having seen what 8 said, and what 8 says after that.
        ([(1, 1, 7, "met"), (1, 1, 8, "na"), (1, 1, 7, "na")], (1, 0, 0)),
        ([(1, 1, 7, "met"), (1, 1, 8, "met"), (1, 1, 8, "na")], (1, 1, 100)),
        ([(1, 1, 7, "met"), (1, 1, 8, "met"), (1, 1, 9, "na")], (1, 0, 0)),
    ],
)  # fmt: skip
def test_raters_agree_where_everybody_said_the_same_before_seeing_another(given, expected):
    said = agreement(given)
    assert (said.both, said.same, said.percent) == expected


def test_the_page_and_the_packet_say_how_far_two_raters_agree(people):
    audit = drafted(people).audit
    item, (first, second) = audit.draw.items.first(), audit.elements.all()[:2]
    for element in (first, second):  # the officer found the first not met
        answer_element(
            actor=actor_of(people["cast"]), item_id=item.pk, element_id=element.pk, answer="met",
            now=NOON + timedelta(hours=1),
        )  # fmt: skip
    page = client_of(people["osei"]).get(here("audit_detail", audit.pk)).content.decode()
    assert "answered 2 questions, and agree on 1 (50 %)" in page
    assert told_of(audit)["two raters"] == {"both": 2, "same": 1, "percent": 50}


# Pages.


def here(name: str, *args: object) -> str:
    return reverse(f"compliance:{name}", args=args)


def test_pages_lead_from_a_draft_to_a_correction_in_other_hands(people):
    finding = drafted(people)
    officer, director = client_of(people["osei"]), client_of(people["cast"])
    owner, heir = client_of(people["lind"]), client_of(people["novak"])
    read = here("finding_review", finding.pk)
    assert "Read the draft" in director.get(here("finding_detail", finding.pk)).content.decode()
    assert "Read the draft" not in officer.get(here("finding_detail", finding.pk)).content.decode()
    assert officer.post(read, {"is_good": "yes"}).status_code == 422
    assert director.post(read, {"is_good": "no"}).status_code == 422
    assert director.post(read, {"is_good": "no", "text": "Which?"}).status_code == 302
    anew = here("finding_redraft", finding.pk)
    told = {"kind": "car", "title": "Told late", "condition": "C-1", "element": finding.element_id}
    assert officer.post(anew, told).status_code == 302
    newer = Finding.objects.latest("pk")
    old = officer.get(here("finding_detail", finding.pk)).content.decode()
    assert "It was written anew as" in old
    read = here("finding_review", newer.pk)
    assert director.post(read, {"is_good": "yes"}).status_code == 302
    plan = planned(actor_of(people["osei"]), Finding.objects.get(pk=newer.pk), people["lind"])
    give = here("correction_hand_over", newer.pk)
    said = {"to": people["novak"].pk, "reason": "moves on"}
    assert heir.post(give, said).status_code == 422
    assert owner.post(give, said).status_code == 302
    offer = plan.handovers.get()
    take = here("handover_answer", offer.pk)
    assert officer.post(take, {"is_taken": "yes"}).status_code == 422
    assert owner.post(here("handover_take_back", offer.pk)).status_code == 302
    assert owner.post(give, said).status_code == 302
    take = here("handover_answer", plan.handovers.last().pk)
    assert heir.post(take, {"is_taken": "yes"}).status_code == 302
    shown = heir.get(here("finding_detail", newer.pk)).content.decode()
    assert "Handed over by K. Lindgren to T. Novak" in shown
    assert "Say what was done" in shown
