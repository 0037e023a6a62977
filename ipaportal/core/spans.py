"""Spans of days: the start belongs to the span, the end is the first day after it (None: open)."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from ipaportal.core.months import add_months


class Span(NamedTuple):
    """The days from `start` up to, not including, `end`."""

    start: date
    end: date | None = None


def contains(span: Span, day: date) -> bool:
    """Tell whether a day lies in a span."""
    return span.start <= day and (span.end is None or day < span.end)


def month_span(month: date) -> Span:
    """Give the days of a month."""
    return Span(month, add_months(month, 1))


def intersect(one: Span, other: Span) -> Span | None:
    """Give the days two spans share, or nothing."""
    start = max(one.start, other.start)
    ends = [end for end in (one.end, other.end) if end is not None]
    end = min(ends, default=None)
    return Span(start, end) if end is None or start < end else None


def days(span: Span) -> int:
    """Count the days of a closed span."""
    assert span.end is not None
    return max(0, (span.end - span.start).days)


def days_in_month(span: Span, month: date) -> int:
    """Count the days of a month that lie in a span."""
    shared = intersect(span, month_span(month))
    return days(shared) if shared else 0


def merge(spans: Iterable[Span]) -> list[Span]:
    """Join spans that overlap or touch; empty ones fall away."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: s.start):
        if span.end is not None and span.end <= span.start:
            continue
        last = merged[-1] if merged else None
        if last and (last.end is None or span.start <= last.end):
            end = None if last.end is None or span.end is None else max(last.end, span.end)
            merged[-1] = Span(last.start, end)
        else:
            merged.append(Span(*span))
    return merged


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Take days away from spans; what is left is merged."""
    left = merge(spans)
    for hole in merge(taken):
        left = [part for span in left for part in _without(span, hole)]
    return left


def _without(span: Span, hole: Span) -> list[Span]:
    if intersect(span, hole) is None:
        return [span]
    parts = []
    if span.start < hole.start:
        parts.append(Span(span.start, hole.start))
    if hole.end is not None and (span.end is None or hole.end < span.end):
        parts.append(Span(hole.end, span.end))
    return parts
