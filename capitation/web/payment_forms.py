"""Forms of the pages about payments and bank details."""

from django import forms

from capitation.queries.banking import ACCOUNT_TYPES
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party


class Release(forms.Form):
    """The digest of the batch as it was shown."""

    seen_digest = forms.CharField(max_length=64, widget=forms.HiddenInput)


class Why(forms.Form):
    """Words that say why."""

    text = forms.CharField(
        max_length=500, label="Why, in words", widget=forms.Textarea(attrs={"rows": 3})
    )


class Confirm(forms.Form):
    """Nothing but a yes."""


class Agreement(forms.Form):
    """Whether prenotes are sent, and from which day on."""

    sends_prenotes = forms.BooleanField(
        required=False, label="Test new and changed accounts by a prenote"
    )
    effective_date = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    text = forms.CharField(
        max_length=500,
        label="What was agreed, with whom",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class Returns(forms.Form):
    """A file of returns from the bank."""

    file = forms.FileField(label="File of returns")


class BankDetails(forms.Form):
    """Whose account, where, which number."""

    party = forms.ModelChoiceField(Party.objects.none(), label="Whose account")
    holder_name = forms.CharField(max_length=200, label="Name on the account")
    routing_number = forms.CharField(
        max_length=9,
        help_text="Nine digits.",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    account_number = forms.CharField(
        max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    account_type = forms.ChoiceField(choices=ACCOUNT_TYPES)
    bank_name = forms.CharField(
        max_length=100,
        required=False,
        help_text="For the IPA's own account only: payment files name the bank.",
    )
    company_id = forms.CharField(
        max_length=10,
        required=False,
        label="Company number",
        help_text="For the IPA's own account only: what the bank assigned, often 1 and the TIN.",
    )

    def __init__(self, *args: object, actor: Actor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        parties = Party.objects.filter(kind__in=[Party.Kind.IPA, Party.Kind.PRACTICE])
        reach = actor.reach("capitation.propose_bank_account")
        if reach is not None:
            parties = parties.filter(pk__in=reach, kind=Party.Kind.PRACTICE)
            del self.fields["bank_name"], self.fields["company_id"]
        self.fields["party"].queryset = parties.order_by("kind", "name")
