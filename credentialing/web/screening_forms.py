"""Forms of screening."""

from datetime import date

from django import forms

from credentialing.rules.list_columns import FIELDS
from credentialing.rules.screening_decisions import DECISION_WORDS, REASONS, Decision
from credentialing.rules.screening_lists import SPECS
from ipaportal.identity.models import Party
from ipaportal.identity.web.fields import day_input


class SendList(forms.Form):
    """Which list a file is, and of which day its publisher made it."""

    list_code = forms.ChoiceField(label="Which list")
    source_date = forms.DateField(label="The publisher's day of this file", widget=day_input())
    payer = forms.ModelChoiceField(
        Party.objects.none(),
        label="For a preclusion notice: the plan that sent it",
        required=False,
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["list_code"].choices = [(spec.code, spec.name) for spec in SPECS]
        payers = Party.objects.filter(kind=Party.Kind.PAYER).order_by("name")
        self.fields["payer"].queryset = payers


class AcceptList(forms.Form):
    """Why a list of an unusual size is the right one."""

    text = forms.CharField(
        max_length=500,
        label="How you know that it is whole",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class MapColumns(forms.Form):
    """Which headers hold which field, several separated by |."""

    def __init__(self, *args: object, columns: dict[str, list[str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, label in FIELDS.items():
            heads = " | ".join(columns.get(name, ()))
            self.fields[name] = forms.CharField(
                label=label, required=False, max_length=300, initial=heads
            )

    @property
    def columns(self) -> dict[str, list[str]]:
        """Field → headers, as typed."""
        return {
            name: [head.strip() for head in text.split("|") if head.strip()]
            for name, text in self.cleaned_data.items()
            if text.strip()
        }


class DecideMatch(forms.Form):
    """What somebody decides about a match, and on what."""

    decision = forms.ChoiceField(label="What it is")
    reason_code = forms.ChoiceField(label="On what")
    reinstated_date = forms.DateField(
        label="If reinstated: from which day, as the letter says",
        required=False,
        widget=day_input(),
    )
    text = forms.CharField(
        max_length=1000,
        label="What you compared, and what it shows",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: object, allowed: tuple[Decision, ...], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        # Nothing is chosen beforehand: a decision is somebody's own.
        decisions = [(d.value, DECISION_WORDS[d]) for d in allowed]
        self.fields["decision"].choices = [("", "Choose"), *decisions]
        reasons = [(DECISION_WORDS[d], list(REASONS[d].items())) for d in allowed]
        self.fields["reason_code"].choices = [("", "Choose"), *reasons]
        if Decision.REINSTATED not in allowed:
            del self.fields["reinstated_date"]

    def clean(self) -> dict[str, object]:
        """A reason belongs to its decision."""
        found = super().clean()
        decision, reason = found.get("decision"), found.get("reason_code")
        if decision and reason and reason not in REASONS[Decision(decision)]:
            words = DECISION_WORDS[Decision(decision)]
            self.add_error("reason_code", f"Choose a reason that stands under “{words}”.")
        return found

    @property
    def values(self) -> dict[str, object]:
        """As the action takes them."""
        day: date | None = self.cleaned_data.get("reinstated_date")
        return {**self.cleaned_data, "reinstated_date": day}


class AnswerProposal(forms.Form):
    """Whether a second person agrees, and why."""

    agrees = forms.TypedChoiceField(
        label="Do you agree?",
        choices=[("yes", "Yes, I compared it too"), ("no", "No, it stays as it was")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        max_length=1000,
        label="What you compared, and what it shows",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.CharField(widget=forms.HiddenInput)
