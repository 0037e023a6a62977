"""Applications as they stand: answers, what is missing, what a signature covers, differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from credentialing.models import (
    Application,
    ApplicationSection,
    Attestation,
    DecisionLetter,
    Discrepancy,
    Document,
    Practitioner,
    Profile,
    WithdrawalLetter,
)
from credentialing.models.secrets import birth_date_of
from credentialing.queries.policies import supervised_states
from credentialing.rules.application import (
    ATTESTATION_TEXT,
    ATTESTATION_VERSION,
    BY_CODE,
    SECTIONS,
    Answers,
    canonical,
    digest_of,
    licensed_in,
    open_gaps,
    rows_of,
    what_is_missing,
    work_spans,
)
from credentialing.rules.documents import KIND_BY_CODE, Need, document_needs
from credentialing.rules.letters import discrepancy_letter
from credentialing.rules.work_history import Gap
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Invitation, Party, User

FILL = "credentialing.fill_application"


@dataclass(frozen=True)
class PaperNeed:
    """A kind of document, whether it is needed, and the newest one there is."""

    kind: str
    name: str
    need: Need
    when: str
    newest: Document | None


@dataclass(frozen=True)
class FieldDifference:
    """One field: what the application says, and what a source says."""

    key: str
    section: str
    label: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class ApplicationPage:
    """An application with everything its pages show."""

    application: Application
    answers: dict[str, Answers]
    missing: dict[str, list[str]]
    has_birth_date: bool
    live: Attestation | None
    voided: list[Attestation]
    papers: list[PaperNeed]
    discrepancies: list[Discrepancy]
    profiles: list[Profile]
    is_mine: bool


def applications(actor: Actor) -> list[Application]:
    """The applications that an actor may fill in, and those they were invited to."""
    emails = User.objects.filter(pk=actor.user_id).values("email")
    invited = Invitation.objects.filter(accepted_at__isnull=False, email__in=emails)
    waiting = Q(invitation_id__in=invited.values("pk"), practitioner__user=None)
    mine = Application.objects.for_actor(actor)
    rows = Application.objects.filter(Q(pk__in=mine.values("pk")) | waiting)
    return list(rows.select_related("event", "practitioner", "party"))


def application_page(*, actor: Actor, application_id: int, today: date) -> ApplicationPage:
    """
    One application.

    :raises Application.DoesNotExist: if there is none that the actor may fill in
    """
    rows = Application.objects.for_actor(actor).select_related("event", "practitioner", "party")
    application = rows.get(pk=application_id)
    answers = answers_of(application)
    who = application.practitioner
    signed = list(application.attestations.all())
    return ApplicationPage(
        application=application,
        answers=answers,
        missing=missing_of(answers, today),
        has_birth_date=who.birth_date_encrypted is not None,
        live=next((one for one in signed if one.voided_at is None), None),
        voided=[one for one in signed if one.voided_at is not None],
        papers=papers_of(who),
        discrepancies=list(discrepancies_of(who)),
        profiles=list(who.profiles.all()[:5]),
        is_mine=who.user_id is not None and who.user_id == actor.user_id,
    )


def missing_of(answers: dict[str, Answers], today: date) -> dict[str, list[str]]:
    """What keeps an application from being signed, by what the IPA requires in their states."""
    kind = str(answers.get("identity", {}).get("provider_type") or "")
    required = supervised_states(kind, today) & licensed_in(answers)
    return what_is_missing(answers, today, required)


def discrepancies_of(who: Practitioner):
    """What sources and the application said differently, newest first."""
    rows = Discrepancy.objects.filter(element__event__practitioner=who)
    return rows.select_related("element", "verification")


def letter_about(found: Discrepancy) -> dict[str, object]:
    """What the letter about a discrepancy says."""
    event, asked = found.element.event, found.verification
    sender = Party.objects.filter(kind=Party.Kind.IPA).first()
    return discrepancy_letter(
        to=str(event.practitioner or event.facility),
        sender=sender.name if sender is not None else "",
        sent=timezone.localdate(found.sent_at),
        due=found.due_date,
        what=f"{found.element}: {found.what}",
        source=asked.get_source_display() if asked is not None and asked.source != "npdb" else "",
        application_says=found.application_says,
        source_says=found.source_says,
    )


def answers_of(application: Application) -> dict[str, Answers]:
    """What stands in each section that was saved."""
    return {row.code: row.data for row in application.sections.all()}


def section_version(application: Application, code: str) -> ApplicationSection | None:
    """A section as it was saved last, if it was."""
    return application.sections.filter(code=code).first()


def attested_facts(application: Application, who: Practitioner) -> dict[str, object]:
    """What is signed beside the sections; secrets stand as keyed hashes, never in clear."""
    return {
        "application": str(application.uuid),
        "npi": who.npi,
        "birth_date_index": who.birth_date_index,
        "ssn_index": who.ssn_index,
        "text_version": ATTESTATION_VERSION,
        "text": ATTESTATION_TEXT,
    }


def digest_now(page: ApplicationPage) -> str:
    """The digest of what stands there now: whoever signs sends back the one they read."""
    return digest_of(
        canonical(attested_facts(page.application, page.application.practitioner), page.answers)
    )


def pdf_data(
    application: Application,
    who: Practitioner,
    answers: Mapping[str, Answers],
    name: str,
    now: datetime,
    digest: str,
) -> dict[str, object]:
    """What the PDF of a signed application shows."""
    born = birth_date_of(who)
    return {
        "title": f"Application of {name}",
        "facts": [
            ["NPI", who.npi],
            ["For", application.party.name],
            ["Born", born.isoformat() if born else ""],
            [
                "Social Security number",
                f"ends in {who.ssn_last4}" if who.ssn_last4 else "not given",
            ],
        ],
        "sections": sections_shown({s.code: rows_of(s, answers.get(s.code, {})) for s in SECTIONS}),
        "text": ATTESTATION_TEXT,
        "signed": f"Signed electronically by {name} on {now:%B %-d, %Y at %H:%M} UTC",
        "digest": digest,
    }


def sections_shown(rows: Mapping[str, Sequence[Mapping[str, str]]]) -> list[dict[str, object]]:
    """Sections with labels and answers, as the PDF's maker takes them."""
    return [
        {
            "name": section.name,
            "rows": [
                [[f.label, shown(f, row[f.name])] for f in section.fields if row.get(f.name)]
                for row in rows.get(section.code, [])
            ],
        }
        for section in SECTIONS
    ]


def shown(field, value: str) -> str:
    """An answer in the words of its choices."""
    if field.kind == "yesno":
        return {"yes": "Yes", "no": "No"}.get(value, value)
    return dict(field.choices).get(value, value)


def gaps_of(page: ApplicationPage, today: date) -> list[Gap]:
    """Gaps of the work history that still need an explanation."""
    return open_gaps(page.answers, today)


def spans_of(answers: Mapping[str, Answers]) -> list[tuple[str, date, date | None]]:
    """Places of work and training with their spans, for the picture of the time line."""
    spans = work_spans(answers)
    names = [
        row[name]
        for code, name in (("work", "employer"), ("education", "institution"))
        for row in rows_of(BY_CODE[code], answers.get(code, {}))
        if row["started_date"] and (code == "work" or row["completed_date"])
    ]
    return [(name, *span) for name, span in zip(names, spans, strict=False)]


def papers_of(who: Practitioner) -> list[PaperNeed]:
    """Which documents a practitioner needs, with the newest of each."""
    newest: dict[str, Document] = {}
    for row in who.documents.filter(superseded_by=None).order_by("uploaded_at"):
        newest[row.kind] = row
    needs = document_needs(who.provider_type)
    return [
        PaperNeed(kind, KIND_BY_CODE[kind].name, need, KIND_BY_CODE[kind].when, newest.get(kind))
        for kind, need in needs.items()
        if need is not Need.OPTIONAL or kind in newest
    ]


def differences(profile: Profile, answers: Mapping[str, Answers]) -> list[FieldDifference]:
    """Field by field, where a source says something that the application does not."""
    found = []
    for key, theirs in sorted(profile.says.items()):
        if key == "licences":
            continue
        code, _, name = key.partition(".")
        section = BY_CODE[code]
        asked = next((f for f in section.fields if f.name == name), None)
        if asked is None or section.repeats:
            continue
        ours = str(answers.get(code, {}).get(name) or "")
        if theirs and ours.casefold().strip() != str(theirs).casefold().strip():
            found.append(
                FieldDifference(
                    key, section.name, asked.label, shown(asked, ours), shown(asked, str(theirs))
                )
            )
    rows = rows_of(BY_CODE["licences"], answers.get("licences", {}))
    known = {(row["state"].upper(), row["number"].upper()) for row in rows}
    for row in profile.says.get("licences", []):
        if (row["state"].upper(), row["number"].upper()) not in known:
            key = f"licences/{row['kind']}/{row['state']}/{row['number']}"
            words = f"{row['state']} {row['number']}"
            found.append(FieldDifference(key, BY_CODE["licences"].name, "A licence", "", words))
    return found


def my_letters(actor: Actor) -> dict[int, DecisionLetter | WithdrawalLetter]:
    """Letters about how the actor's own files ended, by cycle: no delegate reads them."""
    if actor.user_id is None or not actor.may(FILL):
        return {}
    mine = {"decision__event__application__practitioner__user": actor.user_id}
    rows = DecisionLetter.objects.filter(**mine).select_related("decision")
    ended = WithdrawalLetter.objects.filter(event__application__practitioner__user=actor.user_id)
    told: dict[int, DecisionLetter | WithdrawalLetter] = {row.event_id: row for row in ended}
    return told | {row.decision.event_id: row for row in rows}
