"""Authorizations: entered, loaded, and asked when a claim comes in for a service that needs one."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from compliance.actions.authorizations import (
    AuthorizationsUnusable,
    load_authorizations,
    require_authorization,
)
from compliance.models import Authorization, Claim
from ipaportal.core.roles import Role
from tests.capitation.worlds import QUINN, SmallWorld
from tests.compliance.claimfiles import a_line
from tests.compliance.claiming import NOV_2, make_priced_world, of_bell, states, take_in
from tests.kept import kept
from tests.people import make_user
from tests.stories.attacks import signed_in_afresh, text_of

pytestmark = pytest.mark.django_db
HEAD = "number,member,npi,service,units,from,to\n"


@kept
def world() -> SmallWorld:
    made = make_priced_world()
    require_authorization(
        actor=QUINN, payer_id=made.contract.payer_id, procedure="99214",
        effective_date=date(2026, 1, 1), citation="Annex 5", now=NOV_2,
    )  # fmt: skip
    return made


def load(world, *lines: str) -> int:
    data = (HEAD + "\n".join(lines)).encode()
    return load_authorizations(actor=QUINN, payer_id=world.contract.payer_id, data=data, now=NOV_2)


def sent(world, ref: str, units: str = "1", **changes):
    cents = 100_00 + int(ref[1:])
    return of_bell(world, ref, a_line("99214", cents, units=units), **changes)


def test_a_claim_waits_for_the_authorization_it_needs(world):
    load(world, "N1,M-RAY,,99214,2,20261001,20261031")
    file = take_in(
        world, sent(world, "A1", authorization="N1"), sent(world, "A2", authorization="N9"),
        of_bell(world, "A4"), sent(world, "A5"), sent(world, "A6"),
    )  # fmt: skip
    assert states(file) == {
        "A1": ("ready", ""), "A2": ("waiting", "no_authorization"),
        "A4": ("ready", ""), "A5": ("ready", ""),
        "A6": ("waiting", "no_authorization"),  # the third of two units
    }  # fmt: skip
    assert Claim.objects.get(ref="A2").detail == "99214: no authorization N9 for it"
    assert "more units than are left" in Claim.objects.get(ref="A6").detail
    # What an earlier file used is used.
    later = take_in(world, sent(world, "A7"), number=8)
    assert states(later) == {"A7": ("waiting", "no_authorization")}


def test_a_list_is_taken_whole_or_not_at_all_and_replaces_what_is_known(world):
    assert load(world, "N1,M-RAY,,99214,2,20261001,20261031") == 1
    with pytest.raises(AuthorizationsUnusable, match="line 3: member M-NOBODY is none"):
        load(world, "N2,M-ANN,,99214,1,20261001,20261001", "N3,M-NOBODY,,99214,1,20261001,20261001")
    with pytest.raises(AuthorizationsUnusable, match="a first and a last day, in this order"):
        load(world, "N2,M-ANN,,99214,1,20261002,20261001")
    load(world, "N1,M-RAY,,99214,5,20261001,20261031")
    assert [(a.units, a.end_date) for a in Authorization.objects.filter(superseded_at=None)] == [
        (5, date(2026, 11, 1))
    ]
    assert Authorization.objects.count() == 2


def test_pages_enter_load_and_name_services(world):
    client = signed_in_afresh(make_user("quinn@ipa.example", Role.FINANCE))
    payer, listed = world.contract.payer_id, reverse("compliance:authorization_list")
    one = {"payer": payer, "number": "N7", "member_ref": "M-RAY", "procedure": "99214",
           "units": "3", "start": "2026-10-01", "last": "2026-09-30"}  # fmt: skip
    new = reverse("compliance:authorization_new")
    assert "lies before the first day" in text_of(client.post(new, one))
    assert client.post(new, one | {"last": "2026-10-31"}).url == listed
    loading = reverse("compliance:authorization_load")
    data = (HEAD + "AUTH8,M-ANN,,99214,1,20261001,20261031\n").encode()
    given = {"payer": payer, "file": SimpleUploadedFile("a.csv", data)}
    assert client.post(loading, given).url == listed
    rule = {"payer": payer, "procedure": "j1100", "effective_date": "2026-10-01", "citation": "5"}
    assert client.post(reverse("compliance:authorization_rule_new"), rule).url == listed
    page = text_of(client.get(listed))
    assert all(words in page for words in ("N7", "AUTH8", "J1100", "Annex 5", "2026-10-31"))
    assert "AUTH8" not in text_of(client.get(listed, {"q": "N7"}))
