"""Signing the addendum that states what a supplier may pay the IPA at most."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from purchasing.actions.fee_addenda import end_addendum, sign_addendum
from purchasing.models import SupplyContract
from purchasing.queries.fee_addenda import above_harbor
from purchasing.queries.sites import practices_of
from purchasing.rules.fees import addendum_text
from purchasing.web.shop import SIGN, crumbs


class AddendumForm(forms.Form):
    """The signer's name, typed."""

    signed_name = forms.CharField(label="Your full name, as a signature", max_length=200)


def _found(request: PortalRequest, practice_id: int, stated_id: int):
    practice = practices_of(request.actor, SIGN).filter(pk=practice_id).first()
    contracts = above_harbor(timezone.localdate()) if practice else []
    contract = next((one for one in contracts if one.pk == stated_id), None)
    if contract is None:
        raise Http404
    return practice, contract


@requires(SIGN)
def addendum_sign(request: PortalRequest, practice_id: int, stated_id: int) -> HttpResponse:
    """Sign for a practice, in the words that are shown."""
    practice, contract = _found(request, practice_id, stated_id)
    form = AddendumForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sign_addendum(
                actor=request.actor, practice_id=practice_id, contract_id=contract.pk,
                now=timezone.now(), today=timezone.localdate(), **form.cleaned_data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Signed.")
            return redirect("purchasing:agreement_list")
    return _sign_page(request, practice, contract, form)


def _sign_page(request, practice, contract: SupplyContract, form: AddendumForm) -> HttpResponse:
    context = {
        "practice": practice,
        "text": addendum_text(str(contract.supplier), contract.fee_pct),
        "form": form,
        "title": f"what {contract.supplier} may pay the IPA at most",
        "crumbs": crumbs(("Agreements", reverse("purchasing:agreement_list")), ("Sign", "")),
    }
    status = 422 if form.errors or request.method == "POST" else 200
    return render(request, "purchasing/provider/agreement_sign.html", context, status=status)


@require_POST
@requires(SIGN)
def addendum_end(request: PortalRequest, practice_id: int, stated_id: int) -> HttpResponse:
    """End an addendum from today on."""
    _, contract = _found(request, practice_id, stated_id)
    try:
        end_addendum(actor=request.actor, practice_id=practice_id, contract_id=contract.pk,
                     now=timezone.now(), today=timezone.localdate())  # fmt: skip
        messages.success(request, "Ended from today on.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("purchasing:agreement_list")
