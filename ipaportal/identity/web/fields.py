"""Parts of forms that every app's pages share."""

from decimal import Decimal

from django import forms


def day_input() -> forms.DateInput:
    """A date with the browser's picker."""
    return forms.DateInput(attrs={"type": "date"})


def to_cents(amount: Decimal) -> int:
    """Dollars of a form, which has two decimals, as whole cents."""
    return int(amount * 100)
