"""The demo's files: doctors decided by the medical director, and applicants at every stage."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from credentialing.actions.askings import ask_again, remind_applicant
from credentialing.actions.deciding import approve_clean_file
from credentialing.actions.discrepancies import answer_discrepancy, send_discrepancy
from credentialing.actions.documents import bring_document, file_document, review_document
from credentialing.actions.inquiries import send_inquiry
from credentialing.actions.letters import issue_letter
from credentialing.actions.verifying import start_verifying
from credentialing.models import (
    Application,
    CredentialingEvent,
    Decision,
    Practice,
    Practitioner,
)
from credentialing.queries.levels import digest_of, file_level, packet_of
from ipaportal.core.actors import Actor
from ipaportal.home.demo.applicants import (
    Applicant,
    answers_of,
    begun,
    fill,
    invited,
    signed,
    verified,
    verify,
)
from ipaportal.home.demo.committee import People
from ipaportal.home.demo.facilities import open_facility, verified_facility
from ipaportal.home.demo.network import STARS, invented_npi
from ipaportal.home.demo.papers import paper
from ipaportal.identity.queries.actors import actor_for

NEW = (
    ("Ines", "Marlowe", "Internal Medicine"),
    ("Tobias", "Wrenfield", "Family Medicine"),
    ("Odile", "Farrant", "Geriatric Medicine"),
    ("Leopold", "Ashdowne", "Family Medicine"),
    ("Perpetua", "Quinlow", "Internal Medicine"),
    ("Robin", "Ilsley", "Family Medicine"),
    ("Cosima", "Thorne-Bligh", "Internal Medicine"),
    ("Aurelio", "Vantage", "Family Medicine"),
    ("Basil", "Underhay", "Family Medicine"),
)
# Days since each decision; the first three are nearly three years old, or older.
DECIDED_AGO = (1130, 1060, 1010, 38, 33, 31, 28, 24, 23, 17, 12)
LEAST_DECIDED = 5
APPLIED_FROM = ("Bell Clinic", "Harborview Internists", "Amber Flats Medical Group")
FELL = "I was named in a claim about a fall in the waiting room; it was dismissed."


def newcomers() -> list[Applicant]:
    """Doctors who are not in the network yet, each from a practice that is."""
    practices = list(Practice.objects.filter(name__in=APPLIED_FROM).order_by("name"))
    return [
        Applicant(invented_npi(9000 + n), first, last, work, practices[n % len(practices)])
        for n, (first, last, work) in enumerate(NEW)
    ]


def decide_doctors(
    people: People, doctors: Sequence[Practitioner], now: datetime
) -> list[CredentialingEvent]:
    """Doctors of the network whose clean files the medical director approved, one by one."""
    return [
        _approve(people, _verified(people, _of(who), now - timedelta(days=ago)), ago, now)
        for who, ago in zip(doctors, DECIDED_AGO, strict=False)
    ]


def decide_facilities(people: People, now: datetime) -> None:
    """Facilities that the medical director approved; one is only being verified."""
    for place, ago in ((6, 36), (7, 30), (8, 26), (10, 15), (11, 9)):
        at = now - timedelta(days=ago)
        _approve(people, verified_facility(place, actor=people.specialist, now=at), ago, now)
    opened = open_facility(9, actor=people.specialist, now=now - timedelta(days=3))
    verify(opened.elements.first(), people.specialist, now - timedelta(days=2))


def _of(who: Practitioner) -> Applicant:
    practice = who.participations.current().order_by("-effective_date").first().practice
    return Applicant(who.npi, who.first_name, who.last_name, who.specialty, practice)


def _verified(people: People, one: Applicant, at: datetime, **other: object) -> CredentialingEvent:
    return verified(
        one, admin=people.admin, specialist=people.specialist, now=at - timedelta(days=1), **other
    )


def _approve(
    people: People, event: CredentialingEvent, ago: int, now: datetime
) -> CredentialingEvent:
    """Approve a clean file so many days ago; a letter went out with those of a month and more."""
    at = now - timedelta(days=ago)
    day = at.date()
    packet = packet_of(event, day, file_level(event, day))
    decision = approve_clean_file(
        actor=people.director,
        event_id=event.pk,
        seen_digest=digest_of(packet),
        confirmed_at=at,
        now=at,
    )
    if ago > 24 and ago != 33:
        _tell(people, decision, at + timedelta(days=4))
    return event


def _tell(people: People, decision: Decision, at: datetime) -> None:
    issue_letter(
        actor=people.specialist, decision_id=decision.pk, channel="portal", tracking="", now=at
    )


def before_the_committee(
    people: People, again: Practitioner | None, now: datetime
) -> tuple[list[CredentialingEvent], list[CredentialingEvent]]:
    """
    Whom the committee decided in the meeting that was held, and who comes before the next.

    Among these somebody who is due `again`: what happened since their last decision is told.
    """
    marlowe, wrenfield, farrant, ashdowne, quinlow, *_ = newcomers()
    decided = [_verified(people, one, now - timedelta(days=32)) for one in (marlowe, wrenfield)]
    yes = {"disclosures": {**answers_of(farrant, now.date())["disclosures"],
                           "uninsured": "yes", "uninsured_text": FELL}}  # fmt: skip
    coming = [
        _verified(people, farrant, now - timedelta(days=8), **yes),
        _verified(people, ashdowne, now - timedelta(days=7)),
    ]
    if again is not None:
        one = replace(_of(again), kind="recred")
        coming.append(_verified(people, one, now - timedelta(days=9)))
    _verified(people, quinlow, now - timedelta(days=2))
    return decided, coming


def leave_open(people: People, now: datetime) -> None:
    """Applicants on their way: half-way, with a discrepancy, just signed, only invited."""
    *_, ilsley, thorne, vantage, underhay = newcomers()
    _half_way(people, ilsley, now)
    _differs(people, thorne, now)
    signed(vantage, admin=people.admin, now=now - timedelta(hours=20))
    _does_not_answer(people, underhay, now)


def _does_not_answer(people: People, one: Applicant, now: datetime) -> None:
    """Invited, reminded twice, and silent: it waits for a person to withdraw it, or to call."""
    event = invited(one, admin=people.admin, now=now - timedelta(days=50)).event
    for days in (36, 22):
        remind_applicant(actor=Actor.system("clock"), event_id=event.pk,
                         now=now - timedelta(days=days))  # fmt: skip


def _half_way(people: People, one: Applicant, now: datetime) -> None:
    application = invited(one, admin=people.admin, now=now - timedelta(days=9))
    who = begun(application, now - timedelta(days=7))
    fill(application, who, answers_of(one, now.date()), now - timedelta(days=6), 6)
    for kind, name in (("cv", "curriculum-vitae.pdf"), ("diploma", "diploma.pdf")):
        kept = bring_document(
            actor=who,
            application_id=application.pk,
            kind=kind,
            name=name,
            data=paper(f"{one.first_name} {one.last_name}: {kind}"),
            now=now - timedelta(days=6),
        )
    review_document(
        actor=people.specialist,
        document_id=kept.pk,
        is_accepted=False,
        text="The scan ends before the signature: please send the whole page.",
        now=now - timedelta(days=5),
    )


def _differs(people: People, one: Applicant, now: datetime) -> None:
    """A file being verified: discrepancies answered and open, letters asked once and in vain."""
    application = signed(one, admin=people.admin, now=now - timedelta(days=30))
    at = now - timedelta(days=26)
    event = start_verifying(
        actor=people.specialist, event_id=application.event_id, planned_decision_date=None, now=at
    )
    elements = {element.code: element for element in event.elements.all()}
    for code in ("licence", "education", "npi", "opt_out"):
        verify(elements[code], people.specialist, at)
    asked = {"actor": people.specialist, "now": now - timedelta(days=6)}
    told = send_discrepancy(
        element_id=elements["work_history"].pk,
        what="When the last position began",
        application_says="July 1",
        source_says="September 15, says the employer's letter",
        **asked,
    )
    answer_discrepancy(
        actor=_applicant(application, now),
        discrepancy_id=told.pk,
        reply="My contract ran from July 1; I saw patients from September 15. Both are right.",
        now=now - timedelta(days=2),
    )
    send_discrepancy(
        element_id=elements["coverage"].pk,
        what="Until when the cover lasts",
        application_says="ten months from now",
        source_says="The carrier has it end four months earlier",
        **asked,
    )
    _asked_in_vain(people, elements["malpractice_history"].pk, now)
    send_inquiry(
        element_id=elements["peer_reference"].pk,
        recipient_name="Dr. H. Takahashi",
        recipient_email="h.takahashi@harborvalley.example",
        question="How long have you worked with this colleague, and would you refer to them?",
        **asked,
    )
    file_document(
        kind="coverage",
        name="certificate-of-insurance.pdf",
        data=paper("Certificate of insurance, invented"),
        practitioner_id=application.practitioner_id,
        **asked,
    )


def _asked_in_vain(people: People, element_id: int, now: datetime) -> None:
    """A carrier that answered none of three letters: somebody else has to be asked."""
    letter, _ = send_inquiry(
        actor=people.specialist,
        element_id=element_id,
        recipient_name="Bluff Point Mutual, certificates",
        recipient_email="certificates@harborvalley.example",
        question="Please confirm the policy, its limits and the claims of five years.",
        now=now - timedelta(days=23),
    )
    for days in (16, 9, 2):
        ask_again(actor=Actor.system("clock"), inquiry_id=letter.pk, now=now - timedelta(days=days))


def _applicant(application: Application, now: datetime) -> Actor:
    return actor_for(application.practitioner.user, now.date())


def undecided(besides: Iterable[int]) -> list[Practitioner]:
    """
    Every ninth doctor, without whoever has a namesake on a list or a story of their own.

    Of a small network more often, so that some are left to decide about and to propose against.
    """
    stars = Practice.objects.filter(name__in=STARS)
    doctors = Practitioner.objects.exclude(participations=None)
    doctors = doctors.exclude(participations__practice__in=stars)
    found = list(doctors.exclude(pk__in=besides).order_by("npi").distinct())
    return found[:: max(1, min(9, len(found) // LEAST_DECIDED))]
