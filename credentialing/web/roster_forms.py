"""Forms of delegation and rosters."""

from django import forms

from credentialing.models import RosterSpec
from credentialing.rules.rosters import DATE_FORMATS
from ipaportal.identity.models import Party
from ipaportal.identity.web.fields import day_input


class NewDelegation(forms.Form):
    """From when a payer leaves credentialing to the IPA."""

    payer = forms.ModelChoiceField(Party.objects.none(), label="Plan")
    effective_date = forms.DateField(label="First day", widget=day_input())
    end_date = forms.DateField(
        label="First day no longer",
        required=False,
        widget=day_input(),
        help_text="Empty means until further notice.",
    )
    source = forms.CharField(
        max_length=200,
        label="Where it is agreed",
        help_text="For example: delegated credentialing agreement of 2026, exhibit B.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        payers = Party.objects.filter(kind=Party.Kind.PAYER).order_by("name")
        self.fields["payer"].queryset = payers


class EndDelegation(forms.Form):
    """From when it does not any more."""

    end_date = forms.DateField(label="First day no longer", widget=day_input())


class Columns(forms.Form):
    """How a payer wants its roster, and how it answers."""

    columns = forms.CharField(
        label="Columns, in their order",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 18, "class": "code", "spellcheck": "false"}),
        help_text=(
            "One a line: Heading = field, or Heading = “fixed text” in straight quotes. A * before "
            "the heading marks what finds a line again in the plan's own files."
        ),
    )
    date_format = forms.ChoiceField(label="Dates", choices=[(f, f) for f in DATE_FORMATS])
    sends = forms.ChoiceField(label="Each file holds", choices=RosterSpec.Sends.choices)
    code_head = forms.CharField(
        max_length=100,
        label="In the plan's answers, the column of the code",
        initial="Status",
    )
    words_head = forms.CharField(
        max_length=100, label="The column of its words, if any", required=False
    )
    accepted = forms.CharField(
        max_length=200,
        label="Codes that mean taken",
        initial="A, ACCEPTED",
        help_text="Separated by commas. Every other code is a refusal.",
    )


class Freeze(forms.Form):
    """What somebody saw before they froze it."""

    seen_digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


class AnswerFile(forms.Form):
    """The plan's answers to one roster."""

    file = forms.FileField(label="File of the answers")


class PlanFileForm(forms.Form):
    """The plan's own file, and of which day it is."""

    as_of_date = forms.DateField(label="Day of the plan's data", widget=day_input())


class PlanFileSent(PlanFileForm):
    """The same with the file."""

    file = forms.FileField(label="The plan's file")


class Settle(forms.Form):
    """What is done about a difference."""

    step = forms.ChoiceField(
        label="What is done",
        widget=forms.RadioSelect,
        choices=[
            ("ask", "The plan is asked to put it right"),
            ("explain", "Both are right: close it"),
        ],
    )
    text = forms.CharField(
        max_length=300, label="How, or why", widget=forms.Textarea(attrs={"rows": 2})
    )
