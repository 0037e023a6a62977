"""The application's forms, made from its sections: one form, or one for each row."""

from collections.abc import Mapping

from django import forms
from django.http import QueryDict

from credentialing.rules.application import Answers, Field, Section, rows_of
from credentialing.web.file_forms import day_field, long_field

MOST_ROWS = 60


def _field_of(asked: Field) -> forms.Field:
    # Half-filled sections are kept, so nothing is required here; what is missing is said beside.
    made = _made(asked)
    made.is_needed = asked.is_required or asked.label.startswith("If ")
    return made


def _made(asked: Field) -> forms.Field:
    label = asked.label
    if asked.kind == "date":
        return day_field(label, required=False, help_text=asked.help)
    if asked.kind == "long":
        return long_field(label, asked.max_length, required=False)
    if asked.kind == "yesno":
        choices = [("yes", "Yes"), ("no", "No")]
        return forms.ChoiceField(
            label=label, choices=choices, required=False, widget=forms.RadioSelect
        )
    if asked.kind == "choice":
        choices = [("", ""), *asked.choices]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    return forms.CharField(
        label=label, required=False, max_length=asked.max_length, help_text=asked.help
    )


def form_class(section: Section) -> type[forms.Form]:
    """The form of a section, or of one row of it."""
    fields = {asked.name: _field_of(asked) for asked in section.fields}
    return type("SectionForm", (forms.Form,), fields)


def forms_of(section: Section, data: Answers) -> list[forms.Form]:
    """The forms of a section as it stands, with an empty row to add one."""
    made = form_class(section)
    rows = rows_of(section, data)
    if section.repeats:
        rows = [*rows, {}]
    return [made(initial=row, prefix=f"r{number}") for number, row in enumerate(rows)]


def answers_in(section: Section, posted: QueryDict) -> dict[str, object]:
    """What was typed, as it is kept: texts by name, empty rows left out."""
    rows = []
    for number in range(MOST_ROWS):
        prefix = f"r{number}-"
        row = {asked.name: posted.get(prefix + asked.name, "") for asked in section.fields}
        cut = {asked.name: row[asked.name][: asked.max_length] for asked in section.fields}
        rows.append(cut)
    filled = [row for row in rows if any(value.strip() for value in row.values())]
    return {"rows": filled} if section.repeats else rows[0]


class Personal(forms.Form):
    """Birth date and Social Security number: encrypted, shown by their last digits."""

    birth_date = day_field("Birth date")
    ssn = forms.CharField(
        label="Social Security number",
        max_length=11,
        required=False,
        help_text="Needed to tell you from others on exclusion lists. Empty keeps what is there.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


class Sign(forms.Form):
    """The signature."""

    seen_digest = forms.CharField(widget=forms.HiddenInput)
    typed_name = forms.CharField(label="Type your name", max_length=200)


class Answer(forms.Form):
    """An answer to a discrepancy."""

    reply = long_field("Your answer", 2000)


class Claimed(forms.Form):
    """What a source says that the applicant takes over."""

    take = forms.MultipleChoiceField(
        label="Take over", widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: object, keys: Mapping[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["take"].choices = list(keys.items())
