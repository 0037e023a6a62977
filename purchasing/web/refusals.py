"""What gates refused, on a page for whoever buys and for compliance."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.parts import Chip, Column, Empty, list_rows
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from purchasing.models import GateRefusal
from purchasing.queries import refusals as asked
from purchasing.rules.gates import gate_name
from purchasing.web.catalogue import shown

VIEW = "purchasing.view_refusals"
REFUSALS = (
    Column("what", "Item", "link", sort="order_item__version__name"),
    Column("practice", "Practice", sort="practice__name"),
    Column("office", "Office", minor=True),
    Column("packs", "Packs", "count", sort="packs"),
    Column("gate", "Gate", sort="code"),
    Column("stage", "When", sort="stage"),
    Column("day", "On", "day", sort="refused_at"),
    Column("who", "Asked by", minor=True, sort="asked_by_name"),
    Column("why", "Why", wide=True),
    Column("next", "What to do", wide=True),
    Column("rule", "Rule", minor=True),
)


@requires(VIEW)
def refusal_list(request: PortalRequest) -> HttpResponse:
    """Each thing that a gate refused: to whom, why, and what to do."""
    get = request.GET
    text, stage, code = get.get("q", "").strip(), get.get("stage", ""), get.get("gate", "")
    found = asked.gate_refusals(actor=request.actor, text=text, stage=stage, code=code)
    if wants_file(request):
        return as_file(request, REFUSALS, map(_row, found), "gate-refusals")
    counts = asked.counts_by_gate(asked.gate_refusals(actor=request.actor, text=text, stage=stage))
    chips = [
        Chip("stage", "", "Any time"),
        *(Chip("stage", value, name.capitalize()) for value, name in GateRefusal.Stage.choices),
        Chip("gate", "", "Every gate"),
        *(Chip("gate", one, gate_name(one), times) for one, times in counts),
    ]
    empty = Empty("Nothing was refused", "Licences, storage, recalls and agreements are looked at "
                  "whenever a practice commits and when its order is sent.")  # fmt: skip
    listing = list_rows(found, REFUSALS, get, caption="Refused by a gate", default_sort="-day",
                        chips=chips, empty=empty, **export_urls(request))  # fmt: skip
    context = {"listing": shown(listing, list(map(_row, listing.rows)))}
    return render(request, "purchasing/staff/refusal_list.html", context)


def _row(one: GateRefusal) -> dict[str, object]:
    return {
        "what": str(one.order_item),
        "practice": one.practice.name,
        "office": one.location.line,
        "packs": one.packs,
        "gate": gate_name(one.code),
        "stage": one.get_stage_display(),
        "day": timezone.localdate(one.refused_at),
        "who": one.asked_by_name,
        "why": one.reason,
        "next": one.next_step,
        "rule": one.citation,
        "url": reverse("purchasing:item_detail", args=[one.order_item.version.item_id]),
    }
