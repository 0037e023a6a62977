"""Links that leave the portal: by mail where there is a server, else shown once; stored files."""

from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from credentialing.models import Inquiry
from ipaportal.identity.actions.invitations import token_of
from ipaportal.identity.models import Invitation
from ipaportal.identity.web.access import PortalRequest


def send_invitation(request: PortalRequest, invitation: Invitation) -> HttpResponse:
    """Mail an applicant their link, or show it once to be passed on."""
    link = request.build_absolute_uri(
        reverse("identity:invitation_accept", args=[token_of(invitation)])
    )
    text = (
        f"You are invited to apply to the network for {invitation.party.name}.\n\n{link}\n\n"
        "The link makes your account; it works once, for seven days. Your application waits "
        "behind “My file”.\n"
    )
    return _send(
        request, invitation.email, "Your application", text, link, "credentialing:file_list"
    )


def send_letter(request: PortalRequest, inquiry: Inquiry, token: str) -> HttpResponse:
    """Mail whoever is asked the address to answer at, or show it once to be passed on."""
    link = request.build_absolute_uri(reverse("credentialing:inquiry_answer", args=[token]))
    text = (
        f"{inquiry.question}\n\nPlease answer here, until {inquiry.expires_at:%B %-d, %Y}:\n"
        f"{link}\n\nThe address is meant for you alone and works once.\n"
    )
    back = reverse("credentialing:element_detail", args=[inquiry.element_id])
    return _send(request, inquiry.recipient_email, "A question about a colleague", text, link, back)


def _send(
    request: PortalRequest, email: str, subject: str, text: str, link: str, back: str
) -> HttpResponse:
    if settings.EMAIL_HOST:
        send_mail(subject, text, None, [email])
        messages.success(request, f"Sent to {email}.")
        return redirect(back)
    context = {"link": link, "email": email, "back": back if back[:1] == "/" else reverse(back)}
    return render(request, "credentialing/staff/link_shown.html", context)
