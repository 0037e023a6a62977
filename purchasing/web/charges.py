"""Charges and savings, for staff and for practices; what is taken from payouts."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.money import round_cents
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Tab, list_rows, without_empty
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural, price_text
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from purchasing.actions import charges as acts
from purchasing.models import Charge, NettingRun
from purchasing.queries import charges as asked
from purchasing.queries.rebate_sums import RebateSum, my_rebate_sums, rebate_sums
from purchasing.rules.ladders import shortened
from purchasing.rules.savings import BASELINE_WORDS, Baseline
from purchasing.web.catalogue import shown
from purchasing.web.savings_picture import by_name, savings_bars, spread_facts
from purchasing.web.savings_rebates import rebate_facts, rebate_table
from purchasing.web.shop import crumbs as shop_crumbs
from purchasing.web.shop import shop_tabs

VIEW, NET, SETTLE = (
    "purchasing.view_charges", "purchasing.net_charges", "purchasing.settle_dispute",
)  # fmt: skip
SHOP, DISPUTE = "purchasing.view_shop", "purchasing.dispute_charge"
CHARGES = (
    Column("practice", "Practice", "link", sort="practice__name"),
    Column("what", "What", wide=True),
    Column("day", "Posted", "day", sort="posted_date"),
    Column("goods", "Goods $", "money"),
    Column("freight", "Freight $", "money"),
    Column("cents", "Charge $", "money", sort="cents"),
    Column("taken", "Taken $", "money", sort="taken_cents"),
    Column("state", "Stands", "status"),
)
MINE = (
    Column("what", "What", "link"),
    *CHARGES[2:],
)
PLAN = (
    Column("practice", "Practice"),
    Column("what", "Charge", "link", wide=True),
    Column("cents", "Is taken $", "money"),
    Column("waits", "Waits $", "money"),
    Column("why", "Why it waits", wide=True),
)
SAVED = (
    Column("practice", "Practice"),
    Column("item", "Item", "link"),
    Column("order", "Group order"),
    Column("packs", "Packs", "count"),
    Column("price", "Price $", "price"),
    Column("paid", "Against paid $", "money"),
    Column("alone", "Against alone $", "money"),
    Column("why", "Note", wide=True),
)
OPEN_CHIPS = [Chip("show", "", "All"), Chip("show", "open", "Open"),
              Chip("show", "disputed", "Disputed")]  # fmt: skip


class Words(forms.Form):
    """Why, in words."""

    text = forms.CharField(
        label="What is wrong", max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class Settle(forms.Form):
    """What comes of a dispute."""

    verdict = forms.ChoiceField(
        label="The charge",
        choices=[("stands", "stands"), ("reversed", "is reversed, with all that was taken")],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class Take(forms.Form):
    """What somebody saw before they took it."""

    seen_digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of charges."""
    return [("Charges", reverse("purchasing:charge_list")), *more]


@requires(VIEW)
def charge_list(request: PortalRequest) -> HttpResponse:
    """Every charge and what was taken for it."""
    get = request.GET
    found = asked.charges(
        actor=request.actor, text=get.get("q", "").strip(), show=get.get("show", "")
    )
    if wants_file(request):
        return as_file(request, CHARGES, map(_row, found), "charges")
    empty = Empty("No charge", "What comes of an order that the IPA bills is charged by itself.")
    listing = list_rows(found, CHARGES, get, caption="Charges", default_sort="-day",
                        chips=OPEN_CHIPS, empty=empty, **export_urls(request))  # fmt: skip
    context = {
        "listing": shown(listing, list(map(_row, listing.rows))),
        "may_net": request.actor.may(NET),
    }
    return render(request, "purchasing/staff/charge_list.html", context)


def _row(one: Charge) -> dict[str, object]:
    goods = round_cents(one.receipt.line.price * one.receipt.packs)
    return {
        "practice": one.practice.name,
        "what": one.description,
        "day": one.posted_date,
        "goods": goods,
        "freight": one.cents - goods,
        "cents": one.cents,
        "taken": one.taken_cents,
        "state": asked.charge_state(one),
        "url": reverse("purchasing:charge_detail", args=[one.pk]),
    }


@requires(VIEW)
def charge_detail(request: PortalRequest, charge_id: int) -> HttpResponse:
    """One charge: what it is for, its dispute, what was taken for it."""
    charge = asked.charges(actor=request.actor).filter(pk=charge_id).first()
    if charge is None:
        raise Http404
    may_settle = charge.is_disputed and request.actor.may(SETTLE)
    return _staff_page(request, charge, Settle() if may_settle else None, 200)


def _staff_page(request, charge: Charge, form: Settle | None, status: int) -> HttpResponse:
    context = {
        "charge": charge,
        "facts": charge_facts(charge, is_staff=True),
        "next_words": asked.next_words(charge, timezone.localdate()),
        "taken": charge.net_lines.select_related("run"),
        "run_page": "purchasing:netting_run_detail",
        "form": form,
        "crumbs": crumbs((charge.practice.name, "")),
    }
    return render(request, "purchasing/staff/charge_detail.html", context, status=status)


def charge_facts(charge: Charge, *, is_staff: bool) -> list[FactItem]:
    """The key facts of a charge, down to the delivery and the order it comes from."""
    receipt = charge.receipt
    line = receipt.line
    order, delivery = line.purchase.order, line.purchase.number
    pages = (
        (reverse("purchasing:order_detail", args=[order.pk]),
         reverse("purchasing:purchase_detail", args=[line.purchase_id]))
        if is_staff else
        (reverse("purchasing:shop_order", args=[order.pk]),
         reverse("purchasing:delivery_detail", args=[line.pk]))
    )  # fmt: skip
    return [
        FactItem("Charge $", charge.cents, "money",
                 note=f"{plural(receipt.packs, 'pack')} at ${price_text(line.price)}"),
        FactItem("Taken $", charge.taken_cents, "money"),
        *([FactItem("Credited $", charge.credited_cents, "money", note="for what was returned")]
          if charge.credited_cents else []),
        FactItem("Left $", 0 if charge.is_reversed else charge.left_cents, "money"),
        FactItem("Stands", asked.charge_state(charge)),
        FactItem("What came", delivery, url=pages[1],
                 note=f"counted by {receipt.recorded_by_name}"),
        FactItem("Group order", order.name, url=pages[0]),
        FactItem("Posted", charge.posted_date, "day"),
    ]  # fmt: skip


@requires(SETTLE)
@fresh_login_to_send
def charge_settle(request: PortalRequest, charge_id: int) -> HttpResponse:
    """Settle a dispute: the charge stands, or is reversed."""
    charge = asked.charges(actor=request.actor).filter(pk=charge_id).first()
    if charge is None:
        raise Http404
    form = Settle(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.settle_dispute(
                actor=request.actor, charge_id=charge_id, text=form.cleaned_data["text"],
                is_upheld=form.cleaned_data["verdict"] == "reversed", now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Settled, with your name.")
            return redirect("purchasing:charge_detail", charge_id)
    return _staff_page(request, charge, form, 422 if form.errors else 200)


@requires(NET)
@fresh_login_to_send
def netting(request: PortalRequest) -> HttpResponse:
    """What would be taken from payouts now, and what waits and why; take it as seen."""
    today = timezone.localdate()
    planned = asked.planned_netting(today)
    form = Take(request.POST or None, initial={"seen_digest": asked.netting_digest(planned)})
    if request.method == "POST" and form.is_valid():
        try:
            run = acts.net_charges(actor=request.actor, now=timezone.now(), today=today,
                                   seen_digest=form.cleaned_data["seen_digest"])  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Taken: {plural(run.lines.count(), 'charge')}.")
            return redirect("purchasing:netting_run_detail", run.pk)
    taken = sum(one.netting.taken_cents for one in planned)
    rows = [row for one in planned for row in _planned(one)]
    empty = Empty("No open charge", "Charges come from what was received of orders the IPA bills.")
    context = {
        "form": form,
        "taken": taken,
        "before": NettingRun.objects.filter(month=today.replace(day=1)).first(),
        "facts": [
            FactItem("Is taken $", taken, "money"),
            FactItem("Practices", sum(bool(one.netting.lines) for one in planned), "count"),
            FactItem("Their payouts $", sum(one.netting.payout_cents for one in planned), "money"),
        ],
        "plan": list_rows(rows, PLAN, {}, caption="Plan", page_size=5000, empty=empty),
        "crumbs": crumbs(("Take from payouts", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/netting.html", context, status=status)


def _planned(one: asked.Planned) -> list[dict[str, object]]:
    taken = {line.key: line.cents for line in one.netting.lines}
    waits = {line.key: line for line in one.netting.carried}
    return [
        {
            "practice": one.practice.name,
            "what": charge.description,
            "cents": taken.get(key, 0),
            "waits": waits[key].cents if key in waits else 0,
            "why": waits[key].reason if key in waits else "",
            "url": reverse("purchasing:charge_detail", args=[charge.pk]),
        }
        for key, charge in one.charges.items()
    ]


@requires(VIEW)
def savings_list(request: PortalRequest) -> HttpResponse:
    """What buying together saved each practice, against two named baselines, never summed."""
    rebates = rebate_sums(actor=request.actor)
    return _savings(request, asked.all_savings(actor=request.actor), rebates, [])


@requires(SHOP)
def my_savings(request: PortalRequest) -> HttpResponse:
    """What our practices saved."""
    found, rebates = asked.my_savings(actor=request.actor), my_rebate_sums(actor=request.actor)
    way, tabs = shop_crumbs(("Savings", "")), shop_tabs(request, "my_savings")
    return _savings(request, found, rebates, way, tabs)


def _savings(
    request: PortalRequest,
    found: list,
    rebates: list[RebateSum],
    way: list,
    tabs: list[Tab] | None = None,
) -> HttpResponse:
    line_page = "delivery_detail" if tabs else "purchase_detail"
    rows = [
        {
            "practice": line.practice.name,
            "item": str(line.order_item),
            "order": line.purchase.order.name,
            "packs": line.received,
            "price": str(shortened(line.price)),
            "paid": paid.cents,
            "alone": alone.cents,
            "why": paid.why,
            "url": reverse(f"purchasing:{line_page}", args=[line.pk if tabs else line.purchase_id]),
        }
        for line, paid, alone in found
    ]
    if wants_file(request):
        return as_file(request, SAVED, rows, "savings")
    heads = without_empty(SAVED[1:] if tabs and len({row["practice"] for row in rows}) < 2
                          else SAVED, rows, "why")  # fmt: skip
    empty = Empty("Nothing came yet", "Savings are counted for what was received, and no more.")
    without = sum(paid.cents is None for _, paid, _ in found)
    name = "item" if tabs else "practice"
    saved = by_name((row[name], row["paid"], row["alone"]) for row in rows)
    context = {
        "listing": list_rows(rows, heads, request.GET, caption="Savings", empty=empty,
                             **export_urls(request)),
        "facts": [
            FactItem("Against what was paid before $",
                     asked.total_cents(paid for _, paid, _ in found), "money",
                     note=f"{plural(without, 'line')} without a baseline" if without else ""),
            FactItem("Against the same offers alone $",
                     asked.total_cents(alone for _, _, alone in found), "money"),
            *([] if tabs else spread_facts(saved)),
        ],
        "picture": savings_bars(saved, f"Saved, by {name}") if saved else None,
        "rebate_facts": rebate_facts(rebates, "my_rebate_list" if tabs else "rebate_list"),
        "rebates": rebate_table(rebates),
        "tabs": tabs,
        "words": [BASELINE_WORDS[Baseline.LAST_PAID], BASELINE_WORDS[Baseline.BASE_TIER]],
        "crumbs": way,
    }  # fmt: skip
    return render(request, "purchasing/savings.html", context)


@requires(SHOP)
def my_charge_list(request: PortalRequest) -> HttpResponse:
    """What our practices were charged."""
    found = asked.my_charges(actor=request.actor, show=request.GET.get("show", ""))
    if wants_file(request):
        return as_file(request, MINE, map(_mine, found), "charges")
    empty = Empty("No charge", "Where the supplier bills you, nothing is charged here.")
    listing = list_rows(found, MINE, request.GET, caption="Charges", chips=OPEN_CHIPS,
                        empty=empty, **export_urls(request))  # fmt: skip
    context = {
        "listing": shown(listing, list(map(_mine, listing.rows))),
        "tabs": shop_tabs(request, "my_charge_list"),
        "crumbs": shop_crumbs(("Charges", "")),
    }
    return render(request, "purchasing/provider/charge_list.html", context)


def _mine(one: Charge) -> dict[str, object]:
    return _row(one) | {"url": reverse("purchasing:charge_dispute", args=[one.pk])}


@requires(DISPUTE)
def charge_dispute(request: PortalRequest, charge_id: int) -> HttpResponse:
    """One of our charges; dispute it, and nothing is taken until that is settled."""
    charge = asked.my_charges(actor=request.actor).filter(pk=charge_id).first()
    if charge is None:
        raise Http404
    form = Words(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.dispute_charge(
                actor=request.actor, charge_id=charge_id, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Disputed: nothing is taken for it until that is settled.")
            return redirect("purchasing:charge_dispute", charge_id)
    context = {
        "charge": charge,
        "facts": charge_facts(charge, is_staff=False),
        "next_words": asked.next_words(charge, timezone.localdate()),
        "taken": charge.net_lines.select_related("run"),
        "run_page": "purchasing:my_netting_run",
        "form": form,
        "may_dispute": charge.disputed_at is None and not charge.is_reversed,
        "crumbs": shop_crumbs(("Charges", reverse("purchasing:my_charge_list")), ("Charge", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/charge_dispute.html", context, status=status)
