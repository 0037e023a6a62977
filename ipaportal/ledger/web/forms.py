"""Forms of the ledger's pages."""

from django import forms

from ipaportal.identity.models import Party
from ipaportal.ledger.models import Hold


class PlaceHold(forms.Form):
    """Whom to hold, and why."""

    party = forms.ModelChoiceField(Party.objects.none(), label="Payee")
    reason = forms.ChoiceField(choices=Hold.Reason.choices)
    text = forms.CharField(
        max_length=500,
        label="Why, in words",
        help_text="The payee and the auditors will read it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].queryset = Party.objects.filter(
            kind__in=[Party.Kind.PRACTICE, Party.Kind.SUPPLIER]
        ).order_by("name")


class ReleaseHold(forms.Form):
    """Why payments may go on."""

    text = forms.CharField(
        max_length=500, label="Why payments may go on", widget=forms.Textarea(attrs={"rows": 3})
    )


class AsOf(forms.Form):
    """A day at whose end balances are shown."""

    as_of = forms.DateField(
        required=False, label="As of", widget=forms.DateInput(attrs={"type": "date"})
    )
