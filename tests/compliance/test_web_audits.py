"""Audits and findings on pages, from the notice to the validated correction, and who sees what."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from compliance.models import Audit, Correction
from compliance.queries.audits import state_of
from compliance.queries.cards import compliance_cards
from compliance.queries.own_universes import SOURCES
from compliance.queries.self_checks import QUESTIONS
from credentialing.models import ScreeningResult, ScreeningRun
from ipaportal.audit.models import AccessEvent
from ipaportal.core.files import read_stored
from ipaportal.core.roles import Role
from tests.capitation.worlds import make_small_world
from tests.compliance.auditing import NOON, PDF, answer_all, found, notice, planned, sampled, worked
from tests.kept import kept
from tests.people import actor_of, client_of, make_party, make_user

pytestmark = pytest.mark.django_db
UNIVERSE = b"Claim,Enrollee ID\nC-1,M-ANN\nC-2,M-NOBODY\n"


@kept
def people():
    """An officer, a medical director and somebody who owns corrections."""
    return (
        make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER, name="A. Osei"),
        make_user("cast@ipa.example", Role.MEDICAL_DIRECTOR, name="M. Castellan"),
        make_user("lind@ipa.example", Role.NETWORK_ADMIN, name="K. Lindgren"),
    )


def here(name: str, *args: object) -> str:
    return reverse(f"compliance:{name}", args=args)


def paper(name: str, data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


NOTICE = {
    "kind": "own", "title": "Claims of the summer", "function": "claims", "scope": "Paid claims",
    "first_date": "2026-07-01", "last_date": "2026-09-30", "notice_date": "2026-11-02",
    "contact_name": "A. Osei",
}  # fmt: skip


def test_pages_lead_from_a_notice_to_a_validated_correction(people):
    officer, director, owner = map(client_of, people)
    assert officer.post(here("audit_new"), {**NOTICE, "kind": "plan"}).status_code == 422
    assert officer.post(here("audit_new"), NOTICE).status_code == 302
    audit = Audit.objects.get()
    page = officer.get(here("audit_detail", audit.pk)).content.decode()
    assert "Take the universe" in page
    take = {"source": "file", "layout": "plain"}
    assert officer.post(here("universe_take", audit.pk), take).status_code == 422
    take["file"] = paper("u.csv", b"Claim\nA\nA\n")
    shown = officer.post(here("universe_take", audit.pk), take, follow=True).content.decode()
    assert "was named before, on line 2" in shown
    take["file"] = paper("u.csv", b"Claim\nA\nB\n")
    assert officer.post(here("universe_take", audit.pk), take).status_code == 302
    draw = {"count": "1", "seed": "s"}
    assert officer.post(here("sample_draw", audit.pk), draw).status_code == 302
    item = audit.draw.items.get()
    first = audit.elements.first().pk
    answers = {f"answer-{one.pk}": "met" for one in audit.elements.all()}
    answers[f"answer-{first}"] = "not_met"
    assert director.post(here("item_detail", item.pk), answers).status_code == 422
    answers |= {f"text-{first}": "day 41", f"file-{first}": paper("eob.pdf")}
    assert director.post(here("item_detail", item.pk), answers).status_code == 302
    refused = officer.post(here("audit_go", audit.pk), {"do": "report"}, follow=True)
    assert "no finding says so" in refused.content.decode()
    finding = {"kind": "car", "title": "Paid late", "condition": "day 41", "element": first}
    assert officer.post(here("finding_new", audit.pk), finding).status_code == 302
    correct(audit.findings.get().pk, people, officer, director, owner)
    for step in ("report", "close"):
        officer.post(here("audit_go", audit.pk), {"do": step, "text": "done"})
    assert state_of(audit) == "closed"
    assert "Closed" in officer.get(here("audit_detail", audit.pk)).content.decode()


def correct(pk: int, people, officer, director, owner) -> None:
    """Through the forms: why, the plan, what was done, and a second person's word."""
    cause = {"root_cause": "no rota", "members": "3", "amount": "120.50", "basis": "counted"}
    assert officer.post(here("finding_analyse", pk), cause).status_code == 302
    plan = {
        "owner": people[2].pk, "text": "a rota", "due_date": "2099-01-31",
        "milestone-1": "Agreed", "day-1": "2099-01-01",
    }  # fmt: skip
    assert officer.post(here("correction_plan", pk), plan).status_code == 422  # a draft
    assert director.post(here("finding_review", pk), {"is_good": "yes"}).status_code == 302
    assert officer.post(here("correction_plan", pk), {**plan, "day-1": ""}).status_code == 422
    assert officer.post(here("correction_plan", pk), plan).status_code == 302
    milestone = Correction.objects.get().milestones.get().pk
    said = {"what": f"reached-{milestone}", "text": "agreed", "file": paper("rota.pdf")}
    assert officer.post(here("correction_work", pk), said).status_code == 422  # not the owner
    said["file"] = paper("rota.pdf")
    assert owner.post(here("correction_work", pk), said).status_code == 302
    assert owner.post(here("correction_work", pk), {"what": "submit", "text": "all"}).status_code
    form = director.get(here("correction_judge", pk)).context["form"]
    judge = {"what": "validate", "evidence": form.fields["evidence"].choices[0][0], "text": "read"}
    assert owner.post(here("correction_judge", pk), judge).status_code == 403
    assert director.post(here("correction_judge", pk), judge).status_code == 302
    shown = officer.get(here("finding_detail", pk)).content.decode()
    assert "Validated" in shown
    assert "$120.50" in shown


def test_the_board_filters_sorts_and_exports_and_the_desk_leads_to_it(people):
    osei, _, lindgren = people
    officer, actor = client_of(osei), actor_of(osei)
    audit = notice(actor, make_party("payer", "Sun Health"))
    assert QUESTIONS["universes_late"](NOON).count == 1
    sampled(actor, audit)
    assert QUESTIONS["universes_late"](NOON).count == 0
    planned(actor, found(actor, audit, "Notices are late"), lindgren, due=NOON.date())
    found(actor, audit, "Forms differ")
    assert QUESTIONS["corrections_late"](NOON).count == 1
    assert QUESTIONS["findings_unplanned"](NOON).count == 0
    board = officer.get(here("finding_list"))
    rows = [(row["title"], row["state"]) for row in board.context["listing"].rows]
    assert rows == [("1. Notices are late", "overdue"), ("2. Forms differ", "no plan")]
    few = officer.get(here("finding_list"), {"show": "plan"}).context["listing"].rows
    assert [row["title"] for row in few] == ["2. Forms differ"]
    mine = client_of(lindgren).get(here("finding_list"), {"show": "mine"})
    assert len(mine.context["listing"].rows) == 1
    sort = officer.get(here("finding_list"), {"sort": "-title"}).context["listing"].rows
    assert sort[0]["title"] == "2. Forms differ"
    file = officer.get(here("finding_list"), {"export": "csv"})
    assert "Forms differ" in b"".join(file.streaming_content).decode()
    assert [task.verb for task in compliance_cards(actor_of(lindgren), NOON.date()).tasks] == [
        "Correct"
    ]
    assert compliance_cards(actor, NOON.date()).tasks == ()
    desk = officer.get(reverse("compliance:desk")).context["listing"].rows
    (late,) = [row for row in desk if row["question"].startswith("Corrective actions or mile")]
    assert late["url"] == here("finding_list") + "?show=late"
    listed = officer.get(here("audit_list"), {"show": "open", "q": "sun"}).context["listing"].rows
    assert [(row["title"], row["state"]) for row in listed] == [("UM audit", "sample drawn")]


def test_who_looks_at_a_sampled_row_is_on_record_with_its_member(people):
    world = make_small_world()
    osei, castellan, lindgren = people
    audit = notice(actor_of(osei), world.contract.payer.party)
    draw = sampled(actor_of(osei), audit, UNIVERSE)
    numbers = {item.key: item.member_id for item in draw.items.all()}
    ann = world.members["Ann"]
    assert ann.plan_member_id == "M-ANN"
    assert numbers == {"C-1": ann.pk, "C-2": None}
    item = draw.items.get(key="C-1")
    assert b"M-ANN" in client_of(castellan).get(here("item_detail", item.pk)).content
    seen = AccessEvent.objects.latest("pk")
    assert (seen.actor_name, seen.member_ids, seen.kind) == ("M. Castellan", [ann.pk], "view")
    got = client_of(castellan).get(here("universe_file", draw.universe_id))
    assert b"".join(got.streaming_content) == UNIVERSE
    assert AccessEvent.objects.latest("pk").kind == "export"
    # Owners of corrections see the audit, and none of its rows.
    page = client_of(lindgren).get(here("audit_detail", audit.pk)).content.decode()
    assert "C-1" not in page
    assert client_of(lindgren).get(here("item_detail", item.pk)).status_code == 403


def test_what_the_portal_has_is_taken_without_a_file(people):
    osei, _, _ = people
    audit = notice(actor_of(osei), None, function="compliance")
    run = ScreeningRun.objects.create(
        cause="asked", state="done", as_of=audit.last_date, requested_at=NOON,
        requested_by_name="clock",
    )  # fmt: skip
    result = {"run": run, "subject_key": "practitioner:1", "outcome": "clear"}
    one = ScreeningResult.objects.create(label="=Ilsley", **result)
    for source in SOURCES:
        told = {"source": source, "layout": "plain"}
        assert client_of(osei).post(here("universe_take", audit.pk), told).status_code == 302
    found = {row.file_name: (row.rows, row.problems) for row in audit.universes.all()}
    nothing = (0, [[1, "", "no line follows the columns"]])
    assert found == {
        "screenings.csv": (1, []),
        **dict.fromkeys(["decisions.csv", "payments.csv", "disputes.csv"], nothing),
    }
    shown = read_stored(audit.universes.get(file_name="screenings.csv").file_sha256).decode()
    assert f"{one.pk},'=Ilsley,2026-09-30,clear" in shown


def test_papers_are_saved_under_no_name_of_theirs(people):
    osei, _, lindgren = people
    letter = {"letter": PDF, "letter_name": 'x";\r\nSet-Cookie: a=b.html'}
    audit = notice(actor_of(osei), None, **letter)
    sampled(actor_of(osei), audit)
    answer_all(actor_of(osei), audit, fails=1)
    plan = planned(actor_of(osei), found(actor_of(osei), audit), lindgren)
    worked(actor_of(lindgren), plan)
    got = client_of(osei).get(here("audit_letter", audit.pk))
    assert got["Content-Type"] == "application/octet-stream"
    assert got["Content-Disposition"] == f'attachment; filename="{audit.letter_sha256[:12]}.html"'
    step = plan.steps.exclude(evidence_sha256="").first()
    got = client_of(lindgren).get(here("step_file", step.pk))
    assert b"".join(got.streaming_content) == PDF
    bare = plan.steps.filter(evidence_sha256="").first()
    assert client_of(osei).get(here("step_file", bare.pk)).status_code == 404
