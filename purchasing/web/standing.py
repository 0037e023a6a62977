"""What offices want again on pages: standing orders, par levels, the count sheet."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ipaportal.core.parts import Chip, Column, Empty, list_rows, without_empty
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from purchasing.actions import standing as acts
from purchasing.models import PackLevel, StandingOrder
from purchasing.queries import stock as asked
from purchasing.queries.sites import locations_of, registrants
from purchasing.rules.ladders import shortened
from purchasing.web.shop import crumbs, shop_tabs
from purchasing.web.standing_forms import CountForm, ParForm, StandingForm

VIEW, COMMIT = "purchasing.view_shop", "purchasing.commit_packs"
STANDING = (
    Column("what", "Item", "link", sort="what"),
    Column("office", "Office", sort="office"),
    Column("packs", "Packs", "count", sort="packs"),
    Column("ceiling", "Ceiling $", "price", sort="ceiling"),
    Column("takes", "Takes"),
    Column("start", "From", "day", sort="start"),
    Column("end", "Until", "day", sort="end"),
    Column("state", "Stands", "status", sort="state"),
    Column("last", "What came of it last", wide=True),
)
PARS = (
    Column("what", "Item", "link", sort="what"),
    Column("office", "Office", sort="office"),
    Column("minimum", "Least", "count"),
    Column("target", "Fill up to", "count"),
    Column("takes", "Counts"),
    Column("counted", "Counted", "count", sort="counted"),
    Column("day", "On", "day", sort="day"),
    Column("came", "Came since", "count", url="came_url"),
    Column("coming", "On the way", "count", url="coming_url"),
    Column("committed", "Committed", "count", url="committed_url"),
    Column("packs", "Suggested", "count", sort="packs"),
    Column("why", "How", wide=True),
)


def _offices(request: PortalRequest) -> list[tuple[int, str]]:
    return [(one.pk, f"{one.practice.name}, {one}") for one in locations_of(request.actor, COMMIT)]


def _levels() -> dict[int, str]:
    return asked.level_names(PackLevel.objects.order_by("pk"))


def filled(columns: tuple[Column, ...], rows: list[dict[str, object]]) -> tuple[Column, ...]:
    """The columns that tell something: one office need not be named, nor an end that is none."""
    if len({row["office"] for row in rows}) == 1:
        columns = tuple(one for one in columns if one.key != "office")
    return without_empty(columns, rows, "takes", "end", "last")


@requires(VIEW)
def standing_list(request: PortalRequest) -> HttpResponse:
    """What our offices want of every group order, and what came of it last."""
    get, today = request.GET, timezone.localdate()
    found = list(asked.standing_orders(actor=request.actor))
    names = asked.level_names(one.level for one in found)
    uses = asked.uses_of(found)
    rows = [
        _standing(one, names[one.level_id], uses.get((one.location_id, one.level_id)), today)
        for one in found
    ]
    text, show = get.get("q", "").strip().casefold(), get.get("show", "")
    rows = [row for row in rows if text in row["what"].casefold()
            and (not show or row["state"] == show)]  # fmt: skip
    if wants_file(request):
        return as_file(request, STANDING, rows, "standing-orders")
    empty = Empty("No standing order", "What an office needs of every order is said once here, and "
                  "copied into each order that has it.")  # fmt: skip
    chips = [Chip("show", "", "All"), Chip("show", "running", "Running"),
             Chip("show", "paused", "Paused")]  # fmt: skip
    context = {
        "listing": list_rows(rows, filled(STANDING, rows), get, caption="Standing orders",
                             chips=chips, empty=empty, **export_urls(request)),
        "tabs": shop_tabs(request, "standing_list"),
        "crumbs": crumbs(("Standing orders", "")),
    }  # fmt: skip
    return render(request, "purchasing/provider/standing_list.html", context)


def _standing(one: StandingOrder, name: str, uses, today) -> dict[str, object]:
    state = "paused" if one.is_paused else "running"
    if one.effective_date > today:
        state = "not begun"
    if one.end_date and one.end_date <= today:
        state = "over"
    last = uses[0] if uses else None
    came = ""
    if last:
        came = f"{last.order_item.order.name}: {last.get_outcome_display()}. {last.words}"
    return {
        "what": name,
        "office": one.location.line,
        "packs": one.packs,
        "ceiling": one.ceiling,
        "takes": "any equivalent" if one.any_equivalent else "",
        "start": one.effective_date,
        "end": one.end_date,
        "state": state,
        "last": came,
        "url": reverse("purchasing:standing_change", args=[one.pk]),
    }


@requires(COMMIT)
def standing_new(request: PortalRequest) -> HttpResponse:
    """Say what an office wants of every group order."""
    return _standing_page(request, None)


@requires(COMMIT)
def standing_change(request: PortalRequest, standing_id: int) -> HttpResponse:
    """Change, pause or end a standing order."""
    found = asked.standing_orders(actor=request.actor).filter(pk=standing_id).first()
    if found is None:
        raise Http404
    return _standing_page(request, found)


def _standing_page(request: PortalRequest, one: StandingOrder | None) -> HttpResponse:
    form = StandingForm(
        request.POST or None,
        initial=_initial(one),
        offices=_offices(request),
        levels=_levels(),
        registrants=_registrants(request),
    )
    if request.method == "POST" and form.is_valid():
        try:
            acts.save_standing(actor=request.actor, standing_id=one and one.pk,
                               now=timezone.now(), **form.values())  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept. It is copied into each open order that has the item; "
                             "you may change it there until the order closes.")  # fmt: skip
            return redirect("purchasing:standing_list")
    title = "A standing order" if one is None else str(form_name(one))
    way = (("Standing orders", reverse("purchasing:standing_list")), (title, ""))
    context = {"form": form, "standing": one, "title": title, "crumbs": crumbs(*way)}
    if one is not None:
        uses = asked.uses_of([one])
        context["uses"] = uses.get((one.location_id, one.level_id), [])[:12]
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/standing_form.html", context, status=status)


def form_name(one: StandingOrder) -> str:
    """The item of a standing order by how it is called now."""
    return asked.level_names([one.level])[one.level_id]


def _registrants(request: PortalRequest) -> list[tuple[int, str]]:
    practices = {one.practice_id: one.practice for one in locations_of(request.actor, COMMIT)}
    today = timezone.localdate()
    with seeing(EVERYBODY):  # who takes part is judged by lists that staff alone see
        return [pair for one in practices.values() for pair in registrants(one, today)]


def _initial(one: StandingOrder | None) -> dict[str, object]:
    if one is None:
        return {"effective_date": timezone.localdate()}
    return {
        "location": one.location_id,
        "level": one.level_id,
        "packs": one.packs,
        "ceiling": shortened(one.ceiling),
        "effective_date": one.effective_date,
        "end_date": one.end_date,
        "any_equivalent": one.any_equivalent,
        "is_paused": one.is_paused,
        "registrant": one.registrant_id,
    }


@require_POST
@requires(COMMIT)
def standing_end(request: PortalRequest, standing_id: int) -> HttpResponse:
    """End a standing order."""
    if not asked.standing_orders(actor=request.actor).filter(pk=standing_id).exists():
        raise Http404
    acts.end_standing(actor=request.actor, standing_id=standing_id, now=timezone.now())
    messages.success(request, "Ended. What was copied already stays until you change it there.")
    return redirect("purchasing:standing_list")


@requires(VIEW)
def par_list(request: PortalRequest) -> HttpResponse:
    """What our offices should have, what they have, and what that suggests."""
    get = request.GET
    text, show = get.get("q", "").strip().casefold(), get.get("show", "")
    rows = [
        _par(one) for one in asked.par_rows(actor=request.actor)
        if text in one.name.casefold() and (show != "ask" or one.suggestion.packs)
    ]  # fmt: skip
    if wants_file(request):
        return as_file(request, PARS, rows, "par-levels")
    empty = Empty("No par level", "Say of an item the least that an office should have and up to "
                  "what it is filled; then count, and the packs are worked out.")  # fmt: skip
    chips = [Chip("show", "", "All"), Chip("show", "ask", "To be asked for")]
    context = {
        "listing": list_rows(rows, filled(PARS, rows), get, caption="Par levels", chips=chips,
                             empty=empty, **export_urls(request)),
        "tabs": shop_tabs(request, "par_list"),
        "crumbs": crumbs(("Par levels", "")),
    }  # fmt: skip
    return render(request, "purchasing/provider/par_list.html", context)


def _par(one: asked.ParRow) -> dict[str, object]:
    deliveries = reverse("purchasing:delivery_list")
    return {
        "what": one.name,
        "office": one.par.location.line,
        "minimum": one.par.minimum,
        "target": one.par.target,
        "takes": "any equivalent" if one.par.any_equivalent else "",
        "counted": one.stock.counted,
        "day": one.counted_at,
        "came": one.stock.came,
        "coming": one.stock.coming,
        "committed": one.stock.committed,
        "packs": one.suggestion.packs,
        "why": one.suggestion.words,
        "came_url": deliveries,
        "coming_url": f"{deliveries}?show=open",
        "committed_url": reverse("purchasing:shop"),
        "url": f"{reverse('purchasing:par_set')}?office={one.par.location_id}"
        f"&level={one.par.level_id}",
    }


def _par_before(request: PortalRequest) -> dict[str, object]:
    """What an office said of an item before, where the address names both."""
    get = request.GET
    for one in asked.par_levels(actor=request.actor):
        if [str(one.location_id), str(one.level_id)] == [get.get("office"), get.get("level")]:
            return {name: getattr(one, name) for name in ("minimum", "target", "any_equivalent")}
    return {}


@requires(COMMIT)
def par_set(request: PortalRequest) -> HttpResponse:
    """Say what an office should have of an item."""
    get = request.GET
    form = ParForm(
        request.POST or None,
        initial={"location": get.get("office"), "level": get.get("level"), **_par_before(request)},
        offices=_offices(request),
        levels=_levels(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            acts.set_par(actor=request.actor, now=timezone.now(), **form.values())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept.")
            return redirect("purchasing:par_list")
    return _form_page(request, form, "Par level of an item", "Keep it")


@requires(COMMIT)
def stock_count(request: PortalRequest) -> HttpResponse:
    """The count sheet."""
    form = CountForm(request.POST or None, rows=asked.par_rows(actor=request.actor))
    if request.method == "POST" and form.is_valid():
        acts.count_stock(actor=request.actor, counted=form.counted(), now=timezone.now())
        messages.success(request, "Counted. What is suggested counts from here.")
        return redirect("purchasing:par_list")
    return _form_page(request, form, "Count sheet", "Keep the count")


def _form_page(request: PortalRequest, form, title: str, verb: str) -> HttpResponse:
    way = (("Par levels", reverse("purchasing:par_list")), (title, ""))
    context = {"form": form, "title": title, "verb": verb, "crumbs": crumbs(*way)}
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/par_form.html", context, status=status)
