"""Forms of the pages about payments and bank details."""

from django import forms

from capitation.formats.positive_pay import LAYOUTS
from capitation.models import CheckBook
from capitation.queries.banking import ACCOUNT_TYPES
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party

BY_CHECK = "By check needs no numbers, only the name and where it is mailed to."


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


class VoidCheck(Why):
    """Why a check is made void, and whether the bank was told."""

    is_stopped = forms.BooleanField(required=False, label="The bank was told to stop it")


class OpenBook(forms.Form):
    """The number of the first check."""

    first_number = forms.IntegerField(min_value=1, max_value=10**9 - 1)


class OfAccount(forms.Form):
    """Which account's register, also of one that is used no more."""

    origin = forms.ModelChoiceField(
        CheckBook.objects.none(), label="Account", required=False, empty_label="the one in use"
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["origin"].queryset = CheckBook.objects.select_related("origin").order_by("-pk")

    @property
    def origin_id(self) -> object:
        """The account that was chosen; nothing for the one in use."""
        book = self.cleaned_data["origin"]
        return book and book.origin_id


class ClearedList(OfAccount):
    """The bank's list of paid checks, and what its columns are called."""

    file = forms.FileField(label="The bank's list")
    number = forms.CharField(max_length=60, initial="Check number", label="Column of the number")
    amount = forms.CharField(max_length=60, initial="Amount", label="Column of the amount")
    date = forms.CharField(max_length=60, initial="Date", label="Column of the day it was paid")
    date_format = forms.ChoiceField(
        choices=[("%Y-%m-%d", "2026-10-31"), ("%m/%d/%Y", "10/31/2026"), ("%Y%m%d", "20261031")],
        label="How it writes days",
    )


class PositivePay(OfAccount):
    """Which days' checks the bank is told of, in which layout."""

    first_date = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_date = forms.DateField(
        label="To", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    layout = forms.ChoiceField(choices=list(LAYOUTS.items()), label="The bank's layout")


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
        required=False,
        help_text="Nine digits.",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    account_number = forms.CharField(
        max_length=20, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    account_type = forms.ChoiceField(
        choices=ACCOUNT_TYPES, label="Kind of account, or by check", help_text=BY_CHECK
    )
    mail_address = forms.CharField(
        max_length=300,
        required=False,
        label="Mailing address",
        help_text="For checks only: up to three lines below the name.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
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
