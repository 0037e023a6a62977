"""The IPA's own sign-in server, from settings, and what it said in a session."""

from functools import lru_cache

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.http import HttpRequest

from ipaportal.core.oidc import Provider, Registration
from ipaportal.core.outbound import guard
from ipaportal.identity.models import User

METHOD = "sso"


def sso_provider() -> Provider | None:
    """The server at which the IPA's people sign in, or None where there is none."""
    if not settings.OIDC_ISSUER:
        return None
    return _known(
        Registration(
            issuer=settings.OIDC_ISSUER,
            client_id=settings.OIDC_CLIENT_ID,
            client_secret=settings.OIDC_CLIENT_SECRET,
            mfa_acr=frozenset(settings.OIDC_MFA_ACR),
            mfa_amr=frozenset(settings.OIDC_MFA_AMR),
        )
    )


@lru_cache(maxsize=4)
def _known(registration: Registration) -> Provider:
    return Provider(registration, guard)


def began_elsewhere(request: HttpRequest, user: User) -> bool:
    """Whether this session, or this sign-in on its way, began at the server."""
    return any(one.get("method") == METHOD for one in get_authentication_records(request, user))


def showed_second_factor(request: HttpRequest, user: User) -> bool:
    """Whether the server vouched for a second factor when this session began."""
    return any(
        one.get("method") == METHOD and one.get("mfa") is True
        for one in get_authentication_records(request, user)
    )


class SecondFactorStage(AuthenticateStage):
    """Our own second factor, unless the server vouched for one in this very sign-in."""

    def _should_handle(self, request: HttpRequest) -> bool:
        user = self.login.user
        if user is not None and showed_second_factor(request, user):
            return False
        return super()._should_handle(request)
