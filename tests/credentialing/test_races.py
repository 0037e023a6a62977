"""Two connections at the same moment: what is done once is done once, and the other is told."""

from functools import partial

import pytest

from credentialing.actions.applicants import begin_application
from credentialing.actions.deciding import cast_vote, make_motion
from credentialing.actions.inquiries import InquiryOver, answer_inquiry, send_inquiry
from credentialing.actions.room import VotedBefore
from credentialing.actions.screening_decisions import MatchChanged, decide_match
from credentialing.actions.verifying import (
    ReviewedAlready,
    record_verification,
    review_verification,
    start_verifying,
)
from credentialing.models import Attestation, Review, ScreeningDecision, Verification, Vote
from credentialing.queries.screening_matches import seen_digest
from credentialing.rules.elements import RULES
from ipaportal.core.refusals import Refused
from tests.at_once import at_once
from tests.credentialing.applying import APPLIED, fill, invite, sign
from tests.credentialing.committees import (
    BEFORE,
    MEETS,
    make_committee,
    opened,
    reviewer,
    verified_lab,
)
from tests.credentialing.screening import CARA, HIT, NADIA, NOON, load_both, only_match, screen
from tests.factories import CLOCK, make_practitioner
from tests.people import actor_of

pytestmark = pytest.mark.django_db(transaction=True)


def once(refusal, *calls):
    """Of two calls at once one is done, and the other is refused by name."""
    answers = at_once(*calls)
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert [type(one) for one in refused] == [refusal] or (
        refusal is Refused and len(refused) == 1 and isinstance(refused[0], Refused)
    ), answers


def test_signing_reviewing_and_answering_happen_once():
    application, user = invite()
    actor, novak = actor_of(user), reviewer()
    begin_application(actor=actor, application_id=application.pk, now=APPLIED)
    fill(application, actor)
    once(Refused, partial(sign, application, actor), partial(sign, application, actor))
    assert Attestation.objects.count() == 1

    event = start_verifying(
        actor=novak, event_id=application.event_id, planned_decision_date=None, now=BEFORE
    )
    element = event.elements.filter(code="licence").first() or event.elements.first()
    made = record_verification(
        actor=novak, element_id=element.pk, source=element_source(element), method="web",
        as_of_date=BEFORE.date(), performed_at=BEFORE, result="clean", now=BEFORE,
    )  # fmt: skip
    review = partial(
        review_verification, actor=novak, verification_id=made.pk, text="looked", now=BEFORE
    )
    once(ReviewedAlready, partial(review, is_accepted=True), partial(review, is_accepted=False))
    assert Review.objects.count() == 1

    _, token = send_inquiry(
        actor=novak, element_id=event.elements.get(code="peer_reference").pk, now=BEFORE,
        recipient_name="Dr. Egret", recipient_email="egret@peer.example", question="Would you?",
    )  # fmt: skip
    reply = partial(
        answer_inquiry, actor=CLOCK, token=token, answered_by="O. Egret", title="MD",
        is_confirmed=True, text="Gladly.", now=BEFORE,
    )  # fmt: skip
    once(InquiryOver, partial(reply, is_adverse=False), partial(reply, is_adverse=True))
    assert Verification.objects.count() == 2


def element_source(element):
    return RULES[element.code].sources[0]


def test_voting_and_deciding_a_match_happen_once():
    seats = make_committee()
    item = opened(seats, verified_lab(reviewer())).items.get()
    motion = make_motion(
        actor=CLOCK, item_id=item.pk, kind="approved", text="meets every criterion", now=MEETS,
        mover_id=seats["Okafor"].pk, seconder_id=seats["Lindqvist"].pk,
    )  # fmt: skip
    vote = partial(
        cast_vote, actor=CLOCK, motion_id=motion.pk, seat_id=seats["Weiss"].pk, now=MEETS
    )
    once(VotedBefore, partial(vote, choice="for"), partial(vote, choice="against"))
    assert Vote.objects.count() == 1

    make_practitioner()
    load_both({**HIT, "DOB": ""})
    screen()
    match = only_match()
    decide = partial(
        decide_match, match_id=match.pk, text="compared", seen=seen_digest(match), now=NOON
    )
    once(
        MatchChanged,
        partial(decide, actor=CARA, decision="true_match", reason_code="identifiers"),
        partial(decide, actor=NADIA, decision="needs_info", reason_code="asked"),
    )
    assert ScreeningDecision.objects.count() == 1
