"""Money forms that arrive twice: the same again does nothing more, anything else is refused."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from capitation.models import Payment, PaymentBatch, ReturnFile
from ipaportal.audit.models import DomainEvent
from ipaportal.core.roles import Role
from ipaportal.home.steps import take_steps
from ipaportal.identity.models import SentForm
from ipaportal.identity.web import once
from ipaportal.identity.web.once import FIELD, new_token
from ipaportal.ledger.models import Entry
from tests.at_once import at_once
from tests.capitation import test_web_payments as pages
from tests.databases import OWNER, acting_as
from tests.people import Browser, make_user

banks, bell, quinn, reyes, sent = pages.banks, pages.bell, pages.quinn, pages.reyes, pages.sent
page, propose, send = pages.page, pages.propose, pages.send
pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-one-page-22"


def copy_of(client):
    """Another window of the same session."""
    other = Browser()
    other.cookies = client.cookies.copy()
    return other


def said(answer):
    return " ".join(answer.content.decode().split())


def test_the_same_form_again_gets_the_same_answer_and_does_nothing_more(quinn, banks):
    first = send(quinn, "payments_prepare", **{FIELD: TOKEN})
    again = send(quinn, "payments_prepare", **{FIELD: TOKEN})
    assert PaymentBatch.objects.count() == 1
    assert (again.status_code, again.url) == (first.status_code, first.url)
    assert again.headers["Idempotency-Hit"] == "true"
    shown = said(quinn.get(again.url))
    assert shown.count("1 payment") >= 1
    assert "took effect once" in shown
    assert DomainEvent.objects.filter(action="capitation.payments.prepared").count() <= 1


def test_twenty_at_once_prepare_one_batch(committed_db, quinn, banks):
    clients = [copy_of(quinn) for _ in range(20)]
    answers = at_once(*(lambda c=c: send(c, "payments_prepare", **{FIELD: TOKEN}) for c in clients))
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, answers[0].url)}
    assert sum("Idempotency-Hit" in answer.headers for answer in answers) == 19
    assert (PaymentBatch.objects.count(), Payment.objects.count()) == (1, 1)
    assert SentForm.objects.filter(token=TOKEN).count() == 1


def test_twenty_at_once_release_one_batch(committed_db, quinn, reyes, banks):
    send(quinn, "payments_prepare")
    batch, before = PaymentBatch.objects.get(), Entry.objects.count()
    form = {FIELD: TOKEN, "seen_digest": batch.digest}
    clients = [copy_of(reyes) for _ in range(20)]
    answers = at_once(
        *(lambda c=c: send(c, "payment_batch_release", batch.pk, **form) for c in clients)
    )
    assert {answer.status_code for answer in answers} == {302}
    assert Entry.objects.count() == before + 1
    assert Payment.objects.get().status == "released"


def test_other_entries_under_the_same_token_are_refused_in_words(quinn, reyes, sent):
    path = reverse("capitation:payment_void", args=[sent.pk])
    first = reyes.post(path, {FIELD: TOKEN, "text": "the bank stopped it"})
    other = reyes.post(path, {FIELD: TOKEN, "text": "never mind"})
    assert (first.status_code, other.status_code) == (302, 409)
    assert "with other entries" in said(other)
    assert "What was sent first stands" in said(other)
    sent.refresh_from_db()
    assert sent.void_text == "the bank stopped it"


def test_a_token_is_good_for_one_address(quinn, reyes, sent):
    send(reyes, "payment_batch_file", sent.batch_id, **{FIELD: TOKEN})
    answer = send(reyes, "payment_void", sent.pk, text="stopped", **{FIELD: TOKEN})
    assert answer.status_code == 409
    sent.refresh_from_db()
    assert sent.status == "released"


def test_another_person_may_by_chance_have_the_same_token(quinn, reyes, banks):
    send(quinn, "payments_prepare", **{FIELD: TOKEN})
    batch = PaymentBatch.objects.get()
    form = {FIELD: TOKEN, "seen_digest": batch.digest}
    assert send(reyes, "payment_batch_release", batch.pk, **form).status_code == 302
    batch.refresh_from_db()
    assert batch.status == "released"


def test_a_form_with_a_mistake_may_be_sent_again_corrected(quinn, reyes, sent):
    wrong = send(reyes, "payment_void", sent.pk, **{FIELD: TOKEN, "text": ""})
    right = send(reyes, "payment_void", sent.pk, **{FIELD: TOKEN, "text": "stopped by the bank"})
    assert (wrong.status_code, right.status_code) == (422, 302)
    assert SentForm.objects.filter(token=TOKEN).count() == 1


def test_a_file_may_be_taken_again_when_the_connection_was_lost(quinn, reyes, sent):
    answers = [send(reyes, "payment_batch_file", sent.batch_id, **{FIELD: TOKEN}) for _ in range(2)]
    assert answers[0].content == answers[1].content != b""


def test_an_uploaded_file_counts_as_an_entry(quinn, sent):
    def upload(data):
        file = SimpleUploadedFile("r.ach", data)
        return send(quinn, "returns_read", file=file, **{FIELD: TOKEN})

    line = (
        f"5200{'VALLEY':<16}{'':20}1999999999CCDCAPITATION      261104   1091000010000001\n"
        f"621231380104{'7445':<17}{500:010d}{'':15}{'BELL':<22}  1231380100000001\n"
        f"799R02{sent.trace_number}      23138010{'':44}231380100000001\n"
    ).encode()
    assert upload(line).status_code == 302
    assert upload(line).status_code == 302
    assert upload(line.replace(b"R02", b"R03")).status_code == 409
    assert ReturnFile.objects.count() == 1


def test_a_form_that_is_still_worked_on_is_said_to_be(committed_db, quinn, banks, monkeypatch):
    monkeypatch.setattr(once, "PATIENCE", "50ms")
    user = int(quinn.session["_auth_user_id"])
    other = connection.copy()
    other.ensure_connection()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            once._TAKE, [user, TOKEN, "capitation:payments_prepare", "x", timezone.now()]
        )
        answer = send(quinn, "payments_prepare", **{FIELD: TOKEN})
        cursor.execute("ROLLBACK")
    other.close()
    assert answer.status_code == 409
    assert "being worked on" in said(answer)
    assert PaymentBatch.objects.count() == 0
    assert send(quinn, "payments_prepare", **{FIELD: TOKEN}).status_code == 302
    assert PaymentBatch.objects.count() == 1


def test_what_fails_halfway_leaves_no_token_behind(committed_db, quinn, banks):
    """The token is written in the transaction of what it stands for."""
    with acting_as(OWNER), connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no'; END $$;"
            " CREATE TRIGGER no BEFORE UPDATE ON identity_sentform"
            " FOR EACH ROW EXECUTE FUNCTION no()"
        )
    quinn.raise_request_exception = False
    assert send(quinn, "payments_prepare", **{FIELD: TOKEN}).status_code == 500
    assert PaymentBatch.objects.count() == SentForm.objects.filter(token=TOKEN).count() == 0
    with acting_as(OWNER), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER no ON identity_sentform")
    assert send(quinn, "payments_prepare", **{FIELD: TOKEN}).status_code == 302
    assert PaymentBatch.objects.count() == 1


def test_what_was_typed_cannot_be_read_from_the_table(quinn, bell):
    propose(quinn, bell, **{FIELD: TOKEN})
    kept = SentForm.objects.get(token=TOKEN)
    assert f"7445{bell.pk}" not in str(vars(kept))
    plain = sha256(f"7445{bell.pk}".encode()).hexdigest()
    assert kept.body_hash != plain
    assert len(kept.body_hash) == 64


def test_a_page_shows_a_new_token_each_time(quinn, banks):
    def token():
        return page(quinn, "payments_prepare").split(f'name="{FIELD}" value="')[1].split('"')[0]

    assert token() != token()


def test_old_forms_are_forgotten():
    user = make_user("quinn@ipa.test", Role.FINANCE)
    for days in (29, 31):
        SentForm.objects.create(
            actor_id=user.pk,
            token=new_token(),
            view="x",
            body_hash="x",
            sent_at=timezone.now() - timedelta(days=days),
        )
    with transaction.atomic():
        take_steps(timezone.now())
    assert SentForm.objects.count() == 1
