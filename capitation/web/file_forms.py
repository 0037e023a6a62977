"""Forms of plan files."""

from decimal import Decimal

from django import forms

from capitation.models import Contract
from capitation.web.fields import lines
from ipaportal.identity.web.fields import day_input


class SendFiles(forms.Form):
    """Whose files are sent."""

    contract = forms.ModelChoiceField(Contract.objects.none(), label="Contract", empty_label=None)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        active = Contract.objects.filter(is_active=True).select_related("payer__party")
        self.fields["contract"].queryset = active


class RejectFile(forms.Form):
    """Why a file is put aside."""

    reason = forms.CharField(max_length=300, label="Why, in words", widget=lines())


class Deposit(forms.Form):
    """What the bank's statement shows of a file's money."""

    day = forms.DateField(label="Day on the bank's statement", widget=day_input())
    amount = forms.DecimalField(
        min_value=Decimal("0.01"), max_digits=12, decimal_places=2, label="Amount, $"
    )
