"""Prices of services: Medicare's formula, places, modifiers, shares, and the lesser of two."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.pricing import (
    Allowed,
    Place,
    Price,
    Values,
    allowed,
    factor_on,
    medicare_cents,
    price_of,
)

VISIT = Values(Decimal("1.30"), Decimal("1.46"), Decimal("0.55"), Decimal("0.10"))
SHARE = {"pct": Decimal(100), "units": Decimal(1), "place_of_service": "11"}


def test_medicares_formula():
    factor = factor_on(date(2026, 6, 1))
    assert factor == Decimal("33.4009")
    assert medicare_cents(VISIT, Place(), factor, in_facility=False) == 95_53  # 2.86 × 33.4009
    assert medicare_cents(VISIT, Place(), factor, in_facility=True) == 65_13  # 1.95 × 33.4009
    qualifying = factor_on(date(2026, 6, 1), is_qualifying=True)
    assert medicare_cents(VISIT, Place(), qualifying, in_facility=False) == 96_00
    dear = Place(Decimal("1.05"), Decimal("1.2"), Decimal("0.5"))
    # 1.365 + 1.752 + 0.05 = 3.167
    assert medicare_cents(VISIT, dear, factor, in_facility=False) == 105_78


def test_a_year_without_a_factor_is_not_guessed():
    assert factor_on(date(2026, 1, 1)) == factor_on(date(2026, 12, 31))
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        with pytest.raises(LookupError, match=f"{day.year}"):
            factor_on(day)


def test_the_place_of_service_decides_on_the_expense():
    price = Price(100_00, 60_00, "PFS 2026")
    assert [price.cents(place) for place in ("11", "", "21", "22", "23", "12")] == [
        100_00, 100_00, 60_00, 60_00, 60_00, 100_00,
    ]  # fmt: skip


def test_a_modifier_with_a_price_of_its_own_goes_first():
    prices = {("71046", ""): Price(3, 3, ""), ("71046", "26"): Price(1, 1, "")}
    found = [
        price_of(lambda *key: prices.get(key), "71046", given)
        for given in ("", "26", "59 26", "TC")
    ]
    assert [one.office_cents for one in found] == [3, 1, 1, 3]
    assert price_of(lambda *key: prices.get(key), "99999", "26") is None


def test_the_share_of_the_price_or_the_charge_if_less():
    price = Price(100_00, 60_00, "PFS 2026")
    share = SHARE | {"pct": Decimal("110.00")}
    assert allowed(price, charge_cents=120_00, **share) == Allowed(
        110_00, "110 % of PFS 2026, $100.00 a unit"
    )
    assert allowed(price, charge_cents=110_00, **share).cents == 110_00
    less = allowed(price, charge_cents=109_99, **share)
    assert (less.cents, less.words[:10]) == (109_99, "the charge")
    many = allowed(price, charge_cents=10**6, **share | {"units": Decimal("2.5")})
    assert many.cents == 275_00
    assert allowed(price, charge_cents=10**6, **share | {"place_of_service": "21"}).cents == 66_00


@given(
    unit=st.integers(0, 10**6),
    pct=st.decimals(0, 300, places=2),
    units=st.decimals(0, 1000, places=3),
    charge=st.integers(-100, 10**8),
)
def test_nothing_is_allowed_above_the_charge_or_below_nothing(unit, pct, units, charge):
    found = allowed(
        Price(unit, unit, ""), pct=pct, units=units, charge_cents=charge, place_of_service="11"
    )
    assert 0 <= found.cents <= max(0, charge)
