"""How django-allauth behaves here: by invitation only, secrets encrypted, every entry recorded."""

from base64 import b64decode, b64encode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils import timezone

from ipaportal.audit.actions import record
from ipaportal.core.encryption import decrypt, encrypt, place
from ipaportal.identity.lifetimes import end_sessions_elsewhere
from ipaportal.identity.middleware import is_demo_session
from ipaportal.identity.models import User
from ipaportal.identity.queries.actors import NOBODY, actor_for
from ipaportal.identity.queries.people import ipa_party

# allauth does not say for which row it encrypts, so all authenticators share one place.
_PLACE = place("mfa_authenticator", "data", "secret")


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; who came in, failed to, left or changed a secret is on record."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Demo sessions have no password to ask for again."""
        if is_demo_session(self.request):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        _record(user, "identity.session.began")

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            _record(request.user, "identity.session.ended")
            request.session_ended = True
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: object) -> None:
        email = str(credentials.get("email", "")).strip().lower()
        user = User.objects.filter(email=email).first()
        record(actor=NOBODY, action="identity.sign_in.failed", subject=user, email=email)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict | None = None,
        email: str | None = None,
    ) -> None:
        """Every change of a password or second factor passes here: nobody else stays signed in."""
        end_sessions_elsewhere(user, self.request)
        _record(user, f"identity.security.{template_prefix.rpartition('/')[2]}")
        super().send_notification_mail(template_prefix, user, context, email)


class MfaAdapter(DefaultMFAAdapter):
    """Authenticator secrets are encrypted in the database."""

    def encrypt(self, text: str) -> str:
        return b64encode(encrypt(text, _PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(b64decode(encrypted_text), _PLACE)

    def get_totp_issuer(self) -> str:
        """What the authenticator app shows above the code."""
        ipa = ipa_party()
        return ipa.name if ipa else super().get_totp_issuer()


def _record(user: User, action: str) -> None:
    record(actor=actor_for(user, timezone.localdate()), action=action, subject=user)
