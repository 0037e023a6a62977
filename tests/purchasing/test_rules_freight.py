"""Freight of a stopped office: shared to the cent, within what was agreed, the rest the IPA's."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules.freight import Carrier, room_of, share_anew


@pytest.mark.parametrize(
    ("_case", "cents", "carriers", "parts", "left"),
    [
        ("by weight", 90, [(1, 2, None), (2, 1, None)], [60, 30], 0),
        ("odd cent to the earlier", 101, [(1, 1, None), (2, 1, None)], [51, 50], 0),
        ("what one cannot take the other does", 100, [(1, 1, 10), (2, 1, None)], [10, 90], 0),
        ("room to the cent", 100, [(1, 1, 50), (2, 1, 50)], [50, 50], 0),
        ("a cent less room", 100, [(1, 1, 49), (2, 1, 50)], [49, 50], 1),
        ("nobody has room", 100, [(1, 1, 0)], [0], 100),
        ("no line is left", 100, [], [], 100),
        ("nothing to share", 0, [(1, 1, None)], [0], 0),
    ],
)
def test_shares_what_falls_free(_case, cents, carriers, parts, left):
    found, rest = share_anew(cents, [Carrier(*one) for one in carriers])
    assert (list(found.values()), rest) == (parts, left)


@pytest.mark.parametrize(
    ("ceiling", "freight", "room"),
    [("9.00", 0, 0), ("9.10", 0, 100), ("9.10", 99, 1), ("9.10", 100, 0), ("9.10", 250, 0),
     ("9.0999", 0, 99), (None, 50, None)],
)  # fmt: skip
def test_room_ends_where_a_pack_would_cost_more_than_was_said(ceiling, freight, room):
    said = Decimal(ceiling) if ceiling else None
    assert room_of(said, Decimal(9), 10, freight) == room


@given(
    st.integers(0, 10_000),
    st.lists(st.tuples(st.integers(0, 50), st.none() | st.integers(0, 3_000)), max_size=6),
)
def test_no_cent_is_lost_and_nobody_has_more_than_room(cents, rows):
    carriers = [Carrier(key, weight, room) for key, (weight, room) in enumerate(rows)]
    parts, left = share_anew(cents, carriers)
    assert sum(parts.values()) + left == cents
    assert min([*parts.values(), left]) >= 0
    for one in carriers:
        assert one.room_cents is None or parts[one.key] <= one.room_cents
        if left and one.weight:  # the IPA has only what nobody may take
            assert parts[one.key] == one.room_cents
