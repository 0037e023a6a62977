"""How somebody did since the last decision: counted from what is on file, each number opened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.module_loading import import_string

from credentialing.models import (
    Complaint,
    Condition,
    CredentialingEvent,
    Decision,
    Facility,
    Practitioner,
    ScreeningResult,
    SiteCheck,
)
from credentialing.queries.earlier_decisions import earlier_of
from credentialing.rules import performance as rules
from credentialing.rules.performance import Item, Number, counted, screened_words

FROM_PLANS = (Complaint.Source.PLAN, Complaint.Source.AUTHORITY)
CLEAR = (ScreeningResult.Outcome.CLEAR, ScreeningResult.Outcome.CLEARED)


@dataclass(frozen=True)
class Since:
    """From which decision on something is counted: its day, and whose it was."""

    day: date
    by: str
    decision: Decision | None = None


@dataclass(frozen=True)
class Performance:
    """What happened from one decision to a day."""

    since: Since
    until: date
    numbers: list[Number]


def performance(
    holder: Practitioner | Facility, event: CredentialingEvent | None, day: date
) -> Performance | None:
    """
    What happened since the last decision, up to a day; None where nothing was decided before.

    Of a cycle: since the decision before that of its own.
    """
    since = _since(holder, event)
    if since is None:
        return None
    span = (since.day, day)
    numbers = [*_heard(holder, span), *_above(holder, span), *_acted(holder, span)]
    if isinstance(holder, Practitioner):
        numbers.append(_claims(holder, span))
    numbers += [_visits(holder, span), _screened(holder, span)]
    if since.decision is not None:
        numbers.append(_conditions(since.decision))
    order = list(rules.TOPICS)
    return Performance(since, day, sorted(numbers, key=lambda one: order.index(one.topic.key)))


def _since(holder: Practitioner | Facility, event: CredentialingEvent | None) -> Since | None:
    rows = Decision.objects.filter(event__in=holder.cycles.values("pk")).exclude(outcome="denied")
    if event is not None:
        rows = rows.exclude(event=event)
    before = rows.order_by("-decision_date", "-pk").first()
    if before is not None:
        return Since(before.decision_date, "here", before)
    earlier = earlier_of(holder)
    return Since(earlier.decided_date, earlier.committee) if earlier is not None else None


Span = tuple[date, date]


def _heard(holder: Practitioner | Facility, span: Span) -> list[Number]:
    of = "practitioner" if isinstance(holder, Practitioner) else "facility"
    url = reverse(f"credentialing:{of}_complaints", args=[holder.pk])
    found: dict[str, list[Item]] = {rules.COMPLAINTS: [], rules.GRIEVANCES: []}
    for one in holder.complaints.filter(received_date__range=span):
        key = rules.GRIEVANCES if one.source in FROM_PLANS else rules.COMPLAINTS
        text = f"case {one.case_number}, {one.get_kind_display()}, from {one.get_source_display()}"
        outcome = one.get_outcome_display() or "open"
        found[key].append(Item(one.received_date, text, outcome, url))
    return [counted(key, items) for key, items in found.items()]


def _acted(holder: Practitioner | Facility, span: Span) -> list[Number]:
    stopped = [
        Item(one.effective_date, one.reason, "lifted" if one.lifted_at else "in force",
             reverse("credentialing:suspension_list"))
        for one in holder.suspensions.filter(effective_date__range=span)
    ]  # fmt: skip
    numbers = [counted(rules.SUSPENSIONS, stopped)]
    if isinstance(holder, Practitioner):
        acted = [
            Item(one.opened_date, f"{one.get_kind_display()}, rests on {one.get_basis_display()}",
                 one.get_stage_display(), reverse("credentialing:adverse_detail", args=[one.pk]))
            for one in holder.adverse_actions.filter(opened_date__range=span)
        ]  # fmt: skip
        numbers.append(counted(rules.ADVERSE, acted))
    return numbers


def _claims(who: Practitioner, span: Span) -> Number:
    url = reverse("credentialing:practitioner_file", args=[who.pk]) + "?tab=history"
    rows = who.malpractice_claims.current().filter(
        Q(occurred_date__range=span) | Q(closed_date__range=span)
    )
    return counted(
        rules.CLAIMS,
        [Item(one.occurred_date, "occurred", one.get_outcome_display(), url) for one in rows],
    )


def _visits(holder: Practitioner | Facility, span: Span) -> Number:
    if isinstance(holder, Facility):
        rows = holder.site_checks.all()
        url = reverse("credentialing:facility_detail", args=[holder.pk]) + "?tab=behind"
    else:
        through = holder.participations.current().filter(effective_date__lte=span[1])
        rows = SiteCheck.objects.filter(location__practice__in=through.values("practice"))
        url = reverse("credentialing:practitioner_detail", args=[holder.pk])
    rows = rows.filter(checked_date__range=span).select_related("location")
    return counted(
        rules.VISITS,
        [
            Item(one.checked_date, f"{one.get_kind_display()} by {one.checked_by}",
                 one.get_result_display(), url)
            for one in rows
        ],
    )  # fmt: skip


def _screened(holder: Practitioner | Facility, span: Span) -> Number:
    """The screenings as a number, those that were not clear one by one."""
    kind = "practitioner" if isinstance(holder, Practitioner) else "facility"
    rows = ScreeningResult.objects.filter(
        subject_key=f"{kind}:{holder.pk}", run__as_of__range=span
    ).select_related("run")
    told = list(rows.order_by("run__as_of", "pk"))
    others = tuple(
        Item(one.run.as_of, "a screening", one.get_outcome_display(),
             reverse("credentialing:screening_detail", args=[one.run_id]))
        for one in reversed(told)
        if one.outcome not in CLEAR
    )  # fmt: skip
    note = screened_words(len(told), len(others))
    url = reverse("credentialing:screening_list") if told else ""
    return Number(rules.TOPICS[rules.SCREENING], len(told), others, note, url)


def _conditions(decision: Decision) -> Number:
    url = reverse("credentialing:letter_detail", args=[decision.pk])
    rows = Condition.objects.filter(decision=decision)
    return counted(
        rules.CONDITIONS,
        [Item(one.due_date, one.text, "met" if one.met_at else "not met yet", url) for one in rows],
    )


def _above(holder: Practitioner | Facility, span: Span) -> list[Number]:
    """What lies above the network: composition says who answers (settings.NETWORK_PERFORMANCE)."""
    if isinstance(holder, Facility):
        return []
    through = holder.participations.current().filter(effective_date__lte=span[1])
    through = through.exclude(end_date__lte=span[0])
    parties = sorted(set(through.values_list("practice__party_id", flat=True)))
    asked: list[Callable[..., Number]] = [
        import_string(name) for name in settings.NETWORK_PERFORMANCE
    ]
    return [ask(practitioner_id=holder.pk, party_ids=parties, span=span) for ask in asked]
