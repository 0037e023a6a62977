"""An auditor of a plan is invited by who manages the audit: into that plan's room, no further."""

from datetime import timedelta

import pytest
from django.core import signing
from django.urls import reverse

from compliance.actions.audit_rooms import BadLastDay, NotAPlans
from compliance.actions.guest_invitations import InvitedOtherwise, invite_guest
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.identity.actions.invitations import accept_invitation, invite_user, token_of
from ipaportal.identity.actions.refusals import AlreadyAUser, NotYours
from ipaportal.identity.actions.users import grant_role
from ipaportal.identity.models import Grant, Invitation
from tests.compliance.auditing import NOON, notice
from tests.kept import kept
from tests.people import PASSWORD, actor_of, client_of, fresh_client_of, make_party, make_user

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
LAST = TODAY + timedelta(days=30)


@kept
def audited():
    """A plan's audit, our own, an officer, finance and an administrator."""
    people = {
        "osei": make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER),
        "quinn": make_user("quinn@ipa.example", Role.FINANCE),
        "admin": make_user("admin@ipa.example", Role.SYSTEM_ADMIN),
    }
    plan = make_party("payer", "SUN Health")
    osei = actor_of(people["osei"])
    return people | {"plan": plan, "audit": notice(osei, plan), "own": notice(osei, None, "Own")}


def invite(who, audit, **changed: object) -> Invitation:
    given = {"email": "Haldane@sun.example", "name": "R. Haldane", "until_date": LAST, "now": NOON}
    return invite_guest(actor=actor_of(who), audit_id=audit.pk, **given | changed)


def test_who_accepts_is_an_auditor_of_that_plan_until_the_day_and_nothing_else(audited):
    made = invite(audited["osei"], audited["audit"])
    user = accept_invitation(
        actor=Actor.system("link"), token=token_of(made), name="R. Haldane", password=PASSWORD,
        now=NOON, today=TODAY,
    )  # fmt: skip
    grant = Grant.objects.get(user=user)
    assert (grant.role, grant.party, grant.end_date) == (
        Role.PLAN_AUDITOR, audited["plan"], LAST + timedelta(days=1),
    )  # fmt: skip
    guest = client_of(user)
    assert guest.get(reverse("compliance:plan_audit_list")).url == reverse("mfa_index")
    room = reverse("compliance:plan_audit", args=[audited["audit"].pk])
    assert guest.get(room).url == reverse("mfa_index")


def test_nobody_gives_more_by_it_nor_replaces_what_others_gave(audited):
    osei, admin, audit = (audited[key] for key in ("osei", "admin", "audit"))
    with pytest.raises(NotPermitted):
        invite(audited["quinn"], audit)
    given = {"email": "x@sun.example", "name": "X", "now": NOON, "grant_end_date": LAST}
    with pytest.raises((NotPermitted, NotYours)):
        invite_user(
            actor=actor_of(osei), party_id=audited["plan"].pk, role=Role.PLAN_AUDITOR, **given
        )
    with pytest.raises((NotPermitted, NotYours)):
        grant_role(
            actor=actor_of(osei), user_id=audited["quinn"].pk, party_id=audited["plan"].pk,
            role=Role.PLAN_AUDITOR, today=TODAY, end_date=LAST,
        )  # fmt: skip
    before = Grant.objects.count()
    with pytest.raises(AlreadyAUser, match="Nothing was changed"):
        invite(osei, audit, email="quinn@ipa.example")
    other = invite_user(
        actor=actor_of(admin), party_id=Grant.objects.get(user=admin).party_id,
        role=Role.SYSTEM_ADMIN, **given | {"grant_end_date": None},
    )  # fmt: skip
    with pytest.raises(InvitedOtherwise, match="Nobody was invited"):
        invite(osei, audit, email="X@sun.example")
    other.refresh_from_db()
    assert (other.withdrawn_at, other.role, Grant.objects.count()) == (
        None, Role.SYSTEM_ADMIN, before,
    )  # fmt: skip


def test_only_the_open_audit_of_a_plan_invites_and_only_until_a_day_that_is_near(audited):
    osei = audited["osei"]
    with pytest.raises(NotAPlans, match="Nothing was changed"):
        invite(osei, audited["own"])
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=181)):
        with pytest.raises(BadLastDay, match="Nobody was let in"):
            invite(osei, audited["audit"], until_date=day)
    assert not Invitation.objects.exists()


def test_a_newer_invitation_to_the_same_room_ends_the_one_before(audited):
    first = invite(audited["osei"], audited["audit"])
    invite(audited["osei"], audited["audit"])
    first.refresh_from_db()
    assert first.withdrawn_at == NOON


def test_what_is_sent_is_what_was_read_by_whom_and_for_which_audit(audited, settings):
    settings.EMAIL_HOST = ""
    here = reverse("compliance:audit_guest_invite", args=[audited["audit"].pk])
    typed = {"name": "R. Haldane", "email": "haldane@sun.example", "until_date": f"{LAST:%Y-%m-%d}"}
    stale = client_of(audited["osei"]).post(here, typed)
    assert (stale.status_code, Invitation.objects.exists()) == (302, False)
    officer = fresh_client_of(audited["osei"])
    read = officer.post(here, typed)
    assert (read.status_code, Invitation.objects.exists()) == (200, False)
    assert b"auditor of SUN Health" in read.content
    code = read.context["form"].initial["code"]
    salt = "compliance.guest_invitation"
    sealed = signing.loads(code, salt=salt)
    for changed in ({"audit": 999_999}, {"by": 999_999}):
        forged = signing.dumps(sealed | changed, salt=salt)
        assert officer.post(here, {"code": forged}).status_code == 422
    assert officer.post(here, {"code": f"{code}x"}).status_code == 422
    sent = officer.post(here, {"code": code, "role": "system_admin", "email": "mallory@x.example"})
    assert sent.status_code == 200
    made = Invitation.objects.get()
    assert (made.email, made.role) == ("haldane@sun.example", Role.PLAN_AUDITOR)
    assert made.party == audited["plan"]
    own = reverse("compliance:audit_guest_invite", args=[audited["own"].pk])
    assert officer.get(own).status_code == 404
    guests = reverse("compliance:audit_guests", args=[audited["audit"].pk])
    assert b"haldane@sun.example" in officer.get(guests).content
