"""Birth dates and Social Security numbers of persons: encrypted for their row, found by a hash."""

from datetime import date

from credentialing.models.persons import Associate, Person
from credentialing.models.practitioners import Practitioner
from ipaportal.core.encryption import blind_index, decrypt, encrypt, place

BIRTH_DATE, SSN = "credentialing birth date", "credentialing ssn"


def keep_birth_date(person: Person, birth_date: date | None) -> None:
    """Set a person's birth date, encrypted; the caller saves the row."""
    text = birth_date.isoformat() if birth_date else ""
    person.birth_date_encrypted = encrypt(text, _birth_place(person)) if text else None
    person.birth_date_index = blind_index(text, BIRTH_DATE).hex() if text else ""


def birth_date_of(person: Person) -> date | None:
    """
    A person's birth date in clear.

    :raises EncryptionFailed: if it was altered or belongs to another row
    """
    sealed = person.birth_date_encrypted
    return date.fromisoformat(decrypt(sealed, _birth_place(person))) if sealed else None


def keep_ssn(person: Person, ssn: str) -> None:
    """Set a person's Social Security number, encrypted; the caller saves the row."""
    digits = ssn.replace("-", "").replace(" ", "")
    person.ssn_encrypted = encrypt(digits, _ssn_place(person)) if digits else None
    person.ssn_index = ssn_index(digits) if digits else ""
    person.ssn_last4 = digits[-4:]


def ssn_of(person: Person) -> str:
    """
    A person's Social Security number in clear, for a query of a primary source only.

    :raises EncryptionFailed: if it was altered or belongs to another row
    """
    sealed = person.ssn_encrypted
    return decrypt(sealed, _ssn_place(person)) if sealed else ""


def ssn_index(ssn: str) -> str:
    """The hash by which the person of a Social Security number is found."""
    return blind_index(ssn, SSN).hex()


def _birth_place(person: Person) -> str:
    if isinstance(person, Practitioner):
        return place("credentialing_practitioner", "birth_date_encrypted", person.uuid)
    assert isinstance(person, Associate)
    return place("credentialing_associate", "birth_date_encrypted", person.uuid)


def _ssn_place(person: Person) -> str:
    if isinstance(person, Practitioner):
        return place("credentialing_practitioner", "ssn_encrypted", person.uuid)
    assert isinstance(person, Associate)
    return place("credentialing_associate", "ssn_encrypted", person.uuid)
