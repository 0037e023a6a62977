"""What the demo's IPA knew of its doctors on paper: who they are, what they hold, where listed."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Min

from credentialing.actions.credentials import record_credential
from credentialing.models import (
    Credential,
    Decision,
    Network,
    NetworkListing,
    Participation,
    Practitioner,
    PractitionerRole,
)
from ipaportal.audit.actions import action, record
from ipaportal.audit.batches import NETWORK, open_batch
from ipaportal.core.actors import Actor
from ipaportal.home.demo.applicants import TAXONOMIES, cover_number, dea_number, licence_number
from ipaportal.home.demo.names import FIRST_NAMES, STATE
from ipaportal.home.demo.network import STARS
from ipaportal.identity.models import Party

NETWORK_NAME = "Advantage HMO"
# Days until each licence in turn ends; the last of a hundred or so are renewed this year.
FIRST_DAY, STEP, SPAN = 24, 37, 700
EXPIRED_AGO = timedelta(days=12)


@action("home.build_demo")
def take_over_people(*, actor: Actor, now: datetime) -> int:
    """Say of each imported doctor what they are; counts them."""
    women = set(FIRST_NAMES["F"])
    people = list(Practitioner.objects.filter(provider_type=""))
    for place, who in enumerate(people):
        degree = "DO" if place % 5 == 4 else "MD"
        who.provider_type, who.degree = degree.lower(), degree
        who.gender = "F" if who.first_name in women else "M"
        who.taxonomy = TAXONOMIES.get(who.specialty, "")
    fields = ["provider_type", "degree", "gender", "taxonomy"]
    Practitioner.objects.bulk_update(people, fields)
    record(actor=actor, action="home.demo.people_taken_over", people=len(people))
    return len(people)


def take_over_credentials(*, specialist: Actor, today: date, now: datetime) -> int:
    """Record a licence, a DEA registration and the cover of everybody who has none in force."""
    held = Credential.objects.current().filter(expires_date__gte=today, kind="licence")
    people = list(Practitioner.objects.exclude(pk__in=held.values("practitioner")).order_by("npi"))
    lapsed = _whose_licence_is_over(people)
    for place, who in enumerate(people):
        days = timedelta(days=FIRST_DAY + place * STEP % SPAN)
        ends = today - EXPIRED_AGO if who == lapsed else today + days
        _record(specialist, who, now, kind="licence", state=STATE, expires_date=ends,
                number=licence_number(who.npi))  # fmt: skip
        _record(specialist, who, now, kind="dea", state=STATE, expires_date=today + 2 * days,
                number=dea_number(who.npi))  # fmt: skip
        _record(specialist, who, now, kind="coverage", number=cover_number(who.npi),
                issuer="Tidewater Mutual", per_claim_cents=100_000_000,
                aggregate_cents=300_000_000,
                expires_date=today + timedelta(days=60) + days / 2)  # fmt: skip
    return len(people)


def _record(actor: Actor, who: Practitioner, now: datetime, **values: object) -> None:
    record_credential(actor=actor, practitioner_id=who.pk, now=now, **values)


def _whose_licence_is_over(people: Iterable[Practitioner]) -> Practitioner | None:
    """A doctor with colleagues in a practice that no other story is told of."""
    for who in people:
        if who.cycles.exists():
            continue
        row = who.participations.current().select_related("practice").first()
        if row is None or row.practice.name in STARS:
            continue
        colleagues = row.practice.participations.current().exclude(practitioner=who)
        if colleagues.exists():
            return who
    return None


@action("home.build_demo")
def list_doctors(*, actor: Actor, payer_party_id: int, now: datetime) -> int:
    """
    List everybody who takes part with a payer in its network, where their practice is.

    Nobody from a day before their first decision.
    """
    payer = Party.objects.get(pk=payer_party_id)
    network, _ = Network.objects.get_or_create(
        payer_party=payer, name=NETWORK_NAME, line_of_business="Medicare Advantage"
    )
    batch = open_batch(actor=actor, scopes=[NETWORK], description="listings of the demo", now=now)
    rows = Participation.objects.current().filter(payer_party=payer)
    first = Decision.objects.filter(event__practitioner__isnull=False)
    decided = dict(
        first.values_list("event__practitioner").annotate(first=Min("decision_date")).order_by()
    )
    listed = 0
    for row in rows.select_related("practitioner", "practice").order_by("pk"):
        location = row.practice.locations.order_by("pk").first()
        role, is_new = PractitionerRole.objects.get_or_create(
            practitioner=row.practitioner,
            location=location,
            specialty=row.practitioner.specialty,
            defaults={"taxonomy": row.practitioner.taxonomy},
        )
        if not is_new:
            continue
        NetworkListing.objects.create(
            role=role,
            network=network,
            effective_date=max(row.effective_date, decided.get(row.practitioner_id, date.min)),
            end_date=row.end_date,
            fact_no=batch.pk,
            recorded_at=now,
        )
        listed += 1
    record(actor=actor, action="home.demo.doctors_listed", subject=network, listed=listed)
    return listed
