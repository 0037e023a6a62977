"""Files of practitioners and facilities: the list of work, and everything one page shows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from django.db.models import Case, Count, Exists, Max, OuterRef, Q, QuerySet, Value, When

from credentialing.models import (
    Affiliation,
    Application,
    Associate,
    Attestation,
    CallCover,
    Credential,
    CredentialingEvent,
    Decision,
    Discrepancy,
    Document,
    Education,
    Element,
    EventStep,
    Facility,
    GapExplanation,
    Language,
    MalpracticeClaim,
    Practitioner,
    SiteCheck,
    Supervision,
    Verification,
    Work,
)
from credentialing.models.secrets import birth_date_of
from credentialing.queries.applications import discrepancies_of
from credentialing.queries.elements import ElementState, element_states
from credentialing.rules.events import OVER
from credentialing.rules.work_history import Gap, gaps
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted

VIEW = "credentialing.view_files"


@dataclass(frozen=True)
class HistoryPage:
    """What a practitioner learned and did."""

    educations: list[Education]
    works: list[Work]
    gaps: list[Gap]
    explained: list[GapExplanation]
    claims: list[MalpracticeClaim]
    affiliations: list[Affiliation]
    # Read where they are shown.
    supervisions: Iterable[Supervision]
    languages: Iterable[Language]
    covers: Iterable[CallCover]


@dataclass(frozen=True)
class FilePage:
    """A file: who it is, its cycles, the newest with its elements, and what is kept."""

    holder: Practitioner | Facility
    event: CredentialingEvent | None
    day: date
    elements: list[ElementState]
    steps: list[EventStep]
    credentials: list[Credential]
    replaced: list[Credential]
    documents: list[Document]
    discrepancies: list[Discrepancy]
    cycles: list[CredentialingEvent]
    birth_date: date | None = None
    application: Application | None = None
    attestations: list[Attestation] = field(default_factory=list)
    history: HistoryPage | None = None
    associates: list[Associate] = field(default_factory=list)
    site_checks: list[SiteCheck] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many elements are verified and hold."""
        return sum(state.is_done for state in self.elements)


@dataclass(frozen=True)
class ElementPage:
    """One element: what sources said, who was asked, what differs."""

    element: Element
    state: ElementState
    day: date
    verifications: list[Verification]


def files(*, actor: Actor, text: str = "", status: str = "") -> QuerySet[CredentialingEvent]:
    """The newest cycle of every practitioner and facility, those that go on first."""
    _may(actor)
    newer = CredentialingEvent.objects.filter(pk__gt=OuterRef("pk"))
    rows = CredentialingEvent.objects.filter(
        ~Exists(newer.filter(practitioner=OuterRef("practitioner"))),
        ~Exists(newer.filter(facility=OuterRef("facility"))),
    ).select_related("practitioner", "facility")
    if status == "open":
        rows = rows.exclude(status__in=OVER)
    elif status:
        rows = rows.filter(status=status)
    if text:
        rows = rows.filter(
            Q(practitioner__last_name__istartswith=text)
            | Q(practitioner__npi__startswith=text)
            | Q(facility__legal_name__icontains=text)
            | Q(facility__npi__startswith=text)
        )
    is_over = Case(When(status__in=OVER, then=Value(1)), default=Value(0))
    return rows.order_by(is_over, "opened_at", "pk")


def with_counts(rows: Iterable[CredentialingEvent]) -> Iterator[tuple[CredentialingEvent, str]]:
    """Files, each with how many of its elements are signed for: some hundreds at a time."""
    for some in batched(rows, 500):
        signed = Q(verifications__review__is_accepted=True)
        counts = (
            Element.objects.filter(event__in=[row.pk for row in some], dropped_at=None)
            .values("event_id")
            .annotate(
                asked=Count("pk", distinct=True),
                done=Count("pk", filter=signed, distinct=True),
            )
            .values_list("event_id", "asked", "done")
        )
        found = {pk: f"{done}/{asked}" for pk, asked, done in counts}
        yield from ((row, found.get(row.pk, "")) for row in some)


def batched(rows: Iterable[CredentialingEvent], size: int) -> Iterator[list[CredentialingEvent]]:
    """Rows in lists of a size, the last one shorter."""
    remaining = iter(rows)
    while some := list(islice(remaining, size)):
        yield some


def facilities(*, actor: Actor, text: str = "") -> QuerySet[Facility]:
    """Facilities by name or number."""
    _may(actor)
    rows = Facility.objects.all()
    if text:
        named = Q(legal_name__icontains=text) | Q(dba_name__icontains=text)
        rows = rows.filter(named | Q(npi__startswith=text) | Q(tin__startswith=text))
    return rows


def practitioner_file(*, actor: Actor, practitioner_id: int, today: date) -> FilePage:
    """
    A practitioner's file.

    :raises Practitioner.DoesNotExist: if there is none
    """
    _may(actor)
    who = Practitioner.objects.get(pk=practitioner_id)
    application = who.applications.select_related("party").first()
    works = list(who.works.current())
    educations = list(who.educations.current())
    spans = [(work.started_date, work.ended_date) for work in works]
    spans += [
        (one.started_date, one.completed_date)
        for one in educations
        if one.started_date and one.completed_date
    ]
    history = HistoryPage(
        educations=educations,
        works=works,
        gaps=gaps(spans, today),
        explained=list(who.gap_explanations.current()),
        claims=list(who.malpractice_claims.current()),
        affiliations=list(who.affiliations.current()),
        supervisions=who.supervisions.current(),
        languages=who.languages.current(),
        covers=who.call_covers.current(),
    )
    return FilePage(
        **_common(who, today),
        birth_date=birth_date_of(who),
        discrepancies=list(discrepancies_of(who)),
        application=application,
        attestations=list(application.attestations.all()) if application else [],
        history=history,
    )


def facility_file(*, actor: Actor, facility_id: int, today: date) -> FilePage:
    """
    A facility's file.

    :raises Facility.DoesNotExist: if there is none
    """
    _may(actor)
    where = Facility.objects.select_related("parent").get(pk=facility_id)
    told = Discrepancy.objects.filter(element__event__facility=where)
    return FilePage(
        **_common(where, today),
        discrepancies=list(told.select_related("element", "verification")),
        associates=list(where.associates.all()),
        site_checks=list(where.site_checks.all()),
    )


def _common(holder: Practitioner | Facility, today: date) -> dict[str, object]:
    cycles = list(holder.cycles.all())
    event = cycles[0] if cycles else None
    day = max(event.planned_decision_date or today, today) if event else today
    if event is not None and event.decision_date:
        day = event.decision_date
    credentials = list(
        holder.credentials.select_related("document").order_by("kind", "state", "pk")
    )
    return {
        "holder": holder,
        "event": event,
        "day": day,
        "elements": element_states(event, day) if event else [],
        "steps": list(event.steps.all()) if event else [],
        "credentials": [row for row in credentials if row.superseded_at is None],
        "replaced": [row for row in credentials if row.superseded_at is not None],
        "documents": list(holder.documents.filter(superseded_by=None)),
        "cycles": cycles,
    }


def element_page(*, actor: Actor, element_id: int, today: date) -> ElementPage:
    """
    One element.

    :raises Element.DoesNotExist: if there is none, or it is not asked for any more
    """
    _may(actor)
    element = Element.objects.select_related(
        "event__practitioner", "event__facility", "credential"
    ).get(pk=element_id, dropped_at=None)
    event = element.event
    day = max(event.planned_decision_date or today, today)
    states = {state.element.pk: state for state in element_states(event, day)}
    told = element.verifications.select_related("review")
    return ElementPage(element, states[element.pk], day, list(told))


def document(*, actor: Actor, document_id: int) -> Document:
    """
    One document, for staff or for whoever it belongs to.

    :raises Document.DoesNotExist: if there is none that the actor may see
    """
    rows = Document.objects.select_related("practitioner", "facility")
    if not actor.may(VIEW):
        mine = Application.objects.for_actor(actor).values("practitioner_id")
        rows = rows.filter(practitioner_id__in=mine)
    return rows.get(pk=document_id)


def verification(*, actor: Actor, verification_id: int) -> Verification:
    """
    One verification.

    :raises Verification.DoesNotExist: if there is none
    """
    _may(actor)
    return Verification.objects.select_related("element").get(pk=verification_id)


def complaints_since(holder: Practitioner | Facility) -> int:
    """How many complaints about somebody came since they were decided last."""
    decided = Decision.objects.filter(event__in=holder.cycles.values("pk"))
    last = decided.aggregate(day=Max("decision_date"))["day"]
    rows = holder.complaints.all()
    return (rows if last is None else rows.filter(received_date__gte=last)).count()


def _may(actor: Actor) -> None:
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
