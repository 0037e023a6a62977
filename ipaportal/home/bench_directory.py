"""The directory of a bench's network: offices, who works there in which networks, facilities."""

import random
from datetime import date, timedelta

from django.utils import timezone

from credentialing.models import (
    DirectoryCheck,
    Facility,
    Language,
    Location,
    Network,
    NetworkListing,
    NetworkPolicy,
    Participation,
    Practice,
    PractitionerRole,
)
from credentialing.rules.npi import with_check_digit
from credentialing.rules.policies import DIRECTORY
from ipaportal.audit.batches import NETWORK, open_batch
from ipaportal.core.actors import Actor

OFFICES, FACILITIES = 4, 400
CITIES = ("Fresno", "Clovis", "Madera", "Selma", "Sanger", "Reedley", "Kerman", "Fowler")
SPECIALTIES = ("Family Medicine", "Cardiology", "Pediatrics", "Dermatology", "Psychiatry")


def open_directory(dice: random.Random) -> None:
    """Everybody who takes part works at one or two offices and is listed by their plans."""
    today, now = timezone.localdate(), timezone.now()
    offices = _make_offices(dice, today)
    networks = {
        payer: Network.objects.create(payer_party_id=payer, name="Gold").pk
        for payer in Participation.objects.values_list("payer_party_id", flat=True).distinct()
    }
    places = list(
        Participation.objects.current().values_list(
            "practitioner_id", "practice_id", "payer_party_id"
        )
    )
    roles = _make_roles({row[:2] for row in places}, offices, dice)
    no = open_batch(actor=Actor.system("clock"), scopes=[NETWORK], description="bench", now=now).pk
    NetworkListing.objects.bulk_create(
        [
            NetworkListing(role_id=role, network_id=networks[payer], fact_no=no, recorded_at=now,
                           effective_date=date(2024, 1, 1))
            for who, practice, payer in places
            for role in roles[who, practice]
        ],
        batch_size=2000,
    )  # fmt: skip
    _make_facilities()
    NetworkPolicy.objects.create(
        topic=DIRECTORY, is_on=True, from_date=today - timedelta(days=400), note="bench",
        recorded_at=now, recorded_by_name="bench",
    )  # fmt: skip


def _make_offices(dice: random.Random, today: date) -> dict[int, list[int]]:
    made = Location.objects.bulk_create(
        [
            Location(practice_id=practice, line=f"{number} Main St", state="CA", phone="5595550100",
                     city=dice.choice(CITIES), zip_code=f"93{number:03}")
            for practice in Practice.objects.values_list("pk", flat=True)
            for number in range(OFFICES)
        ]
    )  # fmt: skip
    DirectoryCheck.objects.bulk_create(
        [
            DirectoryCheck(
                location=office,
                confirmed_date=today - timedelta(days=dice.randrange(110) + ago),
                content={}, confirmed_by_name="bench", confirmed_at=timezone.now(),
            )
            for office in made
            for ago in (0, 90, 180)
            if dice.random() < 0.9
        ],
        batch_size=2000,
    )  # fmt: skip
    found: dict[int, list[int]] = {}
    for office in made:
        found.setdefault(office.practice_id, []).append(office.pk)
    return found


def _make_roles(
    who: set[tuple[int, int]], offices: dict[int, list[int]], dice: random.Random
) -> dict[tuple[int, int], list[int]]:
    made = PractitionerRole.objects.bulk_create(
        [
            PractitionerRole(practitioner_id=person, location_id=office,
                             specialty=SPECIALTIES[person % len(SPECIALTIES)],
                             panel="open" if dice.random() < 0.8 else "closed")
            for person, practice in sorted(who)
            for office in dice.sample(offices[practice], dice.choice([1, 1, 2]))
        ],
        batch_size=2000,
    )  # fmt: skip
    Language.objects.bulk_create(
        [
            Language(practitioner_id=person, language=dice.choice(["Spanish", "Hmong", "Tagalog"]),
                     spoken_by="self", recorded_by_name="bench", recorded_at=timezone.now())
            for person in sorted({person for person, _ in who})
            if dice.random() < 0.4
        ],
        batch_size=2000,
    )  # fmt: skip
    of_office = {office: practice for practice, those in offices.items() for office in those}
    found: dict[tuple[int, int], list[int]] = {}
    for role in made:
        key = role.practitioner_id, of_office[role.location_id]
        found.setdefault(key, []).append(role.pk)
    return found


def _make_facilities() -> None:
    Facility.objects.bulk_create(
        [
            Facility(
                kind="hospital", legal_name=f"Hospital {number}", tin=f"98{number:07}",
                npi=with_check_digit(f"2{number:08}"), line=f"{number} Elm St", city="Fresno",
                state="CA", zip_code="93701", status="active",
            )
            for number in range(FACILITIES)
        ]
    )  # fmt: skip
