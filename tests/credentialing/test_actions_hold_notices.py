"""Payee and compliance are told that payments wait for a check, and that it is over; once each."""

from datetime import date

import pytest
from django.core import mail

from credentialing.actions.screening_decisions import answer_proposal, decide_match
from credentialing.models import Participation, ScreeningMatch
from credentialing.queries.hold_cards import hold_cards
from credentialing.queries.screening_matches import seen_digest, who_left
from ipaportal.audit.models import DomainEvent
from ipaportal.core.roles import Role
from ipaportal.ledger.models import Hold
from tests.credentialing.screening import (
    BORN,
    CARA,
    HIT,
    NADIA,
    NOON,
    later,
    load_both,
    make_ana,
    screen,
)
from tests.people import actor_of, make_user

pytestmark = pytest.mark.django_db


def test_tells_that_payments_wait_and_that_the_check_is_over(django_capture_on_commit_callbacks):
    _, bell = make_ana()
    manager = make_user("m@bell.example", Role.PRACTICE_MANAGER, party=bell.party)
    make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER)
    load_both({**HIT, "DOB": f"{BORN:%Y%m%d}"})
    with django_capture_on_commit_callbacks(execute=True):
        screen()
    assert Hold.objects.live().count() == 1
    (card,) = hold_cards(actor_of(manager), NOON.date()).tasks
    assert f"payments to {bell.party.name} wait" in card.object
    assert [one.to for one in mail.outbox] == [["m@bell.example"], ["osei@ipa.example"]]
    assert f"Payments to {bell.party.name} wait from November 3, 2026" in mail.outbox[0].body
    assert not any(word in one.body for one in mail.outbox for word in ("Ana", "Alvarez", "LEIE"))
    with django_capture_on_commit_callbacks(execute=True):
        screen(later(1))
    assert len(mail.outbox) == 2
    for act in (
        lambda match: decide_match(
            actor=CARA, match_id=match.pk, decision="false_positive", reason_code="birth_date",
            text="compared", seen=seen_digest(match), now=NOON,
        ),
        lambda match: answer_proposal(
            actor=NADIA, match_id=match.pk, agrees=True, text="so it is",
            seen=seen_digest(match), now=NOON,
        ),
    ):  # fmt: skip
        assert len(mail.outbox) == 2
        with django_capture_on_commit_callbacks(execute=True):
            act(ScreeningMatch.objects.get())
    assert not Hold.objects.live().exists()
    assert hold_cards(actor_of(manager), NOON.date()).tasks == ()
    assert [one.to for one in mail.outbox[2:]] == [["m@bell.example"], ["osei@ipa.example"]]
    assert f"no longer holds payments to {bell.party.name}" in mail.outbox[2].body
    told = DomainEvent.objects.filter(action="credentialing.hold.told")
    assert [one.details["payee"] for one in told] == [1, 1]


def test_says_of_a_match_that_they_left_from_the_first_day_no_longer():
    ana, _ = make_ana()
    match = ScreeningMatch(subject_key=f"practitioner:{ana.pk}")
    assert who_left([match], NOON.date()) == set()
    Participation.objects.update(superseded_no=2, superseded_at=NOON)
    days = {"effective_date": date(2025, 1, 1), "end_date": NOON.date(), "fact_no": 2}
    plan, bell = Participation.objects.values_list("payer_party", "practice").get()
    Participation.objects.create(practitioner=ana, payer_party_id=plan, practice_id=bell,
                                 recorded_at=NOON, **days)  # fmt: skip
    assert who_left([match], NOON.date()) == {match.subject_key}
    assert who_left([match], later(-1).date()) == set()
