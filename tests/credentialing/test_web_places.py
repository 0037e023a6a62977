"""Owners and visits of a practice, numbers and listings of a practitioner, through their pages."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentialing.models import Associate, Identifier, NetworkListing, Practice, Practitioner
from credentialing.queries.screening_subjects import everybody
from credentialing.rules.identifiers import fault_of_number
from credentialing.rules.screening_names import split_name
from ipaportal.core.roles import Role
from ipaportal.identity.models import User
from tests.credentialing.screening import make_ana
from tests.kept import kept
from tests.networks import make_location
from tests.people import client_of, make_user
from tests.proofs import breaches

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("name", "parts"), [
    ("Dr. Ana M. Alvarez, MD", ("Ana", "M.", "Alvarez")),
    ("Jan van der Berg", ("Jan", "", "van der Berg")),
    ("T. Novak", ("T.", "", "Novak")),
    ("Quinn", ("", "", "Quinn")),
    ("Maria de la Cruz Jr.", ("Maria", "", "de la Cruz")),
    ("", ("", "", "")),
])  # fmt: skip
def test_splits_a_name_that_somebody_signs_in_with(name, parts):
    assert split_name(name) == parts


@pytest.mark.parametrize(("system", "value", "state", "payer", "is_right"), [
    ("caqh", "12345678", "", False, True), ("caqh", "1234567", "", False, False),
    ("upin", "A12345", "", False, True), ("upin", "12345A", "", False, False),
    ("medicaid", "XA1234", "CA", False, True), ("medicaid", "XA1234", "", False, False),
    ("payer", "7-1", "", True, True), ("payer", "7-1", "", False, False),
])  # fmt: skip
def test_knows_which_numbers_can_be(system, value, state, payer, is_right):
    assert (fault_of_number(system, value, state, has_payer=payer) == "") is is_right


@kept
def bell():
    ana, _ = make_ana()
    make_location(ana.participations.get().practice)
    make_user("nadia@ipa.example", Role.NETWORK_ADMIN, name="Nadia Okafor")
    make_user("quinn@ipa.example", Role.FINANCE, name="Q. Quinn")


@pytest.fixture
def nadia(bell):
    return client_of(User.objects.get(email="nadia@ipa.example"))


def send(client, name, pk, expect=302, **data):
    answer = client.post(reverse(f"credentialing:{name}", args=[pk]), data)
    assert answer.status_code == expect, answer.content[-1500:]
    return " ".join(answer.content.decode().split())


def look(client, name, pk):
    answer = client.get(reverse(f"credentialing:{name}", args=[pk]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_names_owners_of_a_practice_and_visits_of_its_offices(nadia):
    practice = Practice.objects.get()
    person = {"do": "person", "role": "owner", "last_name": "Bell", "first_name": "Bo",
              "ownership_pct": "60", "effective_date": "2020-01-01"}  # fmt: skip
    assert "one of them" in send(nadia, "practice_behind", practice.pk, 422,
                                 **{**person, "business_name": "Bell LLC"})  # fmt: skip
    send(nadia, "practice_behind", practice.pk, **person)
    place = practice.locations.get()
    visit = {"do": "visit", "location": place.pk, "kind": "visit", "checked_by": "R. Lim",
             "result": "passed", "checked_date": "2099-01-01"}  # fmt: skip
    assert "in the future" in send(nadia, "practice_behind", practice.pk, 422, **visit)
    send(nadia, "practice_behind", practice.pk, **{**visit, "checked_date": "2026-01-05"})
    shown = look(nadia, "practice_detail", practice.pk)
    assert "Bo Bell" in shown
    assert "R. Lim" in shown
    bo = Associate.objects.get()
    keys = {subject.key for subject, _ in everybody(timezone.localdate())}
    assert f"associate:{bo.pk}" in keys
    left = {"do": "end", "associate": bo.pk, "end_date": "2020-01-01"}
    assert "began on" in send(nadia, "practice_behind", practice.pk, 422, **left)
    send(nadia, "practice_behind", practice.pk, **{**left, "end_date": "2026-01-01"})
    assert f"associate:{bo.pk}" not in {s.key for s, _ in everybody(date(2026, 1, 1))}
    quinn = client_of(User.objects.get(email="quinn@ipa.example"))
    send(quinn, "practice_behind", practice.pk, 403)
    assert "Owners, managers and visits" not in look(quinn, "practice_detail", practice.pk)


def test_records_numbers_and_lists_somebody_within_their_days(nadia):
    who = Practitioner.objects.get()
    days = who.participations.get()
    number = {"do": "number", "system": "caqh", "value": "1234"}
    assert "eight digits" in send(nadia, "practitioner_known", who.pk, 422, **number)
    send(nadia, "practitioner_known", who.pk, **{**number, "value": "12345678"})
    assert "has this number already" in send(
        nadia, "practitioner_known", who.pk, 422, **{**number, "value": "12345678"}
    )
    assert Identifier.objects.get().value == "12345678"
    listing = {
        "do": "listing", "location": days.practice.locations.get().pk, "network": "Gold HMO",
        "payer": days.payer_party_id, "specialty": "Family Medicine", "care": "pcp",
        "panel": "open", "effective_date": days.effective_date.isoformat(),
    }  # fmt: skip
    early = {**listing, "effective_date": "2001-01-01"}
    assert "does not take part" in send(nadia, "practitioner_known", who.pk, 422, **early)
    send(nadia, "practitioner_known", who.pk, **listing)
    assert "lists Ana Alvarez there" in send(nadia, "practitioner_known", who.pk, 422, **listing)
    assert NetworkListing.objects.get().network.name == "Gold HMO"
    shown = look(nadia, "practitioner_detail", who.pk)
    assert "Gold HMO" in shown
    assert "12345678" in shown
    assert not [name for name in breaches() if "listings" in name]
    listed = NetworkListing.objects.get()
    end = {"do": "unlist", "listing": listed.pk, "end_date": "2001-01-01"}
    assert "from" in send(nadia, "practitioner_known", who.pk, 422, **end)
    last = days.effective_date + timedelta(days=30)
    send(nadia, "practitioner_known", who.pk, **{**end, "end_date": last.isoformat()})
    assert NetworkListing.objects.current().get().end_date == last
    assert NetworkListing.objects.get(pk=listed.pk).end_date is None  # superseded, not edited
    send(nadia, "practitioner_known", who.pk, 422, **{**end, "end_date": last.isoformat()})


def test_screens_whoever_may_sign_in(nadia):
    people = {subject.label: subject for subject, _ in everybody(timezone.localdate())}
    assert people["Nadia Okafor"].people[0].last == "Okafor"
    user = User.objects.get(name="Nadia Okafor")
    assert people["Nadia Okafor"].key == f"user:{user.pk}"
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert f"user:{user.pk}" not in {s.key for s, _ in everybody(timezone.localdate())}
