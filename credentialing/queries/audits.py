"""Samples for audits: the universe, the cover grid of a file, the worksheet, what may be shown."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Count, Exists, OuterRef, QuerySet

from credentialing.models import (
    Attestation,
    AuditMark,
    AuditSample,
    Credential,
    CredentialingEvent,
    Decision,
    Discrepancy,
    Education,
    Element,
    SampledFile,
    Verification,
    Work,
)
from credentialing.queries.elements import ElementState, element_states
from credentialing.rules.audit_samples import Decided, FactorResult, factor_result, worksheet
from credentialing.rules.decisions import notice_words
from credentialing.rules.elements import NPDB, SOURCES
from credentialing.rules.events import DECIDED, Status
from credentialing.rules.windows import window_on
from ipaportal.audit.actions import NotPermitted
from ipaportal.core.actors import Actor

VIEW = "credentialing.view_samples"
NPDB_WORDS = "queried; the answer is confidential and shown to no auditor"


def may_view(actor: Actor) -> None:
    """
    Refuse whoever may see no samples.

    :raises NotPermitted: if they may not
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)


def universe(first: date, last: date, payer_party_id: int | None) -> list[Decided]:
    """Decisions of a time about practitioners: of a plan's participants, or of everybody."""
    events = CredentialingEvent.objects.filter(
        practitioner__isnull=False,
        decision_date__range=(first, last),
        status__in=[*DECIDED, Status.CLOSED],
    )
    if payer_party_id is not None:
        mine = {"practitioner__participations__payer_party_id": payer_party_id}
        events = events.filter(practitioner__participations__superseded_no=None, **mine)
    rows = events.order_by("pk").values_list("pk", "kind", "decision_date").distinct()
    return [Decided(*row) for row in rows]


def modified(universe: Sequence[Decided]) -> list[Decided]:
    """
    Those of some decisions in whose file something was changed after it was recorded.

    That is: a source was asked of an element again, a verification was not accepted, a signature
    was voided, a difference led to a correction, or what was on file was superseded meanwhile.
    """
    events = CredentialingEvent.objects.filter(pk__in=[one.event_id for one in universe])
    elements = Element.objects.filter(event=OuterRef("pk"))
    again = elements.annotate(times=Count("verifications")).filter(times__gt=1)
    refused = Verification.objects.filter(element__event=OuterRef("pk"), review__is_accepted=False)
    voided = Attestation.objects.filter(application__event=OuterRef("pk"), voided_at__isnull=False)
    differed = Discrepancy.objects.filter(element__event=OuterRef("pk")).exclude(outcome="")
    meanwhile = {
        "practitioner": OuterRef("practitioner"),
        "superseded_at__gte": OuterRef("opened_at"),
        "superseded_at__date__lte": OuterRef("decision_date"),
    }
    replaced = [
        Exists(model.objects.filter(**meanwhile)) for model in (Credential, Education, Work)
    ]
    changed = Exists(again) | Exists(refused) | Exists(voided) | Exists(differed)
    for one in replaced:
        changed |= one
    found = set(events.filter(changed).values_list("pk", flat=True))
    return [one for one in universe if one.event_id in found]


def samples(*, actor: Actor) -> QuerySet[AuditSample]:
    """Samples the actor may see: a plan's auditor those of the plan."""
    may_view(actor)
    return AuditSample.objects.for_actor(actor, VIEW).select_related("payer_party", "packet")


def sampled_file(*, actor: Actor, file_id: int) -> SampledFile:
    """
    One file of a sample.

    :raises SampledFile.DoesNotExist: if it is of no sample the actor may see
    """
    mine = samples(actor=actor)
    return SampledFile.objects.select_related("sample").get(pk=file_id, sample__in=mine)


def cover_of(event: CredentialingEvent) -> dict[str, object]:
    """
    The cover grid of a decided file: each element judged by the rule of the decision's day.

    Nothing of the NPDB but that it was asked, nothing that was said in the committee, no Social
    Security number, birth date, race, ethnicity or language is in it.
    """
    day = event.decision_date
    who = event.practitioner
    decision = Decision.objects.filter(event=event).select_related("letter").first()
    head = [
        ["Practitioner", f"{who.last_name}, {who.first_name}"],
        ["NPI", who.npi],
        ["Cycle", event.get_kind_display()],
        ["Decided on", day.isoformat()],
        ["Outcome", decision.get_outcome_display() if decision else event.get_status_display()],
        ["Decided by", decision.decided_by_name if decision else ""],
        ["Letter", _letter(decision, day)],
        ["Next due", event.next_due_date.isoformat() if event.next_due_date else ""],
    ]
    rows = [_row(state, day) for state in element_states(event, day)]
    return {"head": head, "rows": rows}


def _letter(decision: Decision | None, day: date) -> str:
    letter = getattr(decision, "letter", None)
    if letter is None:
        return "none on file"
    days = (letter.issued_date - day).days
    words = notice_words(decision.notice_due_date, letter.issued_date, letter.issued_date)
    return f"after {days} days, {words}"


def _row(state: ElementState, day: date) -> dict[str, object]:
    found = state.verification
    window = window_on(state.rule.group, day)
    limit = f"{window.days} days" if window.days is not None else "no limit"
    row = {
        "code": state.element.code,
        "element": str(state.element),
        "source": "",
        "performed": "",
        "as_of": "",
        "holds_until": "",
        "rule": f"{limit} ({window.citation})",
        "reviewer": "",
        "result": "not on file",
        "passes": "no",
        "why": "nothing accepted is on file",
    }
    if found is None:
        return row
    is_npdb = found.source == NPDB
    standing = state.standing
    return row | {
        "source": SOURCES[found.source].name if not is_npdb else "NPDB",
        "performed": found.performed_at.date().isoformat(),
        "as_of": found.as_of_date.isoformat(),
        "holds_until": standing.last_day.isoformat() if standing.last_day else "",
        "reviewer": found.review.reviewed_by_name,
        "result": NPDB_WORDS if is_npdb else found.get_result_display(),
        "passes": "yes" if standing.holds else "no",
        "why": standing.reason,
    }


def elements_of(file: SampledFile) -> list[str]:
    """The elements of a file as the worksheet names them, each once."""
    return list(dict.fromkeys(row["element"].partition(":")[0] for row in file.cover["rows"]))


def newest_marks(files: Iterable[SampledFile]) -> dict[tuple[int, str], AuditMark]:
    """What auditors found, the newest word for each file and element."""
    marks = AuditMark.objects.filter(file__in=[file.pk for file in files])
    return {(mark.file_id, mark.element): mark for mark in marks.order_by("marked_at", "pk")}


def marked_sheet(files: Sequence[SampledFile]) -> dict[str, FactorResult]:
    """The worksheet by what auditors marked themselves; elements nobody marked are left out."""
    marks = {key: mark.passes for key, mark in newest_marks(files).items()}
    found = {}
    for name in dict.fromkeys(name for _, name in marks):
        having = [file.pk for file in files if name in elements_of(file)]
        found[name] = worksheet(having, [name], marks)[name]
    return found


def worksheet_of(files: Iterable[SampledFile]) -> list[tuple[str, FactorResult]]:
    """
    Each element over the files in the order drawn: 8 that pass end it, one that fails takes all.

    A file that does not need an element is left out of its column.
    """
    columns: dict[str, list[bool | None]] = {}
    for file in files:
        passes: dict[str, bool] = {}
        for row in file.cover["rows"]:
            name = row["element"].partition(":")[0]
            passes[name] = passes.get(name, True) and row["passes"] == "yes"
        for name, is_good in passes.items():
            columns.setdefault(name, []).append(is_good)
    return [(name, factor_result(answers)) for name, answers in columns.items()]
