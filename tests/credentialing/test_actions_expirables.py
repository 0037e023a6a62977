"""Expirables: derived, reminded once, suspended by rule, given back on renewal."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.urls import reverse

from credentialing.actions.expirables import (
    AllowedAlready,
    DayTooEarly,
    EvidenceNeeded,
    LiftedBefore,
    StillExpired,
    allow,
    lift_suspension,
    step_expirables,
)
from credentialing.models import (
    Credential,
    CredentialingEvent,
    Decision,
    Document,
    ExpirableNotice,
    NetworkListing,
    Participation,
    Suspension,
)
from credentialing.queries.expirables import band_counts, expirables, weeks
from credentialing.queries.recredentialing import due_again
from ipaportal.core.roles import Role
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Hold
from tests.credentialing.committees import BEFORE, reviewer, verified_lab
from tests.factories import CLOCK, batch, fact, make_ipa, make_practice, make_practitioner
from tests.networks import make_credential
from tests.people import fresh_client_of, make_user
from tests.proofs import breaches

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def ana():
    """A practitioner with a licence for another 100 days, who takes part through Bell Clinic."""
    make_ipa()
    who, bell = make_practitioner(), make_practice()
    type(who).objects.filter(pk=who.pk).update(email="ana@alvarez.example")
    who.refresh_from_db()
    plan = Party.objects.create(kind="payer", name="SUN Health", code="SUN")
    fact(Participation, batch(), date(2025, 1, 1), practitioner=who, practice=bell,
         payer_party=plan)  # fmt: skip
    who.licence = make_credential(who, expires_date=TODAY + timedelta(days=100))
    return who


def days(count: int) -> datetime:
    return NOW + timedelta(days=count)


def test_reminds_once_at_each_threshold_and_catches_up_without_a_flood(
    ana, django_capture_on_commit_callbacks
):
    make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST)
    with django_capture_on_commit_callbacks(execute=True):
        assert step_expirables(NOW) == 1
        assert step_expirables(NOW) == 0
    assert [m.to for m in mail.outbox] == [["ana@alvarez.example"]]
    assert "state licence CA: until Feb 28, 2027" in mail.outbox[0].subject
    with django_capture_on_commit_callbacks(execute=True):
        assert step_expirables(days(95)) == 1
        assert step_expirables(days(95)) == 0
    assert sorted({m.to[0] for m in mail.outbox[1:]}) == [
        "ana@alvarez.example",
        "novak@ipa.example",
    ]
    found = ExpirableNotice.objects.order_by("-threshold").values_list("threshold", "is_skipped")
    assert list(found) == [(120, False), (90, True), (60, True), (30, True), (7, False)]
    with pytest.raises(DatabaseError), transaction.atomic():
        ExpirableNotice.objects.create(credential=ana.licence, threshold=7, sent_at=NOW)


def test_expiry_suspends_by_rule_and_holds_and_renewal_gives_back(ana):
    clock = days(101)
    assert step_expirables(days(100)) == 1  # its last day is good
    assert Suspension.objects.count() == 0
    assert step_expirables(clock) == 2
    suspension = Suspension.objects.get()
    over = ana.licence.expires_date + timedelta(days=1)
    assert (suspension.effective_date, suspension.credential) == (over, ana.licence)
    part = Participation.objects.current().get()
    assert (part.effective_date, part.end_date) == (date(2025, 1, 1), over)
    hold = Hold.objects.live().get()
    assert (hold.reason, hold.source) == ("credentials", f"suspension:{suspension.pk}")
    assert breaches() == []
    again = {"actor": CLOCK, "suspension_id": suspension.pk, "text": "renewed", "now": clock}
    with pytest.raises(StillExpired):
        lift_suspension(from_date=over, **again)
    Credential.objects.filter(pk=ana.licence.pk).update(superseded_at=clock)
    make_credential(ana, expires_date=over + timedelta(days=700))
    with pytest.raises(DayTooEarly):
        lift_suspension(from_date=over - timedelta(days=1), **again)
    lift_suspension(from_date=over + timedelta(days=9), **again)
    spans = Participation.objects.current().order_by("effective_date")
    assert [(p.effective_date, p.end_date) for p in spans] == [
        (date(2025, 1, 1), over),
        (over + timedelta(days=9), None),
    ]
    assert not Hold.objects.live().exists()
    with pytest.raises(LiftedBefore):
        lift_suspension(from_date=over, **again)
    assert step_expirables(clock) == 0
    assert NetworkListing.objects.count() == 0


def test_grace_needs_its_paper_and_keeps_them_in(ana):
    give = {"actor": CLOCK, "credential_id": ana.licence.pk, "reason": "board outage",
            "kind": "grace", "now": NOW}  # fmt: skip
    until = ana.licence.expires_date + timedelta(days=30)
    with pytest.raises(EvidenceNeeded):
        allow(until_date=until, **give)
    paper = Document.objects.create(
        practitioner=ana, kind="other", name="order.pdf", content_type="application/pdf",
        sha256="0" * 64, size=1, uploaded_by_name="test", uploaded_at=NOW,
    )  # fmt: skip
    with pytest.raises(EvidenceNeeded):
        allow(document_id=paper.pk, until_date=TODAY - timedelta(days=1), **give)
    allow(document_id=paper.pk, until_date=until, **give)
    with pytest.raises(AllowedAlready):
        allow(document_id=paper.pk, until_date=until, **give)
    step_expirables(days(130))
    assert Suspension.objects.count() == 0
    step_expirables(days(131))
    assert Suspension.objects.count() == 1


def test_provisional_day_61_participation_ended(ana):
    event = CredentialingEvent.objects.create(
        practitioner=ana, kind="provisional", status="closed", opened_at=NOW, opened_by_name="x",
        decision_date=TODAY,
    )  # fmt: skip
    Decision.objects.create(
        event=event, outcome="approved", text="clean", level="clean", packet_sha256="",
        decision_date=TODAY, decided_at=NOW, decided_by_id=1, decided_by_name="Dr. Ito",
        notice_due_date=TODAY, ends_date=TODAY + timedelta(days=61),
    )  # fmt: skip
    step_expirables(days(60))
    assert Suspension.objects.count() == 0
    step_expirables(days(61))
    assert "after 60 days" in Suspension.objects.get().reason
    assert Participation.objects.current().get().end_date == TODAY + timedelta(days=61)
    step_expirables(days(62))
    assert Suspension.objects.count() == 1


def test_the_board_is_derived_from_the_credentials(ana):
    make_credential(ana, "board", number="B1", expires_date=TODAY + timedelta(days=20))
    counts = {band.code: count for band, count in band_counts(TODAY)}
    assert counts == {"expired": 0, "two_weeks": 0, "month": 1, "two_months": 0,
                      "three_months": 0, "later": 1}  # fmt: skip
    assert [str(c.kind) for c in expirables(actor=CLOCK, today=TODAY, band="month")] == ["board"]
    assert [str(c.kind) for c in expirables(actor=CLOCK, today=TODAY)] == ["board", "licence"]
    assert sum(week.count for week in weeks(TODAY)) == 1


def test_due_again_comes_half_a_year_before():
    event = verified_lab(reviewer())
    Decision.objects.create(
        event=event, outcome="approved", text="clean", level="clean", packet_sha256="",
        decision_date=TODAY, decided_at=BEFORE, decided_by_id=1, decided_by_name="Dr. Ito",
        notice_due_date=TODAY, next_due_date=date(2029, 11, 30),
    )  # fmt: skip
    assert due_again(actor=CLOCK, today=date(2029, 6, 2)) == []
    (due,) = due_again(actor=CLOCK, today=date(2029, 6, 3))
    assert (due.band, due.open_event) == ("opens", event)
    assert [d.band for d in due_again(actor=CLOCK, today=date(2029, 12, 1), show="lapsed")] == [
        "lapsed"
    ]


def test_pages_show_the_board_and_lift_a_suspension(ana):
    step_expirables(days(101))
    Credential.objects.filter(pk=ana.licence.pk).update(superseded_at=NOW)
    client = fresh_client_of(make_user("ada@ipa.example", Role.NETWORK_ADMIN))
    renewed = make_credential(ana, expires_date=TODAY + timedelta(days=900))
    listed = client.get(reverse("credentialing:expirable_list")).content.decode()
    assert "Suspended by rule" in listed
    assert "more than 90 days" in listed
    detail = reverse("credentialing:expirable_detail", args=[renewed.pk])
    assert "None yet." in client.get(detail).content.decode()
    allowed = reverse("credentialing:expirable_allow", args=[renewed.pk])
    assert client.post(allowed, {"kind": "grace", "reason": "x"}).status_code == 422
    client.post(allowed, {"kind": "waived", "reason": "not needed here"})
    assert "not needed here" in client.get(detail).content.decode()
    suspension = Suspension.objects.get()
    page = reverse("credentialing:suspension_lift", args=[suspension.pk])
    assert "Lift the suspension" in client.get(page).content.decode()
    day = suspension.effective_date.isoformat()
    assert client.post(page, {"from_date": day, "text": "renewed"}).status_code == 302
    assert (
        "Nobody is suspended"
        in client.get(reverse("credentialing:suspension_list")).content.decode()
    )
