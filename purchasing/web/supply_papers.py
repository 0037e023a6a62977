"""Papers that come with drugs: kept at the delivery, found and handed over in one packet."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.stored import stored_file
from ipaportal.identity.web.uploads import LIST, takes_file
from purchasing.actions.supply_papers import keep_paper
from purchasing.queries.awards import lines_of
from purchasing.queries.troubles import papers
from purchasing.web.shop import crumbs

RECEIVE, SHOP = "purchasing.receive_packs", "purchasing.view_shop"


class PaperForm(forms.Form):
    """A paper, and what it is."""

    file = forms.FileField(
        label="File", help_text="PDF, picture, or the message itself (EPCIS, X12, text)."
    )
    holds = forms.MultipleChoiceField(
        label="It holds the",
        choices=[
            ("information", "transaction information"),
            ("statement", "transaction statement"),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    lot = forms.CharField(
        label="Lot", max_length=40, required=False,
        help_text="Empty: it is about all that came of this line.",
    )  # fmt: skip


@requires(RECEIVE)
@takes_file(LIST)
def supply_paper_new(request: PortalRequest, purchase_line_id: int) -> HttpResponse:
    """Keep what came with a delivery."""
    line = lines_of(actor=request.actor).filter(pk=purchase_line_id).first()
    if line is None:
        raise Http404
    form = PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            keep_paper(
                actor=request.actor, line_id=line.pk, lot=data["lot"], name=data["file"].name,
                data=data["file"].read(), has_information="information" in data["holds"],
                has_statement="statement" in data["holds"], now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, "Kept for six years.")
            return redirect("purchasing:delivery_detail", line.pk)
    context = {
        "line": line, "form": form,
        "crumbs": crumbs(("Deliveries", reverse("purchasing:delivery_list")),
                         (str(line.order_item.version),
                          reverse("purchasing:delivery_detail", args=[line.pk])),
                         ("Papers", "")),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/supply_paper_new.html", context, status=status)


@require_safe
@requires(SHOP)
def supply_paper_file(request: PortalRequest, supply_paper_id: int) -> HttpResponseBase:
    """The exact bytes of a paper of ours."""
    paper = papers(actor=request.actor).filter(pk=supply_paper_id).first()
    if paper is None:
        raise Http404
    return stored_file(paper.sha256, paper.name)
