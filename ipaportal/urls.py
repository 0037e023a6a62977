"""Every address of the site."""

from django.urls import include, path
from django.views.defaults import page_not_found

from ipaportal.identity.web.access import public


@public
def _closed(request):
    return page_not_found(request, None)


handler403 = "ipaportal.home.web.errors.forbidden"
handler500 = "ipaportal.home.web.errors.broken"

urlpatterns = [
    path("", include("ipaportal.home.web.urls")),
    path("people/", include("ipaportal.identity.web.urls")),
    path("ledger/", include("ipaportal.ledger.web.urls")),
    path("network/", include("credentialing.web.urls")),
    path("buying/", include("purchasing.web.urls")),
    path("hotline/", include("compliance.web.hotline_urls")),
    path("compliance/", include("compliance.web.urls")),
    path("", include("capitation.web.urls")),
    # Addresses come from invitations, passwords from their owners: allauth's pages for adding
    # either some other way are shut.
    path("account/email/", _closed),
    path("account/password/set/", _closed),
    path("account/signup/", _closed),
    path("account/", include("allauth.account.urls")),
    path("account/mfa/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
]
