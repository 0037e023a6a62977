"""A practice's own control on pages: budgets opened, who is asked, and what waits for a word."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text, plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_asked
from purchasing.actions import control as acts
from purchasing.models import CommitmentRequest
from purchasing.queries import control as asked
from purchasing.queries.orders import shop_orders
from purchasing.queries.sites import practices_of
from purchasing.rules.budgets import may_set, who_answers
from purchasing.rules.cycles import TAKES_COMMITMENTS
from purchasing.web.budget_picture import budget_bars
from purchasing.web.catalogue import shown
from purchasing.web.control_forms import AnswerForm, BudgetForm, ControlForm
from purchasing.web.shop import crumbs, shop_tabs

VIEW, SET, APPROVE = (
    "purchasing.view_shop", "purchasing.set_budget", "purchasing.approve_commitment",
)  # fmt: skip
BUDGETS = (
    Column("name", "Budget", "link"),
    Column("budget", "Budget $", "money"),
    Column("used", "Bought $", "money"),
    Column("committed", "Committed $", "money"),
    Column("left", "Left $", "money"),
)
WAITING = (
    Column("what", "What", "link"),
    Column("office", "Office"),
    Column("packs", "Packs", "count"),
    Column("cents", "At most $", "money"),
    Column("who", "Asked by"),
    Column("until", "Order closes", "day"),
    Column("state", "Stands", "status"),
    Column("why", "Why it waited", wide=True),
)
PARTS = (
    Column("what", "What", "link"),
    Column("order", "Group order"),
    Column("office", "Office"),
    Column("packs", "Packs", "count"),
    Column("price", "At $", "price"),
    Column("used", "Bought $", "money"),
    Column("committed", "Committed at most $", "money"),
)
CHIPS = [Chip("show", "", "All"), Chip("show", "waiting", "Waiting")]
CLOSING_WORDS = (
    "What is above a budget or an amount waits for a word until its group order closes. What still "
    "waits then is not counted: nothing of it is ordered, and what you said before stands."
)


def here(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of budgets."""
    return crumbs(("Budget and approvals", reverse("purchasing:budget_list")), *more)


@requires(VIEW)
def budget_list(request: PortalRequest) -> HttpResponse:
    """What we allow ourselves, what is left of it, and what waits for whose word."""
    get, today = request.GET, timezone.localdate()
    found = asked.requests(
        actor=request.actor, show=get.get("show", ""), text=get.get("q", "").strip()
    )
    if wants_file(request):
        return as_file(request, WAITING, map(_request_row, found), "approvals")
    empty = Empty("Nothing waits", "What is above a budget or an amount waits here for a word.")
    listing = list_rows(found, WAITING, get, caption="Asked for", chips=CHIPS, empty=empty,
                        **export_urls(request))  # fmt: skip
    context = {
        "listing": shown(listing, list(map(_request_row, listing.rows))),
        "practices": _practices(request, today),
        "closing_words": CLOSING_WORDS,
        "tabs": shop_tabs(request, "budget_list"),
        "crumbs": crumbs(("Budget and approvals", "")),
    }
    return render(request, "purchasing/provider/budget_list.html", context)


def _practices(request: PortalRequest, today: date) -> list[dict[str, object]]:
    """Each practice with its people, and its budgets in the periods that matter now."""
    closings = shop_orders(actor=request.actor).filter(status__in=TAKES_COMMITMENTS)
    days = sorted({today, *(timezone.localdate(one.closes_at) for one in closings)})
    budgets = list(asked.budgets(actor=request.actor))
    empty = Empty("No budget", "Without one, nothing waits but what is above the amount, if any.")
    found = []
    for practice in practices_of(request.actor, VIEW):
        control = asked.live_control(practice, today)
        ledgers = {
            (one.pk, asked.period_of(day, one.period)): (asked.ledger_of(one, day), day)
            for one in budgets if one.practice_id == practice.pk for day in days
        }  # fmt: skip
        rows = [_ledger_row(ledger, day) for ledger, day in ledgers.values()]
        rooms = [(str(row["name"]), ledger.room)
                 for row, (ledger, _) in zip(rows, ledgers.values(), strict=True)]  # fmt: skip
        found.append(
            {
                "practice": practice,
                "words": control_words(control),
                "may_set": may_set(request.actor.user_id, control.approvers),
                "budgets": list_rows(rows, BUDGETS, {}, caption="Budgets", page_size=100,
                                     empty=empty),
                "picture": budget_bars(rooms, "How far each budget is") if rooms else None,
            }
        )  # fmt: skip
    return found


def control_words(control: asked.LiveControl) -> list[str]:
    """Who commits and whose word is asked, as sentences."""
    commits = control.names(control.committers | control.approvers) if control.committers else ""
    asks = control.names(control.approvers)
    above = control.above_cents
    when = "above a budget" if above is None else f"above a budget or {dollars_text(above)}"
    return [
        f"{commits or 'Everybody of the practice'} commits.",
        f"What is {when} waits for the word of {asks or 'anybody of the practice'}.",
    ]


def _ledger_row(ledger: asked.Ledger, day: date) -> dict[str, object]:
    room, budget = ledger.room, ledger.budget
    return {
        "name": f"{asked.period_text(ledger.span, budget.period)}, {budget.get_category_display()}",
        "budget": room.budget_cents,
        "used": room.used_cents,
        "committed": room.committed_cents,
        "left": room.left_cents,
        "url": f"{reverse('purchasing:budget_detail', args=[budget.pk])}?on={day.isoformat()}",
    }


def _request_row(one: CommitmentRequest) -> dict[str, object]:
    return {
        "what": str(one.order_item),
        "office": one.location.line,
        "packs": one.quantity,
        "cents": one.cents,
        "who": one.asked_by_name,
        "until": timezone.localdate(one.order_item.order.closes_at),
        "state": one.get_state_display(),
        "why": " ".join(reason["words"] for reason in one.reasons),
        "url": reverse("purchasing:request_detail", args=[one.pk]),
    }


@requires(VIEW)
def budget_detail(request: PortalRequest, budget_id: int) -> HttpResponse:
    """One budget in one period, and each thing that it is used for."""
    budget = asked.budgets(actor=request.actor).filter(pk=budget_id).first()
    if budget is None:
        raise Http404
    ledger = asked.ledger_of(budget, day_asked(request))
    rows = [_part(one) for one in ledger.parts]
    if wants_file(request):
        return as_file(request, PARTS, rows, "budget")
    room = ledger.room
    empty = Empty("Nothing yet", "No group order that closes in this time counts for it.")
    context = {
        "ledger": ledger,
        "facts": [
            FactItem("Budget $", room.budget_cents, "money",
                     note=f"set by {budget.recorded_by_name}"),
            FactItem("Bought $", room.used_cents, "money", note="packs awarded, and freight"),
            FactItem("Committed at most $", room.committed_cents, "money",
                     note="at the ceilings, with what would fill a case"),
            FactItem("Left $", room.left_cents, "money"),
        ],
        "listing": list_rows(rows, PARTS, request.GET, caption="What it is used for",
                             empty=empty, **export_urls(request)),
        "crumbs": here((ledger.name, "")),
    }  # fmt: skip
    return render(request, "purchasing/provider/budget_detail.html", context)


def _part(one: asked.Part) -> dict[str, object]:
    if one.is_bought:
        url = reverse("purchasing:delivery_detail", args=[one.line_id])
    else:
        url = reverse("purchasing:shop_commit", args=[one.item_id])
    return {
        "what": one.what,
        "order": one.order.name,
        "office": one.office,
        "packs": one.packs,
        "price": one.price,
        "used": one.cents if one.is_bought else 0,
        "committed": 0 if one.is_bought else one.cents,
        "url": url,
    }


def _own(request: PortalRequest, practice_id: int):
    found = practices_of(request.actor, SET).filter(pk=practice_id).first()
    if found is None:
        raise Http404
    return found


@requires(SET)
def control_set(request: PortalRequest, practice_id: int) -> HttpResponse:
    """Say who commits, and whose word is asked."""
    practice = _own(request, practice_id)
    control = asked.live_control(practice, timezone.localdate())
    form = ControlForm(
        request.POST or None,
        people=control.colleagues,
        initial={
            "committers": [str(one) for one in control.committers],
            "approvers": [str(one) for one in control.approvers],
            "above": None if control.above_cents is None else control.above_cents / 100,
        },
    )
    title = "Who commits, and who is asked"
    return _set(request, practice, form, acts.set_control, title)


@requires(SET)
def budget_set(request: PortalRequest, practice_id: int) -> HttpResponse:
    """Set a budget, or end one."""
    practice = _own(request, practice_id)
    return _set(request, practice, BudgetForm(request.POST or None), acts.set_budget, "Budget")


def _set(request: PortalRequest, practice, form, act, title: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            act(actor=request.actor, practice_id=practice.pk, now=timezone.now(), **form.values())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept. It holds for what is committed from now on.")
            return redirect("purchasing:budget_list")
    context = {"practice": practice, "form": form, "title": title, "crumbs": here((title, ""))}
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/control_set.html", context, status=status)


@requires(APPROVE)
def request_detail(request: PortalRequest, commitment_request_id: int) -> HttpResponse:
    """What waits, by how much it is above, and the word on it."""
    found = asked.requests(actor=request.actor).filter(pk=commitment_request_id).first()
    if found is None:
        raise Http404
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.answer_request(actor=request.actor, commitment_request_id=found.pk,
                                now=timezone.now(), today=timezone.localdate(),
                                **form.values())  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _said_words(form))
            return redirect("purchasing:budget_list")
    context = {
        "asked": found,
        "facts": _request_facts(found),
        "form": form,
        "crumbs": here((str(found.order_item.version), "")),
        **_who(request, found),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/request_detail.html", context, status=status)


def _who(request: PortalRequest, one: CommitmentRequest) -> dict[str, object]:
    """Whose word is waited for, and whether it is the reader's."""
    control = asked.live_control(one.practice, timezone.localdate())
    allowed = who_answers(one.asked_by_id, control.approvers, control.colleagues)
    waits = one.state == CommitmentRequest.State.WAITING
    names = control.names(allowed)
    return {"names": names, "waits": waits, "may": waits and request.actor.user_id in allowed}


def _said_words(form: AnswerForm) -> str:
    if form.values()["is_approved"]:
        return "Approved: it counts from now on, until the order closes or somebody changes it."
    return "Refused: it does not count, and what was said before stands."


def _request_facts(one: CommitmentRequest) -> list[FactItem]:
    order = one.order_item.order
    return [
        FactItem("At most $", one.cents, "money",
                 note=f"{plural(one.quantity + one.flex, 'pack')} at the ceiling"),
        FactItem("Packs", one.quantity, "count", note=str(one.order_item.level)),
        FactItem("Takes", "any equivalent" if one.any_equivalent else "this very item"),
        FactItem("More for a case", one.flex, "count"),
        FactItem("Ceiling $", one.max_price, "price"),
        FactItem("Office", str(one.location)),
        FactItem("Asked by", one.asked_by_name),
        FactItem("Group order", order.name, url=reverse("purchasing:shop_order", args=[order.pk]),
                 note=f"closes {timezone.localtime(order.closes_at):%b %-d, %Y, %H:%M}"),
    ]  # fmt: skip
