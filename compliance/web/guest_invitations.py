"""Inviting an auditor of a plan who has no account: typed, read back, and sent as it was read."""

from datetime import date, timedelta

from django import forms
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.guest_invitations import invite_guest
from compliance.models import Audit
from compliance.rules.audit_rooms import MOST_VISIT_DAYS, visit_fault
from compliance.web.audit_parts import crumbs
from compliance.web.audits import audit_or_404
from ipaportal.core.parts import FactItem
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.fields import day_input
from ipaportal.identity.web.invitations import send_invitation

MANAGE, SALT = "compliance.manage_audits", "compliance.guest_invitation"
SECONDS = 15 * 60
SEES = (
    "They choose a password and set up a second factor first. Then they see nothing, until you let "
    "them into this audit; and of it the notice, the sample by its keys, and what you release. "
    "Their role ends with the last day."
)


class NewGuest(forms.Form):
    """Whom to invite, and through which day."""

    name = forms.CharField(max_length=200)
    email = forms.EmailField(label="Mail address")
    until_date = forms.DateField(
        label="Last day of their role", widget=day_input(),
        help_text=f"At most {MOST_VISIT_DAYS} days from now.",
    )  # fmt: skip

    def clean_until_date(self) -> date:
        until = self.cleaned_data["until_date"]
        if fault := visit_fault(until, timezone.localdate()):
            raise forms.ValidationError(f"This day {fault}.")
        return until


class Read(forms.Form):
    """What was read back, sealed: what is sent is what was read."""

    code = forms.CharField(widget=forms.HiddenInput)


@requires(MANAGE)
@fresh_login_to_send
def audit_guest_invite(request: PortalRequest, audit_id: int) -> HttpResponse:
    """Invite an auditor of the plan: what was typed is read back before it is sent."""
    audit = audit_or_404(request, audit_id)
    if audit.kind != Audit.Kind.PLAN:
        raise Http404
    form, here = NewGuest(request.POST or None), reverse("compliance:audit_guests", args=[audit.pk])
    if request.POST.get("code"):
        told = _told(request, audit)
        if told is None:
            form = NewGuest({})
            form.add_error(None, "This was read too long ago. Nobody was invited. Type it again.")
        else:
            try:
                made = invite_guest(
                    actor=request.actor, audit_id=audit.pk, now=timezone.now(), **told
                )
            except Refused as refusal:
                form = NewGuest(told)
                form.add_error(None, str(refusal))
            else:
                return send_invitation(request, made, then=here)
    elif request.method == "POST" and form.is_valid():
        return _read_back(request, audit, form.cleaned_data)
    context = {
        "form": form, "title": "Invite an auditor of the plan", "verb": "Read it back",
        "back": here, "note": f"Auditors of {audit.party.name} only. {SEES}",
        "crumbs": _crumbs(audit, here),
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


def _crumbs(audit: Audit, here: str) -> list[tuple[str, str]]:
    return [*crumbs(audit), ("The plan's auditors", here), ("Invite", "")]


def _read_back(request: PortalRequest, audit: Audit, told: dict[str, object]) -> HttpResponse:
    sealed = {**told, "until_date": f"{told['until_date']}", **_for(request, audit)}
    here = reverse("compliance:audit_guests", args=[audit.pk])
    context = {
        "form": Read(initial={"code": signing.dumps(sealed, salt=SALT)}),
        "facts": [
            FactItem("Name", told["name"]),
            FactItem("Mail address", told["email"]),
            FactItem("As", f"auditor of {audit.party.name}", note="and nothing else"),
            FactItem("Last day", told["until_date"], "day"),
            FactItem("Link works until", timezone.localdate() + timedelta(days=7), "day"),
        ],
        "consequence": SEES, "back": here, "crumbs": _crumbs(audit, here),
    }  # fmt: skip
    return render(request, "compliance/guest_invite.html", context)


def _for(request: PortalRequest, audit: Audit) -> dict[str, object]:
    return {"audit": audit.pk, "by": request.actor.user_id}


def _told(request: PortalRequest, audit: Audit) -> dict[str, object] | None:
    """What this person read back of this audit a while ago; None for anything else."""
    try:
        told = signing.loads(request.POST["code"], salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None
    if {key: told.pop(key, None) for key in ("audit", "by")} != _for(request, audit):
        return None
    return {**told, "until_date": date.fromisoformat(told["until_date"])}
