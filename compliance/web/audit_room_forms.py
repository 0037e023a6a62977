"""Forms of an audit's guests: letting in, releasing, asking, replying."""

from datetime import date, timedelta

from django import forms
from django.db.models import QuerySet

from compliance.models import AuditAnswer, AuditItem, AuditPacket
from compliance.rules.audit_rooms import MOST_VISIT_DAYS, REPLY_DAYS
from compliance.web.audit_forms import PAPER, WORDS
from ipaportal.identity.models import User
from ipaportal.identity.web.fields import day_input


class LetIn(forms.Form):
    """Who is let in, and through which day."""

    user = forms.ModelChoiceField(
        User.objects.none(),
        label="Auditor",
        help_text="Plan auditors of this plan. Somebody new is invited first.",
    )
    until_date = forms.DateField(
        label="Last day",
        widget=day_input(),
        help_text=f"At most {MOST_VISIT_DAYS} days from now; it ends with the audit in any case.",
    )

    def __init__(self, *args: object, guests: QuerySet, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = guests
        self.fields["user"].label_from_instance = lambda user: f"{user.name}, {user.email}"
        self.fields["until_date"].initial = today + timedelta(days=30)


class Release(forms.Form):
    """What guests may look at from now on."""

    sheets = forms.TypedMultipleChoiceField(
        label="Worksheets", coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="The sampled row with its cells, and our answers to it, without papers.",
    )  # fmt: skip
    papers = forms.TypedMultipleChoiceField(
        label="Papers of answers", coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    packets = forms.TypedMultipleChoiceField(
        label="Packets", coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="A packet holds everything: the whole universe, findings, corrections, papers.",
    )  # fmt: skip

    def __init__(
        self, *args: object,
        parts: tuple[list[AuditItem], list[AuditAnswer], list[AuditPacket]], **kwargs: object,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        items, answers, packets = parts
        named = {
            "sheets": [(one.pk, f"Item {one.place}: {one.key}") for one in items],
            "papers": [
                (one.pk, f"Item {one.item.place}, {one.element.place}. {one.element}: "
                 f"{one.evidence_name}") for one in answers
            ],
            "packets": [(one.pk, f"As of {one.asked_at:%Y-%m-%d %H:%M}, {one.files} files")
                        for one in packets],
        }  # fmt: skip
        for name, choices in named.items():
            self.fields[name].choices = choices
            if not choices:
                del self.fields[name]

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if not any(data.get(name) for name in ("sheets", "papers", "packets")):
            raise forms.ValidationError("Choose what is released. Nothing was released.")
        return data


class AskFor(forms.Form):
    """What a guest asks for, and until when."""

    text = forms.CharField(
        label="What you ask for",
        max_length=1000,
        widget=WORDS,
        help_text="One thing a request, so that each has its own answer. Name items, not members.",
    )
    due_date = forms.DateField(
        label="Until",
        widget=day_input(),
        help_text=f"{REPLY_DAYS} days from today unless you name another day.",
    )


class Reply(forms.Form):
    """What is said to a request."""

    is_given = forms.TypedChoiceField(
        label="You",
        choices=[("yes", "give it"), ("no", "do not give it, and say why")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="In words", max_length=2000, required=False, widget=WORDS,
        help_text="The auditor reads them. Needed where nothing is given.",
    )  # fmt: skip
    file = forms.FileField(label="The paper", required=False, help_text=PAPER)


class Why(forms.Form):
    """Why a visit ends."""

    reason = forms.CharField(label="Why", max_length=500)
