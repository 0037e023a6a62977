"""Adverse actions: nothing ends before it is final; who asks, hears and decides; what follows."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from credentialing.actions import hearings as do
from credentialing.actions.adverse import OpenAlready, drop_action, open_action, send_notice
from credentialing.actions.adverse_steps import NotNow, WrongStage
from credentialing.actions.gate import NotCredentialed, approval_on, refuse_return
from credentialing.actions.letters import issue_letter
from credentialing.actions.npdb import record_query, record_report
from credentialing.actions.steps import open_cycle
from credentialing.models import AdverseAction, NpdbEntry, Participation, Suspension
from credentialing.queries.adverse import hearing_cards, own_actions, unheard
from credentialing.queries.participation import place_of
from credentialing.rules.decisions import next_due
from credentialing.rules.events import Status
from credentialing.rules.participation import Standing
from ipaportal.core.refusals import NotPermitted
from ipaportal.ledger.models import Hold
from tests.credentialing.adverse import DAY, LAST, at, make_hearings, proposed, told
from tests.credentialing.committees import make_committee
from tests.credentialing.deciding import ITO, decide
from tests.factories import CLOCK, make_practitioner
from tests.kept import kept
from tests.people import actor_of
from tests.proofs import breaches

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)


@kept
def world():
    """One who may be heard, their colleague, and those who work on it."""
    return make_hearings()


def end_of(world):
    rows = Participation.objects.current().filter(practitioner=world["who"])
    return [row.end_date for row in rows]


def stage_of(row):
    row.refresh_from_db()
    return row.stage


def heard(world, row, day=DAY + timedelta(days=45)):
    """The action after a hearing before a panel of one peer from elsewhere."""
    ito, common = actor_of(world["ito"]), {"action_id": row.pk}
    do.ask_own_hearing(actor=actor_of(world["reed"]), text="I disagree.", now=at(LAST), **common)
    do.schedule_hearing(
        actor=ito, hearing_date=day, place="Room 1", witnesses="", now=at(DAY + 15 * ONE), **common
    )
    do.add_panelist(actor=ito, name="Dr. Far", specialty="Cardiology", is_peer=True,
                    now=at(LAST), **common)  # fmt: skip
    do.hold_hearing(actor=ito, text="", now=at(day), **common)
    do.record_recommendation(actor=ito, text="to uphold it", now=at(day), **common)
    return day


def test_ends_nothing_until_nobody_asked_in_time(world):
    row = told(world)
    assert (row.notice_date, row.request_by_date) == (DAY, LAST)
    assert do.step_hearings(at(LAST)) == 0
    assert end_of(world) == [None]
    assert do.step_hearings(at(LAST + ONE)) == 1
    assert do.step_hearings(at(LAST + ONE)) == 0
    assert stage_of(row) == "final"
    assert (row.final_date, row.report_due_date) == (LAST + ONE, LAST + 31 * ONE)
    assert end_of(world) == [LAST + ONE]
    place = place_of(world["who"].pk, world["payer"].pk, LAST + ONE)
    assert place.standing is Standing.ENDED
    assert "termination, final on Apr 2, 2026" in place.reasons[0]
    assert place_of(world["colleague"].pk, world["payer"].pk, LAST + ONE).takes_part
    with pytest.raises(NotCredentialed):
        refuse_return(world["who"], LAST + 2 * ONE)
    assert breaches() == []


def test_a_request_on_the_last_day_keeps_them_until_the_decision(world):
    row, vance = told(world), actor_of(world["vance"])
    day = heard(world, row)
    assert do.step_hearings(at(day)) == 0
    assert end_of(world) == [None]
    with pytest.raises(do.SamePerson):
        do.decide_action(actor=actor_of(world["ito"]), action_id=row.pk, upholds=True,
                         text="Agreed.", now=at(day))  # fmt: skip
    do.decide_action(actor=vance, action_id=row.pk, upholds=True, text="Agreed.", now=at(day))
    assert stage_of(row) == "final"
    assert end_of(world) == [day]
    assert [one.kind for one in row.notices.all()] == ["action", "hearing", "decision"]
    assert breaches() == []


def test_a_day_late_nobody_asks_and_a_letter_counts_by_the_day_it_came(world):
    row, reed = told(world), actor_of(world["reed"])
    with pytest.raises(NotNow, match="until Apr 1, 2026"):
        do.ask_own_hearing(actor=reed, action_id=row.pk, text="", now=at(LAST + ONE))
    assert stage_of(row) == "notice_sent"
    common = {"actor": actor_of(world["ito"]), "action_id": row.pk, "text": "letter"}
    for day in (LAST + ONE, DAY - ONE, LAST + 9 * ONE):
        with pytest.raises(NotNow):
            do.record_request(received_date=day, now=at(LAST + 3 * ONE), **common)
    do.record_request(received_date=LAST, now=at(LAST + 3 * ONE), **common)
    assert stage_of(row) == "hearing_requested"
    with pytest.raises(WrongStage):
        do.record_request(received_date=LAST, now=at(LAST + 3 * ONE), **common)


def test_only_whom_it_is_about_answers(world):
    row = told(world)
    assert [one.pk for one in own_actions(actor_of(world["reed"]))] == [row.pk]
    assert own_actions(actor_of(world["manager"])) == []
    with pytest.raises(NotPermitted):
        do.ask_own_hearing(actor=actor_of(world["manager"]), action_id=row.pk, text="", now=at(DAY))
    other = world["colleague"]
    other.user_id, world["who"].user_id = world["reed"].pk, None
    world["who"].save(update_fields=["user"])
    other.save(update_fields=["user"])
    with pytest.raises(do.NotYourAction):
        do.waive_own_hearing(actor=actor_of(world["reed"]), action_id=row.pk, text="", now=at(DAY))
    assert stage_of(row) == "notice_sent"


def test_is_not_seen_before_it_was_told_and_may_be_dropped_until_then(world):
    row, ito = proposed(world), actor_of(world["ito"])
    assert own_actions(actor_of(world["reed"])) == []
    with pytest.raises(OpenAlready):
        proposed(world)
    with pytest.raises(NotNow, match="certified"):
        send_notice(actor=ito, action_id=row.pk, tracking=" ", now=at(DAY))
    drop_action(actor=ito, action_id=row.pk, text="settled", now=at(DAY))
    assert stage_of(row) == "closed"
    with pytest.raises(WrongStage):
        send_notice(actor=ito, action_id=row.pk, tracking="1", now=at(DAY))
    assert end_of(world) == [None]
    other = told(world)
    with pytest.raises(WrongStage):
        drop_action(actor=ito, action_id=other.pk, text="late", now=at(DAY))


def test_waived_in_writing_is_final_that_day(world):
    row = told(world)
    do.waive_own_hearing(actor=actor_of(world["reed"]), action_id=row.pk, text="", now=at(DAY))
    assert stage_of(row) == "final"
    assert end_of(world) == [DAY]
    assert [step.stage for step in row.steps.all()] == [
        "proposed", "notice_sent", "waived", "final"
    ]  # fmt: skip


def test_a_day_to_come_is_kept_and_without_cause_it_is_60_days_away(world):
    with pytest.raises(NotNow, match="60 days"):
        proposed(world, basis="contract", effective_date=DAY + 59 * ONE)
    row = told(world, basis="contract", effective_date=DAY + 60 * ONE)
    do.step_hearings(at(LAST + ONE))
    assert stage_of(row) == "final"
    assert row.report_due_date is None
    assert end_of(world) == [DAY + 60 * ONE]


def test_imminent_danger_suspends_at_once_and_a_reversal_gives_back(world):
    row = told(world, danger="operating while impaired")
    assert end_of(world) == [DAY]
    held = Hold.objects.live().get()
    assert held.party == world["practice"].party
    with pytest.raises(NotNow, match="lift the suspension"):
        drop_action(actor=actor_of(world["ito"]), action_id=row.pk, text="x", now=at(DAY))
    day = heard(world, row)
    do.decide_action(actor=actor_of(world["vance"]), action_id=row.pk, upholds=False,
                     text="The charts were another's.", now=at(day))  # fmt: skip
    assert stage_of(row) == "reversed"
    assert end_of(world) == [DAY, None]
    assert not Hold.objects.live().exists()
    assert Suspension.objects.get().lifted_at is not None
    assert breaches() == []


def test_a_termination_after_danger_pays_what_is_owed_and_lets_nobody_back(world):
    row = told(world, danger="operating while impaired")
    do.step_hearings(at(LAST + ONE))
    assert stage_of(row) == "final"
    assert end_of(world) == [DAY]
    assert not Hold.objects.live().exists()
    assert Suspension.objects.get().lifted_at is None
    assert breaches() == []


def test_a_suspension_begins_once_it_is_final_and_a_restriction_is_said(world):
    suspended = told(world, "suspension", ends_date=DAY + 90 * ONE)
    limited = told(world, "restriction", limits="no new members")
    assert not Hold.objects.live().exists()
    place = place_of(world["who"].pk, world["payer"].pk, LAST)
    assert place.standing is Standing.TAKEN_OVER
    assert do.step_hearings(at(LAST + ONE)) == 2
    assert stage_of(suspended) == "final"
    assert end_of(world) == [LAST + ONE]
    assert Hold.objects.live().get().party == world["practice"].party
    place = place_of(world["who"].pk, world["payer"].pk, LAST + ONE)
    assert place.standing is Standing.ENDED
    assert "limited: no new members" in place.reasons
    assert stage_of(limited) == "final"
    assert breaches() == []


def test_who_competes_or_voted_is_on_no_panel(world):
    row, ito = told(world), actor_of(world["ito"])
    common = {"actor": ito, "action_id": row.pk, "is_peer": True, "specialty": "", "now": at(DAY)}
    with pytest.raises(NotNow, match="No hearing waits"):
        do.add_panelist(name="Dr. Far", **common)
    do.ask_own_hearing(actor=actor_of(world["reed"]), action_id=row.pk, text="", now=at(DAY))
    with pytest.raises(NotNow, match="works in the same practice"):
        do.add_panelist(name="", practitioner_id=world["colleague"].pk, **common)
    with pytest.raises(NotNow, match="is the provider themselves"):
        do.add_panelist(name="", practitioner_id=world["who"].pk, **common)
    one = do.add_panelist(name="", practitioner_id=make_practitioner(43, "Far").pk, **common)
    with pytest.raises(NotNow, match="on the panel already"):
        do.add_panelist(name="", practitioner_id=one.practitioner_id, **common)
    do.excuse_panelist(actor=ito, action_id=row.pk, panelist_id=one.pk, text="ill", now=at(DAY))
    with pytest.raises(NotNow, match="30 days after its notice"):
        do.schedule_hearing(actor=ito, action_id=row.pk, hearing_date=LAST - ONE, place="Room 1",
                            witnesses="", now=at(DAY))  # fmt: skip
    do.schedule_hearing(actor=ito, action_id=row.pk, hearing_date=LAST, place="Room 1",
                        witnesses="", now=at(DAY))  # fmt: skip
    with pytest.raises(NotNow, match="Nobody is on the panel"):
        do.hold_hearing(actor=ito, action_id=row.pk, text="", now=at(LAST))
    with pytest.raises(NotNow, match="hearing is on Apr 1"):
        do.hold_hearing(actor=ito, action_id=row.pk, text="", now=at(LAST - ONE))
    assert stage_of(row) == "scheduled"


def denied(world, reason="quality"):
    """The same person, approved and then denied a year later by a committee."""
    who, seats = world["who"], make_committee()
    given = {"actor": CLOCK, "now": at(DAY), "first": Status.QUEUED, "practitioner": who}
    decide(actor=ITO, event=open_cycle(kind="initial", **given), day=date(2025, 12, 1))
    return decide(
        actor=ITO, event=open_cycle(kind="recred", **given), outcome="denied", day=DAY, seats=seats
    )


def test_a_denial_waits_for_its_letter_and_the_hearing(world):
    decision = denied(world)
    row = AdverseAction.objects.get(decision=decision)
    assert (row.kind, row.basis, row.stage) == ("denial", "quality", "proposed")
    with pytest.raises(NotNow, match="letter"):
        send_notice(actor=actor_of(world["ito"]), action_id=row.pk, tracking="1", now=at(DAY))
    letter = issue_letter(actor=actor_of(world["ito"]), decision_id=decision.pk,
                          channel="certified", tracking="9400 1", now=at(DAY))  # fmt: skip
    assert ["A hearing may be asked for until", "April 1, 2026"] in letter.content["facts"]
    assert stage_of(row) == "notice_sent"
    assert end_of(world) == [None]
    assert place_of(world["who"].pk, world["payer"].pk, LAST).standing is Standing.CONTESTED
    assert approval_on(world["who"], LAST) is None
    refuse_return(world["who"], LAST)
    do.step_hearings(at(LAST + ONE))
    assert end_of(world) == [LAST + ONE]
    found = [place_of(world["who"].pk, world["payer"].pk, day) for day in (LAST, LAST + ONE)]
    assert [one.standing for one in found] == [Standing.CONTESTED, Standing.DENIED]
    with pytest.raises(NotCredentialed):
        refuse_return(world["who"], LAST + ONE)


def test_a_reversed_denial_stands_as_approved_for_its_cycle(world):
    decision = denied(world)
    row = AdverseAction.objects.get(decision=decision)
    issue_letter(actor=actor_of(world["ito"]), decision_id=decision.pk, channel="certified",
                 tracking="1", now=at(DAY))  # fmt: skip
    day = heard(world, row)
    do.decide_action(actor=actor_of(world["ito"]), action_id=row.pk, upholds=False,
                     text="It meets them.", now=at(day))  # fmt: skip
    row.refresh_from_db()
    assert (row.reversed_date, row.next_due_date) == (day, next_due(DAY))
    assert end_of(world) == [None]
    places = [place_of(world["who"].pk, world["payer"].pk, on)
              for on in (day - ONE, day, row.next_due_date, row.next_due_date + ONE)]  # fmt: skip
    assert [place.standing for place in places] == [
        Standing.CONTESTED, Standing.CREDENTIALED, Standing.CREDENTIALED, Standing.LAPSED
    ]  # fmt: skip
    assert approval_on(world["who"], day) == decision


def test_what_is_final_is_reported_once_and_the_register_has_no_answers(world):
    row, ito = told(world), actor_of(world["ito"])
    with pytest.raises(WrongStage):
        record_report(actor=ito, action_id=row.pk, reference="5500", on_date=DAY, now=at(DAY))
    do.step_hearings(at(LAST + ONE))
    (task,) = hearing_cards(ito, LAST + ONE).tasks
    assert (task.verb, task.due) == ("Report", LAST + 31 * ONE)
    final = {"actor": ito, "action_id": row.pk, "now": at(LAST + 2 * ONE)}
    with pytest.raises(NotNow, match="not final then"):
        record_report(reference="5500", on_date=LAST, **final)
    entry = record_report(reference="5500", on_date=LAST + ONE, **final)
    assert stage_of(row) == "reported"
    assert hearing_cards(ito, LAST + ONE).tasks == ()
    query = {"actor": ito, "practitioner_id": world["who"].pk, "now": at(DAY)}
    record_query(kind="query", reference="77", on_date=DAY, **query)
    for kind, reference, day in (("query", "77", DAY), ("query", "78", DAY + ONE),
                                 ("query", " ", DAY), ("report", "79", DAY)):  # fmt: skip
        with pytest.raises(NotNow):
            record_query(kind=kind, reference=reference, on_date=day, **query)
    assert NpdbEntry.objects.count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        NpdbEntry.objects.filter(pk=entry.pk).update(reference="1")
    columns = {field.name for field in NpdbEntry._meta.get_fields()}
    assert not columns & {"result", "answer", "note", "text", "file"}


def test_a_suspension_by_hand_is_heard_or_stands_on_the_docket(world):
    who, ito = world["who"], actor_of(world["ito"])
    Suspension.objects.create(practitioner=who, reason="by hand", effective_date=DAY,
                              placed_by_name="Dr. Ito", placed_at=at(DAY))  # fmt: skip
    (one,) = unheard(DAY)
    assert one.needs_from == LAST + ONE
    (task,) = hearing_cards(ito, LAST).tasks
    assert (task.verb, task.due, task.tone) == ("Open", LAST + ONE, "warn")
    assert hearing_cards(ito, LAST + ONE).tasks[0].tone == "bad"
    open_action(actor=ito, practitioner_id=who.pk, kind="suspension", basis="quality",
                reasons="Why.", effective_date=DAY, now=at(DAY))  # fmt: skip
    assert unheard(DAY) == []


def test_what_was_proposed_never_changes(world):
    row = told(world)
    for changes in ({"reasons": "others"}, {"notice_date": DAY - ONE}, {"kind": "suspension"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            AdverseAction.objects.filter(pk=row.pk).update(**changes)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.steps.all().delete()
