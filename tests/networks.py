"""Real rows of the network's files for tests: facilities, owners, credentials, other names."""

from datetime import date

from credentialing.models import Associate, Credential, Facility, Location, PersonName, Practice
from credentialing.models.secrets import keep_birth_date, keep_ssn
from credentialing.rules.npi import with_check_digit
from tests.factories import NOON


def make_facility(number: int = 1, name: str = "Orchard Hospital", kind: str = "hospital"):
    """A facility whose NPI passes its check digit, in a range that is not assigned."""
    return Facility.objects.create(
        kind=kind,
        legal_name=name,
        tin=f"98{number:07}",
        npi=with_check_digit(f"298{number:06}"),
        line=f"{number} Orchard Ave",
        city="Fresno",
        state="CA",
        zip_code="93701",
    )


def make_location(practice: Practice, number: int = 1) -> Location:
    """An office of a practice."""
    return Location.objects.create(
        practice=practice, line=f"{number} Main St", city="Fresno", state="CA", zip_code="93701"
    )


def make_associate(owner, role: str = "owner", **values: object) -> Associate:
    """Somebody behind a practice, the IPA (its party) or a facility."""
    of = {"facility": owner} if isinstance(owner, Facility) else {"party": owner}
    who = {"first_name": "Olga", "last_name": "Owner"} if "business_name" not in values else {}
    return Associate.objects.create(
        **of, **{"role": role, "effective_date": date(2020, 1, 1), **who, **values}
    )


def give_name(person, last_name: str, first_name: str = "", kind: str = "former") -> PersonName:
    """Another name of a person."""
    of = {"associate": person} if isinstance(person, Associate) else {"practitioner": person}
    return PersonName.objects.create(
        **of, kind=kind, first_name=first_name or person.first_name, last_name=last_name
    )


def give_secrets(person, birth_date: date | None = None, ssn: str = "") -> None:
    """A birth date and a Social Security number, as the portal keeps them."""
    keep_birth_date(person, birth_date)
    keep_ssn(person, ssn)
    person.save()


def make_credential(holder, kind: str = "licence", **values: object) -> Credential:
    """A credential of a practitioner or a facility."""
    of = {"facility": holder} if isinstance(holder, Facility) else {"practitioner": holder}
    usual = {"state": "CA", "number": f"A{holder.pk:06}", "recorded_by_name": "test"}
    return Credential.objects.create(**of, kind=kind, recorded_at=NOON, **{**usual, **values})
