"""Sign in at the IPA's own server, show there again who one is, and who is linked to it."""

import time
from dataclasses import asdict

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from ipaportal.core.actors import Actor
from ipaportal.core.oidc import Begun, Identity, OidcRefused, Provider, begin
from ipaportal.core.refusals import Refused
from ipaportal.identity.actions.sso import LinkedAlready, NobodyHere, link_by_address, link_sso
from ipaportal.identity.actions.sso import unlink_sso as end_link
from ipaportal.identity.models import User
from ipaportal.identity.queries.sso import person_behind
from ipaportal.identity.sso import METHOD, sso_provider
from ipaportal.identity.web.access import PortalRequest, fresh_login, public, requires
from ipaportal.identity.web.forms import ReasonForm, SsoForm
from ipaportal.identity.web.limits import limited, record_refusal
from ipaportal.identity.web.staff import show_person

KEPT = "sso_begun"
MOST_KEPT = 5  # windows of one browser that are on their way at once


class NotBelieved(Refused):
    """What came back from the sign-in server is not as it has to be."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{settings.OIDC_NAME} could not sign you in: the answer was not taken, because {why}. "
            "Nothing was changed. Try again from the sign-in page."
        )


class AnotherPerson(Refused):
    """Somebody else showed who they are than whoever is signed in."""

    def __init__(self) -> None:
        super().__init__(
            f"{settings.OIDC_NAME} says that you are somebody else than who is signed in here. "
            "Nothing was changed. Sign out, then sign in as yourself."
        )


@require_GET
@public
@limited("sso")
def sso_begin(request: PortalRequest) -> HttpResponse:
    """Go to the sign-in server."""
    _provider()
    if request.user.is_authenticated:
        return redirect(_next_of(request))
    return _go(request, fresh=False)


@require_GET
@requires("identity.keep_session")
def sso_again(request: PortalRequest) -> HttpResponse:
    """Go to the sign-in server to show again who one is, before money moves."""
    return _go(request, fresh=True)


@require_GET
@public
@limited("sso")
def sso_back(request: PortalRequest) -> HttpResponse:
    """Come back from the sign-in server."""
    provider = _provider()
    kept = request.session.get(KEPT, {}).pop(request.GET.get("state", ""), None)
    request.session.modified = True  # what came back once comes back no second time
    try:
        if kept is None:
            raise OidcRefused("it did not begin in this browser, or came twice")
        begun, now = Begun(**kept["begun"]), time.time()
        identity = provider.identity(begun, request.GET.dict(), _here(request), now)
        if begun.fresh:
            return _confirmed(request, identity, kept["next"])
        return _let_in(request, identity, kept["next"])
    except OidcRefused as refusal:
        _record(request, refusal.why)
        return _refused(request, NotBelieved(refusal.why))
    except Refused as refusal:
        _record(request, type(refusal).__name__)
        return _refused(request, refusal)


@require_GET
@public
def sso_signed_out(request: PortalRequest) -> HttpResponse:
    """Say that the session here is over, and how to end the one there."""
    back_to = request.build_absolute_uri(reverse("account_login"))
    url = _provider().sign_out_address(back_to, time.time())
    page = {"server": settings.OIDC_NAME, "sign_out_url": url}
    return render(request, "identity/sso_signed_out.html", page)


@require_POST
@requires("identity.link_sso")
@fresh_login
def sso_link(request: PortalRequest, user_id: int) -> HttpResponse:
    """Link a person to their name at the sign-in server."""
    form = SsoForm(request.POST)
    if form.is_valid():
        try:
            user = link_sso(
                actor=request.actor,
                user_id=user_id,
                subject=form.cleaned_data["subject"],
                now=timezone.now(),
            )
        except User.DoesNotExist as missing:
            raise Http404 from missing
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            _tell(request, "linked", user)
            messages.success(request, f"Linked. {user.name} signs in with {settings.OIDC_NAME}.")
            return redirect("identity:person_detail", user_id)
    return show_person(request, user_id, sso_form=form)


@require_POST
@requires("identity.unlink_sso")
@fresh_login
def sso_unlink(request: PortalRequest, user_id: int) -> HttpResponse:
    """End a person's link to the sign-in server."""
    form = ReasonForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            user = end_link(actor=request.actor, user_id=user_id, reason=reason, now=timezone.now())
        except User.DoesNotExist as missing:
            raise Http404 from missing
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            _tell(request, "unlinked", user)
            messages.success(request, "The link has ended. All sessions are closed.")
            return redirect("identity:person_detail", user_id)
    return show_person(request, user_id, unlink_form=form)


def _provider() -> Provider:
    provider = sso_provider()
    if provider is None:
        raise Http404
    return provider


def _go(request: PortalRequest, *, fresh: bool) -> HttpResponse:
    provider, now = _provider(), time.time()
    begun = begin(now, fresh=fresh)
    try:
        address = provider.address(begun, _here(request), now)
    except OidcRefused as refusal:
        _record(request, refusal.why)
        return _refused(request, NotBelieved(refusal.why))
    kept = {**request.session.get(KEPT, {})}
    kept[begun.state] = {"begun": asdict(begun), "next": _next_of(request)}
    request.session[KEPT] = dict(list(kept.items())[-MOST_KEPT:])
    return redirect(address)


def _let_in(request: PortalRequest, identity: Identity, to: str) -> HttpResponse:
    user = person_behind(identity.issuer, identity.subject)
    if user is None:
        actor = Actor.system(settings.OIDC_NAME)
        try:
            user = link_by_address(actor=actor, identity=identity, now=timezone.now())
        except LinkedAlready as refusal:  # a stranger learns no more than if there were nobody
            raise NobodyHere(identity.subject) from refusal
        _tell(request, "linked", user)
    record_authentication(request, user, method=METHOD, mfa=identity.has_mfa)
    return perform_login(request, Login(user=user, email=user.email, redirect_url=to))


def _confirmed(request: PortalRequest, identity: Identity, to: str) -> HttpResponse:
    user = person_behind(identity.issuer, identity.subject)
    if user is None or user.pk != request.user.pk:
        raise AnotherPerson
    record_authentication(request, user, method=METHOD, mfa=identity.has_mfa, reauthenticated=True)
    # What was sent before goes on as allauth keeps it: by the address in `next`.
    request.GET = QueryDict(mutable=True)
    request.GET["next"] = to
    return resume_request(request) or redirect(to)


def _tell(request: PortalRequest, what: str, user: User) -> None:
    """Write to the person, and end their sessions elsewhere: a way in was added or taken away."""
    context = {"server": settings.OIDC_NAME}
    get_adapter(request).send_notification_mail(f"identity/email/sso_{what}", user, context)


def _next_of(request: PortalRequest) -> str:
    to = request.GET.get("next", "")
    here = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(to, here, require_https=request.is_secure())
    return to if is_ours else "/"


def _here(request: PortalRequest) -> str:
    return request.build_absolute_uri(reverse("identity:sso_back"))


def _record(request: PortalRequest, why: str) -> None:
    record_refusal(request, actor=request.actor, action="identity.sso.refused", why=why)


def _refused(request: PortalRequest, refusal: Refused) -> HttpResponse:
    return render(request, "identity/refused.html", {"refusal": refusal}, status=403)
