"""Forms of statements: ask, answer, publish."""

from django import forms

from ipaportal.core.months import parse_month


class Ask(forms.Form):
    """A question about a line."""

    question = forms.CharField(
        max_length=2000,
        label="Your question",
        help_text="What should it be, and why? The line itself is sent along.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class Answer(forms.Form):
    """How a question ends, in words."""

    verdict = forms.ChoiceField(
        label="Outcome",
        choices=[
            ("upheld", "Upheld: the fact is corrected, a later run pays the difference"),
            ("declined", "Declined: the line is right"),
        ],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        max_length=2000,
        label="In words",
        help_text="The practice reads this as it stands.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class Publish(forms.Form):
    """The month whose statements are published."""

    month = forms.CharField(max_length=7, widget=forms.HiddenInput)

    def clean_month(self):
        """Read the month."""
        try:
            return parse_month(self.cleaned_data["month"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
