"""The demo's applicants: from invitation to decision, each stopped where its story stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from credentialing.actions.applicants import begin_application, invite_applicant
from credentialing.actions.applications import keep_personal, save_section, sign_application
from credentialing.actions.verifying import (
    finish_verifying,
    record_verification,
    review_verification,
    start_verifying,
)
from credentialing.models import Application, CredentialingEvent, Practice
from credentialing.queries.applications import application_page, digest_now
from credentialing.rules.application import SECTIONS
from credentialing.rules.elements import RULES
from credentialing.rules.identifiers import with_dea_check_digit
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.home.demo.names import STATE
from ipaportal.identity.actions.demo import add_demo_person
from ipaportal.identity.queries.actors import actor_for

DOMAIN = "harborvalley.example"
BORN = date(1975, 2, 3)
NO = ("inability", "drugs", "licence_loss", "felony", "privileges", "sanctions", "uninsured")
SPOKEN = ("Spanish", "Hmong", "Punjabi")
TAXONOMIES = {
    "Family Medicine": "207Q00000X",
    "Internal Medicine": "207R00000X",
    "Geriatric Medicine": "207RG0300X",
}


@dataclass(frozen=True)
class Applicant:
    """Somebody who applies: who they are, and from which practice."""

    npi: str
    first_name: str
    last_name: str
    specialty: str
    practice: Practice
    kind: str = "initial"

    @property
    def email(self) -> str:
        """An address nobody has: of the demo's domain."""
        return f"{self.first_name}.{self.last_name}.{self.npi[-4:]}@{DOMAIN}".lower()

    @property
    def number(self) -> int:
        """What numbers of theirs are made of; the same for their licences before and after."""
        return int(self.npi[3:9])


def licence_number(npi: str) -> str:
    """The licence number of whoever has an NPI."""
    return f"A{npi[3:9]}"


def dea_number(npi: str) -> str:
    """The DEA number of whoever has an NPI."""
    return with_dea_check_digit("FX", npi[3:9])


def cover_number(npi: str) -> str:
    """The malpractice policy of whoever has an NPI."""
    return f"TM-{npi[3:9]}"


def answers_of(one: Applicant, day: date, **other: object) -> dict[str, Mapping[str, object]]:
    """What an applicant answers on a day; `other` answers take the place of the usual ones."""
    until = day + timedelta(days=400 + 7 * (one.number % 50))
    licence = {"kind": "licence", "state": STATE, "number": licence_number(one.npi),
               "issued_date": f"{day.year - 8}-03-01", "expires_date": f"{until}"}  # fmt: skip
    dea = {"kind": "dea", "state": STATE, "number": dea_number(one.npi),
           "expires_date": f"{until + timedelta(days=90)}"}  # fmt: skip
    cover = {"issuer": "Tidewater Mutual", "number": cover_number(one.npi),
             "category": "occurrence", "per_claim": "1,000,000", "aggregate": "3,000,000",
             "issued_date": f"{day - timedelta(days=60)}",
             "expires_date": f"{day + timedelta(days=305)}"}  # fmt: skip
    return {
        "identity": {
            "first_name": one.first_name, "last_name": one.last_name, "provider_type": "md",
            "degree": "MD", "specialty": one.specialty,
            "taxonomy": TAXONOMIES.get(one.specialty, ""), "email": one.email,
        },
        "licences": {"rows": [licence, dea]},
        "education": {"rows": [
            {"kind": "school", "institution": "Harbor School of Medicine", "degree": "MD",
             "started_date": f"{day.year - 20}-08-01", "completed_date": f"{day.year - 16}-06-01"},
            {"kind": "residency", "institution": "Valley General Hospital",
             "degree": one.specialty, "started_date": f"{day.year - 16}-07-01",
             "completed_date": f"{day.year - 13}-06-30"},
        ]},
        "boards": {"rows": []},
        "work": {"rows": [{"employer": one.practice.name, "position": "Physician",
                           "started_date": f"{day.year - 13}-07-01"}]},
        "gaps": {"rows": []},
        "hospitals": {"rows": [{"hospital_name": "Valley General Hospital", "kind": "privileges",
                                "started_date": f"{day.year - 10}-01-01"}]},
        "coverage": {"rows": [cover]},
        "claims": {"rows": []},
        "languages": {"rows": [{"language": SPOKEN[one.number % 3], "spoken_by": "self"}]},
        "on_call": {"rows": [{
            "colleague_name": f"the colleagues of {one.practice.name}",
            "after_hours": "Nights and weekends by the practice's own telephone, which leads on.",
        }]},
        "disclosures": dict.fromkeys(NO, "no"),
        **other,
    }  # fmt: skip


def invited(one: Applicant, *, admin: Actor, now: datetime) -> Application:
    """Invite an applicant, who has an account of the demo."""
    add_demo_person(
        actor=Actor.system("demo"),
        email=one.email,
        name=f"Dr. {one.first_name} {one.last_name}",
        role=Role.PROVIDER,
        party_id=one.practice.party_id,
        today=now.date(),
    )
    application, _ = invite_applicant(
        actor=admin,
        npi=one.npi,
        first_name=one.first_name,
        last_name=one.last_name,
        provider_type="md",
        email=one.email,
        practice_id=one.practice.pk,
        kind=one.kind,
        now=now,
    )
    return application


def begun(application: Application, now: datetime) -> Actor:
    """Let an applicant begin; gives who they are."""
    who = actor_for(application.practitioner.user, now.date())
    begin_application(actor=who, application_id=application.pk, now=now)
    return who


def fill(
    application: Application, who: Actor, answers: Mapping[str, Mapping], now: datetime, most: int
) -> None:
    """Fill in so many sections; with the last of them the birth date is given too."""
    for section in SECTIONS[:most]:
        save_section(
            actor=who,
            application_id=application.pk,
            code=section.code,
            data=answers.get(section.code, {}),
            seen_version=0,
            now=now,
        )
    if most >= len(SECTIONS):
        keep_personal(
            actor=who,
            application_id=application.pk,
            birth_date=BORN + timedelta(days=application.pk * 97),
            ssn=f"899{application.pk % 90 + 10}{application.pk + 1000:04}",
            now=now,
        )


def signed(one: Applicant, *, admin: Actor, now: datetime, **other: object) -> Application:
    """An application from its invitation to its signature."""
    application = invited(one, admin=admin, now=now - timedelta(days=6))
    who = begun(application, now - timedelta(days=4))
    fill(application, who, answers_of(one, now.date(), **other), now, len(SECTIONS))
    page = application_page(actor=who, application_id=application.pk, today=now.date())
    sign_application(
        actor=who,
        application_id=application.pk,
        seen_digest=digest_now(page),
        typed_name=f"{one.first_name} {one.last_name}",
        confirmed_at=now - timedelta(minutes=1),
        confirmed_by="password",
        now=now,
    )
    return application


def verified(
    one: Applicant, *, admin: Actor, specialist: Actor, now: datetime, **other: object
) -> CredentialingEvent:
    """An application of which everything is verified."""
    application = signed(one, admin=admin, now=now - timedelta(days=3), **other)
    event = start_verifying(
        actor=specialist, event_id=application.event_id, planned_decision_date=None, now=now
    )
    for element in event.elements.all():
        verify(element, specialist, now)
    return finish_verifying(actor=specialist, event_id=event.pk, now=now)


def verify(element, actor: Actor, now: datetime, *, adverse: str = "") -> None:
    """Record what a source said of an element, and sign for it."""
    made = record_verification(
        actor=actor,
        element_id=element.pk,
        source=RULES[element.code].sources[0],
        method="web",
        as_of_date=now.date(),
        performed_at=now,
        result="adverse" if adverse else "clean",
        note=adverse,
        now=now,
    )
    review_verification(
        actor=actor,
        verification_id=made.pk,
        is_accepted=True,
        text="for the committee" if adverse else "",
        now=now,
    )
