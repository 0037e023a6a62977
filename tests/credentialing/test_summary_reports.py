"""Suspensions that the NPDB hears of before they are final; restrictions that close a panel."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from capitation.actions.members import CannotAssign, assign_pcp
from capitation.models import Contract, CoverageSpan, PcpAssignment
from capitation.queries.closed_panels import closed_of
from capitation.queries.closed_stays import stays
from credentialing.actions import hearings as do
from credentialing.actions.adverse_steps import NotNow, WrongStage
from credentialing.actions.expirables import lift_suspension
from credentialing.actions.npdb import record_query, record_summary
from credentialing.actions.restrictions import lift_restriction
from credentialing.models import NpdbEntry, Suspension
from credentialing.queries.adverse import hearing_cards
from credentialing.queries.npdb import summaries
from credentialing.queries.participation import place_of
from credentialing.rules.npdb import Counted, Word, fault_of_report, lasted, reportable_from
from credentialing.rules.participation import Standing
from ipaportal.core.roles import Role
from tests.credentialing.adverse import DAY, LAST, at, make_hearings, proposed, told
from tests.factories import batch, fact, make_member
from tests.kept import kept
from tests.people import actor_of, make_user
from tests.proofs import breaches

ONE = timedelta(days=1)
# 30 whole days after the first, and the first day on which it has lasted longer.
DAY_30, DAY_31 = DAY + timedelta(days=30), DAY + timedelta(days=31)


@pytest.mark.parametrize(
    ("today", "ended", "word"),
    [
        (DAY_30, None, Word.COUNTING),
        (DAY_31, None, Word.TO_REPORT),
        (DAY_31, DAY_30, Word.SHORT),
        (DAY_31 + ONE, DAY_31, Word.TO_REPORT),
        (DAY_30, DAY_31, Word.COUNTING),
    ],
)
def test_thirty_days_are_not_reported_and_thirty_one_are(today, ended, word):
    assert Counted(DAY, ended, "quality").word(today) is word


def test_counts_down_by_what_it_rests_on_and_until_what_was_told():
    assert reportable_from(DAY) == DAY_31
    assert [lasted(DAY, None, day) for day in (DAY - ONE, DAY, DAY_31)] == [0, 0, 31]
    one = Counted(DAY, None, "quality")
    assert (one.due(DAY), one.due(DAY_31)) == (DAY_31, DAY_31 + 30 * ONE)
    assert [one.is_raised(DAY_31 - days * ONE) for days in (11, 10, 0)] == [False, True, True]
    assert Counted(DAY, None, "contract").word(DAY_31) is Word.OTHER
    assert Counted(DAY, None, "").word(DAY_31) is Word.TO_REPORT
    told_of = Counted(DAY, None, "quality", reported=DAY_31)
    assert (told_of.word(DAY_31), told_of.due(DAY_31)) == (Word.REPORTED, None)
    back = Counted(DAY, DAY_31, "quality", reported=DAY_31)
    assert (back.word(DAY_31), back.due(DAY_31)) == (Word.TO_REVISE, DAY_31 + 30 * ONE)
    assert Counted(DAY, DAY_31, "quality", DAY_31, DAY_31).word(DAY_31) is Word.REVISED


def test_says_why_a_report_is_too_early_or_not_one():
    one = Counted(DAY, None, "quality")
    assert "lasted 30 days" in fault_of_report(one, DAY_30, DAY_30)
    assert fault_of_report(one, DAY_31, DAY_31) == ""
    assert "before Apr 2, 2026" in fault_of_report(one, DAY_30, DAY_31)
    assert "competence" in fault_of_report(Counted(DAY, None, "admin"), DAY_31, DAY_31)
    assert "reported" in fault_of_report(Counted(DAY, None, "quality", DAY_31), DAY_31, DAY_31)


@kept
def world():
    """One who may be heard, and those who work on it."""
    return make_hearings()


pages = pytest.mark.django_db


def reported(world, on=DAY_31, reference="5500"):
    return record_summary(
        actor=actor_of(world["ito"]), suspension_id=Suspension.objects.get().pk,
        reference=reference, on_date=on, now=at(on),
    )  # fmt: skip


@pages
def test_a_summary_suspension_is_raised_reported_and_revised_and_its_final_action_still(world):
    row, ito = told(world, danger="operating while impaired"), actor_of(world["ito"])
    assert Suspension.objects.get().basis == "quality"
    do.ask_own_hearing(actor=actor_of(world["reed"]), action_id=row.pk, text="", now=at(DAY))
    with pytest.raises(NotNow, match="lasted 30 days"):
        reported(world, DAY_30)
    assert not NpdbEntry.objects.exists()
    verbs = {day: [task.verb for task in hearing_cards(ito, day).tasks]
             for day in (DAY_31 - 11 * ONE, DAY_30, DAY_31)}  # fmt: skip
    assert verbs == {
        DAY_31 - 11 * ONE: ["Set"], DAY_30: ["Decide", "Set"], DAY_31: ["Report", "Set"]
    }  # fmt: skip
    entry = reported(world)
    assert (entry.kind, entry.practitioner) == ("summary", world["who"])
    with pytest.raises(NotNow, match="nothing has changed"):
        reported(world, DAY_31 + ONE, "5501")
    assert [one.counted.word(DAY_31) for one in summaries(DAY_31)] == [Word.REPORTED]
    lift_suspension(actor=ito, suspension_id=row.suspension_id, from_date=DAY_31 + ONE,
                    text="no danger", now=at(DAY_31))  # fmt: skip
    assert Suspension.objects.get().back_date == DAY_31 + ONE
    assert [one.counted.word(DAY_31 + ONE) for one in summaries(DAY_31 + ONE)] == [Word.TO_REVISE]
    assert reported(world, DAY_31 + ONE, "5502").kind == "revision"
    assert summaries(DAY_31 + ONE) == []
    for kind in ("summary", "revision"):
        with pytest.raises(NotNow, match="recorded at the action or suspension"):
            record_query(actor=ito, practitioner_id=world["who"].pk, kind=kind, reference="1",
                         on_date=DAY, now=at(DAY))  # fmt: skip
    assert breaches() == []


@pages
def test_one_that_began_with_a_final_action_is_reported_with_that(world):
    told(world, "suspension", ends_date=DAY + 90 * ONE)
    do.step_hearings(at(LAST + ONE))
    assert summaries(LAST + 60 * ONE) == []
    with pytest.raises(NotNow, match="with a final action"):
        reported(world, LAST + 60 * ONE)


def member_of(world, number, *, pcp=None, since=date(2025, 6, 1)):
    """A member of the plan, assigned to somebody if they are named."""
    contract, facts = Contract.objects.get(), batch()
    member = make_member(contract, number, facts)
    fact(CoverageSpan, facts, since, member=member, contract=contract)
    if pcp is not None:
        fact(PcpAssignment, facts, since, member=member, practitioner=pcp)
    return member


@pages
def test_a_restriction_that_is_final_closes_the_panel_and_is_undone_by_adding(world):
    who, payer, ito = world["who"], world["payer"], actor_of(world["ito"])
    quinn = make_user("quinn@ipa.example", Role.FINANCE, name="Quinn")
    theirs, other = member_of(world, "M1", pcp=who), member_of(world, "M2")
    row = told(world, "restriction", limits="no new members", closes_panel=True)
    begin = LAST + ONE
    assert place_of(who.pk, payer.pk, begin).takes_new
    do.step_hearings(at(begin))
    places = [place_of(who.pk, payer.pk, day) for day in (LAST, begin)]
    assert [(one.takes_part, one.takes_new) for one in places] == [(True, True), (True, False)]
    assert "the panel takes no new members" in places[1].reasons
    given = {"actor": actor_of(quinn), "practitioner_id": who.pk, "reason": "asked", "now": at(DAY)}
    with pytest.raises(CannotAssign, match="takes no new members since Apr 2, 2026"):
        assign_pcp(member_id=other.pk, effective_date=begin, **given)
    assert not PcpAssignment.objects.filter(member=other).exists()
    # A plan assigned one all the same; whoever was theirs stays theirs.
    fact(PcpAssignment, batch(), begin, member=other, practitioner=who)
    found = stays(actor=actor_of(quinn), today=begin)
    assert [one.key for one in found] == [(who.pk, other.pk, begin)]
    assert PcpAssignment.objects.current().filter(member=theirs, practitioner=who).exists()
    assert [one for one, _ in closed_of([world["practice"].party_id], begin)] == [who]
    lift = {"actor": ito, "action_id": row.pk, "text": "60 charts were good", "now": at(begin)}
    with pytest.raises(NotNow, match="at the earliest"):
        lift_restriction(from_date=LAST, **lift)
    lift_restriction(from_date=begin + ONE, **lift)
    with pytest.raises(WrongStage):
        lift_restriction(from_date=begin + ONE, **lift)
    places = [place_of(who.pk, payer.pk, day) for day in (begin, begin + ONE)]
    assert [one.takes_new for one in places] == [False, True]
    assert places[1].standing is Standing.TAKEN_OVER
    row.refresh_from_db()
    assert (row.stage, row.final_date, row.limits) == ("lifted", begin, "no new members")
    with pytest.raises(DatabaseError), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(lifted_date=None)
    assert breaches() == []


@pages
def test_words_alone_limit_and_close_no_panel(world):
    proposed(world, "termination", closes_panel=True)
    told(world, "restriction", limits="no procedures under sedation")
    do.step_hearings(at(LAST + ONE))
    place = place_of(world["who"].pk, world["payer"].pk, LAST + ONE)
    assert (place.standing, place.takes_new) == (Standing.TAKEN_OVER, True)
    assert "limited: no procedures under sedation" in place.reasons
