"""Form fields that several pages share."""

from datetime import date

from django import forms

from ipaportal.core.months import month_of


class MonthField(forms.DateField):
    """A month, written YYYY-MM; its value is the first day."""

    widget = forms.DateInput(format="%Y-%m", attrs={"type": "month", "placeholder": "YYYY-MM"})

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("input_formats", ["%Y-%m", "%Y-%m-%d"])
        super().__init__(**kwargs)

    def to_python(self, value: object) -> date | None:
        """Give the month's first day."""
        found = super().to_python(value)
        return month_of(found) if found else None


def lines(rows: int = 3) -> forms.Textarea:
    """A few lines of text."""
    return forms.Textarea(attrs={"rows": rows})
