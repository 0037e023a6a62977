"""Forms of audits and findings."""

from collections.abc import Iterable
from datetime import date

from django import forms

from compliance.models import Audit, AuditElement, Milestone
from compliance.queries.own_universes import SOURCES
from compliance.rules.audits import ANSWERS, FUNCTIONS, KINDS
from compliance.rules.universes import NAMES
from ipaportal.identity.models import Party, User
from ipaportal.identity.web.fields import day_input

PAPER = "PDF, PNG, JPEG or TIFF, up to 25 MB"
WORDS = forms.Textarea(attrs={"rows": 3})
MOST_BYTES = 25 << 20
NEW_MILESTONES = 4


def file_of(form: forms.Form, name: str) -> tuple[bytes, str]:
    """The bytes and the name of a file that a form has, or nothing."""
    file = form.cleaned_data.get(name)
    return (file.read(), file.name) if file else (b"", "")


class Notice(forms.Form):
    """What was announced."""

    kind = forms.ChoiceField(label="Kind", choices=Audit.Kind.choices)
    party = forms.ModelChoiceField(
        Party.objects.none(),
        label="With",
        required=False,
        help_text="The plan, or whom we delegated to; empty where we audit ourselves.",
    )
    title = forms.CharField(label="Called", max_length=200)
    function = forms.ChoiceField(
        label="About",
        choices=list(FUNCTIONS.items()),
        help_text="Brings what is usually asked of each item; more can be asked later.",
    )
    scope = forms.CharField(label="Scope, in the words of the notice", max_length=2000,
                            widget=forms.Textarea(attrs={"rows": 4}))  # fmt: skip
    first_date = forms.DateField(label="Reviewed from", widget=day_input())
    last_date = forms.DateField(label="Until", widget=day_input())
    notice_date = forms.DateField(label="Day of the notice", widget=day_input())
    universe_due_date = forms.DateField(label="Universe due", widget=day_input(), required=False)
    fieldwork_date = forms.DateField(label="Interviews begin", widget=day_input(), required=False)
    contact_name = forms.CharField(label="Contact", max_length=200)
    contact_email = forms.EmailField(label="Their e-mail", required=False)
    letter = forms.FileField(label="The letter", required=False, help_text=PAPER)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        kinds = [Party.Kind.PAYER, Party.Kind.PRACTICE, Party.Kind.SUPPLIER]
        self.fields["party"].queryset = Party.objects.filter(kind__in=kinds).order_by("name")


class Universe(forms.Form):
    """A list to draw from: a file, or what the portal has itself."""

    source = forms.ChoiceField(
        label="From",
        choices=[("file", "a file"), *((code, words) for code, (words, _) in SOURCES.items())],
    )
    layout = forms.ChoiceField(
        label="Layout",
        choices=[(code, name if code == "plain" else f"{code}: {name}")
                 for code, name in NAMES.items()],
    )  # fmt: skip
    file = forms.FileField(
        label="File (CSV)",
        required=False,
        help_text="Its first line names the columns. What the portal has needs no file.",
    )

    def clean_file(self) -> object:
        file = self.cleaned_data["file"]
        if file is None and self.cleaned_data.get("source", "file") == "file":
            raise forms.ValidationError("Choose the file. Nothing was taken.")
        if file is not None and file.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 25 MB. Nothing was taken.")
        return file


class Draw(forms.Form):
    """How a sample is drawn."""

    count = forms.IntegerField(label="Items", min_value=1, max_value=300, initial=30)
    seed = forms.CharField(
        label="Seed",
        max_length=40,
        required=False,
        help_text="The auditor's, if they name one; empty makes one up. It is recorded either way.",
    )


class Ask(forms.Form):
    """One thing more that is asked of every item."""

    text = forms.CharField(label="What is asked", max_length=300)
    citation = forms.CharField(label="Where that stands", max_length=300, required=False)


class Answers(forms.Form):
    """The worksheet of one item: each element with an answer, words and a paper."""

    def __init__(
        self, *args: object, elements: Iterable[AuditElement], before: dict, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.elements = list(elements)
        for one in self.elements:
            old = before.get(one.pk)
            self.fields[f"answer-{one.pk}"] = forms.ChoiceField(
                label=f"{one.place}. {one.text}",
                choices=list(ANSWERS.items()),
                widget=forms.RadioSelect,
                required=False,
                initial=old.answer if old else None,
                help_text=one.citation,
            )
            self.fields[f"text-{one.pk}"] = forms.CharField(
                label=f"In words, {one.place}",
                max_length=1000,
                required=False,
                initial=old.text if old else "",
                help_text="Needed where it is not met.",
            )
            self.fields[f"file-{one.pk}"] = forms.FileField(
                label=f"Evidence, {one.place}", required=False
            )
            # Whoever judges an item answers all; one that waits for a paper may be left for later.
            self.fields[f"answer-{one.pk}"].is_needed = True

    def asked(self) -> Iterable[tuple[AuditElement, forms.BoundField, list[forms.BoundField]]]:
        """Each element with the field of its answer, and those of its words and paper."""
        for one in self.elements:
            rest = [self[f"text-{one.pk}"], self[f"file-{one.pk}"]]
            yield one, self[f"answer-{one.pk}"], rest

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if not any(data.get(f"answer-{one.pk}") for one in self.elements):
            raise forms.ValidationError("Answer at least one question. Nothing was recorded.")
        for one in self.elements:
            if data.get(f"answer-{one.pk}") == "not_met" and not data.get(f"text-{one.pk}"):
                self.add_error(f"text-{one.pk}", "Say in a few words why it is not met.")
        return data

    def changed(self) -> Iterable[tuple[AuditElement, str, str, str]]:
        """Elements whose answer, words or paper is new, with the name of the file's field."""
        for one in self.elements:
            names = [f"{name}-{one.pk}" for name in ("answer", "text", "file")]
            answer, text = self.cleaned_data[names[0]], self.cleaned_data[names[1]]
            if answer and set(names) & set(self.changed_data):
                yield one, answer, text, names[2]


class NewFinding(forms.Form):
    """What was found."""

    kind = forms.ChoiceField(label="It is", choices=[(k, w) for k, w in KINDS.items()])
    element = forms.ModelChoiceField(
        AuditElement.objects.none(), label="About", required=False,
        help_text="What is not met in a worksheet needs a finding about it.",
    )  # fmt: skip
    title = forms.CharField(label="In one line", max_length=200)
    condition = forms.CharField(label="What was found", max_length=4000, widget=WORDS)

    def __init__(self, *args: object, audit: Audit, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["element"].queryset = audit.elements.all()


class Analysis(forms.Form):
    """Why, and whom it touched."""

    root_cause = forms.CharField(label="Root cause", max_length=4000, widget=WORDS)
    members = forms.IntegerField(label="Members touched", min_value=0)
    amount = forms.DecimalField(
        label="Dollars touched $", min_value=0, max_digits=14, decimal_places=2
    )
    basis = forms.CharField(label="How that was counted", max_length=1000)


class Plan(forms.Form):
    """The corrective action plan."""

    owner = forms.ModelChoiceField(User.objects.none(), label="Owner")
    text = forms.CharField(label="What will be done", max_length=4000, widget=WORDS)
    due_date = forms.DateField(label="Done by", widget=day_input())

    def __init__(self, *args: object, owners: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners
        self.fields["owner"].label_from_instance = lambda user: user.name
        for no in range(1, NEW_MILESTONES + 1):
            self.fields[f"milestone-{no}"] = forms.CharField(
                label=f"Milestone {no}", max_length=300, required=no == 1
            )
            self.fields[f"day-{no}"] = forms.DateField(
                label=f"Until, {no}", widget=day_input(), required=no == 1
            )

    def clean(self) -> dict[str, object]:
        data = super().clean()
        for no in range(1, NEW_MILESTONES + 1):
            if bool(data.get(f"milestone-{no}")) != bool(data.get(f"day-{no}")):
                self.add_error(f"day-{no}", "A milestone has words and a day.")
        return data

    def milestones(self) -> list[tuple[str, date]]:
        """Those that were written, in order."""
        told = self.cleaned_data
        pairs = [(told[f"milestone-{n}"], told[f"day-{n}"]) for n in range(1, NEW_MILESTONES + 1)]
        return [(words, day) for words, day in pairs if words]


class Work(forms.Form):
    """What the owner did."""

    what = forms.ChoiceField(label="What you say", widget=forms.RadioSelect)
    text = forms.CharField(label="In words", max_length=2000)
    file = forms.FileField(label="Evidence", required=False, help_text=PAPER)

    def __init__(
        self, *args: object, ahead: Iterable[Milestone], can_submit: bool, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [(f"reached-{one.pk}", f"Reached: {one.text}") for one in ahead]
        choices.append(("evidence", "A paper that shows what was done"))
        if can_submit:
            choices.append(("submit", "All is done: hand it in for validation"))
        self.fields["what"].choices = choices

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if data.get("what") == "evidence" and not data.get("file"):
            self.add_error("file", "Choose the paper.")
        return data


class Judge(forms.Form):
    """What another person says of it."""

    what = forms.ChoiceField(label="What you decide", widget=forms.RadioSelect)
    evidence = forms.ChoiceField(label="The paper you read", required=False)
    day = forms.DateField(label="New day", widget=day_input(), required=False)
    text = forms.CharField(label="Why", max_length=2000)

    def __init__(
        self, *args: object, acts: list[tuple[str, str]], papers: list[tuple[str, str]],
        **kwargs: object,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = acts
        self.fields["evidence"].choices = papers
        codes = {code for code, _ in acts}
        if "validate" not in codes:
            del self.fields["evidence"]
        if not codes & {"extend", "reopen"}:
            del self.fields["day"]

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if data.get("what") in ("extend", "reopen") and not data.get("day"):
            self.add_error("day", "Name the new day.")
        return data


class Said(forms.Form):
    """Words with a step."""

    text = forms.CharField(label="In words", max_length=2000, required=False)
