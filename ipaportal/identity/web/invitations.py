"""Sending somebody the link of their invitation."""

from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse

from ipaportal.identity.actions.invitations import token_of
from ipaportal.identity.models import Invitation
from ipaportal.identity.web.access import PortalRequest


def send_invitation(request: PortalRequest, invitation: Invitation, *, then: str) -> HttpResponse:
    """Mail the link; a portal without a mail server shows it once, to be passed on by hand."""
    link = request.build_absolute_uri(
        reverse("identity:invitation_accept", args=[token_of(invitation)])
    )
    context = {"invitation": invitation, "link": link, "inviter": request.actor.name}
    if not settings.EMAIL_HOST:
        return render(request, "identity/invitation_link.html", context)
    body = render_to_string("identity/invitation_mail.txt", context)
    send_mail("Your invitation to the portal", body, None, [invitation.email])
    messages.success(request, f"Invitation sent to {invitation.email}.")
    return redirect(then)
