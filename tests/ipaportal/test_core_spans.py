from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ipaportal.core.spans import Span, contains, days, days_in_month, intersect, merge, subtract

OCT, NOV = date(2026, 10, 1), date(2026, 11, 1)
DAY = st.integers(0, 40).map(lambda n: OCT + timedelta(days=n))
SPANS = st.lists(st.builds(Span, DAY, st.one_of(st.none(), DAY)), max_size=5)


def days_of(spans):
    all_days = [OCT + timedelta(days=n) for n in range(50)]
    return {day for day in all_days for span in spans if contains(span, day)}


def test_ends_before_its_end():
    span = Span(OCT, NOV)
    assert contains(span, OCT)
    assert contains(span, date(2026, 10, 31))
    assert not contains(span, NOV)


def test_counts_days_of_a_month():
    assert days_in_month(Span(date(2026, 9, 1)), OCT) == 31
    assert days_in_month(Span(OCT, date(2026, 10, 11)), OCT) == 10
    assert days_in_month(Span(date(2026, 10, 31), None), OCT) == 1
    assert days_in_month(Span(NOV), OCT) == 0
    assert (days(Span(OCT, OCT)), days(Span(NOV, OCT)), days(Span(OCT, NOV))) == (0, 0, 31)
    assert days_in_month(Span(date(2026, 9, 1), OCT), OCT) == 0


def test_merges_what_touches():
    second = date(2026, 10, 2)
    assert merge([Span(second, NOV), Span(OCT, second)]) == [Span(OCT, NOV)]
    assert merge([Span(OCT, second), Span(date(2026, 10, 3))]) == [
        Span(OCT, second),
        Span(date(2026, 10, 3)),
    ]


def test_spans_that_touch_share_nothing_and_empty_ones_fall_away():
    assert intersect(Span(OCT, NOV), Span(NOV)) is None
    assert merge([Span(OCT, OCT)]) == []


def test_takes_a_hole_out_of_an_open_span():
    hole = Span(date(2026, 10, 5), date(2026, 10, 9))
    assert subtract([Span(OCT)], [hole]) == [Span(OCT, hole.start), Span(hole.end)]


@given(SPANS, SPANS)
def test_is_set_arithmetic_on_days(one, other):
    assert days_of(merge(one)) == days_of(one)
    assert days_of(subtract(one, other)) == days_of(one) - days_of(other)
    shared = [s for a in one for b in other if (s := intersect(a, b))]
    assert days_of(shared) == days_of(one) & days_of(other)
