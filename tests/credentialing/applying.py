"""An applicant from invitation to a signed application, for tests."""

from datetime import UTC, date, datetime, timedelta

from credentialing.actions.applicants import begin_application, invite_applicant
from credentialing.actions.applications import keep_personal, save_section, sign_application
from credentialing.models import Application, Practice
from credentialing.queries.applications import application_page, digest_now
from credentialing.rules.identifiers import with_dea_check_digit
from credentialing.rules.npi import with_check_digit
from ipaportal.core.roles import Role
from ipaportal.identity.models import User
from tests.factories import CLOCK, make_ipa, make_practice
from tests.people import actor_of, make_user

APPLIED = datetime(2026, 11, 20, 15, tzinfo=UTC)
NPI = with_check_digit("299900001")
NO = {
    name: "no"
    for name in (
        *("inability", "drugs", "licence_loss", "felony", "privileges", "sanctions"),
        "uninsured",
    )
}
ANSWERS = {
    "identity": {
        "first_name": "Iris",
        "middle_name": "Q",
        "last_name": "Tern",
        "former_names": "Plover",
        "provider_type": "md",
        "degree": "MD",
        "gender": "F",
        "specialty": "Family Medicine",
        "taxonomy": "207Q00000X",
        "email": "iris@tern.example",
    },
    "licences": {
        "rows": [
            {
                "kind": "licence",
                "state": "CA",
                "number": "A99001",
                "issued_date": "2020-01-01",
                "expires_date": "2027-12-31",
            },
            {
                "kind": "dea",
                "state": "CA",
                "number": with_dea_check_digit("FT", "123456"),
                "expires_date": "2027-06-30",
            },
        ]
    },
    "education": {
        "rows": [
            {
                "kind": "school",
                "institution": "Harbor School of Medicine",
                "degree": "MD",
                "started_date": "2010-08-01",
                "completed_date": "2014-06-01",
            }
        ]
    },
    "boards": {"rows": []},
    "work": {
        "rows": [
            {"employer": "Harbor Clinic", "position": "Physician", "started_date": "2017-07-01"}
        ]
    },
    "gaps": {"rows": []},
    "hospitals": {"rows": []},
    "coverage": {
        "rows": [
            {
                "issuer": "Tidewater Mutual",
                "number": "P-1",
                "category": "occurrence",
                "per_claim": "1,000,000",
                "aggregate": "3,000,000",
                "issued_date": "2026-01-01",
                "expires_date": "2027-01-01",
            }
        ]
    },
    "claims": {"rows": []},
    "prescribing": {},
    "supervision": {"rows": []},
    "languages": {"rows": []},
    "on_call": {"rows": []},
    "disclosures": NO,
}


def invite(practice: Practice | None = None, npi: str = NPI, email: str = "iris@tern.example"):
    """An applicant with an account of a practice, invited; gives application and user."""
    make_ipa()
    practice = practice or make_practice("Tern Medical", "990000077")
    user = User.objects.filter(email=email).first() or make_user(
        email, Role.PROVIDER, party=practice.party, name="Iris Tern"
    )
    application, _ = invite_applicant(
        actor=CLOCK,
        npi=npi,
        first_name="Iris",
        last_name="Tern",
        provider_type="md",
        email=email,
        practice_id=practice.pk,
        now=APPLIED - timedelta(days=3),
    )
    return application, user


def fill(application: Application, actor, answers=ANSWERS, now: datetime = APPLIED) -> None:
    """Save every section, and the birth date and SSN."""
    for code, data in answers.items():
        row = application.sections.filter(code=code).first()
        save_section(
            actor=actor,
            application_id=application.pk,
            code=code,
            data=data,
            seen_version=row.version if row else 0,
            now=now,
        )
    keep_personal(
        actor=actor,
        application_id=application.pk,
        birth_date=date(1984, 5, 6),
        ssn="899-77-6655",
        now=now,
    )


def sign(application: Application, actor, now: datetime = APPLIED, **other: object):
    """Sign what stands there."""
    page = application_page(actor=actor, application_id=application.pk, today=now.date())
    values = {
        "seen_digest": digest_now(page),
        "typed_name": "Iris Tern",
        "confirmed_at": now - timedelta(minutes=1),
        "confirmed_by": "password",
        **other,
    }
    return sign_application(actor=actor, application_id=application.pk, now=now, **values)


def applied(**options):
    """An application that was invited, begun, filled in and signed; and its applicant."""
    application, user = invite(**options)
    actor = actor_of(user)
    begin_application(actor=actor, application_id=application.pk, now=APPLIED)
    fill(application, actor)
    sign(application, actor)
    application.event.refresh_from_db()
    application.practitioner.refresh_from_db()
    return application, actor
