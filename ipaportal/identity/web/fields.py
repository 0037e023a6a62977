"""Parts of forms that every app's pages share."""

from datetime import date
from decimal import Decimal

from django import forms
from django.http import HttpRequest
from django.utils import timezone


def day_input() -> forms.DateInput:
    """A date with the browser's picker."""
    return forms.DateInput(attrs={"type": "date"})


def to_cents(amount: Decimal) -> int:
    """Dollars of a form, which has two decimals, as whole cents."""
    return int(amount * 100)


def day_asked(request: HttpRequest) -> date:
    """The day that the address asks about (`on`), else today."""
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return timezone.localdate()
