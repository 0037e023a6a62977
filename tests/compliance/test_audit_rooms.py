"""A plan's auditor sees one audit and what was released of it, until it ends; each look noted."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from compliance.actions.audit_rooms import (
    BadLastDay,
    DayGone,
    LetInBefore,
    NotAPlans,
    NothingChosen,
    NothingSaid,
    NotItsAuditor,
    NotVisiting,
    OfAnotherPlan,
    Protected,
    VisitOver,
    WithdrawnBefore,
    admit_guest,
    ask_for,
    end_visit,
    note_look,
    reply_to,
    withdraw_release,
)
from compliance.actions.audits import answer_element, close_audit, reopen_audit, report_audit
from compliance.models import (
    Audit,
    AuditAnswer,
    AuditGuest,
    AuditItem,
    AuditPacket,
    AuditRelease,
    AuditRequest,
    AuditUniverse,
    Disclosure,
    Finding,
)
from compliance.queries.audit_rooms import asked, looks_at
from ipaportal.audit.models import AccessEvent
from ipaportal.core.files import store
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.core.scopes import scope_of, seeing
from tests.capitation.worlds import make_small_world
from tests.compliance.auditing import PDF, answer_all, notice, sampled
from tests.compliance.rooms import answered_by_npdb, auditor_of, let_in, released
from tests.databases import acting_as
from tests.kept import kept
from tests.people import actor_of, client_of, fresh_client_of, make_party, make_user

pytestmark = pytest.mark.django_db
NOW = timezone.now()
UNIVERSE = b"Claim,Enrollee ID\nC-1,M-ANN\nC-2,M-NOBODY\n"


@kept
def room():
    """Sun Health audits us: an officer, its audit with two items, its auditor, and a rival's."""
    world = make_small_world()
    plan = world.contract.payer.party
    officer = make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER, name="A. Osei")
    clerk = actor_of(officer)
    audit = notice(clerk, plan, letter=PDF, letter_name="notice.pdf")
    sampled(clerk, audit, UNIVERSE)
    answer_all(clerk, audit, fails=1)
    rival = notice(clerk, make_party("payer", "Moon Plan"), "Moon's own audit")
    return {
        "world": world,
        "officer": officer,
        "audit": Audit.objects.get(pk=audit.pk),
        "rival": rival,
        "guest": auditor_of(plan),
        "other": auditor_of(plan, "second@plan.example", "S. Second"),
        "stranger": auditor_of(rival.party, "moon@moon.example", "M. Moon"),
    }


def here(name: str, *args: object) -> str:
    return reverse(f"compliance:{name}", args=args)


def items_of(room) -> tuple[AuditItem, AuditItem]:
    by_key = {item.key: item for item in room["audit"].draw.items.all()}
    return by_key["C-1"], by_key["C-2"]


def paper_of(room) -> AuditAnswer:
    return AuditAnswer.objects.exclude(evidence_sha256="").get()


def seen(client, room) -> dict[str, int]:
    """What each address of the audit answers."""
    audit = room["audit"].pk
    paths = {
        name: here(name, audit)
        for name in ("plan_audit", "plan_audit_letter", "plan_audit_population",
                     "document_request_new")
    }  # fmt: skip
    for item in items_of(room):
        paths[item.key] = here("plan_audit_item", item.pk)
    for one in AuditRelease.objects.exclude(item__isnull=False):
        paths[f"paper {one.pk}"] = here("plan_audit_paper", one.pk)
    return {name: client.get(path).status_code for name, path in paths.items()}


def test_a_guest_sees_what_was_released_and_nothing_before(room):
    clerk, guest = actor_of(room["officer"]), fresh_client_of(room["guest"])
    assert set(seen(guest, room).values()) == {404}
    let_in(clerk, room["audit"], room["guest"], now=NOW)
    first, second = items_of(room)
    assert seen(guest, room) == {
        "plan_audit": 200, "plan_audit_letter": 200, "plan_audit_population": 200,
        "document_request_new": 200, "C-1": 404, "C-2": 404,
    }  # fmt: skip
    page = guest.get(here("plan_audit", room["audit"].pk)).content.decode()
    assert "C-1" in page
    assert "M-ANN" not in page
    released(clerk, room["audit"], item_ids=[first.pk], answer_ids=[paper_of(room).pk])
    sheet = guest.get(here("plan_audit_item", first.pk)).content.decode()
    assert "M-ANN" in sheet
    assert ("sent on day nine" in sheet) is (paper_of(room).item_id == first.pk)
    release = AuditRelease.objects.get(answer__isnull=False)
    got = guest.get(here("plan_audit_paper", release.pk))
    assert b"".join(got.streaming_content) == PDF
    other = paper_of(room).item_id != first.pk
    assert guest.get(here("plan_audit_item", second.pk)).status_code == (200 if other else 404)


def test_each_look_is_on_record_and_the_officer_reads_it(room):
    clerk, guest = actor_of(room["officer"]), fresh_client_of(room["guest"])
    let_in(clerk, room["audit"], room["guest"], now=NOW)
    ann = items_of(room)[0]
    released(clerk, room["audit"], item_ids=[ann.pk])
    guest.get(here("plan_audit", room["audit"].pk))
    guest.get(here("plan_audit_item", items_of(room)[1].pk))  # not released: no look
    guest.get(here("plan_audit_item", ann.pk))
    told = Disclosure.objects.get()
    assert (told.member_ids, told.purpose) == ([ann.member_id], "operations")
    access = AccessEvent.objects.latest("pk")
    assert (access.actor_name, access.member_ids) == ("R. Haldane", [ann.member_id])
    guest.get(here("plan_audit_letter", room["audit"].pk))
    assert [one.details["what"] for one in looks_at(room["audit"])] == [
        "the letter", f"item {ann.place}", "the audit",
    ]  # fmt: skip
    shown = client_of(room["officer"]).get(here("audit_guests", room["audit"].pk))
    assert [row["what"] for row in shown.context["looks"].rows] == [
        "the letter", f"item {ann.place}", "the audit",
    ]  # fmt: skip
    assert [row["looks"] for row in shown.context["guests"].rows] == [3]


def test_access_ends_with_its_day_the_visit_and_the_audit(room):
    clerk, audit, me = actor_of(room["officer"]), room["audit"], actor_of(room["guest"])
    guest = fresh_client_of(room["guest"])
    visit = let_in(clerk, audit, room["guest"], days=1, now=NOW)
    after = NOW + timedelta(days=2)
    note_look(actor=me, audit_id=audit.pk, what="x", now=NOW + timedelta(days=1))
    with pytest.raises(NotVisiting):
        note_look(actor=me, audit_id=audit.pk, what="x", now=after)
    end_visit(actor=clerk, guest_id=visit.pk, reason="came by mistake", now=NOW)
    assert set(seen(guest, room).values()) == {404}
    with pytest.raises(VisitOver):
        end_visit(actor=clerk, guest_id=visit.pk, reason="again", now=NOW)
    let_in(clerk, audit, room["guest"], now=NOW)
    assert guest.get(here("plan_audit", audit.pk)).status_code == 200
    Finding.objects.create(
        audit=audit, place=1, kind="observation", title="Late", condition="x",
        element=audit.elements.first(), recorded_at=NOW, recorded_by_name="test",
    )  # fmt: skip
    report_audit(actor=clerk, audit_id=audit.pk, text="", now=NOW)
    close_audit(actor=clerk, audit_id=audit.pk, text="", now=NOW)
    assert set(seen(guest, room).values()) == {404}
    reopen_audit(actor=clerk, audit_id=audit.pk, text="more", now=NOW)
    assert set(seen(guest, room).values()) == {404}  # nobody comes back by themselves
    assert not AuditGuest.objects.filter(ended_at=None).exists()


def test_nobody_else_of_the_plan_no_other_plan_and_no_other_page(room):
    clerk, audit = actor_of(room["officer"]), room["audit"]
    let_in(clerk, audit, room["guest"], now=NOW)
    released(clerk, audit, item_ids=[one.pk for one in items_of(room)],
             answer_ids=[paper_of(room).pk])  # fmt: skip
    for who in ("other", "stranger"):
        assert set(seen(fresh_client_of(room[who]), room).values()) == {404}, who
    guest = fresh_client_of(room["guest"])
    assert guest.get(here("plan_audit", room["rival"].pk)).status_code == 404
    for name in ("audit_list", "desk", "finding_list", "case_list", "phi_disclosure_list"):
        assert guest.get(here(name)).status_code == 403, name
    assert guest.get(here("audit_detail", audit.pk)).status_code == 403
    listed = guest.get(here("plan_audit_list")).context["listing"].rows
    assert [row["title"] for row in listed] == ["UM audit"]


def test_the_second_wall_shows_what_was_released_and_no_more(room):
    clerk, audit = actor_of(room["officer"]), room["audit"]
    first, _ = items_of(room)

    def through(who: str) -> list[int]:
        models = (Audit, AuditUniverse, AuditItem, AuditAnswer, AuditPacket, Finding)
        with seeing(scope_of(actor_of(room[who]))):
            return [model.objects.count() for model in models]

    assert through("guest") == [0] * 6  # nobody is in
    let_in(clerk, audit, room["guest"], now=NOW)
    assert through("guest") == [1, 1, 2, 0, 0, 0]
    (release,) = released(clerk, audit, item_ids=[first.pk])
    assert through("guest") == [1, 1, 2, audit.elements.count(), 0, 0]
    assert through("stranger") == [0] * 6
    withdraw_release(actor=clerk, release_id=release.pk, now=NOW)
    assert through("guest") == [1, 1, 2, 0, 0, 0]
    with pytest.raises(WithdrawnBefore):
        withdraw_release(actor=clerk, release_id=release.pk, now=NOW)


def test_a_second_factor_is_asked_of_guests_as_of_staff(room):
    bare = make_user("bare@plan.example", Role.PLAN_AUDITOR, party=room["audit"].party, mfa=False)
    let_in(actor_of(room["officer"]), room["audit"], bare, now=NOW)
    answer = client_of(bare).get(here("plan_audit", room["audit"].pk))
    assert (answer.status_code, answer.url) == (302, reverse("mfa_index"))


def test_lets_in_auditors_of_that_plan_once_and_for_a_while(room):
    clerk, audit = actor_of(room["officer"]), room["audit"]
    who = {"actor": clerk, "audit_id": audit.pk, "now": NOW}
    soon = NOW.date() + timedelta(days=9)
    for user in (room["stranger"], room["officer"]):
        with pytest.raises(NotItsAuditor):
            admit_guest(user_id=user.pk, until_date=soon, **who)
    for day in (NOW.date() - timedelta(days=1), NOW.date() + timedelta(days=181)):
        with pytest.raises(BadLastDay):
            admit_guest(user_id=room["guest"].pk, until_date=day, **who)
    own = notice(clerk, None)
    with pytest.raises(NotAPlans):
        admit_guest(
            actor=clerk, audit_id=own.pk, user_id=room["guest"].pk, until_date=soon, now=NOW
        )
    admit_guest(user_id=room["guest"].pk, until_date=soon, **who)
    with pytest.raises(LetInBefore):
        admit_guest(user_id=room["guest"].pk, until_date=soon, **who)
    with pytest.raises(NotPermitted):
        admit_guest(**who | {"actor": actor_of(room["guest"])}, user_id=1, until_date=soon)
    assert AuditGuest.objects.count() == 1


def at_once(words: str, values: list) -> None:
    with acting_as(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(words, values)
        connection.check_constraints()


def test_the_database_keeps_visits_of_their_plan_and_ends_them_once(room):
    guest = let_in(actor_of(room["officer"]), room["audit"], room["guest"], now=NOW)
    rival = room["rival"].party_id
    row = "INSERT INTO compliance_auditguest (audit_id, party_id, user_id, until_date, recorded_at,"
    row += " recorded_by_name, ended_by_name, end_reason) VALUES (%s, %s, %s, now(), now(), 'x',"
    row += " '', '')"
    for words, values in (
        (row, [room["audit"].pk, rival, room["stranger"].pk]),
        ("UPDATE compliance_auditguest SET until_date = '2099-01-01' WHERE id = %s", [guest.pk]),
        ("DELETE FROM compliance_auditguest WHERE id = %s", [guest.pk]),
    ):
        with pytest.raises(IntegrityError):
            at_once(words, values)
    assert AuditGuest.objects.get().until_date == guest.until_date


def test_what_peers_said_what_cases_hold_and_other_plans_members_are_never_released(room):
    clerk, audit, world = actor_of(room["officer"]), room["audit"], room["world"]
    first, second = items_of(room)
    secret = PDF + b"what the NPDB answered"
    answered_by_npdb(world.pcps["Bell"], secret)
    element = audit.elements.last()
    answer = answer_element(
        actor=clerk, item_id=second.pk, element_id=element.pk, answer="met", evidence=secret,
        evidence_name="npdb.pdf", now=NOW,
    )  # fmt: skip
    with pytest.raises(Protected):
        released(clerk, audit, answer_ids=[answer.pk])
    packet = AuditPacket.objects.create(
        audit=audit, state="done", sha256=store(b"zip").sha256, asked_by_name="x", asked_at=NOW
    )
    with pytest.raises(Protected):  # it holds that paper
        released(clerk, audit, packet_ids=[packet.pk])
    let_in(clerk, audit, room["guest"], now=NOW)
    asked_for = ask_for(
        actor=actor_of(room["guest"]), audit_id=audit.pk, text="NPDB", due_date=NOW.date(), now=NOW
    )
    with pytest.raises(Protected):
        reply_to(actor=clerk, request_id=asked_for.pk, is_given=True, text="", file=secret,
                 file_name="n.pdf", now=NOW)  # fmt: skip
    rival = type(world.contract.payer).objects.create(party=room["rival"].party)
    member = world.members["Ann"]
    type(member).objects.filter(pk=member.pk).update(payer=rival)
    with pytest.raises(OfAnotherPlan):
        released(clerk, audit, item_ids=[first.pk])
    with pytest.raises(NothingChosen):
        released(clerk, room["audit"], item_ids=[first.pk, 987654321])
    assert not AuditRelease.objects.exists()


def test_requests_have_a_day_and_are_answered_or_declined_in_words(room):
    clerk, audit, me = actor_of(room["officer"]), room["audit"], actor_of(room["guest"])
    ask = {"actor": me, "audit_id": audit.pk, "text": "The rota of July", "now": NOW}
    with pytest.raises(NotVisiting):
        ask_for(due_date=NOW.date(), **ask)
    let_in(clerk, audit, room["guest"], now=NOW)
    with pytest.raises(DayGone):
        ask_for(due_date=NOW.date() - timedelta(days=1), **ask)
    one = ask_for(due_date=NOW.date(), **ask)
    assert asked(audit, NOW.date())[0].state == "waits"
    assert asked(audit, NOW.date() + timedelta(days=1))[0].state == "overdue"
    said = {"actor": clerk, "request_id": one.pk, "now": NOW}
    with pytest.raises(NothingSaid):
        reply_to(is_given=False, text=" ", file=PDF, file_name="x.pdf", **said)
    reply_to(is_given=False, text="We keep none", **said)
    assert asked(audit, NOW.date())[0].state == "not given"
    last = reply_to(is_given=True, text="", file=PDF, file_name="rota.pdf", **said)
    assert asked(audit, NOW.date())[0].state == "given"
    got = fresh_client_of(room["guest"]).get(here("plan_audit_reply", last.pk))
    assert b"".join(got.streaming_content) == PDF
    assert fresh_client_of(room["other"]).get(here("plan_audit_reply", last.pk)).status_code == 404


def test_pages_lead_from_letting_in_to_a_reply(room):
    officer, guest = fresh_client_of(room["officer"]), fresh_client_of(room["guest"])
    audit, first = room["audit"], items_of(room)[0]
    form = {"user": room["guest"].pk, "until_date": f"{NOW.date() + timedelta(days=9)}"}
    assert officer.post(here("audit_guest_new", audit.pk), form).status_code == 302
    assert officer.post(here("audit_guest_new", audit.pk), form).status_code == 422
    assert officer.post(here("audit_release", audit.pk), {}).status_code == 422
    assert officer.post(here("audit_release", audit.pk), {"sheets": first.pk}).status_code == 302
    ask = {"text": "The rota of July", "due_date": f"{NOW.date()}"}
    assert guest.post(here("document_request_new", audit.pk), ask).status_code == 302
    asked_for = AuditRequest.objects.get()
    shown = officer.get(here("audit_guests", audit.pk)).content.decode()
    assert here("request_reply", asked_for.pk) in shown
    reply = here("request_reply", asked_for.pk)
    assert officer.post(reply, {"is_given": "no"}).status_code == 422
    assert officer.post(reply, {"is_given": "yes", "text": "There is none"}).status_code == 302
    assert "There is none" in guest.get(here("plan_audit", audit.pk)).content.decode()
    file = officer.get(here("audit_guests", audit.pk), {"export": "csv", "list": "requests"})
    assert "The rota of July" in b"".join(file.streaming_content).decode()
    take = here("audit_release_withdraw", AuditRelease.objects.get().pk)
    assert officer.post(take).status_code == 302
    assert guest.get(here("plan_audit_item", first.pk)).status_code == 404
    end = here("audit_guest_end", AuditGuest.objects.get().pk)
    assert officer.post(end, {"reason": "over"}).status_code == 302
    assert guest.get(here("plan_audit", audit.pk)).status_code == 404
