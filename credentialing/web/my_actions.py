"""What was proposed to me: its reasons, the days I have, and my request for a hearing."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from credentialing.actions.hearings import ask_own_hearing, waive_own_hearing
from credentialing.models import AdverseAction
from credentialing.queries.adverse import ASK, own_actions
from credentialing.rules.adverse import Stage
from credentialing.web.hearing_forms import Ask, Waive
from credentialing.web.hearings import notice_sha, pdf_of
from ipaportal.core.parts import FactItem, Moment
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires

WAIVABLE = {Stage.NOTICE_SENT, Stage.HEARING_REQUESTED, Stage.SCHEDULED}


def _mine(request: PortalRequest, action_id: int) -> AdverseAction:
    found = next((row for row in own_actions(request.actor) if row.pk == action_id), None)
    if found is None:
        raise Http404
    return found


@requires(ASK)
@fresh_login_to_send
def my_action(request: PortalRequest, action_id: int) -> HttpResponse:
    """An action about me: where it stands, why, and what I may do until when."""
    row, today = _mine(request, action_id), timezone.localdate()
    doing = request.POST.get("do", "")
    ask = Ask(request.POST if doing == "ask" else None)
    waive = Waive(request.POST if doing == "waive" else None)
    form = {"ask": ask, "waive": waive}.get(doing)
    if form is not None and form.is_valid():
        act = ask_own_hearing if doing == "ask" else waive_own_hearing
        text = form.cleaned_data.get("text", "waived in the portal")
        try:
            act(actor=request.actor, action_id=action_id, text=text, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded. The IPA sees it now.")
            return redirect("credentialing:my_action", action_id)
    may_ask = row.stage == Stage.NOTICE_SENT and today <= row.request_by_date
    context = {
        "row": row, "facts": _facts(row), "moments": _moments(row),
        "reasons": row.reasons, "letters": [one for one in row.notices.all()
                                            if one.kind != "action"],
        "ask_form": ask if may_ask or ask.errors else None,
        "waive_form": waive if row.stage in WAIVABLE or waive.errors else None,
        "crumbs": [("My file", reverse("credentialing:my_file")),
                   (row.get_kind_display().capitalize(), "")],
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "credentialing/provider/my_action.html", context, status=status)


def _facts(row: AdverseAction) -> list[FactItem]:
    facts = [FactItem("Rests on", row.get_basis_display())]
    for label, day in (
        ("Told", row.notice_date),
        ("Hearing may be asked for until", row.request_by_date),
        ("Hearing", row.hearing_date),
        ("Final since", row.final_date),
        ("Reversed", row.reversed_date),
    ):
        if day is not None:
            facts.append(FactItem(label, day, "day"))
    return facts


def _moments(row: AdverseAction) -> list[Moment]:
    told = [one for one in row.steps.all() if one.stage != Stage.PROPOSED]
    return [
        Moment(one.on_date, one.get_stage_display().capitalize(), "", one.place)
        for one in reversed(told)
    ]


@require_GET
@requires(ASK)
def my_action_notice(request: PortalRequest, action_id: int) -> HttpResponse:
    """The notice as it was sent to me."""
    row = _mine(request, action_id)
    with seeing(EVERYBODY):
        return pdf_of(notice_sha(row), {})
