"""A correction is handed over: offered, taken or not, and taken back."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from compliance.actions.handovers import answer_handover, hand_over, take_back
from compliance.models import CorrectionHandover
from compliance.queries.findings import owners
from compliance.web.audit_forms import WORDS
from compliance.web.findings import finding_form, plan_or_404, try_it
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import User
from ipaportal.identity.web.access import PortalRequest, requires

WORK = "compliance.work_corrections"


class HandOver(forms.Form):
    """To whom, and why."""

    to = forms.ModelChoiceField(User.objects.none(), label="To")
    reason = forms.CharField(
        label="Why", max_length=1000, widget=WORDS,
        help_text="With what they have to know: where things stand, who helps.",
    )  # fmt: skip

    def __init__(self, *args: object, people: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people
        self.fields["to"].label_from_instance = lambda user: user.name


class TakeOver(forms.Form):
    """Whether it is taken over."""

    is_taken = forms.TypedChoiceField(
        label="You",
        choices=[("yes", "take it over"), ("no", "do not take it over")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="In words", max_length=1000, required=False, help_text="Needed if you do not."
    )


@requires(WORK)
def correction_hand_over(request: PortalRequest, finding_id: int) -> HttpResponse:
    """Offer a correction to another person."""
    finding, plan = plan_or_404(request, finding_id)
    owner_id, owner_name = plan.owner_now
    people = owners(timezone.localdate()).exclude(pk=owner_id)
    form = HandOver(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        said = f"Offered. It stays with {owner_name} until {told['to'].name} takes it."
        answer = try_it(request, form, finding.pk, said, lambda: hand_over(
            actor=request.actor, correction_id=plan.pk, to_id=told["to"].pk,
            reason=told["reason"], now=timezone.now(),
        ))  # fmt: skip
        if answer:
            return answer
    note = (
        f"{owner_name} owns this correction. Whoever takes it over works to the same days; whoever "
        "ever owned it never validates it."
    )
    return finding_form(request, form, finding, "Hand it over", "Offer it", note=note)


def _offer(request: PortalRequest, handover_id: int) -> CorrectionHandover:
    rows = CorrectionHandover.objects.select_related("correction")
    found = rows.filter(pk=handover_id).first()
    if found is None:
        raise Http404
    return found


@requires(WORK)
def handover_answer(request: PortalRequest, handover_id: int) -> HttpResponse:
    """Take a correction over, or say why not."""
    offer = _offer(request, handover_id)
    finding, plan = plan_or_404(request, offer.correction.finding_id)
    form = TakeOver(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = try_it(request, form, finding.pk, "Kept, in your name.", lambda: answer_handover(
            actor=request.actor, handover_id=offer.pk, now=timezone.now(), **form.cleaned_data,
        ))  # fmt: skip
        if answer:
            return answer
    note = f"{offer.from_name} hands over: {plan.text} Why: {offer.reason}"
    return finding_form(request, form, finding, "Take it over?", "Answer", note=note)


@requires(WORK)
def handover_take_back(request: PortalRequest, handover_id: int) -> HttpResponse:
    """Take an offer back that nobody answered."""
    offer = _offer(request, handover_id)
    finding, _ = plan_or_404(request, offer.correction.finding_id)
    if request.method == "POST":
        try:
            take_back(actor=request.actor, handover_id=offer.pk, now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Taken back.")
        return redirect("compliance:finding_detail", finding.pk)
    note = f"It was offered to {offer.to_name}, and stays with {offer.from_name}."
    form, title = forms.Form(), "Take the offer back"
    return finding_form(request, form, finding, title, "Take it back", note=note)
