"""The search: members by name, number and whole MBI; months, files, statements, payments."""

import pytest
from django.urls import reverse

from capitation.actions.statements import publish_statements
from capitation.models import Payment, PlanFile
from capitation.queries.search import find_in_capitation, in_month
from ipaportal.audit.models import AccessEvent
from ipaportal.core.roles import Role
from tests.capitation.worlds import (
    QUINN,
    SEPTEMBER,
    SEPTEMBER_5,
    give_banks,
    make_small_world,
    pay,
    run_month,
)
from tests.kept import kept
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db


@kept
def world():
    world = make_small_world()
    give_banks(world, SEPTEMBER_5, world.bell)
    run_month(world, SEPTEMBER, SEPTEMBER_5)
    pay(SEPTEMBER_5)
    publish_statements(actor=QUINN, month=SEPTEMBER, now=SEPTEMBER_5)
    return world


@pytest.fixture
def quinn(world):
    return make_user("quinn@ipa.test", Role.FINANCE)


def kinds(user, text):
    return {found.kind for found in find_in_capitation(actor_of(user), text)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026", "(AND: ('month__year', 2026))"),
        ("2026-10", "(AND: ('month__year', 2026), ('month__month', 10))"),
        ("Oct", "(AND: ('month__month', 10))"),
        ("october 2026", "(AND: ('month__month', 10), ('month__year', 2026))"),
        ("2026-13", "None"),
        ("Octavia", "None"),
        ("0000", "(AND: ('pk', None))"),
        ("", "None"),
    ],
)
def test_reads_months_as_people_write_them(text, told):
    assert str(in_month(text)) == told


def test_finds_members_themselves_and_says_whom_it_showed(world, quinn):
    ann = world.members["Ann"]
    client = client_of(quinn)
    kept = client.post(reverse("home:find"), {"to": "/search/", "q": "example, a"})
    page = client.get(kept.url).content.decode()
    assert reverse("capitation:member_detail", args=[ann.pk]) in page
    event = AccessEvent.objects.order_by("-pk").first()
    assert (event.view_name, event.member_ids) == ("home:search", [ann.pk])
    assert kinds(quinn, ann.plan_member_id) == {"Member"}
    desk = make_user("desk@ipa.test", Role.SYSTEM_ADMIN)
    assert kinds(desk, "example") == set()


def test_finds_what_lies_in_a_month_and_what_begins_so(world, quinn):
    file = PlanFile.objects.create(
        payer=world.contract.payer, name="jan.820", sha256="0" * 64, size=1, received_at=SEPTEMBER_5
    )
    assert kinds(quinn, "2026-09") == {"Run", "Statement"}
    assert kinds(quinn, "september") == {"Run", "Statement"}
    assert kinds(quinn, "2026-11") == set()
    assert kinds(quinn, "Bell") == {"Statement", "Payment"}
    assert kinds(quinn, file.name[:3]) == {"Plan file"}
    assert kinds(quinn, file.name[1:]) == set()
    payment = Payment.objects.get(party=world.bell.party)
    assert kinds(quinn, payment.trace_number[:12]) == {"Payment"}


def test_leads_a_practice_to_its_own_panel(world):
    doctor = make_user("alvarez@ipa.test", Role.PROVIDER, party=world.bell.party)
    found = find_in_capitation(actor_of(doctor), "example")
    assert [(one.kind, one.find) for one in found] == [("Members", "example")]
    assert kinds(doctor, "2026-09") == {"Members", "Statement"}
    other = make_user("bell@ipa.test", Role.PROVIDER, party=world.alvarez.party)
    assert kinds(other, "Bell") == {"Members"}
