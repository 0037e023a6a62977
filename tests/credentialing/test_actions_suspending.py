"""Suspending by hand: seen before it is confirmed, held, lifted through the gate; never deleted."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from credentialing.actions.expirables import lift_suspension
from credentialing.actions.gate import NotCredentialed, OnAList, refuse_return
from credentialing.actions.participations import (
    ImpactChanged,
    NoReason,
    NothingToSuspend,
    SuspendedAlready,
    SuspendedBackwards,
    suspend_participation,
)
from credentialing.models import (
    CredentialingEvent,
    Decision,
    Network,
    NetworkListing,
    Participation,
    PractitionerRole,
    ScreeningMatch,
    Suspension,
)
from credentialing.queries.impact import impact_of
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.ledger.models import Hold
from tests.credentialing.screening import CARA, NADIA, NOON, TODAY, make_ana, make_match
from tests.factories import batch, fact, make_practitioner
from tests.kept import kept
from tests.networks import make_location
from tests.people import client_of, fresh_client_of, make_user
from tests.proofs import breaches

pytestmark = pytest.mark.django_db
SOON = TODAY + timedelta(days=1)


@kept
def ana():
    """Ana takes part through Bell Clinic with one plan, and is listed in its directory."""
    who, bell = make_ana()
    payer = Participation.objects.get().payer_party
    network = Network.objects.create(payer_party=payer, name="Sun HMO")
    role = PractitionerRole.objects.create(
        practitioner=who, location=make_location(bell), specialty="Family Medicine"
    )
    fact(NetworkListing, batch(), date(2025, 1, 1), role=role, network=network)
    return who


def suspend(who, *, actor=NADIA, day=SOON, reason="danger to patients", seen=None):
    seen = impact_of(who.pk, day).digest if seen is None else seen
    return suspend_participation(
        actor=actor, practitioner_id=who.pk, effective_date=day, reason=reason,
        seen_digest=seen, now=NOON,
    )  # fmt: skip


def decided(who, outcome="approved", **more):
    """A decision about somebody, as the medical director leaves it behind."""
    event = CredentialingEvent.objects.create(
        practitioner=who, kind="recred", status="closed", opened_at=NOON, opened_by_name="x",
        decision_date=TODAY,
    )  # fmt: skip
    return Decision.objects.create(
        event=event, outcome=outcome, text="clean", level="clean", packet_sha256="",
        decision_date=TODAY, decided_at=NOON, decided_by_id=1, decided_by_name="Dr. Ito",
        notice_due_date=TODAY, **more,
    )  # fmt: skip


def test_ends_days_and_listings_holds_the_payee_and_lifting_adds_them_again(ana):
    suspension = suspend(ana)
    assert Participation.objects.current().get().end_date == SOON
    assert NetworkListing.objects.current().get().end_date == SOON
    hold = Hold.objects.live().get()
    assert (hold.source, hold.reason) == (f"suspension:{suspension.pk}", "credentials")
    assert breaches() == []
    back = SOON + timedelta(days=9)
    lift_suspension(
        actor=NADIA, suspension_id=suspension.pk, from_date=back, text="cleared", now=NOON
    )
    rows = Participation.objects.current().order_by("effective_date")
    assert [(r.effective_date, r.end_date) for r in rows] == [
        (date(2025, 1, 1), SOON),
        (back, None),
    ]
    assert Participation.objects.filter(superseded_no__isnull=False).count() == 1
    assert not Hold.objects.live().exists()
    assert breaches() == []


def test_refuses_by_name_and_leaves_everything_as_it_was(ana):
    with pytest.raises(NotPermitted):
        suspend(ana, actor=CARA)
    with pytest.raises(NoReason):
        suspend(ana, reason=" ")
    with pytest.raises(SuspendedBackwards):
        suspend(ana, day=TODAY - timedelta(days=1))
    other = make_practitioner(2, "Ray")
    with pytest.raises(NothingToSuspend):
        suspend(other)
    with pytest.raises(ImpactChanged):  # seen for another day
        suspend(ana, seen=impact_of(ana.pk, SOON + timedelta(days=1)).digest)
    assert (Suspension.objects.count(), Hold.objects.count()) == (0, 0)
    suspend(ana, day=TODAY)
    with pytest.raises(SuspendedAlready):
        suspend(ana)


def test_nobody_comes_back_past_the_gate(ana):
    suspension = suspend(ana)
    lift = {"actor": NADIA, "suspension_id": suspension.pk, "text": "cleared", "now": NOON}
    make_match(ana, NOON, "leie.csv")
    with pytest.raises(OnAList):
        lift_suspension(from_date=SOON, **lift)
    ScreeningMatch.objects.update(status="cleared")
    decided(ana, ends_date=SOON)
    with pytest.raises(NotCredentialed):  # provisional days were over the day before
        lift_suspension(from_date=SOON, **lift)
    assert Hold.objects.live().filter(source=f"suspension:{suspension.pk}").exists()
    decided(ana, next_due_date=SOON)
    refuse_return(ana, SOON)
    with pytest.raises(NotCredentialed):
        refuse_return(ana, SOON + timedelta(days=1))
    lift_suspension(from_date=SOON, **lift)
    rows = Participation.objects.current().order_by("effective_date")
    assert [(r.effective_date, r.end_date) for r in rows] == [
        (date(2025, 1, 1), SOON),
        (SOON, None),
    ]


def test_pages_show_what_it_does_and_ask_again_when_the_day_is_another(ana):
    nadia = fresh_client_of(make_user("nadia@ipa.example", Role.NETWORK_ADMIN))
    home = reverse("credentialing:practitioner_detail", args=[ana.pk])
    assert "Start with a plan" in nadia.get(home).content.decode()
    quinn = client_of(make_user("quinn@ipa.example", Role.FINANCE))
    assert "Start with a plan" not in quinn.get(home).content.decode()
    page = reverse("credentialing:practitioner_suspend", args=[ana.pk])
    shown = nadia.get(page).content.decode()
    assert "Owed to Bell Clinic, held" in shown
    assert "nobody else is paid there" in shown
    today = date.today()
    sent = {"day": today + timedelta(days=2), "reason": "danger", "basis": "quality",
            "seen": impact_of(ana.pk, today).digest}  # fmt: skip
    answer = nadia.post(page, sent)
    assert answer.status_code == 422
    assert "is not what you looked at" in answer.content.decode()
    sent["seen"] = impact_of(ana.pk, sent["day"]).digest
    assert sent["seen"] in answer.content.decode()
    assert nadia.post(page, sent).url == home
    assert Suspension.objects.get().effective_date == sent["day"]
    assert Suspension.objects.get().basis == "quality"


def test_pages_end_with_one_plan_and_start_for_whoever_is_credentialed(ana):
    nadia = fresh_client_of(make_user("nadia@ipa.example", Role.NETWORK_ADMIN))
    part, today = Participation.objects.current().get(), date.today()
    end = reverse("credentialing:participation_end", args=[ana.pk])
    assert "SUN Health through" in nadia.get(end).content.decode()
    seen = impact_of(ana.pk, today, part.payer_party_id).digest
    sent = {"payer": part.payer_party_id, "day": today, "reason": "moves away", "seen": seen}
    assert nadia.post(end, sent).status_code == 302
    assert Participation.objects.current().get().end_date == today
    start = reverse("credentialing:participation_start", args=[ana.pk])
    shown = nadia.get(start).content.decode()
    assert "none stands" in shown
    assert "Not screened" in shown
    sent = {"practice": part.practice_id, "payer": part.payer_party_id, "effective_date": today}
    assert nadia.post(start, sent).status_code == 422
    decided(ana, next_due_date=today + timedelta(days=900))
    assert nadia.post(start, sent).status_code == 302
    assert Participation.objects.current().count() == 2
