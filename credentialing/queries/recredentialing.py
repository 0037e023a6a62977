"""Recredentialing: who is due again, how urgently, and what has happened since the last cycle."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from credentialing.models import (
    AdverseAction,
    Complaint,
    CredentialingEvent,
    Decision,
    EarlierDecision,
    Facility,
    MalpracticeClaim,
    Practice,
    Practitioner,
    SiteCheck,
    Suspension,
)
from credentialing.queries.earlier_decisions import earlier_decisions
from credentialing.rules.adverse import Stage
from credentialing.rules.decisions import QUEUE_DAYS, queue_band, queue_opens
from credentialing.rules.events import OVER
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.words import plural

VIEW = "credentialing.view_files"


@dataclass(frozen=True)
class DueAgain:
    """
    Somebody whose next decision is due, with the cycle that is open for it, if any.

    `decision` is ours, or what was taken over of another committee.
    """

    decision: Decision | EarlierDecision
    holder: Practitioner | Facility
    band: str
    opens: date
    open_event: CredentialingEvent | None
    since: str

    @property
    def is_taken_over(self) -> bool:
        """Whether others decided last, and nobody here."""
        return isinstance(self.decision, EarlierDecision)

    @property
    def decided_date(self) -> date:
        """When they were decided last."""
        if isinstance(self.decision, EarlierDecision):
            return self.decision.decided_date
        return self.decision.decision_date


class Due(Sequence[Decision | EarlierDecision]):
    """
    Whoever is due, the first first: ours and those taken over; only a page of them is read whole.
    """

    def __init__(self, ours: QuerySet[Decision], theirs: QuerySet[EarlierDecision]) -> None:
        self.rows = {False: ours, True: theirs}
        keys = [(day, False, pk) for day, pk in ours.values_list("next_due_date", "pk")]
        keys += [(day, True, pk) for day, pk in theirs.values_list("next_due_date", "pk")]
        self.keys = sorted(keys)

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, cut):
        some = self.keys[cut] if isinstance(cut, slice) else [self.keys[cut]]
        found = {
            (which, row.pk): row
            for which, rows in self.rows.items()
            for row in rows.filter(pk__in=[pk for _, of, pk in some if of is which])
        }
        read = [found[which, pk] for _, which, pk in some]
        return read if isinstance(cut, slice) else read[0]


def due_again(*, actor: Actor, today: date, text: str = "", show: str = "") -> list[DueAgain]:
    """Whoever is due within half a year, the lapsed first, with what happened since."""
    return told(due(actor=actor, today=today, text=text, show=show)[:], today)


def due(*, actor: Actor, today: date, text: str = "", show: str = "") -> Due:
    """
    Whoever is due within half a year, decided here or taken over.

    `show` is "lapsed", "waiting", "taken_over" or all.

    :raises NotPermitted: whoever may not see files
    """
    theirs = earlier_decisions(actor=actor, today=today, show="due")
    theirs = _asked(theirs, "", today, text, show)
    ours = due_decisions(actor=actor, today=today, text=text, show=show)
    return Due(ours.none() if show == "taken_over" else ours, theirs)


def due_decisions(
    *, actor: Actor, today: date, text: str = "", show: str = ""
) -> QuerySet[Decision]:
    """
    The newest decision of whoever is due within half a year; `show` is "lapsed", "waiting" or all.

    :raises NotPermitted: whoever may not see files
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    rows = _asked(newest_decisions(today), "event__", today, text, show)
    return rows.order_by("next_due_date", "pk")


def _asked(rows: QuerySet, of: str, today: date, text: str, show: str) -> QuerySet:
    """Those of a name, that lapsed, or for whom no cycle is open; `of` leads to whom it is."""
    if text := text.strip():
        rows = rows.filter(
            Q(**{f"{of}practitioner__last_name__istartswith": text})
            | Q(**{f"{of}practitioner__first_name__istartswith": text})
            | Q(**{f"{of}facility__legal_name__icontains": text})
            | Q(**{f"{of}facility__dba_name__icontains": text})
        )
    if show == "lapsed":
        rows = rows.filter(next_due_date__lt=today)
    if show == "waiting":
        cycles = CredentialingEvent.objects.exclude(status__in=OVER)
        rows = rows.exclude(
            Exists(cycles.filter(practitioner=OuterRef(f"{of}practitioner")))
        ).exclude(Exists(cycles.filter(facility=OuterRef(f"{of}facility"))))
    return rows


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


def told(rows: Sequence[Decision | EarlierDecision], today: date) -> list[DueAgain]:
    """Some decisions with their open cycles and what happened since, in a few questions."""
    holders = [_holder(row) for row in rows]
    people = [one.pk for one in holders if isinstance(one, Practitioner)]
    places = [one.pk for one in holders if isinstance(one, Facility)]
    of = Q(practitioner__in=people) | Q(facility__in=places)
    cycles = CredentialingEvent.objects.exclude(status__in=OVER).filter(of)
    opened = {(one.practitioner_id, one.facility_id): one for one in cycles}
    happened = _happened(of, people, places)
    found = []
    for row, holder in zip(rows, holders, strict=True):
        key = (holder.pk, None) if isinstance(holder, Practitioner) else (None, holder.pk)
        band, opens = queue_band(row.next_due_date, today), queue_opens(row.next_due_date)
        one = DueAgain(row, holder, band, opens, opened.get(key), "")
        since = _since(happened.get(key, []), one.decided_date)
        found.append(replace(one, since=since))
    return found


Key = tuple[int | None, int | None]


def _holder(row: Decision | EarlierDecision) -> Practitioner | Facility:
    of = row if isinstance(row, EarlierDecision) else row.event
    return of.practitioner or of.facility


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


def practice_of(who: Practitioner, today: date) -> Practice | None:
    """Through which practice somebody applies again: as the last time, or where they take part."""
    before = who.applications.select_related("party__practice").first()
    practice = getattr(before.party, "practice", None) if before is not None else None
    if practice is None:
        days = who.participations.current().active_on(today).select_related("practice")
        found = days.order_by("effective_date", "pk").first()
        practice = found.practice if found is not None else None
    return practice
