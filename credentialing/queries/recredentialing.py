"""Recredentialing: who is due again, how urgently, and what has happened since the last cycle."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from credentialing.models import (
    AdverseAction,
    Complaint,
    CredentialingEvent,
    Decision,
    Facility,
    MalpracticeClaim,
    Practitioner,
    SiteCheck,
    Suspension,
)
from credentialing.rules.adverse import Stage
from credentialing.rules.decisions import QUEUE_DAYS, queue_band, queue_opens
from credentialing.rules.events import OVER
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.words import plural

VIEW = "credentialing.view_files"


@dataclass(frozen=True)
class DueAgain:
    """Somebody whose next decision is due, with the cycle that is open for it, if any."""

    decision: Decision
    holder: Practitioner | Facility
    band: str
    opens: date
    open_event: CredentialingEvent | None
    since: str


def due_again(*, actor: Actor, today: date, text: str = "", show: str = "") -> list[DueAgain]:
    """Whoever is due within half a year, the lapsed first, with what happened since."""
    return told(list(due_decisions(actor=actor, today=today, text=text, show=show)), today)


def due_decisions(
    *, actor: Actor, today: date, text: str = "", show: str = ""
) -> QuerySet[Decision]:
    """
    The newest decision of whoever is due within half a year; `show` is "lapsed", "waiting" or all.

    :raises NotPermitted: whoever may not see files
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    rows = newest_decisions(today)
    if text := text.strip():
        rows = rows.filter(
            Q(event__practitioner__last_name__istartswith=text)
            | Q(event__practitioner__first_name__istartswith=text)
            | Q(event__facility__legal_name__icontains=text)
            | Q(event__facility__dba_name__icontains=text)
        )
    if show == "lapsed":
        rows = rows.filter(next_due_date__lt=today)
    if show == "waiting":
        cycles = CredentialingEvent.objects.exclude(status__in=OVER)
        rows = rows.exclude(
            Exists(cycles.filter(practitioner=OuterRef("event__practitioner")))
        ).exclude(Exists(cycles.filter(facility=OuterRef("event__facility"))))
    return rows.order_by("next_due_date", "pk")


def newest_decisions(today: date) -> QuerySet[Decision]:
    """The newest decision of everybody that is due within half a year."""
    newer = Decision.objects.filter(
        Q(decision_date__gt=OuterRef("decision_date"))
        | Q(decision_date=OuterRef("decision_date"), pk__gt=OuterRef("pk"))
    )
    rows = Decision.objects.filter(
        ~Exists(newer.filter(event__practitioner=OuterRef("event__practitioner"))),
        ~Exists(newer.filter(event__facility=OuterRef("event__facility"))),
        next_due_date__lte=today + timedelta(days=QUEUE_DAYS),
    )
    return rows.select_related("event__practitioner", "event__facility")


def told(rows: Sequence[Decision], today: date) -> list[DueAgain]:
    """Some decisions with their open cycles and what happened since, in a few questions."""
    people = [row.event.practitioner_id for row in rows if row.event.practitioner_id]
    places = [row.event.facility_id for row in rows if row.event.facility_id]
    of = Q(practitioner__in=people) | Q(facility__in=places)
    cycles = CredentialingEvent.objects.exclude(status__in=OVER).filter(of)
    opened = {(one.practitioner_id, one.facility_id): one for one in cycles}
    happened = _happened(of, people, places)
    return [
        DueAgain(
            row,
            row.event.practitioner or row.event.facility,
            queue_band(row.next_due_date, today),
            queue_opens(row.next_due_date),
            opened.get(_key(row)),
            _since(happened.get(_key(row), []), row.decision_date),
        )
        for row in rows
    ]


Key = tuple[int | None, int | None]


def _key(row: Decision) -> Key:
    return row.event.practitioner_id, row.event.facility_id


def _happened(of: Q, people: list[int], places: list[int]) -> dict[Key, list[tuple[str, date]]]:
    """What happened to some, whenever: the word for it and its day."""
    both = ("practitioner_id", "facility_id")
    claims = MalpracticeClaim.objects.current().filter(practitioner__in=people)
    visits = SiteCheck.objects.filter(facility__in=places, result__in=("failed", "correction"))
    suspended = Suspension.objects.filter(of).values_list(*both, "effective_date")
    acted = AdverseAction.objects.filter(practitioner__in=people).exclude(
        stage__in=(Stage.CLOSED, Stage.REVERSED)
    )
    heard = Complaint.objects.filter(of).values_list(*both, "received_date")
    found: dict[Key, list[tuple[str, date]]] = {}
    for word, rows in (
        ("suspension", suspended),
        ("complaint", heard),
        ("adverse action", [(who, None, day) for who, day in
                            acted.values_list("practitioner_id", "opened_date")]),
        ("malpractice claim", [(who, None, day) for who, day in
                               claims.values_list("practitioner_id", "occurred_date")]),
        ("failed visit", [(None, place, day) for place, day in
                          visits.values_list("facility_id", "checked_date")]),
    ):  # fmt: skip
        for who, place, day in rows:
            found.setdefault((who, place), []).append((word, day))
    return found


def _since(happened: Sequence[tuple[str, date]], since: date) -> str:
    """What has happened since the last decision, as far as it stands in the files."""
    counts = Counter(word for word, day in happened if day >= since)
    return ", ".join(plural(count, word) for word, count in counts.items())
