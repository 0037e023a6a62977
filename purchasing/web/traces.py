"""Tracing a product: who received which lot, and the packet for whoever investigates it."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ipaportal.core.parts import Column, Empty, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input
from ipaportal.identity.web.stored import made_file
from purchasing.actions.traces import take_trace
from purchasing.models import Receipt
from purchasing.queries.traces import Traced, papers_of, traced
from purchasing.rules.dscsa import ANSWER_CITATION, SMALL_UNTIL
from purchasing.web.catalogue import shown
from purchasing.web.troubles import staff_crumbs

VIEW, TAKE = "purchasing.view_orders", "purchasing.take_traces"
RECEIPTS = (
    Column("item", "Item"),
    Column("ndc", "NDC"),
    Column("lot", "Lot"),
    Column("expires", "Expires", "day"),
    Column("packs", "Packs", "count"),
    Column("serials", "Scanned", "count"),
    Column("practice", "Practice"),
    Column("supplier", "From"),
    Column("at", "Received", "day"),
    Column("papers", "Papers"),
)


class TraceForm(forms.Form):
    """What is looked for."""

    product = forms.CharField(label="NDC or name", max_length=60, required=False)
    lot = forms.CharField(label="Lot", max_length=40, required=False)
    serial = forms.CharField(label="Serial", max_length=20, required=False)
    start = forms.DateField(label="Received from", required=False, widget=day_input())
    end = forms.DateField(label="to", required=False, widget=day_input())

    def asked(self) -> Traced:
        """As the query takes it; what cannot be read is not asked for."""
        data = self.cleaned_data if self.is_valid() else {}
        return Traced(
            (data.get("product") or "").strip(), (data.get("lot") or "").strip(),
            (data.get("serial") or "").strip(), data.get("start"), data.get("end"),
        )  # fmt: skip


@requires(VIEW)
def trace_list(request: PortalRequest) -> HttpResponse:
    """Every receipt of a prescription drug that fits what is looked for."""
    form = TraceForm(request.GET)
    asked = form.asked()
    found = traced(actor=request.actor, asked=asked)
    if wants_file(request):
        return as_file(request, RECEIPTS, map(_row, found), "traces")
    empty = Empty("Nothing fits", "Prescription drugs stand here once an office counted them.")
    listing = list_rows(found, RECEIPTS, request.GET, caption="Received", empty=empty,
                        **export_urls(request))  # fmt: skip
    context = {
        "form": form,
        "asked": asked,
        "listing": shown(listing, list(map(_row, listing.rows))),
        "may_take": request.actor.may(TAKE) and not asked.is_empty and listing.total_count,
        "citation": ANSWER_CITATION,
        "small_until": SMALL_UNTIL,
        "crumbs": staff_crumbs(("Trace a product", "")),
    }
    return render(request, "purchasing/staff/trace_list.html", context)


def _row(one: Receipt) -> dict[str, object]:
    papers = papers_of(one)
    return {
        "item": str(one.line.order_item), "ndc": one.line.order_item.version.ndc, "lot": one.lot,
        "expires": one.expires_date, "packs": one.packs, "serials": one.scanned,
        "practice": one.line.practice.name, "supplier": str(one.line.purchase.supplier),
        "at": one.recorded_at.date(), "papers": str(len(papers)) if papers else "none kept",
    }  # fmt: skip


@require_POST
@requires(TAKE)
def trace_packet(request: PortalRequest) -> HttpResponse:
    """The packet for whoever investigates, signed."""
    form = TraceForm(request.POST)
    try:
        data = take_trace(actor=request.actor, asked=form.asked(), now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("purchasing:trace_list")
    return made_file(data, "trace-packet.zip", "application/zip")
