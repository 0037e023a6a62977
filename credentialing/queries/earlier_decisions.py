"""Decisions of others that were taken over, and what a list of them would do, line by line."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from credentialing.models import Decision, EarlierDecision, Facility, Practitioner
from credentialing.queries.screening_matches import standings
from credentialing.rules.decisions import OUTCOMES, QUEUE_DAYS
from credentialing.rules.earlier_decisions import (
    Earlier,
    EarlierRow,
    LeftOut,
    Place,
    fault_of,
    fault_of_basis,
    is_over,
)
from credentialing.rules.facility_types import BY_CODE
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.words import day_text

VIEW = "credentialing.view_network"
AT_ONCE = 2000
# What standing on an exclusion list keeps a facility out of a list of decisions.
MATCHED = ("stopped", "open")


@dataclass(frozen=True)
class PreviewRow:
    """
    One line that can be taken over: about whom, what stood there, what it comes to today.

    Of a facility `place` says what it is; `who` is None where its file is opened by the line.
    """

    line_no: int
    decision: Earlier
    who: Practitioner | Facility | None
    before: EarlierDecision | None
    lapses: bool
    place: Place | None = None

    @property
    def basis(self) -> str:
        """On what a facility was taken, in words."""
        return self.place.basis_words if self.place is not None else ""

    @property
    def word(self) -> str:
        """What taking the line over does."""
        if self.before is None:
            return "new"
        is_same = is_told_by(self.before, self.decision) and self.before.basis == self.basis
        return "unchanged" if is_same else "replaces"


@dataclass(frozen=True)
class Preview:
    """A list as it would be taken over now; `digest` signs it."""

    rows: list[PreviewRow]
    refused: list[LeftOut]

    @property
    def changes(self) -> list[PreviewRow]:
        """The lines that say something new."""
        return [row for row in self.rows if row.word != "unchanged"]

    @property
    def lapsed(self) -> int:
        """How many would take no part any more, because they are overdue."""
        return sum(row.lapses for row in self.changes)

    @property
    def digest(self) -> str:
        """What was seen: every line that can be used, what it replaces, and the others."""
        told = [
            f"{row.line_no} {row.decision} {row.place} {row.who and row.who.pk} "
            f"{row.before and row.before.pk}"
            for row in self.rows
        ]
        told += [f"{row.line_no} {row.reason}" for row in self.refused]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def preview_of(lines: Iterable[EarlierRow | LeftOut], today: date) -> Preview:
    """What a list would do: who it is about and what is known is read some thousands at a time."""
    read: list[EarlierRow] = []
    refused: list[LeftOut] = []
    for row in lines:
        if isinstance(row, LeftOut):
            refused.append(row)
        elif fault := _fault(row, today):
            refused.append(LeftOut(row.line_no, fault))
        else:
            read.append(row)
    rows: list[PreviewRow] = []
    for start in range(0, len(read), AT_ONCE):
        some = read[start : start + AT_ONCE]
        _judge([row for row in some if row.place is None], today, rows, refused)
        _judge_places([row for row in some if row.place is not None], today, rows, refused)
    refused.sort(key=lambda row: row.line_no)
    return Preview(rows, refused)


def _fault(row: EarlierRow, today: date) -> str:
    fault = fault_of(row.decision, today)
    if row.place is not None:
        fault = fault or fault_of_basis(row.place, row.decision.decided_date)
    return fault


def _judge(
    some: list[EarlierRow], today: date, rows: list[PreviewRow], refused: list[LeftOut]
) -> None:
    people = {who.npi: who for who in Practitioner.objects.filter(npi__in=_npis(some))}
    known, decided = _known("practitioner", [who.pk for who in people.values()])
    for row in some:
        who = people.get(row.decision.npi)
        if who is None:
            words = "nobody of the network has this NPI: import the network first"
            refused.append(LeftOut(row.line_no, words))
        elif who.pk in decided:
            refused.append(LeftOut(row.line_no, _decided_words(who, decided[who.pk])))
        else:
            lapses = is_over(row.decision.next_due_date, today)
            rows.append(PreviewRow(row.line_no, row.decision, who, known.get(who.pk), lapses))


def _judge_places(
    some: list[EarlierRow], today: date, rows: list[PreviewRow], refused: list[LeftOut]
) -> None:
    if not some:
        return
    npis = _npis(some)
    places = {where.npi: where for where in Facility.objects.filter(npi__in=npis)}
    people = {who.npi: who for who in Practitioner.objects.filter(npi__in=npis)}
    known, decided = _known("facility", [where.pk for where in places.values()])
    screened = standings(f"facility:{where.pk}" for where in places.values())
    for row in some:
        where, person = places.get(row.decision.npi), people.get(row.decision.npi)
        if person is not None:
            words = f"{person}, a practitioner of the network, has this NPI"
        elif where is None:
            words = ""
        elif where.pk in decided:
            words = _decided_words(where, decided[where.pk])
        else:
            words = _differs(row.place, where, screened[f"facility:{where.pk}"].outcome)
        if words:
            refused.append(LeftOut(row.line_no, words))
            continue
        before = known.get(where.pk) if where is not None else None
        lapses = is_over(row.decision.next_due_date, today)
        rows.append(PreviewRow(row.line_no, row.decision, where, before, lapses, row.place))


def _differs(place: Place, where: Facility, screened: str) -> str:
    """Why a facility that is here is not what a line says, or may not be taken over."""
    if where.tin != place.tin:
        return f"{where} has this NPI with another TIN"
    if where.kind != place.kind:
        return f"{where} has this NPI, and is no {BY_CODE[place.kind].name.lower()} here"
    if where.status in (Facility.Status.SUSPENDED, Facility.Status.ENDED):
        return f"{where} is here, and stands as “{where.get_status_display()}”: open a file"
    if screened in MATCHED:
        return f"{where} has a match on an exclusion list that is not cleared"
    return ""


def _npis(some: list[EarlierRow]) -> list[str]:
    return [row.decision.npi for row in some]


def _known(of: str, keys: list[int]) -> tuple[dict[int, EarlierDecision], dict[int, date]]:
    """What was taken over about some, and on which day ours were decided last."""
    taken = EarlierDecision.objects.filter(superseded_at=None, **{f"{of}__in": keys})
    ours = Decision.objects.filter(**{f"event__{of}__in": keys}).order_by("decision_date", "pk")
    decided = dict(ours.values_list(f"event__{of}_id", "decision_date"))
    return {getattr(one, f"{of}_id"): one for one in taken}, decided


def _decided_words(who: Practitioner | Facility, day: date) -> str:
    return f"{who} was decided here on {day_text(day)}: our own decision counts"


def is_told_by(before: EarlierDecision, now: Earlier) -> bool:
    """Whether what was taken over is what a line says again."""
    told = (before.outcome, before.initial_date, before.decided_date, before.next_due_date)
    return (*told, before.committee) == (
        *(now.outcome, now.initial_date, now.decided_date, now.next_due_date), now.committee
    )  # fmt: skip


def earlier_decisions(
    *, actor: Actor, today: date, text: str = "", show: str = ""
) -> QuerySet[EarlierDecision]:
    """
    What was taken over; `show` is "over", "due", "counts" (not decided here since) or all.

    :raises NotPermitted: whoever may not see the network
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    rows = _taken_over().select_related("practitioner", "facility")
    if show == "over":
        rows = rows.filter(is_decided_here=False, next_due_date__lt=today)
    elif show == "due":
        half_a_year = today + timedelta(days=QUEUE_DAYS)
        rows = rows.filter(is_decided_here=False, next_due_date__lte=half_a_year)
    elif show == "counts":
        rows = rows.filter(is_decided_here=False)
    if text := text.strip():
        rows = rows.filter(
            Q(practitioner__last_name__istartswith=text)
            | Q(practitioner__npi__startswith=text)
            | Q(facility__legal_name__icontains=text)
            | Q(facility__dba_name__icontains=text)
            | Q(facility__npi__startswith=text)
            | Q(committee__icontains=text)
        )
    return rows


def _taken_over() -> QuerySet[EarlierDecision]:
    ours = Decision.objects.filter(
        Q(event__practitioner=OuterRef("practitioner")) | Q(event__facility=OuterRef("facility"))
    )
    rows = EarlierDecision.objects.filter(superseded_at=None)
    return rows.annotate(is_decided_here=Exists(ours))


def over_elsewhere(today: date) -> QuerySet[EarlierDecision]:
    """Of whoever was never decided here: what was due again before today."""
    return _taken_over().filter(is_decided_here=False, next_due_date__lt=today)


def earlier_of(holder: Practitioner | Facility) -> EarlierDecision | None:
    """What was taken over about somebody, if anything was."""
    return holder.earlier_decisions.filter(superseded_at=None).first()


def told_in_words(one: EarlierDecision) -> str:
    """An earlier decision as a sentence, which says whose it is."""
    return (
        f"taken over: {OUTCOMES[one.outcome]} by {one.committee} on {day_text(one.decided_date)}, "
        f"due again by {day_text(one.next_due_date)}; nobody here decided the file"
    )
