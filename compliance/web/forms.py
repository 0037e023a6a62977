"""Forms of compliance."""

from django import forms

from compliance.models.stop_loss import KINDS
from ipaportal.identity.models import Party
from ipaportal.identity.web.fields import day_input


class LoadTable(forms.Form):
    """CMS's table of deductibles, as it is copied."""

    from_date = forms.DateField(label="Applies from", widget=day_input())
    citation = forms.CharField(
        max_length=300,
        label="Where it was published",
        help_text="A page and a date that somebody else can look up.",
    )
    text = forms.CharField(
        label="Lines",
        help_text="Patients from; combined; institutional; professional. Whole dollars, parted by "
        "tabs or semicolons; - where no protection is asked.",
        widget=forms.Textarea(attrs={"rows": 10, "placeholder": "1000; 6,000; 10,000; 3,000"}),
    )


class RecordCover(forms.Form):
    """A practice's stop-loss policy, as its declarations page says."""

    party = forms.ModelChoiceField(Party.objects.none(), label="Practice")
    kind = forms.ChoiceField(choices=KINDS, label="Covers")
    deductible = forms.DecimalField(
        min_value=1, max_digits=12, decimal_places=2, label="Deductible $ a patient and year"
    )
    carrier = forms.CharField(max_length=200)
    policy_number = forms.CharField(max_length=60)
    effective_date = forms.DateField(label="First day", widget=day_input())
    end_date = forms.DateField(label="First day no longer", widget=day_input())

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        practices = Party.objects.filter(kind=Party.Kind.PRACTICE)
        self.fields["party"].queryset = practices.order_by("name")
