"""An adverse action against a facility: proposed on a page of its own, on the same docket."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.adverse import open_action
from credentialing.models import Facility
from credentialing.web.hearing_forms import Open
from credentialing.web.hearings import OPEN, crumbs
from ipaportal.core.parts import FactItem
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires


class OpenOfFacility(Open):
    """A facility has no panel that could be closed."""

    closes_panel = None


@requires(OPEN)
@fresh_login_to_send
def facility_action_new(request: PortalRequest, facility_id: int) -> HttpResponse:
    """Propose to limit, suspend or end a facility's part in the network."""
    where = Facility.objects.filter(pk=facility_id).first()
    if where is None:
        raise Http404
    form = OpenOfFacility(request.POST or None, initial={"effective_date": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            row = open_action(
                actor=request.actor, facility_id=where.pk, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Opened. Nothing is told before its notice is sent.")
            return redirect("credentialing:adverse_detail", row.pk)
    context = {
        "form": form, "who": where, "verb": "Open an adverse action",
        "consequence": "Nothing changes before it is final: no hearing was asked for in time, it "
        "was waived, or it was decided after the hearing. In imminent danger it is suspended "
        "today. Nothing is reported to the NPDB, which hears of practitioners only.",
        "facts": [FactItem("Stands", where.get_status_display()),
                  FactItem("Practitioners who name it", where.affiliations.current().count(),
                           "count")],
        "back": reverse("credentialing:facility_detail", args=[where.pk]),
        "crumbs": crumbs((str(where), "")),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/adverse_new.html", context, status=status)
