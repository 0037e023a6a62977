"""How django-allauth behaves here: by invitation only, secrets encrypted, every entry recorded."""

from base64 import b64decode, b64encode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from ipaportal.audit.actions import record
from ipaportal.core.encryption import decrypt, encrypt, place
from ipaportal.identity.lifetimes import end_sessions_elsewhere
from ipaportal.identity.middleware import is_demo_session
from ipaportal.identity.models import User
from ipaportal.identity.queries.actors import NOBODY, actor_for
from ipaportal.identity.queries.people import ipa_party
from ipaportal.identity.queries.sso import signs_in_elsewhere_only
from ipaportal.identity.sso import METHOD, began_elsewhere

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

    def get_login_stages(self) -> list[str]:
        """As allauth has them, with our own question for the second factor."""
        ours = "ipaportal.identity.sso.SecondFactorStage"
        theirs = "allauth.mfa.stages.AuthenticateStage"
        return [ours if one == theirs else one for one in super().get_login_stages()]

    def get_reauthentication_methods(self, user: User) -> list[dict]:
        """Whoever came in by the sign-in server shows there again who they are."""
        if not began_elsewhere(self.request, user):
            return super().get_reauthentication_methods(user)
        url = reverse("identity:sso_again")
        return [{"id": METHOD, "description": f"Use {settings.OIDC_NAME}", "url": url}]

    def pre_login(self, request: HttpRequest, user: User, **more: object) -> HttpResponse | None:
        """Whoever is linked to the sign-in server comes in by it: it may have shut them out."""
        if signs_in_elsewhere_only(user) and not began_elsewhere(request, user):
            clear_login(request)
            record(actor=NOBODY, action="identity.sign_in.failed", subject=user, why="sso only")
            messages.info(request, f"You sign in with {settings.OIDC_NAME}.")
            return redirect("account_login")
        return super().pre_login(request, user, **more)

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Whoever came in by the sign-in server is told that they may still be signed in there."""
        if settings.OIDC_ISSUER and began_elsewhere(request, request.user):
            return reverse("identity:sso_signed_out")
        return super().get_logout_redirect_url(request)

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
