"""Forms over people, roles, invitations and the first set-up."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from ipaportal.core.actors import Actor
from ipaportal.core.roles import ROLE_NAMES, Role
from ipaportal.identity.models import Party, User
from ipaportal.identity.queries.people import parties_for_roles
from ipaportal.identity.rules.grants import givable_roles


def _date(label: str, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=False, help_text=help_text, widget=widget)


class _RoleForm(forms.Form):
    """Offers only the roles and parties that the actor may give."""

    role = forms.ChoiceField(label="Role")
    party = forms.ModelChoiceField(Party.objects.none(), label="For")

    def __init__(self, *args: object, actor: Actor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        givable = givable_roles(actor.roles)
        self.fields["role"].choices = [(r.value, ROLE_NAMES[r]) for r in Role if r in givable]
        self.fields["party"].queryset = parties_for_roles(actor)


class InviteForm(_RoleForm):
    email = forms.EmailField(label="E-mail address")
    name = forms.CharField(label="Name", max_length=200)
    grant_end_date = _date("Last day of the role", "Guests such as plan auditors need one.")

    field_order = ["name", "email", "role", "party", "grant_end_date"]


class GrantForm(_RoleForm):
    end_date = _date("Ends on", "The first day without the role; empty means it stays.")


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Reason", max_length=500)


class SsoForm(forms.Form):
    subject = forms.CharField(
        label="Name at the sign-in server",
        max_length=255,
        help_text="The portal tells it to whoever signs in there and is not linked yet.",
    )


class _PasswordForm(forms.Form):
    """A new password, twice, judged by the site's password rules and the person's own names."""

    password = forms.CharField(
        label="Password",
        strip=False,
        help_text="At least 12 characters. A sentence is good.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label="Password again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, object]:
        data = super().clean()
        password = data.get("password")
        if password and password != data.get("password_again"):
            self.add_error("password_again", "The two passwords differ.")
        if password:
            person = User(email=self.email_of(data), name=data.get("name", ""))
            try:
                validate_password(password, person)
            except ValidationError as fault:
                self.add_error("password", fault)
        return data

    def email_of(self, data: dict[str, object]) -> str:
        return data.get("email", "")


class AcceptForm(_PasswordForm):
    name = forms.CharField(label="Your name", max_length=200)

    field_order = ["name", "password", "password_again"]

    def __init__(self, *args: object, email: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def email_of(self, data: dict[str, object]) -> str:
        return self.email


class SetUpForm(_PasswordForm):
    ipa_name = forms.CharField(label="Name of the IPA", max_length=200)
    name = forms.CharField(label="Your name", max_length=200)
    email = forms.EmailField(label="Your e-mail address", help_text="You sign in with it.")
    token = forms.CharField(
        label="Set-up token",
        help_text="From IPA_SETUP_TOKEN in the server's environment.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    field_order = ["token", "ipa_name", "name", "email", "password", "password_again"]

    def __init__(self, *args: object, ask_token: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not ask_token:
            del self.fields["token"]
