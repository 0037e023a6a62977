"""Pages of claims: queues, files with their answers, deciding, and a practice's own."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from compliance.models import Claim, ClaimFile
from ipaportal.core.roles import Role
from tests.compliance.claimfiles import a_line, claim_file
from tests.compliance.claiming import make_priced_world, of_alvarez, of_bell, take_in
from tests.kept import kept
from tests.people import client_of, make_user
from tests.stories.attacks import signed_in_afresh, text_of

pytestmark = pytest.mark.django_db


@kept
def claimed():
    """A claim ready, one that waits, one sent back, and one of another practice."""
    world = make_priced_world()
    take_in(
        world, of_bell(world), of_bell(world, "B2", a_line("99214", 80_00), subscriber_ref="M-ANN"),
        of_bell(world, "B3", a_line("99215"), subscriber_ref="M-NOBODY"), of_alvarez(world),
    )  # fmt: skip
    return world


def test_says_what_waits_and_opens_onto_it(claimed):
    client = client_of(make_user("quinn@ipa.example", Role.FINANCE))
    page = text_of(client.get(reverse("compliance:claim_list")))
    assert "the practice is paid by capitation for this member" in page
    assert page.count("Dr. Alvarez") == 1
    waiting = text_of(
        client.get(reverse("compliance:claim_list"), {"reason": "capitated_practice"})
    )
    (claim,) = Claim.objects.filter(ref="B2")
    assert reverse("compliance:claim_detail", args=[claim.pk]) in waiting
    assert waiting.count("M-ANN") == 1
    found = text_of(client.get(reverse("compliance:claim_list"), {"q": "M-NOBODY"}))
    assert "the patient&#x27;s member number is none of this plan" in found
    data = client.get(reverse("compliance:claim_list"), {"export": "csv"})
    assert data.getvalue().decode("utf-8-sig").count("\n") == 5


def test_a_claim_shows_its_services_steps_and_what_to_do(claimed):
    client = signed_in_afresh(make_user("quinn@ipa.example", Role.FINANCE))
    claim = Claim.objects.get(ref="B2")
    address = reverse("compliance:claim_detail", args=[claim.pk])
    page = text_of(client.get(address))
    for words in ("99214", "80.00", "Ann Example", "Take it as an encounter", "I look after it"):
        assert words in page, words
    decide = reverse("compliance:claim_decide", args=[claim.pk])
    assert client.post(decide, {"take": "1"}).url == address
    assert client.post(decide, {"state": "paid", "words": "x"}).status_code == 422
    answer = client.post(decide, {"state": "encounter", "words": "Covered by capitation."})
    assert answer.url == reverse("compliance:claim_list")
    claim.refresh_from_db()
    assert (claim.state, claim.owner_name) == ("encounter", "Quinn")
    assert "Covered by capitation." in text_of(client.get(address))
    again = client.post(decide, {"state": "denied", "words": "x"})
    assert again.status_code == 422
    assert "does not wait now" in text_of(again)


def test_takes_a_file_in_and_gives_its_answers(claimed):
    client = signed_in_afresh(make_user("quinn@ipa.example", Role.FINANCE))
    data = claim_file(of_bell(claimed, "B9", a_line("99203")), number=9).encode()
    payer = claimed.contract.payer_id
    new = reverse("compliance:claim_file_new")
    made = client.post(new, {"payer": payer, "file": SimpleUploadedFile("c.837", data)})
    file = ClaimFile.objects.latest("pk")
    assert made.url == reverse("compliance:claim_file_detail", args=[file.pk])
    again = client.post(new, {"payer": payer, "file": SimpleUploadedFile("d.837", data)})
    assert "took these very bytes in" in text_of(again)
    read = ClaimFile.objects.earliest("pk")
    page = text_of(client.get(reverse("compliance:claim_file_detail", args=[read.pk])))
    assert "277CA" in page
    for kind, begins in (("999", b"ISA"), ("277", b"ISA"), ("837", b"ISA")):
        address = reverse("compliance:claim_file_answer", args=[read.pk, kind])
        assert client.get(address).getvalue().startswith(begins)
    assert (
        client.get(reverse("compliance:claim_file_answer", args=[read.pk, "x"])).status_code == 404
    )
    # What was not read has no answer yet.
    waits = reverse("compliance:claim_file_answer", args=[file.pk, "999"])
    assert client.get(waits).status_code == 404


def test_a_practice_sees_its_own_claims_and_no_others(claimed):
    bell = make_user("bell@bell.example", Role.PROVIDER, party=claimed.bell.party, mfa=False)
    client = client_of(bell)
    page = text_of(client.get(reverse("compliance:own_claims")))
    assert page.count("M-RAY") == 1
    assert "Alvarez" not in page
    (own, other) = (Claim.objects.get(ref=ref) for ref in ("B3", "V1"))
    detail = text_of(client.get(reverse("compliance:own_claim", args=[own.pk])))
    assert "Look at the patient&#x27;s card" in detail
    assert client.get(reverse("compliance:own_claim", args=[other.pk])).status_code == 404


def test_a_second_person_pays_what_they_saw(claimed):
    approver = signed_in_afresh(make_user("reyes@ipa.example", Role.FINANCE_APPROVER))
    listed = text_of(approver.get(reverse("compliance:claim_payments")))
    assert "Bell Clinic" in listed
    given = [claimed.contract.payer_id, claimed.bell.party_id]
    page = text_of(approver.get(reverse("compliance:payment_pay", args=given)))
    assert "Pay 110.00" in page
    digest = re.search(r'name="seen_digest" value="(\w+)"', page)[1]
    make = reverse("compliance:payment_make", args=given)
    assert approver.post(make, {"seen_digest": "0" * 64}).url == reverse(
        "compliance:claim_payments"
    )
    made = approver.post(make, {"seen_digest": digest}).url
    assert "110.00" in text_of(approver.get(made))
    bell = make_user("bell@bell.example", Role.PROVIDER, party=claimed.bell.party, mfa=False)
    own = client_of(bell)
    address = re.search(r"/compliance/billing/remittances/\d+/", text_of(
        own.get(reverse("compliance:own_remittances"))
    ))[0]  # fmt: skip
    told = text_of(own.get(address))
    assert (told.count("110.00"), "B1" in told) == (4, True)
    assert own.get(f"{address}835/").getvalue().startswith(b"ISA")
    paid = Claim.objects.get(ref="B1")
    assert "110 % of List" in text_of(own.get(reverse("compliance:own_claim", args=[paid.pk])))
    in_time = text_of(own.get(reverse("compliance:own_claim_lateness", args=[paid.pk])))
    assert "30 calendar days from Nov 2, 2026 on" in in_time
    staff = text_of(approver.get(reverse("compliance:claim_lateness", args=[paid.pk])))
    assert "Nothing is owed for a claim that is paid in time." in staff


def test_fees_and_terms_are_loaded_and_looked_at(claimed):
    client = signed_in_afresh(make_user("quinn@ipa.example", Role.FINANCE))
    new = reverse("compliance:fee_schedule_new")
    rvu = b"HCPCS,MOD,WORK RVU,NON-FAC PE RVU,FACILITY PE RVU,MP RVU\n99213,,1.3,1.46,.55,.1\n"
    given = {"name": "Medicare 2026", "effective_date": "2026-01-01", "source": "CMS"}
    bad = client.post(new, given | {"file": SimpleUploadedFile("r.csv", b"x,y\n1,2\n")})
    assert "No column is called" in text_of(bad)
    made = client.post(new, given | {"factor": "33.4009", "file": SimpleUploadedFile("r.csv", rvu)})
    assert "95.53" in text_of(client.get(made.url))
    terms = {
        "payer": claimed.contract.payer_id, "schedule_name": "Medicare 2026", "pct": "105",
        "effective_date": "2026-01-01", "regime": "california", "days": 30, "yearly_pct": 0,
        "citation": "9.1",
    }  # fmt: skip
    assert client.post(reverse("compliance:claim_terms_new"), terms).status_code == 302
    page = text_of(client.get(reverse("compliance:fee_schedule_list")))
    assert "California (AB 3275)" in page
