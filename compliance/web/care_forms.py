"""Forms of care watch."""

from django import forms

from compliance.models import CareReview
from ipaportal.identity.models import Party

MOST_BYTES = 20_000_000


class Review(forms.Form):
    """What a medical director found."""

    outcome = forms.ChoiceField(choices=CareReview.Outcome.choices, label="What you found")
    reason = forms.CharField(
        max_length=2000, label="Why: what you looked at, and what it showed",
        help_text="It is kept for ever. Name no member.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip


class CareFile(forms.Form):
    """A file of care facts, and whose they are."""

    source = forms.ModelChoiceField(Party.objects.none(), label="Whose facts these are")
    file = forms.FileField(
        label="The file", help_text="CSV: month, npi, member, kind, count. See the kinds below."
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = Party.objects.filter(
            kind__in=[Party.Kind.PAYER, Party.Kind.IPA]
        ).order_by("name")
