"""A supplier's own list on pages: its columns named, what it would change seen, then taken."""

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ipaportal.core.parts import Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import sentence
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import exported, one_as_file
from ipaportal.identity.web.uploads import LIST, takes_file
from purchasing.actions import price_drafts as acts
from purchasing.formats.price_lists import FIELDS
from purchasing.models import PriceDraft
from purchasing.queries.price_drafts import Offered
from purchasing.rules.ladders import stored
from purchasing.web.catalogue import ladder_words
from purchasing.web.suppliers import PROBLEMS, PriceListForm, crumbs, found_contract, here

EDIT = "purchasing.edit_catalogue"
OFFERED = (
    Column("item", "Item", "link"),
    Column("pack", "Pack"),
    Column("before", "Costs now", wide=True),
    Column("after", "Would cost", wide=True),
    Column("change", "First price", "percent"),
    Column("look", "Look", "status"),
)
JUMP_PCT = 25


class OwnListForm(PriceListForm):
    """A supplier's list as it sends it."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = "CSV, a spreadsheet, or an X12 832, as the supplier has it."


class MappingForm(forms.Form):
    """Which of the list's columns is what."""

    def __init__(self, *args: object, headers: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "not in the list"), *((one, one) for one in dict.fromkeys(headers))]
        for name, words in FIELDS.items():
            label = sentence(words)
            self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=False)


@requires(EDIT)
@takes_file(LIST)
def draft_new(request: PortalRequest, supply_id: int) -> HttpResponse:
    """Send a supplier's own list, whatever its columns are called."""
    contract = found_contract(supply_id)
    form = OwnListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            draft = acts.start_draft(
                actor=request.actor, contract_id=supply_id, file_name=file.name, data=file.read(),
                effective_date=form.cleaned_data["effective_date"], now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("purchasing:draft_detail", draft.pk)
    address = reverse("purchasing:supply_detail", args=[supply_id])
    context = {
        "form": form,
        "contract": contract,
        "crumbs": crumbs(here(contract.supplier), (contract.number, address), ("Its own list", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/draft_new.html", context, status=status)


def _found(draft_id: int) -> PriceDraft:
    rows = PriceDraft.objects.select_related("contract__supplier__party")
    found = rows.filter(pk=draft_id).first()
    if found is None:
        raise Http404
    return found


@requires(EDIT)
def draft_detail(request: PortalRequest, draft_id: int) -> HttpResponse:
    """A list as it is read now: its columns, what it would change, what is refused of it."""
    draft = _found(draft_id)
    form = MappingForm(request.POST or None, headers=draft.headers, initial=draft.columns)
    if request.method == "POST" and form.is_valid():
        try:
            acts.map_draft(actor=request.actor, draft_id=draft_id, columns=form.cleaned_data,
                           now=timezone.now())  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Read anew. The supplier's next list is read this way too.")
            return redirect("purchasing:draft_detail", draft_id)
    return _page(request, draft, form)


def _page(request: PortalRequest, draft: PriceDraft, form: MappingForm) -> HttpResponse:
    found = acts.look_at(draft)
    offered = list_rows([_offered(one) for one in found.offered], OFFERED, request.GET,
                        caption="What it would change",
                        empty=Empty("Nothing of ours", "Say which column holds NDC or number."),
                        **exported(request, "offered"))  # fmt: skip
    if (file := one_as_file(request, {"offered": offered})) is not None:
        return file
    problems = [{"line": one.line_no, "column": one.column, "value": one.value,
                 "words": one.message} for one in found.problems]  # fmt: skip
    contract = draft.contract
    address = reverse("purchasing:supply_detail", args=[contract.pk])
    is_open = draft.state == PriceDraft.State.OPEN
    context = {
        "draft": draft,
        "form": form if is_open and draft.headers else None,
        "facts": [
            FactItem("Prices from", draft.effective_date, "day"),
            FactItem("Packs priced", len(found.offered), "count"),
            FactItem("Lines of what we do not buy", found.left_out, "count"),
            FactItem("Refused lines", len(found.problems), "count"),
            FactItem(
                "Prices that jump",
                sum(_jumps(one) for one in found.offered),
                "count",
                note=f"by more than {JUMP_PCT} %",
            ),
            FactItem("Stands", draft.get_state_display()),
        ],
        "offered": offered,
        "problems": list_rows(problems, PROBLEMS, {}, caption="Refused lines", page_size=1000),
        "digest": found.digest,
        "may_take": is_open and bool(found.offered) and not found.problems,
        "is_open": is_open,
        "crumbs": crumbs(here(contract.supplier), (contract.number, address), (str(draft), "")),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/draft_detail.html", context, status=status)


def _change(one: Offered) -> Decimal | None:
    """By how much the first price changes, in per cent; None where there was none."""
    if not one.before:
        return None
    old, new = Decimal(one.before[0][1]), one.ladder.tiers[0].price
    return round((new - old) / old * 100, 1)


def _jumps(one: Offered) -> bool:
    change = _change(one)
    return change is not None and abs(change) > JUMP_PCT


def _offered(one: Offered) -> dict[str, object]:
    after = stored(one.ladder)
    change = _change(one)
    return {
        "item": one.name,
        "pack": str(one.level),
        "before": ladder_words(one.before) if one.before else "not priced",
        "after": ladder_words(after),
        "change": change,
        "look": "look at it" if _jumps(one) else "",
        "url": reverse("purchasing:item_detail", args=[one.item.pk]),
    }


@require_POST
@requires(EDIT)
def draft_act(request: PortalRequest, draft_id: int) -> HttpResponse:
    """Take a list as it was seen, or drop it."""
    draft = _found(draft_id)
    try:
        if request.POST.get("do") == "drop":
            acts.drop_draft(actor=request.actor, draft_id=draft_id)
            messages.success(request, "Dropped. Its bytes are kept.")
        else:
            made = acts.take_draft(
                actor=request.actor, draft_id=draft_id, now=timezone.now(),
                seen_digest=request.POST.get("seen_digest", ""),
            )  # fmt: skip
            messages.success(request, f"Taken: {made.lines} prices from {made.effective_date} on.")
            return redirect("purchasing:supply_detail", draft.contract_id)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("purchasing:draft_detail", draft_id)
