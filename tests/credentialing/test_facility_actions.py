"""Adverse actions against facilities: the same docket, nothing ends before it is final."""

from datetime import timedelta

import pytest
from django.urls import reverse

from credentialing.actions import hearings as do
from credentialing.actions.adverse import NothingToTakeAway, open_action, send_notice
from credentialing.actions.adverse_steps import NotNow
from credentialing.actions.expirables import lift_suspension
from credentialing.actions.gate import NotCredentialed, refuse_return
from credentialing.actions.letters import issue_letter
from credentialing.actions.npdb import record_report
from credentialing.actions.steps import open_cycle
from credentialing.models import AdverseAction, Facility
from credentialing.queries.adverse import docket, own_actions
from credentialing.rules.events import Status
from ipaportal.core.roles import Role
from tests.credentialing.adverse import DAY, LAST, at
from tests.credentialing.committees import make_committee
from tests.credentialing.deciding import ITO, decide
from tests.factories import CLOCK, make_practice
from tests.kept import kept
from tests.networks import make_facility
from tests.people import actor_of, fresh_client_of, make_user
from tests.proofs import breaches

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)


@kept
def world():
    """A surgery centre of a practice, whose account is the facility's, and who works on it."""
    practice = make_practice("Reed Clinic", "990000041")
    user = make_user("reed@reed.example", Role.PROVIDER, party=practice.party, name="Dr. Reed")
    where = make_facility(1, "Reed Surgery Center", "asc")
    Facility.objects.filter(pk=where.pk).update(status="active", user=user)
    return {
        "where": Facility.objects.get(pk=where.pk),
        "reed": user,
        "ito": make_user("ito@ipa.example", Role.MEDICAL_DIRECTOR, name="Dr. Ito"),
        "vance": make_user("vance@ipa.example", Role.NETWORK_ADMIN, name="P. Vance"),
    }


def status(world):
    return Facility.objects.get(pk=world["where"].pk).status


def told(world, kind="termination", **more):
    row = open_action(
        actor=actor_of(world["ito"]), facility_id=world["where"].pk, kind=kind, basis="quality",
        reasons="Two infections after the visit.", effective_date=DAY, now=at(DAY), **more,
    )  # fmt: skip
    send_notice(actor=actor_of(world["ito"]), action_id=row.pk, tracking="9400 1", now=at(DAY))
    row.refresh_from_db()
    return row


def test_a_termination_ends_it_once_nobody_asked_and_the_npdb_hears_nothing(world):
    row = told(world)
    assert row.request_by_date == LAST
    assert do.step_hearings(at(LAST)) == 0
    assert status(world) == "active"
    assert do.step_hearings(at(LAST + ONE)) == 1
    assert status(world) == "ended"
    row.refresh_from_db()
    assert row.report_due_date is None
    with pytest.raises(NotNow, match="of no facility"):
        record_report(actor=actor_of(world["ito"]), action_id=row.pk, reference="1",
                      on_date=LAST + ONE, now=at(LAST + ONE))  # fmt: skip
    with pytest.raises(NotCredentialed):
        refuse_return(world["where"], LAST + 2 * ONE)
    with pytest.raises(NothingToTakeAway):
        told(world)
    assert breaches() == []


def test_what_left_is_not_lifted_back_and_an_invariant_would_say_so(world):
    row = told(world, danger="no working steriliser")
    do.step_hearings(at(LAST + ONE))
    assert status(world) == "ended"
    row.refresh_from_db()
    with pytest.raises(NotCredentialed):
        lift_suspension(actor=actor_of(world["ito"]), suspension_id=row.suspension_id,
                        from_date=LAST + ONE, text="it works", now=at(LAST + ONE))  # fmt: skip
    assert (status(world), breaches()) == ("ended", [])
    Facility.objects.filter(pk=world["where"].pk).update(status="active")
    (name,) = breaches()
    assert name.endswith("47_facilities_that_left_are_not_active")


def test_in_danger_it_is_suspended_and_a_reversal_after_the_hearing_gives_back(world):
    row, ito = told(world, danger="no working steriliser"), actor_of(world["ito"])
    assert status(world) == "suspended"
    reed, given = actor_of(world["reed"]), {"action_id": row.pk}
    assert [one.pk for one in own_actions(reed)] == [row.pk]
    do.ask_own_hearing(actor=reed, text="It works.", now=at(LAST), **given)
    day = LAST + 30 * ONE
    do.schedule_hearing(actor=ito, hearing_date=day, place="Room 1", witnesses="", now=at(LAST),
                        **given)  # fmt: skip
    do.add_panelist(actor=ito, name="Dr. Far", specialty="", is_peer=True, now=at(LAST), **given)
    do.hold_hearing(actor=ito, text="", now=at(day), **given)
    do.record_recommendation(actor=ito, text="to reverse it", now=at(day), **given)
    do.decide_action(actor=actor_of(world["vance"]), upholds=False, text="It worked.", now=at(day),
                     **given)  # fmt: skip
    assert status(world) == "active"
    assert [one.kind for one in row.notices.all()] == ["action", "hearing", "decision"]
    assert breaches() == []


def test_a_denial_waits_for_its_letter_and_the_hearing(world):
    event = open_cycle(actor=CLOCK, kind="recred", now=at(DAY), first=Status.QUEUED,
                       facility=world["where"])  # fmt: skip
    decision = decide(actor=ITO, event=event, outcome="denied", day=DAY, seats=make_committee())
    row = AdverseAction.objects.get(decision=decision)
    assert (row.facility, row.practitioner, row.stage) == (world["where"], None, "proposed")
    assert status(world) == "active"
    issue_letter(actor=actor_of(world["ito"]), decision_id=decision.pk, channel="certified",
                 tracking="1", now=at(DAY))  # fmt: skip
    do.step_hearings(at(LAST + ONE))
    assert status(world) == "ended"


def test_it_is_opened_on_a_page_and_stands_on_the_docket(world):
    client, where = fresh_client_of(world["vance"]), world["where"]
    page = reverse("credentialing:facility_action_new", args=[where.pk])
    assert (
        page
        in client.get(reverse("credentialing:facility_detail", args=[where.pk])).content.decode()
    )
    sent = {"kind": "restriction", "basis": "quality", "reasons": "Why.", "limits": "",
            "effective_date": "2030-01-01", "danger": ""}  # fmt: skip
    assert client.post(page, sent).status_code == 422
    shown = client.post(page, sent | {"limits": "no anaesthesia"}, follow=True).content.decode()
    assert "Reed Surgery Center" in shown
    assert "Send the notice" in shown
    found = docket(actor=actor_of(world["ito"]), text="reed surg")
    assert [one.who for one in found] == [where]
    assert "Reed Surgery Center" in client.get(reverse("credentialing:docket")).content.decode()
