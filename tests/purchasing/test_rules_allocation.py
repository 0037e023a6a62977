"""Shortages: quota kept, nobody loses a unit as supply grows, nobody sees another's claim."""

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipaportal.core.merkle import inclusion_proof, inclusion_proofs, leaf_hash
from ipaportal.core.money import split
from purchasing.rules.allocation import (
    Claim,
    Grant,
    Published,
    PublishedLine,
    after_change,
    allocate,
    is_in_table,
    publish,
    shipments,
    table_digest,
    tie_mark,
)

KEY = b"a cycle's own key"


def claims_of(*units: int) -> list[Claim]:
    return [Claim(f"p{number}", asked) for number, asked in enumerate(units)]


def given_by(allocation) -> list[int]:
    return [grant.units for grant in allocation.grants]


@st.composite
def worlds(draw, most=8):
    asked = draw(st.lists(st.integers(0, 40), min_size=1, max_size=most))
    return [
        Claim(f"p{number}", units, draw(st.integers(0, units)) if draw(st.booleans()) else 0)
        for number, units in enumerate(asked)
    ]


def plainly(asked: list[int], supply: int) -> list[int]:
    """The method as its authors state it, unit by unit, in fractions."""
    have, whole = [0] * len(asked), sum(asked)
    for unit in range(1, supply + 1):
        may = [i for i, claim in enumerate(asked) if have[i] * whole < claim * unit]
        first = max(
            may,
            key=lambda i: (
                Fraction(asked[i], have[i] + 1),
                [-byte for byte in tie_mark(f"p{i}", KEY)],
            ),
        )
        have[first] += 1
    return have


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.data())
def test_is_the_method_as_its_authors_state_it(asked, data):
    supply = data.draw(st.integers(0, sum(asked)))
    assert given_by(allocate(claims_of(*asked), supply, KEY)) == plainly(asked, supply)


@given(worlds())
def test_keeps_to_the_quota_and_takes_nothing_back(claims):
    total = sum(claim.units for claim in claims)
    before = [0] * len(claims)
    promised = sum(claim.floor for claim in claims)
    for supply in range(total + 3):
        found = allocate(claims, supply, KEY)
        now = given_by(found)
        assert sum(now) == min(supply, total)
        assert found.left == supply - sum(now)
        assert sum(grant.share for grant in found.grants) == sum(now)
        assert all(later - earlier in (0, 1) for earlier, later in zip(before, now, strict=True))
        assert sum(now) - sum(before) <= 1
        for claim, grant in zip(claims, found.grants, strict=True):
            assert grant.units <= claim.units
            assert floor(grant.share) <= grant.units <= ceil(grant.share)
            assert supply < promised or grant.units >= claim.floor
        before = now
    assert before == [claim.units for claim in claims]


@given(worlds(), st.integers(0, 200), st.randoms(use_true_random=False))
def test_does_not_depend_on_the_order_of_claims(claims, supply, chance):
    shuffled = list(claims)
    chance.shuffle(shuffled)
    assert allocate(shuffled, supply, KEY) == allocate(claims, supply, KEY)


def test_the_case_in_which_largest_remainder_takes_a_unit_back():
    asked = [37, 5, 17]
    assert split(29, asked) == [18, 3, 8]
    assert split(30, asked) == [19, 2, 9]
    assert given_by(allocate(claims_of(*asked), 29, KEY)) == [19, 2, 8]
    assert given_by(allocate(claims_of(*asked), 30, KEY)) == [19, 2, 9]


def test_fills_what_is_promised_before_the_rest():
    claims = [Claim("alvarez", 10, 6), Claim("bell", 10)]
    assert given_by(allocate(claims, 5, KEY)) == [5, 0]
    assert given_by(allocate(claims, 6, KEY)) == [6, 0]
    found = allocate(claims, 13, KEY)
    assert found.grants == (
        Grant("alvarez", 10, 6, Fraction(8), 8),
        Grant("bell", 10, 0, Fraction(5), 5),
    )


def test_a_tie_is_decided_by_the_key_and_not_by_the_name():
    firsts = {
        given_by(allocate(claims_of(1, 1), 1, bytes([number]))).index(1) for number in range(20)
    }
    assert firsts == {0, 1}


def test_gives_out_shipment_after_shipment():
    steps = list(shipments(claims_of(37, 5, 17), [29, 1, 40], KEY))
    assert [step.units_of() for step in steps] == [
        {"p0": 19, "p1": 2, "p2": 8},
        {"p0": 19, "p1": 2, "p2": 9},
        {"p0": 37, "p1": 5, "p2": 17},
    ]
    assert steps[-1].left == 11


@given(worlds(5), st.integers(0, 100), st.data())
def test_what_was_received_stays_when_claims_change(claims, came, data):
    received = allocate(claims, came, KEY).units_of()
    changed = [
        Claim(claim.key, data.draw(st.integers(0, 40)), 0)
        for claim in claims
        if data.draw(st.booleans())
    ]
    later = allocate(after_change(changed, received), came, KEY).units_of()
    assert all(later[key] >= units for key, units in received.items())


def test_nobody_claims_twice_or_more_than_is_asked():
    with pytest.raises(AssertionError):
        allocate([Claim("bell", 1), Claim("bell", 2)], 1, KEY)
    with pytest.raises(AssertionError):
        Claim("bell", 1, 2)


@given(worlds(), st.integers(0, 100))
def test_every_line_lies_under_the_checksum_and_an_altered_one_does_not(claims, supply):
    found = publish(allocate(claims, supply, KEY), "item 7, shipment 1", b"salt")
    for line in found.lines:
        assert is_in_table(line, found.size, found.checksum)
        text = line.text.replace("asked ", "asked 1")
        altered = PublishedLine(line.grant, line.place, text, line.salt, line.proof)
        assert not is_in_table(altered, found.size, found.checksum)


def test_the_checksum_hides_what_others_asked_for():
    # Two practices: whoever knows one line could try out the other's, were it not salted.
    one, other = (
        publish(allocate(claims_of(3, 5), 4, KEY), "item 7", salt) for salt in (b"one", b"other")
    )
    assert isinstance(one, Published)
    assert one.checksum != other.checksum
    assert one.lines[0].text == (
        "quota method (Balinski and Young), floors first, ties by HMAC-SHA-256|item 7|came 4|p0"
        "|asked 3|promised 0|share 3/2|given 1"
    )
    allocation = allocate(claims_of(3, 5), 4, KEY)
    assert table_digest(allocation, "item 7") != table_digest(allocation, "item 8")


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 13])
def test_proves_all_lines_at_once_as_one_by_one(size):
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    assert inclusion_proofs(leaves) == [inclusion_proof(leaves, at) for at in range(size)]
