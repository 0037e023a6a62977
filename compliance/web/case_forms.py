"""Forms of cases."""

from collections.abc import Iterable

from django import forms
from django.utils import timezone

from compliance.rules.cases import KINDS, OUTCOMES, PARTS
from compliance.web.audit_forms import MOST_BYTES, PAPER, WORDS
from credentialing.models import Practitioner
from ipaportal.identity.models import Party, User
from ipaportal.identity.web.fields import day_input

LONG = forms.Textarea(attrs={"rows": 6})
STAFF_KINDS = [(code, words) for code, words in KINDS.items() if code != "hotline"]


class Choosing(forms.Form):
    """A form with a choice of people who may be given the case."""

    user = forms.TypedChoiceField(label="Who", coerce=int)

    def __init__(self, *args: object, people: Iterable[User], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].choices = [(one.pk, one.name) for one in people]


class OpenCase(forms.Form):
    """What was reported or happened."""

    kind = forms.ChoiceField(label="It is", choices=STAFF_KINDS)
    title = forms.CharField(label="In one line", max_length=200)
    text = forms.CharField(
        label="What is known", max_length=8000, widget=LONG,
        help_text="Name nobody in the line above: whom it is about is named in the case.",
    )  # fmt: skip
    received_date = forms.DateField(label="Known since", widget=day_input())
    about_office = forms.BooleanField(
        label="It is about the compliance office", required=False,
        help_text="Then no compliance officer sees it; whoever is named to take over does.",
    )  # fmt: skip

    def clean_received_date(self) -> object:
        day = self.cleaned_data["received_date"]
        if day > timezone.localdate():
            raise forms.ValidationError("That day is ahead. Nothing was recorded.")
        return day


class Triage(Choosing):
    """What a case is, and whose."""

    kind = forms.ChoiceField(label="It is", choices=list(KINDS.items()))
    is_urgent = forms.BooleanField(label="Urgent: closed within 30 days", required=False)
    text = forms.CharField(label="Why, and how it is looked into", max_length=4000, widget=WORDS)
    field_order = ("kind", "is_urgent", "user", "text")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].label = "Owner"


class Hand(Choosing):
    """A new owner, or a helper."""

    as_what = forms.ChoiceField(
        label="As", choices=[("owner", "its owner"), ("helper", "a helper, who sees all of it")]
    )
    text = forms.CharField(label="Why", max_length=1000, widget=WORDS)


class Note(forms.Form):
    """Words for the history, with a paper if there is one."""

    text = forms.CharField(label="Note", max_length=8000, widget=LONG)
    file = forms.FileField(label="Evidence", required=False, help_text=PAPER)

    def clean_file(self) -> object:
        file = self.cleaned_data["file"]
        if file is not None and file.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 25 MB. Nothing was kept.")
        return file


class Reply(forms.Form):
    """Words for whoever reported."""

    text = forms.CharField(
        label="To the reporter", max_length=8000, widget=LONG,
        help_text="They read it with their code. Ask nothing that only one person could answer.",
    )  # fmt: skip


class NamePerson(forms.Form):
    """Somebody whom the case names."""

    part = forms.ChoiceField(label="As", choices=list(PARTS.items()))
    user = forms.ModelChoiceField(
        User.objects.none(), label="Somebody with an account", required=False
    )
    npi = forms.RegexField(
        r"^[0-9]{10}$", required=False, label="Or a practitioner (NPI)",
        error_messages={"invalid": "An NPI has ten digits."},
    )  # fmt: skip
    party = forms.ModelChoiceField(
        Party.objects.none(), label="Or a practice, with everybody in it", required=False
    )
    name = forms.CharField(
        label="Or only a name", max_length=200, required=False,
        help_text="A name alone shuts nobody out: choose the account where there is one.",
    )  # fmt: skip
    text = forms.CharField(label="In which way", max_length=1000, required=False, widget=WORDS)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.order_by("name")
        practices = Party.objects.filter(kind=Party.Kind.PRACTICE)
        self.fields["party"].queryset = practices.order_by("name")

    def clean_npi(self) -> Practitioner | None:
        npi = self.cleaned_data["npi"]
        who = Practitioner.objects.filter(npi=npi).first() if npi else None
        if npi and who is None:
            raise forms.ValidationError("No practitioner on file has this NPI.")
        return who

    def clean(self) -> dict[str, object]:
        data = super().clean()
        given = [data.get(name) for name in ("user", "npi", "party", "name")]
        if not self.errors and sum(map(bool, given)) != 1:
            raise forms.ValidationError(
                "Say who it is in one of the four ways. Nothing was recorded."
            )
        return data


class GiveTask(Choosing):
    """Something to do about a case."""

    text = forms.CharField(label="What is to be done", max_length=2000, widget=WORDS)
    due_date = forms.DateField(label="Until", widget=day_input())


class Close(forms.Form):
    """How a case ended."""

    outcome = forms.ChoiceField(label="Outcome", choices=list(OUTCOMES.items()))
    text = forms.CharField(
        label="What was found, and what was done", max_length=8000, widget=LONG,
        help_text="Whoever reads the case in ten years reads this first.",
    )  # fmt: skip


class Why(forms.Form):
    """A reason that stays on record."""

    text = forms.CharField(label="Why", max_length=2000, widget=WORDS)


class Deputy(forms.Form):
    """Who takes over cases about the compliance office."""

    user = forms.ModelChoiceField(User.objects.none(), label="Who")
    text = forms.CharField(
        label="As", max_length=200, help_text="Chair of the board, outside counsel, …"
    )

    def __init__(self, *args: object, people: Iterable[int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        found = User.objects.filter(pk__in=people, is_active=True)
        self.fields["user"].queryset = found.order_by("name")
