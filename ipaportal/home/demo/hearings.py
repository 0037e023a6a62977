"""The demo's docket: one doctor who was told and may ask for a hearing, one who asked for it."""

from datetime import datetime, timedelta

from credentialing.actions.adverse import open_action, send_notice
from credentialing.actions.hearings import record_request
from credentialing.actions.npdb import record_query
from credentialing.models import AdverseAction, Participation, Practitioner
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.home.demo.committee import People
from ipaportal.home.demo.people import DOMAIN
from ipaportal.identity.actions.demo import add_demo_person

TOLD_AGO, ASKED_AGO = timedelta(days=25), timedelta(days=9)


def fill_docket(people: People, decided: list[Practitioner], now: datetime) -> None:
    """Two adverse actions of doctors who take part, and queries of the NPDB about others."""
    if AdverseAction.objects.exists() or len(decided) < 2:
        return
    # The last of those whom the portal decided about: their colleagues stay as they are.
    told, asks = decided[-2:]
    row = _propose(
        people, asks, now - TOLD_AGO, kind="termination", basis="quality",
        reasons="Four of ten charts of the last audit show abnormal results without follow-up, "
        "after the plan of correction of May.",
        effective_date=(now + timedelta(days=30)).date(),
    )  # fmt: skip
    record_request(
        actor=people.specialist, action_id=row.pk, received_date=(now - ASKED_AGO).date(),
        text="Their lawyer asks for a hearing and for the charts.", now=now - ASKED_AGO,
    )  # fmt: skip
    _propose(
        people, told, now - timedelta(days=8), kind="restriction", basis="quality",
        limits="no new members until ten charts were reviewed", closes_panel=True,
        reasons="Three complaints about follow-up were upheld since March.",
        effective_date=now.date(),
    )  # fmt: skip
    _give_account(told, now)
    for number, who in enumerate(decided[:6]):
        record_query(
            actor=people.specialist, practitioner_id=who.pk,
            kind="continuous" if number % 2 else "query", reference=f"55000{number + 1:04}",
            on_date=(now - timedelta(days=40 - number)).date(), now=now,
        )  # fmt: skip


def _propose(people: People, who: Practitioner, at: datetime, **about: object) -> AdverseAction:
    row = open_action(actor=people.director, practitioner_id=who.pk, now=at, **about)
    number = f"9400 1000 0000 {who.pk:04}"
    send_notice(actor=people.specialist, action_id=row.pk, tracking=number, now=at)
    return row


def _give_account(who: Practitioner, now: datetime) -> None:
    """Whom the notice is about signs in, reads it, and may ask for a hearing."""
    who.refresh_from_db()
    if who.user_id is not None:
        return
    through = Participation.objects.current().filter(practitioner=who).first()
    user = add_demo_person(
        actor=Actor.system("demo"),
        email=f"{who.last_name.lower()}.{who.pk}@{DOMAIN}",
        name=f"Dr. {who.first_name} {who.last_name}",
        role=Role.PROVIDER,
        party_id=through.practice.party_id,
        today=now.date(),
        end_date=None,
    )
    who.user = user
    who.save(update_fields=["user"])
