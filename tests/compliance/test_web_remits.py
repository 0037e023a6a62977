"""Pages of remittances that came in: what is looked at, one payment, deposits, a practice's own."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from compliance.models import Remit, RemitClaim, RemitDeposit, RemitFile
from ipaportal.core.roles import Role
from tests.compliance.claiming import make_priced_world, of_bell, take_in
from tests.compliance.remitting import a_paid, an_835, back, bring
from tests.kept import kept
from tests.people import client_of, make_user
from tests.stories.attacks import signed_in_afresh, text_of

pytestmark = pytest.mark.django_db


@kept
def remitted():
    """One payment posted with a claim nobody knows, one that takes back what was never paid."""
    world = make_priced_world()
    take_in(world, of_bell(world, "A1"))
    bring(world, an_835(world, a_paid("A1", 110_00), a_paid("X9"),
                        adjustments=(("FB", "OLD", 10_00),)))  # fmt: skip
    wrong = (back("A7"), a_paid("A9", 200_00, 200_00))
    bring(world, an_835(world, *wrong, trace="T2", number=2), "later.835")
    return world


def test_says_what_is_to_be_looked_at_and_does_it(remitted):
    client = signed_in_afresh(make_user("quinn@ipa.example", Role.FINANCE))
    page = text_of(client.get(reverse("compliance:remit_list")))
    for words in ("It takes back what was not paid so", "A paid claim is none that is known here",
                  "later.835", "Record a deposit"):  # fmt: skip
        assert words in page, words
    waits = Remit.objects.get(state="waiting")
    detail = reverse("compliance:remit_detail", args=[waits.pk])
    assert "no payment of it is here that this undoes" in text_of(client.get(detail))
    work = reverse("compliance:remit_work", args=[waits.pk])
    assert client.post(work, {"take": "1"}).url == detail
    assert client.post(work, {"again": "1"}).status_code == 422
    assert client.post(work, {"words": "Asked the plan."}).url == detail
    assert "Asked the plan." in text_of(client.get(detail))
    row = RemitClaim.objects.get(claim_ref="X9")
    lines = text_of(client.get(reverse("compliance:remit_claims"), {"queue": "unmatched"}))
    settle = reverse("compliance:remit_claim_settle", args=[row.pk])
    assert settle in lines
    assert client.post(settle, {"number": "none", "words": "x"}).status_code == 422
    assert client.post(settle, {"number": "A1", "words": "x"}).status_code == 302
    assert settle not in text_of(client.get(reverse("compliance:remit_claims")))


def test_takes_files_and_deposits(remitted):
    client = signed_in_afresh(make_user("quinn@ipa.example", Role.FINANCE))
    payer, new = remitted.contract.payer_id, reverse("compliance:remit_new")
    data = an_835(remitted, a_paid("A1"), trace="T3", number=3)
    made = client.post(new, {"payer": payer, "file": SimpleUploadedFile("n.835", data)})
    file = RemitFile.objects.latest("pk")
    assert made.url == reverse("compliance:remit_file_detail", args=[file.pk])
    assert "n.835" in text_of(client.get(made.url))
    again = client.post(new, {"payer": payer, "file": SimpleUploadedFile("m.835", data)})
    assert "took these very bytes in" in text_of(again)
    deposit = {"payer": payer, "day": "2026-11-02", "amount": "12.34", "trace": "B7"}
    record = reverse("compliance:remit_deposit_new")
    assert client.post(record, deposit).url == reverse("compliance:remit_list")
    assert "Nothing was recorded twice" in text_of(client.post(record, deposit))
    known = RemitDeposit.objects.get()
    assert known.cents == 12_34
    tie = reverse("compliance:remit_deposit_tie", args=[known.pk])
    assert client.post(tie, {"trace": "T1", "words": "x"}).status_code == 422


def test_a_practice_sees_what_plans_paid_it(remitted):
    client = client_of(make_user("bell@bell.example", Role.PROVIDER, party=remitted.bell.party))
    posted, waiting = Remit.objects.get(state="posted"), Remit.objects.get(state="waiting")
    page = text_of(client.get(reverse("compliance:own_remits")))
    own = reverse("compliance:own_remit", args=[posted.pk])
    assert own in page
    assert "200.00" in page
    assert "carried forward (FB)" in text_of(client.get(own))
    lines = client.get(own, {"export": "csv"}).getvalue().decode("utf-8-sig")
    assert lines.count("\n") == 3
    assert client.get(reverse("compliance:own_remit", args=[waiting.pk])).status_code == 404
    other = make_user("ana@alvarez.example", Role.PROVIDER, party=remitted.alvarez.party)
    assert client_of(other).get(own).status_code == 404
