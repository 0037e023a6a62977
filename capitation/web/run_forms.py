"""Forms of runs."""

from django import forms

from capitation.models import Contract
from capitation.web.fields import MonthField, lines


class OpenMonth(forms.Form):
    """Which contract's month to open."""

    contract = forms.ModelChoiceField(Contract.objects.filter(is_active=True))
    month = MonthField(label="Month")


class ApproveRun(forms.Form):
    """The digest of the run as it was shown."""

    seen_digest = forms.CharField(max_length=64, widget=forms.HiddenInput)


class CancelRun(forms.Form):
    """Why a run is given up."""

    reason = forms.CharField(
        max_length=300,
        label="Why, in words",
        help_text="What it found is found again by the next run of the contract.",
        widget=lines(),
    )


class Nothing(forms.Form):
    """Nothing but a yes."""
