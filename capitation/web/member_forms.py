"""Forms of members and work-lists."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

from capitation.models import Contract, Payer
from capitation.rules.closed_panels import Done
from capitation.web.fields import MonthField, lines
from credentialing.models import Practitioner
from credentialing.queries.network import find_practitioners
from ipaportal.identity.web.fields import day_input


class PcpField(forms.CharField):
    """A practitioner by NPI, or by the beginning of a last name that only one has."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("label", "PCP")
        kwargs.setdefault("help_text", "NPI, or how the last name begins.")
        super().__init__(**kwargs)

    def clean(self, value: str) -> Practitioner:
        """Give the one practitioner that fits."""
        text = super().clean(value)
        found = find_practitioners(text, limit=6)
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(f"Nobody in the network has the NPI or name {text}.")
        names = "; ".join(f"{pcp} {pcp.npi}" for pcp in found[:5])
        raise ValidationError(f"Several fit: {names}. Give the NPI.")


class AssignPcp(forms.Form):
    """Whom a member has from when, and why."""

    pcp = PcpField()
    effective_date = forms.DateField(label="From", widget=day_input())
    reason = forms.CharField(max_length=200, label="Who asked for it, and why")


class PcpList(forms.Form):
    """A plan's members with their PCPs, as a file."""

    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan", empty_label=None)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        payer = self.fields["payer"]
        payer.queryset = Payer.objects.select_related("party").order_by("pk")
        # Django would read the plans twice: for the choices, and to see whether the first is empty.
        payer.widget.choices = list(payer.choices)


class Adopt(forms.Form):
    """A member from the plan's money, as they are to be known."""

    last_name = forms.CharField(max_length=100, required=False)
    first_name = forms.CharField(max_length=100, required=False)
    effective_date = forms.DateField(label="Covered from", widget=day_input())
    plan_code = forms.CharField(
        max_length=20, required=False, help_text="The plan's product, as in the rate table."
    )
    birth_date = forms.DateField(required=False, widget=day_input())
    sex = forms.ChoiceField(
        choices=[("", "not known"), ("F", "female"), ("M", "male")], required=False
    )


class AdoptAll(forms.Form):
    """Whose unknown members are adopted."""

    contract = forms.ModelChoiceField(
        Contract.objects.filter(is_active=True), widget=forms.HiddenInput
    )


class ResolvePcp(forms.Form):
    """Who a raw PCP is."""

    pcp = PcpField()
    all_alike = forms.BooleanField(
        required=False, initial=True, label="Settle every waiting row with the same number"
    )


class SettleIdentity(forms.Form):
    """Whom a number and an MBI mean together."""

    member = forms.TypedChoiceField(coerce=int, widget=forms.RadioSelect, label="Who is meant")

    def __init__(self, *args: object, members: list[tuple[int, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].choices = members


class Dismiss(forms.Form):
    """Why a row is settled without a change."""

    reason = forms.CharField(max_length=250, label="Why nothing has to be changed")


class NoteClosedPanel(forms.Form):
    """What was done with a member on a closed panel, and when somebody looks again."""

    done = forms.ChoiceField(
        label="What was done",
        choices=[
            (Done.TOLD, "The plan was told that the panel is closed"),
            (Done.MOVED, "The plan says that it moves them to another PCP"),
            (Done.ACCEPTED, "The practice accepts them as an exception"),
        ],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        max_length=500, label="Who said so, and how it is known", widget=forms.Textarea({"rows": 3})
    )
    again_date = forms.DateField(
        label="Look again on",
        widget=day_input(),
        required=False,
        help_text="They wait again from this day unless a file of the plan moved them. "
        "An exception needs no day.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["again_date"].is_needed = True  # of all but exceptions

    def clean(self) -> dict[str, object]:
        """An exception holds while the panel is closed, whatever stood in the field."""
        data = super().clean()
        if data.get("done") == Done.ACCEPTED:
            data["again_date"] = None
        return data


class EndCoverage(forms.Form):
    """When a member's coverage ended."""

    first_day_not_covered = forms.DateField(label="First day not covered", widget=day_input())
    reason = forms.CharField(max_length=200, label="How it is known")


class ApplySuspense(forms.Form):
    """Where money in suspense belongs."""

    to_number = forms.CharField(max_length=40, label="Member's number")
    to_month = MonthField(label="For the month of")
    amount = forms.DecimalField(max_digits=12, decimal_places=2, label="Amount, $")
    reason = forms.CharField(max_length=150, label="Why")


class ReturnSuspense(forms.Form):
    """What goes back to the plan."""

    amount = forms.DecimalField(max_digits=12, decimal_places=2, label="Amount, $")
    reason = forms.CharField(max_length=150, label="Why", widget=lines(2))


def cents_of(amount: Decimal) -> int:
    """Dollars with two decimals as whole cents."""
    return int(amount * 100)
