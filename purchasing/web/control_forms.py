"""Forms of a practice's own control."""

from django import forms

from ipaportal.identity.web.fields import to_cents
from purchasing.models import Budget


class ControlForm(forms.Form):
    """Who commits, and whose word is asked above what amount."""

    committers = forms.MultipleChoiceField(
        label="Who commits",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Nobody chosen: everybody of the practice. Who approves may always commit.",
    )
    approvers = forms.MultipleChoiceField(
        label="Whose word is asked",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="From then on only they change this page and the budgets. A second person: who "
        "asks does not answer, unless nobody else is chosen. Nobody chosen: anybody.",
    )
    above = forms.DecimalField(
        label="Asked when one item of an office may cost more than, $",
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text="Empty: only what is above a budget. 0: always.",
    )

    def __init__(self, *args: object, people: dict[int, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(pk), name) for pk, name in people.items()]
        self.fields["committers"].choices = choices
        self.fields["approvers"].choices = choices

    def values(self) -> dict[str, object]:
        """What the action takes."""
        data = self.cleaned_data
        return {
            "committer_ids": [int(one) for one in data["committers"]],
            "approver_ids": [int(one) for one in data["approvers"]],
            "above_cents": None if data["above"] is None else to_cents(data["above"]),
        }


class BudgetForm(forms.Form):
    """What may be committed in a month or a quarter."""

    category = forms.ChoiceField(
        label="For", choices=Budget._meta.get_field("category").choices, required=False
    )
    period = forms.ChoiceField(label="In", choices=Budget.Period.choices)
    amount = forms.DecimalField(
        label="At most, $",
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text="Empty: this budget ends. What is above waits for a word, and is not refused.",
    )

    def values(self) -> dict[str, object]:
        """What the action takes."""
        amount = self.cleaned_data["amount"]
        return {
            "category": self.cleaned_data["category"],
            "period": self.cleaned_data["period"],
            "cents": None if amount is None else to_cents(amount),
        }


class AnswerForm(forms.Form):
    """A word on what waits."""

    verdict = forms.ChoiceField(
        label="This commitment",
        choices=[("yes", "counts as it was asked"), ("no", "does not count")],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="Why", max_length=300, required=False, help_text="Needed where it does not count."
    )

    def values(self) -> dict[str, object]:
        """What the action takes."""
        data = self.cleaned_data
        return {"is_approved": data["verdict"] == "yes", "text": data["text"]}
