"""Interests disclosed in a campaign bar votes and awards by themselves, until the next campaign."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from compliance.actions.campaigns import launch_campaign
from credentialing.actions.deciding import cast_vote, make_motion, recuse
from credentialing.actions.room import InterestDisclosed
from credentialing.actions.sitting import cast_own_vote
from credentialing.models import Seat, Vote
from credentialing.queries.committees import conflicts_of
from ipaportal.core.roles import Role
from ipaportal.identity.models import Interest
from ipaportal.identity.queries.interests import interest_in
from tests.compliance.disclosing import BEFORE, disclosed
from tests.credentialing.committees import MEETS, make_committee, opened, reviewer, verified_lab
from tests.factories import CLOCK
from tests.people import actor_of, fresh_client_of, make_party, make_user

pytestmark = pytest.mark.django_db


def test_an_interest_stands_from_its_disclosure_until_the_next(django_user_model):
    supplier, other = make_party("supplier", "Harbor"), make_party("supplier", "Second")
    user = make_user("weiss@ipa.example", Role.MEDICAL_DIRECTOR)
    first = disclosed(user, parties=[supplier], npis=["2990000018"])
    asked = {"user_id": user.pk, "party_ids": [supplier.pk]}
    assert interest_in(at=BEFORE - timedelta(seconds=1), **asked) is None
    assert interest_in(at=BEFORE, **asked).source == f"attestation:{first.pk}"
    year_later = BEFORE + timedelta(days=365)
    second = disclosed(user, at=year_later, parties=[other])
    assert interest_in(at=year_later - timedelta(seconds=1), **asked) is not None
    assert interest_in(at=year_later, **asked) is None
    assert interest_in(at=year_later, user_id=user.pk, npis=["2990000018"]) is None
    assert interest_in(at=year_later, user_id=user.pk, party_ids=[other.pk]) is not None
    assert interest_in(at=year_later, user_id=None, party_ids=[other.pk]) is None
    assert {one.ended_by for one in Interest.objects.exclude(ended_at=None)} == {
        f"attestation:{second.pk}"
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        Interest.objects.update(npi="")


def test_it_bars_the_vote_of_whoever_has_it_and_of_nobody_else():
    novak, seats = reviewer(), make_committee()
    meeting = opened(seats, verified_lab(novak))
    item = meeting.items.get()
    weiss = make_user("weiss@ipa.example", Role.MEDICAL_DIRECTOR)
    Seat.objects.filter(pk=seats["Weiss"].pk).update(user=weiss)
    moved = {"mover_id": seats["Okafor"].pk, "seconder_id": seats["Lindqvist"].pk, "now": MEETS}
    motion = make_motion(actor=novak, item_id=item.pk, kind="approved", text="fine", **moved)
    npi = item.event.practitioner.npi if item.event.practitioner else item.event.facility.npi
    disclosed(weiss, npis=[npi])
    given = {"motion_id": motion.pk, "choice": "for", "now": MEETS}
    with pytest.raises(InterestDisclosed, match="recuse"):
        cast_own_vote(actor=actor_of(weiss), **given)
    with pytest.raises(InterestDisclosed):
        cast_vote(actor=novak, seat_id=seats["Weiss"].pk, **given)
    assert not Vote.objects.exists()
    assert cast_vote(actor=novak, seat_id=seats["Okafor"].pk, **given).choice == "for"
    assert conflicts_of(item)[seats["Weiss"].pk] == "disclosed an interest"
    disclosed(weiss, at=MEETS - timedelta(seconds=1))
    assert cast_vote(actor=novak, seat_id=seats["Weiss"].pk, **given).choice == "for"


def test_who_may_not_vote_may_not_move_and_may_step_aside():
    novak, seats = reviewer(), make_committee()
    item = opened(seats, verified_lab(novak)).items.get()
    weiss = make_user("weiss@ipa.example", Role.MEDICAL_DIRECTOR)
    Seat.objects.filter(pk=seats["Weiss"].pk).update(user=weiss)
    npi = item.event.practitioner.npi if item.event.practitioner else item.event.facility.npi
    disclosed(weiss, npis=[npi])
    with pytest.raises(InterestDisclosed):
        make_motion(actor=novak, item_id=item.pk, kind="approved", text="fine", now=MEETS,
                    mover_id=seats["Weiss"].pk, seconder_id=seats["Okafor"].pk)  # fmt: skip
    assert recuse(actor=novak, item_id=item.pk, seat_id=seats["Weiss"].pk, reason="interest",
                  now=MEETS).seat == seats["Weiss"]  # fmt: skip


def test_the_form_takes_them_and_refuses_what_is_no_npi():
    supplier = make_party("supplier", "Harbor Medical")
    user = make_user("weiss@ipa.example", Role.MEDICAL_DIRECTOR)
    campaign = launch_campaign(
        actor=CLOCK, kind="conflicts", title="Interests", text="Disclose.", questions=[],
        roles=["medical_director"], due_date=BEFORE.date() + timedelta(days=900), now=BEFORE,
    )  # fmt: skip
    page = reverse("compliance:attest", args=[campaign.people.get().pk])
    browser = fresh_client_of(user)
    assert "Harbor Medical" in browser.get(page).content.decode()
    form = {"seen": campaign.content_sha256, "statement": "shares", "interests": [supplier.pk],
            "npis": "123"}  # fmt: skip
    assert "no NPI" in browser.post(page, form).content.decode()
    assert browser.post(page, form | {"npis": ""}).status_code == 302
    assert Interest.objects.get().party == supplier
