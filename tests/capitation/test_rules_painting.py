"""Span surgery: statements painted over what is known."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capitation.rules.painting import Brush, Piece, repaint

A, B = ("c", "A"), ("c", "B")
OTHER = ("d", "A")


def day(number: int | None) -> date | None:
    return None if number is None else date(2026, 1, 1) + timedelta(days=number)


def piece(start, end, value):
    return Piece(day(start), day(end), value)


def brush(start, end, value, **more):
    return Brush(day(start), day(end), value, **more)


@pytest.mark.parametrize(
    ("_case", "known", "statement", "removed", "added"),
    [
        ("first", [], brush(0, None, A), [], [(0, None, A)]),
        ("confirms", [(0, None, A)], brush(9, None, A), [], []),
        ("ends", [(0, None, A)], brush(9, None, None), [(0, None, A)], [(0, 9, A)]),
        ("cancels", [(0, None, A)], brush(0, None, None), [(0, None, A)], []),
        ("moves", [(0, None, A)], brush(9, None, B), [(0, None, A)], [(0, 9, A), (9, None, B)]),
        ("extends", [(0, 9, A)], brush(5, None, A), [(0, 9, A)], [(0, None, A)]),
        ("touches", [(0, 9, A)], brush(9, None, A), [], [(9, None, A)]),
        ("cuts the same", [(0, None, A)], brush(0, 9, A), [(0, None, A)], [(0, 9, A)]),
        ("adds days only", [(0, None, A)], brush(3, 9, A, cuts=False), [], []),
        (
            "between", [(0, None, A)], brush(5, 9, B),
            [(0, None, A)], [(0, 5, A), (5, 9, B), (9, None, A)],
        ),
        ("another contract's stays", [(0, None, OTHER)], brush(0, None, None, only="c"), [], []),
        ("empty", [(0, None, A)], brush(5, 5, B), [], []),
    ],
)  # fmt: skip
def test_paints(_case, known, statement, removed, added):
    done = repaint([piece(*one) for one in known], [statement])
    assert done.removed == [piece(*one) for one in removed]
    assert done.added == [piece(*one) for one in added]


days = st.integers(0, 40)
ends = st.one_of(st.none(), st.integers(0, 40))
brushes = st.lists(
    st.builds(brush, days, ends, st.sampled_from([A, B, None]), cuts=st.booleans()), max_size=8
)


def picture(pieces, days_shown=45):
    """The value of each day."""
    return [
        next(
            (p.value for p in pieces if p.start <= day(n) and (p.end is None or day(n) < p.end)),
            None,
        )
        for n in range(days_shown)
    ]


@given(brushes, brushes)
def test_never_overlaps_and_the_last_statement_holds(before, after):
    known = repaint([], before).added
    done = repaint(known, after)
    now = [p for p in known if p not in done.removed] + done.added
    now.sort(key=lambda p: p.start)
    assert all(a.end is not None and a.end <= b.start for a, b in pairwise(now))
    assert all(p.end is None or p.start < p.end for p in now)
    said = [b for b in after if b.end is None or b.start < b.end]
    if said:
        last, shown = said[-1], picture(now)
        until = 45 if last.end is None else (last.end - day(0)).days
        assert set(shown[(last.start - day(0)).days : until]) <= {last.value}


@given(brushes)
def test_says_nothing_new_the_second_time(statements):
    known = repaint([], statements[-1:]).added
    assert repaint(known, statements[-1:]) == ([], [])
