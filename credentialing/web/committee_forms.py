"""Forms of the committee."""

from datetime import date

from django import forms

from credentialing.models import Committee, DecisionLetter, Meeting, Motion, Seat
from credentialing.rules.decisions import DENIALS
from credentialing.rules.quorum import MODES
from ipaportal.identity.web.fields import day_input


def lines(rows: int = 2, **attrs: object) -> forms.Textarea:
    """A few lines of words."""
    return forms.Textarea(attrs={"rows": rows, **attrs})


class SetCommittee(forms.ModelForm):
    """The committee's name and the rule of its quorum."""

    class Meta:
        model = Committee
        fields = (
            *("name", "least_voting", "needs_majority", "needs_chair", "needs_external"),
            *("lock_days", "protection_text"),
        )
        labels = {"protection_text": "The peer-review statute, as it stands over discussions"}

    def validate_unique(self) -> None:
        """The same name means the same committee: its rule is changed."""


class GiveSeat(forms.Form):
    """Who gets a seat, as what."""

    name = forms.CharField(max_length=200, label="Name, as in the minutes")
    role = forms.ChoiceField(choices=Seat.Role.choices)
    specialty = forms.CharField(max_length=100, required=False)
    is_external = forms.BooleanField(required=False, label="Practises outside the IPA's own staff")
    npi = forms.CharField(
        max_length=10, required=False, label="NPI", help_text="Finds their conflicts of interest"
    )
    email = forms.EmailField(required=False, help_text="If they sign in here")
    effective_date = forms.DateField(label="From", widget=day_input())


class PlanMeeting(forms.ModelForm):
    """When and how the committee meets; by e-mail it does not."""

    class Meta:
        model = Meeting
        fields = ("committee", "starts_at", "mode", "place")
        labels = {"starts_at": "Begins (UTC)", "mode": "How", "place": "Where, or the call"}
        widgets = {
            "starts_at": forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            ),
            "mode": forms.Select(choices=list(MODES.items())),
        }


class MakeMotion(forms.Form):
    """What is moved, by whom, with the reasons."""

    kind = forms.ChoiceField(label="To", choices=[("", "Choose"), *Motion.Kind.choices])
    text = forms.CharField(max_length=1000, label="Reasons", widget=lines(2))
    reason_code = forms.ChoiceField(
        label="If to deny: on what ground",
        required=False,
        choices=[("", "Not denied"), *DENIALS.items()],
    )
    condition = forms.CharField(
        max_length=300, required=False, label="If with a condition: what has to happen"
    )
    condition_due = forms.DateField(
        required=False, label="Until when", widget=day_input(), help_text="After the meeting"
    )
    mover = forms.ChoiceField(label="Moved by")
    seconder = forms.ChoiceField(label="Seconded by")

    def __init__(self, *args: object, seats: list[Seat], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Choose"), *((str(seat.pk), seat.name) for seat in seats)]
        self.fields["mover"].choices = self.fields["seconder"].choices = choices

    @property
    def values(self) -> dict[str, object]:
        """As the action takes them."""
        data = self.cleaned_data
        text, due = data["condition"].strip(), data["condition_due"]
        conditions: list[tuple[str, date]] = [(text, due)] if text and due else []
        return {
            "kind": data["kind"],
            "text": data["text"],
            "reason_code": data["reason_code"],
            "conditions": conditions,
            "mover_id": int(data["mover"]),
            "seconder_id": int(data["seconder"]),
        }


class IssueLetter(forms.Form):
    """How a letter goes."""

    channel = forms.ChoiceField(label="Goes by", choices=DecisionLetter.Channel.choices)
    tracking = forms.CharField(
        max_length=60, required=False, label="Tracking number, if by certified mail"
    )


class WriteDiscussion(forms.Form):
    """What was said, of one file or of the whole."""

    item = forms.ChoiceField(label="About", required=False)
    text = forms.CharField(label="What was said", max_length=8000, widget=lines(5))

    def __init__(self, *args: object, items: list, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = [("", "The whole meeting")] + [
            (str(item.pk), str(item)) for item in items
        ]
