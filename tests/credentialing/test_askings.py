"""Asking again: by days of our own, once each, then a person; and a file nobody answers ends."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.applicants import begin_application, invite_applicant
from credentialing.actions.askings import (
    AskedTooLittle,
    LetterChanged,
    NotWaiting,
    digest_of_letter,
    letter_without_answer,
    step_askings,
    withdraw_unanswered,
)
from credentialing.actions.inquiries import (
    InquiryOver,
    open_inquiry,
    send_inquiry,
    withdraw_inquiry,
)
from credentialing.actions.verifying import start_verifying
from credentialing.models import (
    ApplicantReminder,
    CredentialingEvent,
    Inquiry,
    InquiryReminder,
    Practitioner,
    WithdrawalLetter,
)
from credentialing.queries.askings import open_letters, unanswered
from credentialing.queries.elements import element_states
from credentialing.queries.file_cards import file_cards
from credentialing.queries.queue import queue, waiting
from credentialing.rules.askings import APPLICANT, SOURCE, asked, rule_on
from credentialing.rules.waiting import Ball, told_of
from ipaportal.audit.models import DomainEvent
from ipaportal.core.files import read_stored
from ipaportal.core.roles import Role
from ipaportal.core.words import day_text
from ipaportal.identity.actions.invitations import token_of
from ipaportal.identity.models import Invitation, User
from tests.credentialing.applying import NPI, applied
from tests.factories import CLOCK, NOON, make_ipa, make_practice
from tests.people import actor_of, client_of, make_user

DAY = date(2026, 6, 1)


def on(days, sent=()):
    """How far asking is some days after the first, if it was repeated after these."""
    far = asked(SOURCE, [DAY, *(DAY + timedelta(days=n) for n in sent)])
    return far.next_number(DAY + timedelta(days=days)), far.is_over(DAY + timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "sent", "due"),
    [
        (6, (), (None, False)),
        (7, (), (2, False)),
        (13, (7,), (None, False)),
        (14, (7,), (3, False)),
        (20, (7, 14), (None, False)),
        (21, (7, 14), (None, True)),
        # After an outage nobody is asked twice at once, and nobody is given up unasked.
        (40, (), (2, False)),
        (40, (40,), (None, False)),
        (47, (40,), (3, False)),
    ],
)
def test_asks_again_after_its_days_and_gives_up_after_the_last(days, sent, due):
    assert on(days, sent) == due


def test_says_how_far_it_is_and_whose_rule_it_is():
    assert asked(SOURCE, [DAY]).words(DAY) == "asked 1 of 3 times, asked again on Jun 8, 2026"
    far = asked(APPLICANT, [DAY, date(2026, 6, 15), date(2026, 6, 29)])
    assert far.words(date(2026, 7, 12)) == "asked 3 of 3 times, a person decides on Jul 13, 2026"
    assert far.words(date(2026, 7, 13)) == "asked 3 times without an answer"
    assert not rule_on(APPLICANT, DAY).is_sure
    told = told_of("applying", {}, far, date(2026, 7, 12))
    assert (told.ball, "asked 3 of 3 times" in told.words) == (Ball.PROVIDER, True)
    told = told_of("applying", {}, far, date(2026, 7, 13))
    assert (told.ball, "call, or withdraw it" in told.words) == (Ball.STAFF, True)
    told = told_of("verifying", {"unanswered": 1, "asked": 1})
    assert (told.ball, told.words) == (
        Ball.STAFF, "0 of 2 verified: 1 asked in vain: ask another, 1 asked of others"
    )  # fmt: skip


def steps(now):
    """What the clock does on a day, until nothing is left."""
    taken = step_askings(now)
    assert not taken or step_askings(now) == 0
    return taken


@pytest.mark.django_db
def test_a_letter_is_sent_three_times_and_then_waits_for_a_person(
    django_capture_on_commit_callbacks,
):
    application, _ = applied()
    novak = actor_of(make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST))
    first = timezone.now()
    event = start_verifying(
        actor=novak, event_id=application.event_id, planned_decision_date=None, now=first
    )
    inquiry, token = send_inquiry(
        actor=novak, element_id=event.elements.get(code="peer_reference").pk, now=first,
        recipient_name="Dr. Egret", recipient_email="e@peer.example", question="Would you refer?",
        home_url="https://portal.example/",
    )  # fmt: skip
    days = {n: first + timedelta(days=n) for n in (6, 7, 14, 20, 21)}
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert [steps(days[n]) for n in (6, 7, 14)] == [0, 1, 1]
    assert [sent.to for sent in mail.outbox] == [["e@peer.example"]] * 2
    link = mail.outbox[1].body.split("https://portal.example")[1].split()[0]
    again = link.strip("/").rpartition("/")[2]
    assert link == reverse("credentialing:inquiry_answer", args=[again])
    # Every address that was sent answers, and none of them is kept.
    assert {open_inquiry(one, days[14]).pk for one in (token, again)} == {inquiry.pk}
    assert again not in str(list(InquiryReminder.objects.values()))
    assert "Would you refer?" in Client().get(link).content.decode()
    assert [steps(days[n]) for n in (20, 21)] == [0, 1]
    inquiry.refresh_from_db()
    assert (inquiry.given_up_at, inquiry.reminders.count()) == (days[21], 2)
    words = {s.element.code: s.word for s in element_states(event, days[21].date())}
    assert words["peer_reference"] == "unanswered"
    assert unanswered(days[21].date()) == {event.pk}
    told = {task.verb: task.object for task in file_cards(novak, days[21].date()).tasks}
    assert told["Ask another"] == "about Iris Tern: nobody answered our letters"
    (letter,) = open_letters(event)
    assert letter.words(days[21].date()) == (
        "asked 3 times without an answer: ask another, or withdraw"
    )
    assert open_inquiry(again, days[21])  # a late answer still counts until the last day
    with pytest.raises(DatabaseError), transaction.atomic():
        Inquiry.objects.update(given_up_at=first)
    with pytest.raises(DatabaseError), transaction.atomic():
        InquiryReminder.objects.update(number=9)
    withdraw_inquiry(actor=novak, inquiry_id=inquiry.pk, now=days[21])
    with pytest.raises(InquiryOver):
        open_inquiry(again, days[21])
    assert not unanswered(days[21].date())


def invited(now):
    """An applicant who began and does not go on."""
    make_ipa()
    practice = make_practice("Tern Clinic", "990000077")
    admin = actor_of(make_user("nadia@ipa.example", Role.NETWORK_ADMIN))
    application, _ = invite_applicant(
        actor=admin, npi=NPI, first_name="Iris", last_name="Tern", provider_type="md",
        email="iris@tern.example", practice_id=practice.pk, now=now,
    )  # fmt: skip
    return application


@pytest.mark.django_db
def test_a_file_nobody_answers_is_withdrawn_with_a_letter(django_capture_on_commit_callbacks):
    first = timezone.now() - timedelta(days=42)
    event = invited(first).event
    days = {n: first + timedelta(days=n) for n in (13, 14, 28, 41, 42)}
    with django_capture_on_commit_callbacks(execute=True):
        assert [steps(days[n]) for n in (13, 14, 28, 41)] == [0, 1, 1, 0]
    assert [sent.to for sent in mail.outbox[-2:]] == [["iris@tern.example"]] * 2
    staff = make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST)
    novak, client = actor_of(staff), client_of(staff)
    seen = digest_of_letter(letter_without_answer(event, days[41]))
    with pytest.raises(AskedTooLittle, match="a person decides on"):
        withdraw_unanswered(actor=novak, event_id=event.pk, seen_digest=seen, now=days[41])
    with pytest.raises(LetterChanged):
        withdraw_unanswered(actor=novak, event_id=event.pk, seen_digest=seen, now=days[42])
    (row,) = waiting(list(queue(actor=CLOCK, today=days[42].date(), show="unanswered")),
                     days[42].date())  # fmt: skip
    assert (row.event, row.told.ball) == (event, Ball.STAFF)
    here = reverse("credentialing:file_unanswered", args=[event.pk])
    (task,) = file_cards(novak, days[42].date()).tasks
    assert (task.verb, task.object, task.url) == (
        "Call, or withdraw", "Iris Tern, who did not answer", here
    )  # fmt: skip
    listed = client.get(reverse("credentialing:file_queue"), {"show": "unanswered"})
    assert here in listed.content.decode()
    home = reverse("credentialing:practitioner_file", args=[event.practitioner_id])
    assert here in client.get(home).content.decode()
    page = client.get(here)
    assert "Your application was withdrawn, because we had no answer" in page.content.decode()
    assert CredentialingEvent.objects.get().status == "invited"
    assert client.post(here, {"seen_digest": "0" * 64}).status_code == 422
    assert client.post(here, page.context["form"].initial).status_code == 302
    event.refresh_from_db()
    letter = WithdrawalLetter.objects.get()
    assert (event.status, letter.event_id) == ("withdrawn", event.pk)
    assert [words for words, _ in letter.content["facts"]] == [
        "Asked, 1 of 3", "Asked, 2 of 3", "Asked, 3 of 3"
    ]  # fmt: skip
    assert read_stored(letter.pdf_sha256).startswith(b"%PDF")
    assert not Invitation.objects.filter(withdrawn_at=None).exists()
    assert DomainEvent.objects.filter(action="credentialing.file.withdrawn_unanswered").exists()
    with pytest.raises(NotWaiting):
        withdraw_unanswered(actor=novak, event_id=event.pk, seen_digest=seen, now=days[42])
    assert (client.get(here).context["form"], ApplicantReminder.objects.count()) == (None, 2)
    # The applicant reads the letter under My file, and nobody else of the practice does.
    mine = reverse("credentialing:my_letter", args=[event.application.pk])
    party = event.application.party
    iris = make_user("iris@tern.example", Role.PROVIDER, party=party)
    manager = make_user("manager@tern.example", Role.PRACTICE_MANAGER, party=party)
    Practitioner.objects.update(user=iris)
    assert mine in client_of(iris).get(reverse("credentialing:my_file")).content.decode()
    assert client_of(iris).get(mine).status_code == 200
    assert client_of(manager).get(mine).status_code == 404


@pytest.mark.django_db
def test_gives_a_new_link_to_whoever_has_no_account_yet(django_capture_on_commit_callbacks):
    application = invited(timezone.now() - timedelta(days=9))
    event, first = application.event, Invitation.objects.get()
    nadia = client_of(User.objects.get(email="nadia@ipa.example"))
    home = reverse("credentialing:practitioner_file", args=[event.practitioner_id])
    again = reverse("credentialing:applicant_again", args=[event.pk])
    assert again in nadia.get(home).content.decode()
    sent = nadia.post(again)
    application.refresh_from_db()
    second = Invitation.objects.get(pk=application.invitation_id)
    first.refresh_from_db()
    assert (second.email, second.withdrawn_at, first.withdrawn_at is None) == (
        "iris@tern.example", None, False
    )  # fmt: skip
    assert reverse("identity:invitation_accept", args=[token_of(second)]) in sent.content.decode()
    assert CredentialingEvent.objects.get().status == "invited"
    Invitation.objects.update(accepted_at=timezone.now())
    assert again not in nadia.get(home).content.decode()
    assert nadia.post(again).status_code == 302
    assert Invitation.objects.count() == 2


@pytest.mark.django_db
def test_days_begin_anew_once_the_applicant_went_on():
    application = invited(NOON)
    Practitioner.objects.update(email="")  # written to where the invitation went
    steps(NOON + timedelta(days=14))
    assert ApplicantReminder.objects.get().email == "iris@tern.example"
    began = NOON + timedelta(days=20)
    user = make_user("iris@tern.example", Role.PROVIDER, party=application.party)
    Practitioner.objects.update(user=user)
    iris = actor_of(user)
    begin_application(actor=iris, application_id=application.pk, now=began)
    assert [steps(began + timedelta(days=n)) for n in (13, 14)] == [0, 1]
    assert {one.number for one in ApplicantReminder.objects.all()} == {2}
    again = began + timedelta(days=14)
    here = reverse("credentialing:application_waiting", args=[application.pk])
    shown = client_of(user).get(here).content.decode()
    assert f"We reminded you on {day_text(again)}. We write once more on " in shown
    steps(again + timedelta(days=14))
    shown = client_of(user).get(here).content.decode()
    assert "on your application may be withdrawn, of which a letter tells you" in shown
