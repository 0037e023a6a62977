"""People and places: what the tables refuse, what is encrypted, what is never changed."""

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from credentialing.models import Credential, NetworkListing, PersonName, PractitionerRole
from credentialing.models.networks import Network
from credentialing.models.secrets import birth_date_of, ssn_index, ssn_of
from credentialing.queries.subjects import subjects
from ipaportal.core.encryption import EncryptionFailed
from tests.factories import (
    NOON,
    batch,
    fact,
    make_contract,
    make_ipa,
    make_practice,
    make_practitioner,
)
from tests.networks import (
    give_name,
    give_secrets,
    make_associate,
    make_credential,
    make_facility,
    make_location,
)
from tests.proofs import breaches

pytestmark = pytest.mark.django_db
BORN = date(1970, 2, 28)


def refused(make, **values):
    with pytest.raises(IntegrityError), transaction.atomic():
        make(**values)


def test_keeps_birth_date_and_ssn_encrypted_for_their_row():
    ana, bo = make_practitioner(1), make_practitioner(2, "Bo")
    give_secrets(ana, BORN, "899-77-6655")
    ana.refresh_from_db()
    assert (birth_date_of(ana), ssn_of(ana), ana.ssn_last4) == (BORN, "899776655", "6655")
    assert ana.ssn_index == ssn_index("899 77 6655") != ssn_index("899776656")
    assert b"899" not in bytes(ana.ssn_encrypted)
    bo.birth_date_encrypted = ana.birth_date_encrypted
    with pytest.raises(EncryptionFailed):
        birth_date_of(bo)
    give_secrets(ana)
    assert (birth_date_of(ana), ssn_of(ana), ana.ssn_index) == (None, "", "")


def test_keeps_no_secret_in_the_history():
    columns = {f.name for f in type(make_practitioner()).pgh_event_model._meta.get_fields()}
    assert not [name for name in columns if "ssn_e" in name or "birth" in name or "index" in name]


def test_refuses_credentials_that_cannot_be():
    ana, hospital = make_practitioner(), make_facility()
    refused(lambda: make_credential(ana, state=""))
    refused(lambda: make_credential(ana, "dea", number="AB123"))
    refused(lambda: make_credential(hospital, "clia", number="5D1234567"))
    refused(lambda: make_credential(ana, "coverage", per_claim_cents=2, aggregate_cents=1))
    refused(lambda: make_credential(ana, issued_date=BORN, expires_date=date(1970, 2, 27)))
    make_credential(ana)
    refused(lambda: make_credential(ana))
    assert Credential.objects.count() == 1


def test_supersedes_a_credential_once_and_never_edits_it():
    old = make_credential(make_practitioner(), expires_date=date(2026, 5, 31))
    for change in ({"expires_date": date(2028, 5, 31)}, {"superseded_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Credential.objects.filter(pk=old.pk).update(**change)
    Credential.objects.filter(pk=old.pk).update(superseded_at=NOON)
    with pytest.raises(DatabaseError), transaction.atomic():
        Credential.objects.filter(pk=old.pk).update(superseded_at=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        old.delete()
    renewed = make_credential(old.practitioner, expires_date=date(2028, 5, 31))
    assert list(Credential.objects.current()) == [renewed]


def test_names_everybody_who_is_screened_with_every_name():
    ipa, bell, hospital = make_ipa(), make_practice(), make_facility()
    ana = make_practitioner()
    give_name(ana, "Ortiz")
    give_secrets(ana, BORN)
    make_credential(ana)
    make_associate(bell.party)
    make_associate(hospital, business_name="Orchard Holdings LLC")
    make_associate(ipa, "board", end_date=date(2025, 1, 1))
    found = {(s.kind, s.label): s for s in subjects(today=date(2026, 3, 10))}
    assert set(found) == {
        ("practitioner", "Ana Alvarez"),
        ("facility", "Orchard Hospital"),
        ("practice", "Bell Clinic"),
        ("associate", "Olga Owner"),
        ("associate", "Orchard Holdings LLC"),
    }
    who = found["practitioner", "Ana Alvarez"]
    assert [name.last for name in who.names] == ["Alvarez", "Ortiz"]
    assert (who.birth_date, who.states) == (BORN, ("CA",))
    assert found["associate", "Olga Owner"].party_ids == (bell.party_id,)


def test_refuses_a_name_of_nobody_and_of_two():
    refused(lambda: PersonName.objects.create(first_name="A", last_name="B"))
    ana, olga = make_practitioner(), make_associate(make_ipa())
    both = {"practitioner": ana, "associate": olga}
    refused(lambda: PersonName.objects.create(**both, first_name="A", last_name="B"))


def test_a_listing_lies_within_the_participation_that_is_paid():
    contract, bell, ana = make_contract(), make_practice(), make_practitioner()
    payer, no = contract.payer.party, batch()
    network = Network.objects.create(payer_party=payer, name="Sun HMO")
    role = PractitionerRole.objects.create(
        practitioner=ana, location=make_location(bell), specialty="Family Medicine"
    )
    march, june = date(2026, 3, 1), date(2026, 6, 1)
    listing = {"role": role, "network": network}
    part = {"practitioner": ana, "practice": bell, "payer_party": payer}
    fact(ana.participations.model, no, march, june, **part)
    fact(NetworkListing, no, march, june, **listing)
    assert breaches() == []
    refused(lambda: fact(NetworkListing, no, date(2026, 5, 31), **listing))
    fact(NetworkListing, no, june, **listing)
    assert breaches() == ["credentialing.20_listings_lie_in_participation"]
    fact(ana.participations.model, no, june, **part)
    assert breaches() == []


def test_nobody_takes_part_twice_on_a_day_with_one_plan():
    ana, no = make_practitioner(), batch()
    bell, other = make_practice(), make_practice("Egret Clinic", "990000077")
    sun, moon = (make_contract(code).payer.party for code in ("SUN", "MOON"))
    march, june = date(2026, 3, 1), date(2026, 6, 1)

    def part(start, end=None, *, practice=bell, payer=sun):
        place = {"practitioner": ana, "practice": practice, "payer_party": payer}
        return fact(ana.participations.model, no, start, end, **place)

    part(march, june)
    refused(lambda: part(date(2026, 5, 31)))
    refused(lambda: part(date(2026, 1, 1), date(2026, 3, 2), practice=other))
    part(date(2026, 1, 1), march, practice=other)
    part(june)
    part(march, payer=moon)
    assert ana.participations.count() == 4
