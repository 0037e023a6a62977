"""Saying who may buy under a contract, and what a practice may buy under and why not."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ipaportal.core.parts import Column, Empty, list_rows, without_empty
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from purchasing.actions import eligibility as acts
from purchasing.queries.eligibility import Standing, my_standings
from purchasing.queries.sites import practices_of
from purchasing.rules.eligibility import ELIGIBILITY, NOT_ASKED
from purchasing.web.catalogue import EDIT
from purchasing.web.eligibility_parts import MoveForm, ReachForm
from purchasing.web.shop import SIGN, VIEW, crumbs, shop_tabs
from purchasing.web.suppliers import found_contract, supply_page

MINE = (
    Column("practice", "Practice"),
    Column("supplier", "Supplier"),
    Column("number", "Contract"),
    Column("may", "Today", "status"),
    Column("start", "From", "day"),
    Column("end", "First day no longer", "day"),
    Column("why", "Why not, and what to do", wide=True),
)


@require_POST
@requires(EDIT)
def reach_set(request: PortalRequest, supply_id: int) -> HttpResponse:
    """Say whether a contract is for everybody or for practices that the supplier loaded."""
    contract, form = found_contract(supply_id), ReachForm(request.POST)
    if form.is_valid():
        try:
            acts.set_reach(actor=request.actor, contract_id=contract.pk, now=timezone.now(),
                           **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Said, with your name. It is asked from now on.")
            return redirect("purchasing:supply_detail", supply_id)
    return supply_page(request, contract, reach=form)


@require_POST
@requires(EDIT)
def eligibility_move(request: PortalRequest, supply_id: int) -> HttpResponse:
    """Say how far some practices are with a contract."""
    contract, form = found_contract(supply_id), MoveForm(request.POST)
    if form.is_valid():
        try:
            made = acts.move_eligibility(actor=request.actor, contract_id=contract.pk,
                                         now=timezone.now(), **form.values())  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Said of {plural(len(made), 'practice')}.")
            return redirect("purchasing:supply_detail", supply_id)
    return supply_page(request, contract, move=form)


@requires(VIEW)
def my_contract_list(request: PortalRequest) -> HttpResponse:
    """Under which contracts our practices may buy, and why not under the others."""
    found = my_standings(actor=request.actor, day=timezone.localdate())
    if wants_file(request):
        return as_file(request, MINE, map(_mine, found), "contracts")
    may = sum(one.refusal is None for one in found)
    is_several = len({one.practice.pk for one in found}) > 1
    rows = [_mine(one) for one in sorted(found, key=lambda one: one.refusal is None)]
    heads = without_empty(MINE if is_several else MINE[1:], rows, "start", "end", "why")
    empty = Empty("The IPA has no contract yet", "They are listed here once it has.")
    context = {
        "may": may,
        "all": len(found),
        "is_several": is_several,
        "listing": list_rows(rows, heads, {}, caption="Contracts",
                             page_size=1000, empty=empty, **export_urls(request)),
        "open": [one for one in found if _may_ask(one)] if request.actor.may(SIGN) else [],
        "tabs": shop_tabs(request, "my_contract_list"),
        "crumbs": crumbs(("Contracts", "")),
    }  # fmt: skip
    return render(request, "purchasing/provider/contract_list.html", context)


def _mine(one: Standing) -> dict[str, object]:
    row = one.row
    return {
        "practice": one.practice.name,
        "supplier": str(one.contract.supplier),
        "number": one.contract.number,
        "may": "may not buy" if one.refusal else "may buy",
        "start": row.effective_date if row else None,
        "end": row.end_date if row else None,
        "why": one.refusal.words() if one.refusal else "",
    }


def _may_ask(one: Standing) -> bool:
    """Whether a practice that may not buy can ask for it."""
    state = one.row.state if one.row else NOT_ASKED
    return one.refusal is not None and "ask" in ELIGIBILITY[state]


@require_POST
@requires(SIGN)
def eligibility_ask(request: PortalRequest, practice_id: int, stated_id: int) -> HttpResponse:
    """Ask that a practice may buy under a contract."""
    mine = practices_of(request.actor, SIGN).filter(pk=practice_id).exists()
    found = my_standings(actor=request.actor, day=timezone.localdate()) if mine else []
    if not any(one.contract.pk == stated_id for one in found):
        raise Http404
    try:
        acts.ask_eligibility(actor=request.actor, practice_id=practice_id, contract_id=stated_id,
                             now=timezone.now())  # fmt: skip
        messages.success(request, "Asked for. The IPA takes it to the supplier.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(reverse("purchasing:my_contract_list"))
