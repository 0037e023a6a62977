"""Pages for whoever has no session yet: an invitation, the demo's one-click sign-in."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.actions.invitations import accept_invitation, invitation_of
from ipaportal.identity.queries.demo import demo_people
from ipaportal.identity.web.access import PortalRequest, public
from ipaportal.identity.web.forms import AcceptForm
from ipaportal.identity.web.sessions import sign_in_to_demo, sign_in_with_new_password


@sensitive_post_parameters("password", "password_again")
@never_cache
@public
def invitation_accept(request: PortalRequest, token: str) -> HttpResponse:
    """Choose a name and password on the strength of an invitation's link."""
    now = timezone.now()
    try:
        invitation = invitation_of(token, now)
        initial = {"name": invitation.name}
        form = AcceptForm(request.POST or None, email=invitation.email, initial=initial)
        if request.method == "POST" and form.is_valid():
            user = accept_invitation(
                actor=Actor.system("invitation link"),
                token=token,
                name=form.cleaned_data["name"],
                password=form.cleaned_data["password"],
                now=now,
                today=timezone.localdate(),
            )
            sign_in_with_new_password(request, user)
            messages.success(request, "Your account is ready.")
            return redirect("home:home")
    except Refused as refusal:
        return render(request, "identity/refused.html", {"refusal": refusal}, status=410)
    page = {"invitation": invitation, "form": form}
    status = 422 if form.errors else 200
    return render(request, "identity/invitation_accept.html", page, status=status)


@require_POST
@public
def demo_sign_in(request: PortalRequest, user_id: int) -> HttpResponse:
    """Sign in as one of the demo's people; the address does not exist anywhere but on a demo."""
    if not (settings.DEMO and settings.EMBEDDED):
        raise Http404
    user = get_object_or_404(demo_people(timezone.localdate()), pk=user_id)
    sign_in_to_demo(request, user)
    messages.info(
        request,
        f"You are {user.name}. This is a demo: the password and the second factor were skipped.",
    )
    return redirect("home:home")
