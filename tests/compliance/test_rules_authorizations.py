"""Whether a service is authorized: number, day, provider and units, each at its boundary."""

from datetime import date
from decimal import Decimal

import pytest

from compliance.rules.authorizations import Allowed, Asked, fault_of

FIRST, AFTER = date(2026, 10, 1), date(2026, 11, 1)
ONE = Allowed("N1", "99213", "1111111111", FIRST, AFTER, Decimal(2))
ANY = Allowed("N2", "J1100", "", FIRST, AFTER, Decimal(1))


@pytest.mark.parametrize(("_case", "asked", "number", "npi", "expected"), [
    ("fits", [("99213", FIRST, 2)], "", "1111111111", ""),
    ("its last day", [("99213", date(2026, 10, 31), 1)], "N1", "1111111111", ""),
    ("a day after", [("99213", AFTER, 1)], "N1", "1111111111", "not authorized on 2026-11-01"),
    ("a day before", [("99213", date(2026, 9, 30), 1)], "", "1111111111", "not authorized on"),
    ("a unit too many", [("99213", FIRST, 2), ("99213", FIRST, 1)], "", "1111111111", "more units"),
    ("another provider", [("99213", FIRST, 1)], "", "2222222222", "another provider"),
    ("any provider", [("J1100", FIRST, 1)], "", "2222222222", ""),
    ("another number", [("99213", FIRST, 1)], "N2", "1111111111", "no authorization N2"),
    ("another service", [("99214", FIRST, 1)], "", "1111111111", "99214: no authorization"),
    ("nothing needs one", [], "", "", ""),
])  # fmt: skip
def test_says_what_is_missing(_case, asked, number, npi, expected):
    wanted = [Asked(code, day, Decimal(units)) for code, day, units in asked]
    found = fault_of(wanted, number, frozenset({npi}), [ONE, ANY])
    assert expected in found
    assert bool(found) == bool(expected)
