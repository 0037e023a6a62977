"""One member on a closed panel: how they came there, and what was done about it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.actions.closed_panels import note_closed_panel
from capitation.models import Member, PlanFile
from capitation.queries.closed_stays import Stay, notes_of, stays
from capitation.queries.members import member_rows
from capitation.rules.closed_panels import LOOK_AGAIN
from capitation.web.member_forms import NoteClosedPanel
from capitation.web.worklists import VIEW, WORK
from credentialing.models import Practitioner
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import FactItem, Moment
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.web.access import PortalRequest, requires


@requires(VIEW)
@shows_members()
def closed_panel_note(request: PortalRequest, member_id: int, practitioner_id: int) -> HttpResponse:
    """A member whom a plan put on a closed panel, and a way to note what was done."""
    member = get_object_or_404(Member, pk=member_id)
    pcp = get_object_or_404(Practitioner, pk=practitioner_id)
    declare_members(request, [member_id])
    stay, notes = _known(request, member, pcp)
    form = _form(request) if stay is not None else None
    if request.method == "POST":
        if form is None:
            raise Http404
        if form.is_valid() and _noted(request, form, member, pcp):
            return redirect(f"{reverse('capitation:worklists')}?list=closed")
    (who,) = member_rows([member_id])
    context = {
        "who": who,
        "pcp": pcp,
        "stay": stay,
        "facts": _facts(stay) if stay else [],
        "form": form,
        "moments": notes,
        "crumbs": [(WORK, f"{reverse('capitation:worklists')}?list=closed"), (str(member), "")],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "capitation/staff/closed_panel_note.html", context, status=status)


def _known(
    request: PortalRequest, member: Member, pcp: Practitioner
) -> tuple[Stay | None, list[Moment]]:
    """The member's stay, if it goes on, and all that was ever noted of them and this PCP."""
    today = timezone.localdate()
    found = stays(actor=request.actor, today=today, member_id=member.pk)
    stay = next((one for one in found if one.practitioner_id == pcp.pk), None)
    notes = [one for one in notes_of(member) if one.practitioner_id == pcp.pk]
    if stay is None and not notes:
        raise Http404
    moments = [
        Moment(
            note.noted_at,
            note.get_done_display().capitalize(),
            note.noted_by_name,
            note.text + (f" Look again on {day_text(note.again_date)}." if note.again_date else ""),
        )
        for note in notes
    ]
    return stay, moments


def _form(request: PortalRequest) -> NoteClosedPanel | None:
    if not request.actor.may("capitation.note_closed_panel"):
        return None
    initial = {"again_date": timezone.localdate() + LOOK_AGAIN}
    return NoteClosedPanel(request.POST if request.method == "POST" else None, initial=initial)


def _noted(request: PortalRequest, form, member: Member, pcp: Practitioner) -> bool:
    try:
        note_closed_panel(
            actor=request.actor,
            member_id=member.pk,
            practitioner_id=pcp.pk,
            now=timezone.now(),
            **form.cleaned_data,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"Noted for {member}.")
    return True


def _facts(stay: Stay) -> list[FactItem]:
    """How the member came to a panel that takes nobody new."""
    facts = [
        FactItem("Closed since", stay.closure.from_date, "day", note=stay.closure.limits),
        FactItem("Assigned from", stay.since, "day"),
    ]
    if stay.closure.until:
        facts.append(FactItem("Takes members again from", stay.closure.until, "day"))
    file = PlanFile.objects.filter(pk=stay.file_id).first() if stay.file_id else None
    if file is None:
        facts.append(FactItem("Assigned by", stay.assigned_by))
    else:
        url = reverse("capitation:file_detail", args=[file.pk])
        facts.append(FactItem("Named by", file.name, note=f"line {stay.line_no}", url=url))
    return facts
