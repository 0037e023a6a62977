"""People for tests: parties, users with roles, and clients signed in as them."""

from datetime import date

from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.identity.models import Grant, Party, User
from ipaportal.identity.queries.actors import actor_for
from ipaportal.identity.web.once import FIELD, new_token

LONG_AGO = date(2020, 1, 1)
PASSWORD = "a long walk by the river"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def make_party(kind: str = "ipa", name: str = "Valley IPA") -> Party:
    """The one IPA, or a party of another kind."""
    if kind == "ipa":
        return Party.objects.get_or_create(kind=kind, defaults={"name": name})[0]
    return Party.objects.create(kind=kind, name=name)


def make_user(
    email: str, *roles: Role, party: Party | None = None, name: str = "", mfa: bool = True
) -> User:
    """A user with roles for a party (the IPA if none is named), second factor enrolled or not."""
    user = User.objects.create_user(email, name or email.partition("@")[0].title(), PASSWORD)
    for role in roles:
        Grant.objects.create(
            user=user, party=party or make_party(), role=role, effective_date=LONG_AGO
        )
    if mfa:
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return user


def actor_of(user: User) -> Actor:
    """The actor that a user is today."""
    return actor_for(user, date.today())


class Browser(Client):
    """A client that sends every form with a token of its own, as our pages do."""

    def post(self, path, data=None, *args, **kwargs):
        if data is None or isinstance(data, dict):
            data = {FIELD: new_token(), **(data or {})}
        return super().post(path, data, *args, **kwargs)


def client_of(user: User) -> Client:
    """A browser in which a user is signed in."""
    client = Browser()
    client.force_login(user, backend=BACKEND)
    return client


def fresh_client_of(user: User) -> Client:
    """A browser in which a user has just confirmed that it is them."""
    client = client_of(user)
    answer = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert answer.status_code == 302
    return client
