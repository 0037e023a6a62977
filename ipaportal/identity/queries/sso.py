"""Who is linked to the IPA's own sign-in server."""

from django.conf import settings

from ipaportal.identity.models import SsoIdentity, User


def sso_identity_of(user: User) -> SsoIdentity | None:
    """The name by which the server in settings knows a person, if it is linked."""
    if not settings.OIDC_ISSUER:
        return None
    return SsoIdentity.objects.filter(
        user=user, issuer=settings.OIDC_ISSUER, ended_at__isnull=True
    ).first()


def person_behind(issuer: str, subject: str) -> User | None:
    """The active person whom a server knows by a name."""
    found = SsoIdentity.objects.filter(
        issuer=issuer, subject=subject, ended_at__isnull=True, user__is_active=True
    )
    identity = found.select_related("user").first()
    return identity.user if identity else None


def signs_in_elsewhere_only(user: User) -> bool:
    """Whether this person's password and passkeys are no way in, because the server decides."""
    return settings.OIDC_INSTEAD_OF_PASSWORD and sso_identity_of(user) is not None
