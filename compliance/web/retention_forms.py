"""Forms of holds and purges."""

from django import forms

from compliance.models.retention import KIND_CHOICES
from credentialing.models import Practitioner
from ipaportal.core.roles import STAFF_ROLES
from ipaportal.identity.models import Party, User

EVERYTHING = "Everything, where nothing is chosen."


class PlaceHold(forms.Form):
    """What a hold is about, what it covers, and who is told."""

    matter = forms.CharField(
        max_length=200,
        help_text="As those who keep the records will know it: a case number, a plan's audit.",
    )
    reason = forms.CharField(
        max_length=500, label="Why, and what has to be kept", widget=forms.Textarea({"rows": 3})
    )
    kinds = forms.MultipleChoiceField(
        choices=KIND_CHOICES, required=False, label="Kinds of records", help_text=EVERYTHING,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    party = forms.ModelChoiceField(
        Party.objects.none(), required=False, label="Of a practice or plan", empty_label="anybody"
    )
    npi = forms.RegexField(
        r"^[0-9]{10}$", required=False, label="Of a practitioner (NPI)",
        error_messages={"invalid": "An NPI has ten digits."},
    )  # fmt: skip
    custodians = forms.ModelMultipleChoiceField(
        User.objects.none(), label="Who is told",
        help_text="They get a mail that names nobody, and say here that they keep to it.",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].queryset = Party.objects.exclude(kind=Party.Kind.IPA).order_by("name")
        staff = User.objects.filter(is_active=True, grants__role__in=STAFF_ROLES)
        self.fields["custodians"].queryset = staff.distinct().order_by("name")

    def clean_npi(self) -> Practitioner | None:
        npi = self.cleaned_data["npi"]
        if not npi:
            return None
        who = Practitioner.objects.filter(npi=npi).first()
        if who is None:
            raise forms.ValidationError("No practitioner on file has this NPI.")
        return who


class Because(forms.Form):
    """Why, in words that stay on record."""

    reason = forms.CharField(max_length=500, label="Why")


class Seen(forms.Form):
    """The list that was looked at."""

    seen = forms.CharField(widget=forms.HiddenInput)
