"""Decisions of others that were taken over, and what a list of them would do, line by line."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from credentialing.models import Decision, EarlierDecision, Practitioner
from credentialing.rules.decisions import OUTCOMES, QUEUE_DAYS
from credentialing.rules.earlier_decisions import (
    Earlier,
    EarlierRow,
    LeftOut,
    fault_of,
    is_over,
)
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.words import day_text

VIEW = "credentialing.view_network"
AT_ONCE = 2000


@dataclass(frozen=True)
class PreviewRow:
    """One line that can be taken over: about whom, what stood there, what it comes to today."""

    line_no: int
    decision: Earlier
    who: Practitioner
    before: EarlierDecision | None
    lapses: bool

    @property
    def word(self) -> str:
        """What taking the line over does."""
        if self.before is None:
            return "new"
        return "replaces" if not _is_same(self.before, self.decision) else "unchanged"


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
        told = [f"{row.line_no} {row.decision} {row.before and row.before.pk}" for row in self.rows]
        told += [f"{row.line_no} {row.reason}" for row in self.refused]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def preview_of(lines: Iterable[EarlierRow | LeftOut], today: date) -> Preview:
    """What a list would do: people and what is known of them are read some thousands at a time."""
    read: list[EarlierRow] = []
    refused: list[LeftOut] = []
    for row in lines:
        if isinstance(row, LeftOut):
            refused.append(row)
        elif fault := fault_of(row.decision, today):
            refused.append(LeftOut(row.line_no, fault))
        else:
            read.append(row)
    rows: list[PreviewRow] = []
    for start in range(0, len(read), AT_ONCE):
        _judge(read[start : start + AT_ONCE], today, rows, refused)
    refused.sort(key=lambda row: row.line_no)
    return Preview(rows, refused)


def _judge(
    some: list[EarlierRow], today: date, rows: list[PreviewRow], refused: list[LeftOut]
) -> None:
    npis = [row.decision.npi for row in some]
    people = {who.npi: who for who in Practitioner.objects.filter(npi__in=npis)}
    keys = [who.pk for who in people.values()]
    known = {
        one.practitioner_id: one
        for one in EarlierDecision.objects.filter(practitioner__in=keys, superseded_at=None)
    }
    ours = Decision.objects.filter(event__practitioner__in=keys).order_by("decision_date", "pk")
    decided = dict(ours.values_list("event__practitioner_id", "decision_date"))
    for row in some:
        who = people.get(row.decision.npi)
        if who is None:
            words = "nobody of the network has this NPI: import the network first"
            refused.append(LeftOut(row.line_no, words))
        elif who.pk in decided:
            day = day_text(decided[who.pk])
            words = f"{who} was decided here on {day}: our own decision counts"
            refused.append(LeftOut(row.line_no, words))
        else:
            lapses = is_over(row.decision.next_due_date, today)
            rows.append(PreviewRow(row.line_no, row.decision, who, known.get(who.pk), lapses))


def _is_same(before: EarlierDecision, now: Earlier) -> bool:
    told = (before.outcome, before.decided_date, before.next_due_date, before.committee)
    return told == (now.outcome, now.decided_date, now.next_due_date, now.committee)


def earlier_decisions(
    *, actor: Actor, today: date, text: str = "", show: str = ""
) -> QuerySet[EarlierDecision]:
    """
    What was taken over; `show` is "over", "due", "counts" (not decided here since) or all.

    :raises NotPermitted: whoever may not see the network
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    ours = Decision.objects.filter(event__practitioner=OuterRef("practitioner"))
    rows = EarlierDecision.objects.filter(superseded_at=None).select_related("practitioner")
    rows = rows.annotate(is_decided_here=Exists(ours))
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
            | Q(committee__icontains=text)
        )
    return rows


def earlier_of(practitioner_id: int) -> EarlierDecision | None:
    """What was taken over about somebody, if anything was."""
    return EarlierDecision.objects.filter(practitioner=practitioner_id, superseded_at=None).first()


def told_in_words(one: EarlierDecision) -> str:
    """An earlier decision as a sentence, which says whose it is."""
    return (
        f"taken over: {OUTCOMES[one.outcome]} by {one.committee} on {day_text(one.decided_date)}, "
        f"due again by {day_text(one.next_due_date)}; nobody here decided the file"
    )
