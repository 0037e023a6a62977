"""How django-allauth behaves here: by invitation only, secrets encrypted, demo told apart."""

from base64 import b64decode, b64encode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from ipaportal.core.encryption import decrypt, encrypt, place
from ipaportal.identity.middleware import is_demo_session


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; demo sessions have no password to ask for again."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        if is_demo_session(self.request):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)


class MfaAdapter(DefaultMFAAdapter):
    """Authenticator secrets are encrypted in the database."""

    # allauth does not say for which row it encrypts, so all of them share one place.
    _PLACE = place("mfa_authenticator", "data", "secret")

    def encrypt(self, text: str) -> str:
        return b64encode(encrypt(text, self._PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(b64decode(encrypted_text), self._PLACE)
