"""The demo's living network: everybody's credentials, files at every stage, a plan that audits."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from capitation.models import Payer
from credentialing.actions.expirables import step_expirables
from credentialing.models import Committee, Credential, Delegation, Facility, Practitioner
from ipaportal.core.actors import Actor
from ipaportal.home.demo import delegated, desk, directory, files, hearings, taken_over
from ipaportal.home.demo.committee import People, hold_committee
from ipaportal.home.demo.people import person
from ipaportal.home.demo.screening import namesakes, screen_network
from ipaportal.home.demo.world import JUNIPER

# How many of the network's doctors the portal has decided about, of a hundred.
DECIDED_PCT = 10


def live_network(
    *, people: People, compliance: Actor, since: datetime, now: datetime, say: Callable[[str], None]
) -> None:
    """Let the network live, each part whole or not at all, and none twice."""
    payer = Payer.objects.get(party__code=JUNIPER.code)
    if not Committee.objects.exists():
        with transaction.atomic():
            _work_files(people, since, now)
    screen_network(specialist=people.specialist, compliance=compliance, now=now)
    if not Delegation.objects.exists():
        with transaction.atomic():
            _serve_the_plan(people, payer.party_id, now)
    with transaction.atomic():
        directory.open_directory(people, now)
    step_expirables(now)
    doctors, held = Practitioner.objects.count(), Credential.objects.current().count()
    places = Facility.objects.count()
    say(f"{doctors} practitioners with {held:,} credentials, theirs and of {places} facilities.")


def _work_files(people: People, since: datetime, now: datetime) -> None:
    taken_over.take_over_people(actor=Actor.system("demo"), now=since)
    files.leave_open(people, now)  # first, so that the demo's sign-in offers these applicants
    chosen = files.undecided({one.pk for one in namesakes()})
    most = max(files.LEAST_DECIDED, Practitioner.objects.count() * DECIDED_PCT // 100)
    files.decide_doctors(people, chosen[:most], now)
    taken_over.take_over_credentials(specialist=people.specialist, today=now.date(), now=since)
    decided, coming = files.before_the_committee(people, (chosen[1:2] or [None])[0], now)
    hold_committee(people=people, now=now, decided=decided, coming=coming)
    files.decide_facilities(people, now)
    desk.hear_complaints(people.specialist, now)
    desk.bring_decisions(people.specialist, now)
    desk.bring_facilities(people.specialist, now)
    desk.share_out((people.specialist, people.admin), now)
    hearings.fill_docket(people, chosen[:most], now)


def _serve_the_plan(people: People, payer_party_id: int, now: datetime) -> None:
    both = delegated.Desk(people.admin, people.specialist)
    clerk = Actor.system("demo")
    taken_over.list_doctors(actor=clerk, payer_party_id=payer_party_id, now=now)
    delegation = delegated.delegate(both, payer_party_id=payer_party_id, now=now)
    delegated.tell_the_plan(both, delegation, now=now)
    delegated.let_the_plan_audit(
        both,
        auditor=person("juniper.auditor", now.date()),
        payer_party_id=payer_party_id,
        now=now,
    )
