"""Forms of policies, campaigns and attestations."""

from django import forms

from compliance.models import PolicyVersion
from compliance.rules.attestations import KINDS, read_questions
from credentialing.rules.npi import is_npi
from ipaportal.core.roles import ROLE_NAMES, Role
from ipaportal.identity.models import Party
from ipaportal.identity.web.fields import day_input


class Draft(forms.Form):
    """The words of a version."""

    text = forms.CharField(label="Words", widget=forms.Textarea({"rows": 16}))
    change = forms.CharField(label="What is new in it", max_length=500, required=False)
    effective_date = forms.DateField(label="In force from", widget=day_input())


class NewPolicy(Draft):
    """A policy with its first words."""

    code = forms.CharField(max_length=20, help_text="Short, as it is cited: COMP-01.")
    title = forms.CharField(max_length=200)
    field_order = ("code", "title", "text", "change", "effective_date")


class Launch(forms.Form):
    """What is asked, of whom, until when."""

    kind = forms.ChoiceField(choices=list(KINDS.items()), label="About")
    title = forms.CharField(max_length=200)
    version = forms.ModelChoiceField(
        PolicyVersion.objects.none(), required=False, label="Of a policy",
        help_text="Then its approved words are what is attested.", empty_label="no policy",
    )  # fmt: skip
    text = forms.CharField(
        label="What is attested", required=False, widget=forms.Textarea({"rows": 8}),
        help_text="Where it is not a policy: the statement or the lesson, as it will be read.",
    )  # fmt: skip
    questions = forms.CharField(
        required=False, widget=forms.Textarea({"rows": 4}),
        help_text="One a line: question | choice | *the right choice. All have to be right.",
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        choices=[(r.value, n) for r, n in ROLE_NAMES.items() if r != Role.PLAN_AUDITOR],
        label="Asked of everybody who is today", widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    due_date = forms.DateField(label="Last day", widget=day_input())

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        approved = PolicyVersion.objects.filter(status=PolicyVersion.Status.APPROVED)
        self.fields["version"].queryset = approved.select_related("policy")

    def clean_questions(self) -> list[dict[str, object]]:
        found, wrong = read_questions(self.cleaned_data["questions"])
        if wrong:
            raise forms.ValidationError([f"Line {one.line} {one.words}." for one in wrong])
        return found

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if not data.get("version") and not data.get("text"):
            self.add_error("text", "Choose a policy, or say what is attested.")
        return data


class Attest(forms.Form):
    """The yes to what was read, with the answers to its questions."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: object, questions: list[dict], kind: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.numbers = range(len(questions))
        for n, one in enumerate(questions):
            self.fields[f"q{n}"] = forms.TypedChoiceField(
                label=f"{n + 1}. {one['question']}", choices=list(enumerate(one["choices"])),
                coerce=int, widget=forms.RadioSelect,
            )  # fmt: skip
        if kind == "conflicts":
            self.fields["statement"] = forms.CharField(
                label="Interests that you or your family have", max_length=2000,
                widget=forms.Textarea({"rows": 4}),
                help_text="Suppliers, practices or plans, and what the interest is. If none: none.",
            )  # fmt: skip
            kinds = (Party.Kind.SUPPLIER, Party.Kind.PRACTICE)
            self.fields["interests"] = forms.ModelMultipleChoiceField(
                Party.objects.filter(kind__in=kinds).order_by("kind", "name"), required=False,
                label="Of these, suppliers and practices here", widget=forms.CheckboxSelectMultiple,
                help_text="What you mark bars you from votes and awards about it, until you "
                "disclose anew.",
            )  # fmt: skip
            self.fields["npis"] = forms.CharField(
                required=False, max_length=400, label="Practitioners, by NPI",
                help_text="Family, partners: parted by blanks. It bars you from their files.",
            )  # fmt: skip

    def clean_npis(self) -> list[str]:
        given = self.cleaned_data["npis"].split()
        if wrong := [one for one in given if not is_npi(one)]:
            raise forms.ValidationError(f"{', '.join(wrong)}: no NPI. Look at its ten digits.")
        return given

    def answers(self) -> dict[int, int]:
        return {n: self.cleaned_data[f"q{n}"] for n in self.numbers}
