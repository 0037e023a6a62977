"""Claims of which more was asked for: the clock stands, starts anew, and interest follows it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from compliance.actions.claims import decide_claim
from compliance.actions.contests import (
    NoAnswerYet,
    NoHalfYear,
    NotContestable,
    NotContested,
    answer_contest,
    complete_contest,
    contest_claim,
    record_rate,
)
from compliance.models import Claim, ClaimContest
from compliance.queries.claim_clocks import missing_rate, standing_of
from compliance.queries.claim_payments import planned_of
from ipaportal.core.roles import Role
from tests.capitation.worlds import QUINN, SmallWorld
from tests.compliance.claiming import NOV_2, give_terms, make_priced_world, of_bell, take_in
from tests.kept import kept
from tests.people import actor_of, make_user
from tests.stories.attacks import signed_in_afresh, text_of

pytestmark = pytest.mark.django_db
ASKED, ANSWERED = NOV_2 + timedelta(days=10), NOV_2 + timedelta(days=20)
DENTIST = "Send the operative note."


@kept
def world() -> SmallWorld:
    made = make_priced_world()
    take_in(made, of_bell(made, "A1"))
    return made


def bell_of(world):
    return make_user("bell@bell.example", Role.PROVIDER, party=world.bell.party, mfa=False)


def ask(now: datetime = ASKED) -> Claim:
    claim = Claim.objects.get(ref="A1")
    contest_claim(actor=QUINN, claim_id=claim.pk, reason="No note.", needed=DENTIST, now=now)
    return Claim.objects.get(pk=claim.pk)


def test_the_clock_stands_and_starts_anew_when_all_of_it_came(world):
    claim = ask()
    assert (claim.state, claim.reason) == ("waiting", "contested")
    assert standing_of(claim, date(2027, 3, 1)).is_stopped
    with pytest.raises(NotContestable, match="asked for already"):
        ask()
    with pytest.raises(NoAnswerYet):
        complete_contest(actor=QUINN, claim_id=claim.pk, now=ASKED)
    sender = actor_of(bell_of(world))
    answer_contest(actor=sender, claim_id=claim.pk, answer="Here it is.", now=ANSWERED)
    # Judged four days later, yet it counts from the day it came.
    done = complete_contest(actor=QUINN, claim_id=claim.pk, now=ANSWERED + timedelta(days=4))
    assert (done.state, done.allowed_cents) == ("ready", 110_00)
    due = ANSWERED.date() + timedelta(days=30)
    assert standing_of(done, due).due_on == due
    payer, party = world.contract.payer_id, world.bell.party_id
    assert planned_of(payer, party, due).interest_cents == 0
    # A day of 8 % of $110, and 73 days of it.
    assert planned_of(payer, party, due + timedelta(days=1)).interest_cents == 2
    assert planned_of(payer, party, due + timedelta(days=73)).interest_cents == 1_76
    with pytest.raises(NotContested):
        answer_contest(actor=sender, claim_id=claim.pk, answer="More.", now=ANSWERED)


def test_what_is_decided_all_the_same_ends_what_was_asked(world):
    claim = ask()
    decide_claim(
        actor=QUINN, claim_id=claim.pk, state="denied", denial="50", words="No.", now=ANSWERED
    )
    assert ClaimContest.objects.get().complete_on == ANSWERED.date()
    with pytest.raises(NotContestable, match="it is denied"):
        ask()


def test_a_rate_that_is_missing_is_said_and_never_zero(world):
    give_terms(world.contract, regime="medicare_non_contracted", citation="42 CFR 422.520")
    claim, late = Claim.objects.get(ref="A1"), date(2026, 12, 12)
    found = standing_of(claim, late)
    assert found.problem.startswith("Rate missing: The Treasury's rate for the half-year from 2026")
    assert missing_rate(late) == date(2026, 7, 1)
    given = {"actor": QUINN, "citation": "91 FR 1", "now": NOV_2}
    with pytest.raises(NoHalfYear):
        record_rate(half_year=date(2026, 8, 1), pct=Decimal(4), **given)
    record_rate(half_year=date(2026, 7, 1), pct=Decimal("9.125"), **given)
    record_rate(half_year=date(2026, 7, 1), pct=Decimal("4.125"), **given)  # a correction
    assert missing_rate(late) is None
    # Due December 2; ten days of 4.125 % of $110.
    assert standing_of(claim, late).owed.interest_cents == 12
    assert planned_of(claim.payer_id, claim.party_id, late).interest_cents == 12


def test_staff_ask_and_a_practice_answers_in_pages(world):
    claim = Claim.objects.get(ref="A1")
    staff = signed_in_afresh(make_user("quinn@ipa.example", Role.FINANCE))
    ask_url = reverse("compliance:claim_contest", args=[claim.pk])
    detail = reverse("compliance:claim_detail", args=[claim.pk])
    assert ask_url in text_of(staff.get(detail))
    assert staff.post(ask_url, {"reason": "No note."}).status_code == 422
    assert staff.post(ask_url, {"reason": "No note.", "needed": DENTIST}).url == detail
    own = signed_in_afresh(bell_of(world))
    page = reverse("compliance:own_claim", args=[claim.pk])
    assert DENTIST in text_of(own.get(page))
    answer = reverse("compliance:own_claim_answer", args=[claim.pk])
    assert own.post(answer, {"answer": "Sent by mail."}).url == page
    told = text_of(staff.get(detail))
    assert "Sent by mail." in told
    assert "the clock stands" in told
    assert staff.post(ask_url, {"complete": "1"}).url == detail
    assert "Interest owed" in text_of(own.get(page))
    rates = reverse("compliance:fee_schedule_list")
    new = reverse("compliance:interest_rate_new")
    rate = {"half_year": "2026-07-01", "pct": "4.125", "citation": "91 FR 1"}
    assert staff.post(new, rate).url == rates
    assert "4.125" in text_of(staff.get(rates))
