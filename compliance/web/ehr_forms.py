"""Forms about practices' record systems."""

from django import forms

from compliance.rules.ehr import (
    CITATION,
    CONTRIBUTION_PCT,
    HOSTING,
    KINDS,
    LEAST_WEEKS,
    MOST_WEEKS,
    USUAL_WEEKS,
)
from compliance.web.audit_forms import PAPER
from ipaportal.identity.web.fields import day_input

NO_PATIENTS = "Name no patient here: whoever helps reads it."


class System(forms.Form):
    """What a practice keeps its records in."""

    product = forms.CharField(max_length=120)
    vendor = forms.CharField(max_length=120)
    version = forms.CharField(max_length=40, required=False)
    listing = forms.CharField(
        label="Number in the product list", max_length=60, required=False,
        help_text="As the Certified Health IT Product List has it.",
    )  # fmt: skip
    certified_until = forms.DateField(label="Certified until", required=False, widget=day_input())
    hosting = forms.ChoiceField(label="Where it runs", choices=list(HOSTING.items()))
    modules = forms.CharField(max_length=300, required=False)
    fhir_base_url = forms.URLField(
        label="Address of its FHIR server", max_length=300, required=False, assume_scheme="https"
    )
    direct_address = forms.EmailField(label="Direct address", required=False)
    exchange = forms.CharField(label="Health information exchange", max_length=120, required=False)
    agreement_date = forms.DateField(
        label="Business associate agreement signed", required=False, widget=day_input()
    )
    since_date = forms.DateField(label="In use since", widget=day_input())
    contract_end = forms.DateField(label="Contract until", required=False, widget=day_input())
    yearly = forms.DecimalField(
        label="Price a year, in dollars", min_value=0, max_digits=11, decimal_places=2, initial=0
    )


class Project(forms.Form):
    """A project that brings a system."""

    product = forms.CharField(max_length=120)
    leader = forms.CharField(label="Physician who leads it", max_length=120)
    start_date = forms.DateField(label="Begins", widget=day_input())
    weeks = forms.IntegerField(
        min_value=LEAST_WEEKS, max_value=MOST_WEEKS, initial=USUAL_WEEKS,
        help_text=f"{LEAST_WEEKS} to {MOST_WEEKS} until it is live.",
    )  # fmt: skip


class Words(forms.Form):
    """How a thing is seen to be done, or why it ends."""

    words = forms.CharField(label="In words", max_length=300)


class Interface(forms.Form):
    """An interface."""

    kind = forms.ChoiceField(label="What it exchanges", choices=list(KINDS.items()))
    partner = forms.CharField(label="With whom", max_length=120)
    silent_hours = forms.IntegerField(
        label="Hours of silence that worry", min_value=1, max_value=744, initial=48
    )


class Agreement(forms.Form):
    """A subsidy agreement."""

    what = forms.CharField(label="What the IPA helps with", max_length=300)
    cost = forms.DecimalField(
        label="What it costs, in dollars", min_value=1, max_digits=11, decimal_places=2
    )
    contribution = forms.DecimalField(
        label="The practice's part, in dollars", min_value=0, max_digits=11, decimal_places=2,
        help_text=f"At least {CONTRIBUTION_PCT} %, paid before anything is given ({CITATION}; own "
        "knowledge of the text, unverified).",
    )  # fmt: skip
    signed_date = forms.DateField(label="Signed", widget=day_input())
    paper = forms.FileField(label="The agreement", help_text=PAPER)


class Contribution(forms.Form):
    """That the practice paid its part."""

    paid_date = forms.DateField(label="Paid", widget=day_input())
    reference = forms.CharField(label="Reference of the payment", max_length=60)


class Attest(forms.Form):
    """What a practice attests."""

    is_neutral = forms.BooleanField(
        label="Nobody asked us to refer patients or business for this help, and its amount does "
        "not depend on any"
    )


class Ask(forms.Form):
    """A question about a system."""

    subject = forms.CharField(label="In one line", max_length=120)
    text = forms.CharField(
        label="What happens, and since when", max_length=2000, help_text=NO_PATIENTS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip


class Say(forms.Form):
    """More about a ticket."""

    text = forms.CharField(
        label="Say more", max_length=2000, help_text=NO_PATIENTS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    is_over = forms.BooleanField(label="This closes it", required=False)


class Yes(forms.Form):
    """A yes that says what it is to."""

    is_read = forms.BooleanField(label="I have read the agreement and what is on record about it")
