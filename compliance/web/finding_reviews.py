"""A second person reads a draft; what was returned is written anew."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from compliance.actions.finding_reviews import redraft_finding, review_finding
from compliance.rules.audits import FINDINGS_CITATION
from compliance.web.audit_forms import WORDS, NewFinding
from compliance.web.findings import MANAGE, finding_form, finding_row_or_404, try_it
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires


class Read(forms.Form):
    """What a second person says of a draft."""

    is_good = forms.TypedChoiceField(
        label="What you decide",
        choices=[("yes", "Issue it as it stands"), ("no", "Return it, to be written anew")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="In words", max_length=2000, required=False, widget=WORDS,
        help_text="Needed where it is returned: whoever writes it anew reads them.",
    )  # fmt: skip


@requires("compliance.review_findings")
def finding_review(request: PortalRequest, finding_id: int) -> HttpResponse:
    """Issue a draft, or return it."""
    finding = finding_row_or_404(request, finding_id).finding
    form = Read(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = try_it(request, form, finding.pk, "Kept, in your name.", lambda: review_finding(
            actor=request.actor, finding_id=finding.pk, now=timezone.now(), **form.cleaned_data,
        ))  # fmt: skip
        if answer:
            return answer
    note = (
        f"{finding.recorded_by_name} wrote it: “{finding.title}”. {finding.condition} Neither they "
        "nor whoever said why it happened issues it."
    )
    return finding_form(request, form, finding, "Read the draft", "Decide", note=note)


@requires(MANAGE)
def finding_redraft(request: PortalRequest, finding_id: int) -> HttpResponse:
    """Write a returned finding anew."""
    old = finding_row_or_404(request, finding_id).finding
    told = {name: getattr(old, name) for name in ("kind", "element", "title", "condition")}
    form = NewFinding(request.POST or None, audit=old.audit, initial=told)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        element = data.pop("element")
        try:
            finding = redraft_finding(
                actor=request.actor, finding_id=old.pk, now=timezone.now(),
                element_id=element.pk if element else None, **data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Written anew, as a draft: another person reads it.")
            return redirect("compliance:finding_detail", finding.pk)
    review = getattr(old, "review", None)
    note = f"{review.by_name} returned it: {review.text}" if review else FINDINGS_CITATION
    return finding_form(request, form, old, "Write it anew", "Record it", note=note)
