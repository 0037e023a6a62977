"""Verifying: only accepted sources, only the past, and nothing counts until a person signs."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from credentialing.actions.discrepancies import (
    AnsweredBefore,
    ClosedBefore,
    StillTheirTurn,
    answer_discrepancy,
    close_discrepancy,
    send_discrepancy,
)
from credentialing.actions.documents import (
    ReviewedBefore,
    WordsNeeded,
    WrongFile,
    bring_document,
    review_document,
)
from credentialing.actions.inquiries import (
    InquiryOver,
    NobodyToAsk,
    answer_inquiry,
    open_inquiry,
    send_inquiry,
    withdraw_inquiry,
)
from credentialing.actions.steps import WrongStep
from credentialing.actions.verifying import (
    FromTheFuture,
    NotVerified,
    NpdbStaysThere,
    PersonNeeded,
    ReasonNeeded,
    ReviewedAlready,
    SourceNotAccepted,
    finish_verifying,
    open_facility_cycle,
    record_verification,
    review_verification,
    start_verifying,
)
from credentialing.models import Document, Inquiry, Verification
from credentialing.queries.elements import element_states, unfinished
from credentialing.rules.elements import RULES
from credentialing.web.file_parts import said_facts
from ipaportal.core.files import read_stored
from ipaportal.core.roles import Role
from tests.credentialing.applying import APPLIED, applied
from tests.factories import CLOCK
from tests.networks import make_credential, make_facility
from tests.people import actor_of, make_user
from tests.proofs import breaches

pytestmark = pytest.mark.django_db
NOW = APPLIED + timedelta(days=2)
MEETING = date(2027, 1, 15)


@pytest.fixture
def novak():
    return actor_of(make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST, name="T. Novak"))


@pytest.fixture
def event(novak):
    application, _ = applied()
    return start_verifying(
        actor=novak, event_id=application.event_id, planned_decision_date=MEETING, now=NOW
    )


def verify(actor, element, now=NOW, sign=True, **other):
    values = {
        "source": RULES[element.code].sources[0],
        "method": "web",
        "as_of_date": now.date(),
        "performed_at": now,
        "result": "clean",
        **other,
    }
    made = record_verification(actor=actor, element_id=element.pk, now=now, **values)
    if sign:
        review_verification(
            actor=actor, verification_id=made.pk, is_accepted=True, text="seen", now=now
        )
    return made


def element_of(event, code):
    return event.elements.get(code=code)


def test_lists_what_has_to_be_verified_of_an_applicant(event):
    codes = list(event.elements.values_list("code", flat=True))
    assert codes.count("licence") == 1
    assert {"dea", "coverage", "attestation", "privileges", "npi"} <= set(codes)
    assert "board" not in codes
    assert element_of(event, "dea").credential.kind == "dea"


def test_counts_only_what_a_named_person_signed(event, novak):
    licence = element_of(event, "licence")
    made = verify(
        novak, licence, sign=False, evidence=b"%PDF- board page %%EOF", evidence_name="b.pdf"
    )
    assert read_stored(made.evidence_sha256) == b"%PDF- board page %%EOF"
    assert next(s for s in element_states(event, MEETING) if s.element == licence).word == (
        "needs review"
    )
    with pytest.raises(PersonNeeded):
        review_verification(
            actor=CLOCK, verification_id=made.pk, is_accepted=True, text="", now=NOW
        )
    review = {"actor": novak, "verification_id": made.pk, "now": NOW}
    with pytest.raises(ReasonNeeded):
        review_verification(**review, is_accepted=False, text=" ")
    review_verification(**review, is_accepted=True, text="")
    with pytest.raises(ReviewedAlready):
        review_verification(**review, is_accepted=False, text="no")
    with pytest.raises(DatabaseError), transaction.atomic():
        Verification.objects.update(result="adverse")
    assert next(s for s in element_states(event, MEETING) if s.element == licence).is_done


def test_refuses_other_sources_the_future_and_files_that_are_not_signed(event, novak):
    licence = element_of(event, "licence")
    with pytest.raises(SourceNotAccepted):
        verify(novak, licence, source="peer")
    with pytest.raises(FromTheFuture):
        verify(novak, licence, performed_at=NOW + timedelta(seconds=1))
    with pytest.raises(FromTheFuture):
        verify(novak, licence, as_of_date=NOW.date() + timedelta(days=1))
    assert not Verification.objects.exists()
    with pytest.raises(WrongStep):
        start_verifying(actor=novak, event_id=event.pk, planned_decision_date=None, now=NOW)


def test_of_the_npdb_only_that_it_was_asked_is_recorded_and_shown(event, novak):
    element = element_of(event, "licence_sanctions")
    for said in ({"note": "one report"}, {"problems": ["a report"]}):
        with pytest.raises(NpdbStaysThere):
            verify(novak, element, source="npdb", **said)
    with pytest.raises(NpdbStaysThere):
        verify(novak, element, source="npdb", evidence=b"%PDF-1.7 one %%EOF")
    assert element.verifications.count() == 0
    made = verify(novak, element, source="npdb", result="adverse", asked="query 5550001")
    told = {fact.label: fact.value for fact in said_facts(made)}
    assert told["Result"] == "confidential"
    assert {fact.label: fact.value for fact in said_facts(made, sees_npdb=True)}["Result"] == (
        made.get_result_display().capitalize()
    )


def test_is_finished_once_everything_holds_on_the_day_of_the_meeting(event, novak):
    with pytest.raises(NotVerified, match="State licence"):
        finish_verifying(actor=novak, event_id=event.pk, now=NOW)
    for element in event.elements.all():
        # The cover ends on the first of January, before the meeting; the carrier says it goes on.
        more = {"expires_date": date(2028, 1, 1)} if element.code == "coverage" else {}
        if element.code == "malpractice_history":
            more["as_of_date"] = MEETING - timedelta(days=121)
        verify(novak, element, **more)
    with pytest.raises(NotVerified, match="Malpractice history"):
        finish_verifying(actor=novak, event_id=event.pk, now=NOW)
    (stale,) = unfinished(event, MEETING)
    assert stale.standing.reason == "is 121 days old at the decision, 120 are allowed"
    verify(novak, stale.element, as_of_date=MEETING - timedelta(days=120))
    finish_verifying(actor=novak, event_id=event.pk, now=NOW)
    event.refresh_from_db()
    assert event.status == "verified"
    assert breaches() == []
    verify(novak, stale.element, sign=False)
    event.refresh_from_db()
    assert event.status == "verifying"


def test_a_licence_that_lapses_by_the_meeting_is_not_verified(event, novak):
    licence = element_of(event, "licence")
    verify(novak, licence, expires_date=MEETING - timedelta(days=1))
    state = next(s for s in unfinished(event, MEETING) if s.element == licence)
    assert state.word == "stale"
    assert licence not in [s.element for s in unfinished(event, MEETING - timedelta(days=1))]


def test_a_facility_is_verified_from_its_own_credentials(novak):
    hospital = make_facility()
    make_credential(hospital, "fac_licence", number="L1")
    make_credential(hospital, "ccn", state="", number="050001")
    made = open_facility_cycle(
        actor=novak, facility_id=hospital.pk, kind="initial", planned_decision_date=None, now=NOW
    )
    codes = set(made.elements.values_list("code", flat=True))
    assert codes == {"fac_licence", "ccn", "quality_check", "liability", "facility_sanctions"}


def letter(event, actor, code="peer_reference"):
    return send_inquiry(
        actor=actor,
        element_id=element_of(event, code).pk,
        recipient_name="Dr. O. Egret",
        recipient_email="egret@peer.example",
        question="Would you refer to Dr. Tern?",
        now=NOW,
    )


def reply(token, now=NOW, **other):
    values = {"is_confirmed": True, "is_adverse": False, "text": "Gladly.", **other}
    return answer_inquiry(
        actor=CLOCK, token=token, answered_by="O. Egret", title="MD", now=now, **values
    )


def test_a_letter_is_answered_once_and_waits_for_a_person(event, novak):
    _, token = letter(event, novak)
    assert token not in str(Inquiry.objects.values().get())
    with pytest.raises(InquiryOver):
        open_inquiry("x" * 43, NOW)
    reply(token)
    made = Verification.objects.get()
    assert (made.source, made.method, made.result) == ("peer", "letter", "clean")
    assert b"Gladly." in read_stored(made.evidence_sha256)
    assert not hasattr(made, "review")
    with pytest.raises(InquiryOver):
        reply(token)
    assert Verification.objects.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Inquiry.objects.update(answered_at=NOW + timedelta(days=1))


def test_a_letter_ends_by_its_day_by_withdrawal_and_with_the_file(event, novak):
    inquiry, token = letter(event, novak)
    assert open_inquiry(token, inquiry.expires_at - timedelta(seconds=1)) == inquiry
    with pytest.raises(InquiryOver):
        open_inquiry(token, inquiry.expires_at)
    withdraw_inquiry(actor=novak, inquiry_id=inquiry.pk, now=NOW)
    with pytest.raises(InquiryOver):
        reply(token)
    with pytest.raises(NobodyToAsk):
        letter(event, novak, "licence")


def test_an_applicant_may_correct_what_a_source_says_otherwise(event, novak):
    application = event.application
    actor = actor_of(application.practitioner.user)
    element = element_of(event, "education")
    sent = send_discrepancy(
        actor=novak,
        element_id=element.pk,
        what="Year of the degree",
        application_says="2014",
        source_says="2015",
        now=NOW,
    )
    assert sent.due_date == NOW.date() + timedelta(days=14)
    verify(novak, element)
    assert next(s for s in element_states(event, MEETING) if s.element == element).word == (
        "discrepancy"
    )
    close = {"actor": novak, "discrepancy_id": sent.pk, "outcome": "explained"}
    with pytest.raises(StillTheirTurn):
        close_discrepancy(**close, now=NOW + timedelta(days=14))
    answer = {"actor": actor, "discrepancy_id": sent.pk, "now": NOW}
    answer_discrepancy(**answer, reply="The school's registrar erred; see the diploma.")
    with pytest.raises(AnsweredBefore):
        answer_discrepancy(**answer, reply="again")
    close_discrepancy(**close, now=NOW)
    with pytest.raises(ClosedBefore):
        close_discrepancy(**close, now=NOW)
    assert next(s for s in element_states(event, MEETING) if s.element == element).is_done
    stranger = actor_of(make_user("x@y.example", Role.PROVIDER, party=application.party))
    with pytest.raises(type(sent).DoesNotExist):
        answer_discrepancy(actor=stranger, discrepancy_id=sent.pk, reply="x", now=NOW)


def test_documents_are_told_by_their_bytes_superseded_and_looked_at_once(event, novak):
    application = event.application
    actor = actor_of(application.practitioner.user)
    bring = {"actor": actor, "application_id": application.pk, "kind": "coverage", "now": NOW}
    for data in (b"", b"MZ not a document", b"<html>"):
        with pytest.raises(WrongFile):
            bring_document(**bring, name="a.pdf", data=data)
    first = bring_document(**bring, name="a.pdf", data=b"%PDF-1.7 one %%EOF")
    assert read_stored(first.sha256) == b"%PDF-1.7 one %%EOF"
    with pytest.raises(WrongFile, match="same file"):
        bring_document(**bring, name="b.pdf", data=b"%PDF-1.7 one %%EOF")
    second = bring_document(**bring, name="b.pdf", data=b"%PDF-1.7 two %%EOF")
    first.refresh_from_db()
    assert first.superseded_by == second
    look = {"actor": novak, "document_id": second.pk, "now": NOW}
    with pytest.raises(WordsNeeded):
        review_document(**look, is_accepted=False, text="")
    review_document(**look, is_accepted=False, text="The page with the dates is missing.")
    with pytest.raises(ReviewedBefore):
        review_document(**look, is_accepted=True, text="")
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=second.pk).update(name="other")


def test_what_does_something_is_neither_a_paper_nor_evidence(event, novak):
    licence = element_of(event, "licence")
    script = b"%PDF-1.7 << /S /JavaScript /JS (app.alert(1)) >> %%EOF"
    with pytest.raises(WrongFile, match="holds a script"):
        verify(novak, licence, sign=False, evidence=script, evidence_name="b.pdf")
    with pytest.raises(WrongFile, match="no picture and no PDF"):
        verify(novak, licence, sign=False, evidence=b"<html>", evidence_name="b.pdf")
    assert not Verification.objects.exists()
