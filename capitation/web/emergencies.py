"""Open one member's record in an emergency: with a reason, for some minutes, never in silence."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from capitation.models import Member, Payer
from capitation.queries.members import member_page, name_of
from capitation.web.members import member_record
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.actions.emergencies import begin_emergency
from ipaportal.identity.queries.emergencies import running_emergency
from ipaportal.identity.web.access import PortalRequest, fresh_login, requires

PERMISSION = "capitation.view_in_emergency"


class OverOrNone(Refused):
    def __init__(self) -> None:
        super().__init__(
            "No record is open for you in an emergency, or its time is over. Nothing is shown. "
            "Open it again, with the reason, if it still cannot wait."
        )


class EmergencyForm(forms.Form):
    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan")
    number = forms.CharField(label="Plan's number of the member", max_length=40)
    reason = forms.CharField(
        label="Why it cannot wait", max_length=500, help_text="The compliance officer reads it."
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party")

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if data.get("payer") and data.get("number"):
            data["member"] = Member.objects.filter(
                payer=data["payer"], plan_member_id=data["number"].strip()
            ).first()
            if data["member"] is None:
                self.add_error("number", "The plan has no member of exactly this number.")
        return data


@requires(PERMISSION)
@fresh_login
def emergency_new(request: PortalRequest) -> HttpResponse:
    """Say whose record is needed, and why."""
    form = EmergencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            begin_emergency(
                actor=request.actor,
                subject=form.cleaned_data["member"],
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.warning(request, "The compliance officers were told.")
            return redirect("capitation:emergency_record")
    context = {"form": form, "minutes": settings.EMERGENCY_MINUTES}
    status = 422 if form.errors else 200
    return render(request, "capitation/staff/emergency_new.html", context, status=status)


@requires(PERMISSION)
@shows_members()
def emergency_record(request: PortalRequest) -> HttpResponse:
    """The record that this person has open in an emergency; to look at only."""
    access = running_emergency(request.actor, Member._meta.label, timezone.now())
    if access is None:
        return render(request, "refusal.html", {"refusal": OverOrNone()}, status=404)
    reader = Actor.system(f"emergency access of {request.actor.name}")
    page = member_page(actor=reader, member_id=access.subject_id)
    declare_members(request, [access.subject_id])
    context = {
        "name": name_of(page.profile) or page.member.plan_member_id,
        "access": access,
        **member_record(page),
    }
    return render(request, "capitation/staff/emergency_record.html", context)
