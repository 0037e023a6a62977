"""First set-up of a portal without the demo: open once, to whoever holds the set-up token."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.home.queries.setup import setup_steps
from ipaportal.identity.actions.refusals import SetUpClosed
from ipaportal.identity.actions.setup import set_up_ipa
from ipaportal.identity.queries.people import ipa_party
from ipaportal.identity.web.access import PortalRequest, public, requires
from ipaportal.identity.web.forms import SetUpForm
from ipaportal.identity.web.sessions import sign_in_with_new_password


@sensitive_post_parameters("token", "password", "password_again")
@never_cache
@public
def setup(request: PortalRequest) -> HttpResponse:
    """Name the IPA and its first administrator; closed for ever once an IPA exists."""
    if ipa_party() is not None:
        return render(request, "identity/refused.html", {"refusal": SetUpClosed()}, status=410)
    ask_token = bool(settings.SETUP_TOKEN) or not settings.EMBEDDED
    form = SetUpForm(request.POST or None, ask_token=ask_token)
    if request.method == "POST" and form.is_valid():
        try:
            return _set_up(request, form, ask_token)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    page = {"form": form, "token_missing": ask_token and not settings.SETUP_TOKEN}
    return render(request, "home/setup.html", page, status=422 if form.errors else 200)


def _set_up(request: PortalRequest, form: SetUpForm, ask_token: bool) -> HttpResponse:
    data = form.cleaned_data
    if ask_token and not _is_token(data["token"]):
        raise WrongToken
    user = set_up_ipa(
        actor=Actor.system("first set-up"),
        ipa_name=data["ipa_name"],
        name=data["name"],
        email=data["email"],
        password=data["password"],
        today=timezone.localdate(),
    )
    sign_in_with_new_password(request, user)
    messages.success(request, f"{data['ipa_name']} is set up. Now protect your account.")
    return redirect("home:setup_steps")


class WrongToken(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This is not the set-up token. Nothing was changed. "
            "It stands in the server's environment as IPA_SETUP_TOKEN."
        )


def _is_token(token: str) -> bool:
    return bool(settings.SETUP_TOKEN) and constant_time_compare(token, settings.SETUP_TOKEN)


@requires("home.see_setup")
def setup_steps_page(request: PortalRequest) -> HttpResponse:
    """What is done and what comes next on the way to the first month-end."""
    steps = setup_steps(request.actor, timezone.localdate())
    page = {"steps": steps, "done": sum(step.done for step in steps)}
    return render(request, "home/setup_steps.html", page)
