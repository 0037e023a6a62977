"""Whose days: which days of a month count, under which plan, with which PCP and payee."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import NamedTuple, Protocol

from capitation.rules.terms import Terms
from ipaportal.core.months import day_of, days_in
from ipaportal.core.spans import Span, days, intersect, merge, month_span


class CoverageSpan(NamedTuple):
    """Days covered, in one of the plan's products."""

    plan_code: str
    start: date
    end: date | None = None


class Assignment(NamedTuple):
    """Days with one PCP."""

    practitioner_id: int
    start: date
    end: date | None = None


class Participation(NamedTuple):
    """Days a practitioner is in the payer's network, and who is paid for them."""

    practitioner_id: int
    payee_id: int
    start: date
    end: date | None = None


class Exclusivity(NamedTuple):
    """Days a payee is exclusive with the payer."""

    payee_id: int
    start: date
    end: date | None = None


class Piece(NamedTuple):
    """Counted days under one plan, with one PCP, for one payee."""

    days: int
    plan_code: str
    practitioner_id: int | None
    payee_id: int
    is_exclusive: bool = False


class Facts(Protocol):
    """What of a member's month the days depend on."""

    month: date
    coverage: tuple[CoverageSpan, ...]
    assignments: tuple[Assignment, ...]
    participations: tuple[Participation, ...]
    exclusivities: tuple[Exclusivity, ...]


@dataclass(frozen=True, slots=True)
class _Day:
    """Who is who on a day; lowest number first, should two spans ever share a day."""

    facts: Facts
    day: date

    def _at(self, spans: Sequence) -> list:
        return [s for s in spans if s.start <= self.day and (s.end is None or self.day < s.end)]

    def plan_code(self) -> str | None:
        return min((c.plan_code for c in self._at(self.facts.coverage)), default=None)

    def practitioner_id(self) -> int | None:
        return min((a.practitioner_id for a in self._at(self.facts.assignments)), default=None)

    def payee_id(self, practitioner_id: int | None, unassigned: int) -> int:
        mine = [
            p.payee_id
            for p in self._at(self.facts.participations)
            if p.practitioner_id == practitioner_id
        ]
        return min(mine, default=unassigned)

    def is_exclusive(self, payee_id: int) -> bool:
        return any(e.payee_id == payee_id for e in self._at(self.facts.exclusivities))


def covered_days(coverage: Sequence[CoverageSpan], month: date) -> int:
    """Count the days of the month that are covered by any span."""
    return sum(days(span) for span in _covered(coverage, month))


def counted_day(terms: Terms, month: date) -> date | None:
    """Give the day that decides the month; none when months are divided by days."""
    if terms.assignment_rule == "daily":
        return None
    return month if terms.assignment_rule == "first_day" else day_of(month, terms.assignment_day)


def counted_pieces(facts: Facts, terms: Terms, unassigned: int) -> tuple[Piece, ...]:
    """Divide the days that count; none if the member was not covered on the day that decides."""
    day = counted_day(terms, facts.month)
    if day is None:
        return _daily_pieces(facts, unassigned)
    piece = _piece(_Day(facts, day), days_in(facts.month), unassigned)
    return (piece,) if piece else ()


def piece_without_pay(facts: Facts, unassigned: int) -> Piece:
    """Give the PCP of the last covered day, so that the doctor sees a member who is not paid."""
    last = _covered(facts.coverage, facts.month)[-1].end
    day = _Day(facts, date.fromordinal(last.toordinal() - 1))
    return _piece(day, 0, unassigned)


def _covered(coverage: Sequence[CoverageSpan], month: date) -> list[Span]:
    clipped = (intersect(Span(c.start, c.end), month_span(month)) for c in coverage)
    return merge(span for span in clipped if span)


def _piece(day: _Day, count: int, unassigned: int) -> Piece | None:
    plan_code = day.plan_code()
    if plan_code is None:
        return None
    who = day.practitioner_id()
    payee = day.payee_id(who, unassigned)
    return Piece(count, plan_code, who, payee, day.is_exclusive(payee))


def _daily_pieces(facts: Facts, unassigned: int) -> tuple[Piece, ...]:
    """Between two dates at which any span starts or ends, every day is like the first."""
    month = month_span(facts.month)
    cuts = {month.start, month.end}
    spans = (*facts.coverage, *facts.assignments, *facts.participations, *facts.exclusivities)
    for span in spans:
        cuts.update(c for c in span[-2:] if c and month.start < c < month.end)
    ordered = sorted(cuts)
    pieces = []
    for start, end in pairwise(ordered):
        piece = _piece(_Day(facts, start), (end - start).days, unassigned)
        if piece:
            pieces.append(piece)
    return tuple(pieces)
