"""Forms of compliance."""

from django import forms

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
