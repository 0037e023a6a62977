"""The demo's network: practices and primary care doctors, and the CSV that brings them in."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random

from credentialing.formats.network_csv import COLUMNS
from credentialing.rules.npi import with_check_digit
from ipaportal.home.demo.names import FIRST_NAMES, LAST_NAMES, PRACTICES, STATE, STREETS, TOWNS

ALVAREZ, BELL = "Alvarez Family Medicine", "Bell Clinic"
NO_BANK, OWING, RETURNED = "Cedar Row Internal Medicine", "Tern Point Medical", "Mill Street Clinic"
STARS = (ALVAREZ, BELL, NO_BANK, OWING, RETURNED)
# How many doctors each practice has, in turn; most practices are small.
SIZES = (2, 5, 1, 3, 4, 1, 4, 2, 2, 8, 1, 4, 3)
STAR_SIZES = {ALVAREZ: 1, BELL: 4, NO_BANK: 1, OWING: 1, RETURNED: 3}
MEMBERS_PER_PRACTICE = 125
SPECIALTIES = ("Family Medicine", "Internal Medicine", "Geriatric Medicine")


@dataclass(frozen=True, slots=True)
class Doctor:
    """A primary care doctor; `weight` is how many members choose them, relative to others."""

    npi: str
    first_name: str
    last_name: str
    specialty: str
    practice: str
    weight: int


@dataclass(frozen=True, slots=True)
class Clinic:
    """A practice at one address."""

    name: str
    tin: str
    street: str
    city: str
    zip_code: str
    phone: str


@dataclass(frozen=True)
class Network:
    """Practices and doctors; `leaver` moves from one practice to another in the ninth month."""

    clinics: tuple[Clinic, ...]
    doctors: tuple[Doctor, ...]

    def of(self, practice: str) -> list[Doctor]:
        """Doctors of a practice."""
        return [doctor for doctor in self.doctors if doctor.practice == practice]


def invented_npi(number: int) -> str:
    """An NPI that passes its check digit; no real one begins with 299."""
    return with_check_digit(f"299{number:06}")


def make_network(chance: Random, members: int) -> Network:
    """A network that suits a number of members: 40 practices and some 120 doctors for 5,000."""
    count = min(len(STARS) + len(PRACTICES), max(8, members // MEMBERS_PER_PRACTICE))
    names = [*STARS, *PRACTICES][:count]
    clinics, doctors = [], []
    for index, name in enumerate(names):
        city, zip_code = chance.choice(TOWNS)
        clinics.append(
            Clinic(
                name=name,
                tin=f"99{index + 1:07}",
                street=f"{chance.randint(10, 980)} {chance.choice(STREETS)}",
                city=city,
                zip_code=zip_code,
                phone=f"555-01{index:02}",
            )
        )
        size = STAR_SIZES.get(name) or SIZES[index % len(SIZES)]
        doctors += [_doctor(chance, len(doctors) + n, name) for n in range(size)]
    return Network(tuple(clinics), tuple(doctors))


def _doctor(chance: Random, number: int, practice: str) -> Doctor:
    first, last = chance.choice(FIRST_NAMES[chance.choice("FM")]), chance.choice(LAST_NAMES)
    weight = chance.randint(4, 12)
    if practice == ALVAREZ:
        first, last, weight = "Ana", "Alvarez", 14
    if practice == OWING:
        weight = 3
    return Doctor(
        npi=invented_npi(number + 1),
        first_name=first,
        last_name=last,
        specialty=chance.choice(SPECIALTIES),
        practice=practice,
        weight=weight,
    )


def network_csv(
    network: Network,
    payer_codes: Iterable[str],
    start: date,
    joins: date,
    moved: tuple[Doctor, str, date] | None = None,
) -> bytes:
    """The network as the CSV that is imported; or the rows of the one doctor who moved."""
    where = {clinic.name: clinic for clinic in network.clinics}
    codes = list(payer_codes)
    listed = [
        (doctor, doctor.practice, joins if doctor.practice == NO_BANK else start)
        for doctor in network.doctors
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for doctor, practice, since in [moved] if moved else listed:
        clinic = where[practice]
        for code in codes:
            writer.writerow(
                {
                    "practice_name": clinic.name,
                    "tin": clinic.tin,
                    "npi": doctor.npi,
                    "last_name": doctor.last_name,
                    "first_name": doctor.first_name,
                    "specialty": doctor.specialty,
                    "street": clinic.street,
                    "city": clinic.city,
                    "state": STATE,
                    "zip": clinic.zip_code,
                    "phone": clinic.phone,
                    "payer_code": code,
                    "effective_date": f"{since:%Y-%m-%d}",
                    "end_date": "",
                }
            )
    return text.getvalue().encode()
