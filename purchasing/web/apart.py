"""Stock of public programmes and 340B accounts, counted apart by the office that got it."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input
from purchasing.actions.apart import receive_apart
from purchasing.models import ApartReceipt
from purchasing.queries import apart as asked
from purchasing.queries.sites import locations_of
from purchasing.rules.apart import OWNERSHIPS
from purchasing.web.catalogue import shown
from purchasing.web.shop import crumbs, shop_tabs
from purchasing.web.troubles import staff_crumbs

VIEW, SHOP, RECEIVE = (
    "purchasing.view_orders", "purchasing.view_shop", "purchasing.receive_packs",
)  # fmt: skip
APART = (
    Column("item", "Item"),
    Column("whose", "Whose stock"),
    Column("packs", "Packs", "count"),
    Column("practice", "Practice"),
    Column("office", "Office", minor=True),
    Column("lot", "Lot"),
    Column("expires", "Expires", "day"),
    Column("at", "Received", "day"),
)
MINE = tuple(column for column in APART if column.key != "practice")
CHIPS = [Chip("of", "", "All"), *(Chip("of", key, name) for key, name in OWNERSHIPS.items())]


class ApartForm(forms.Form):
    """What came, and whose it is."""

    ownership = forms.ChoiceField(
        label="Whose stock", choices=list(OWNERSHIPS.items()), widget=forms.RadioSelect
    )
    office = forms.TypedChoiceField(label="Office", coerce=int)
    level = forms.TypedChoiceField(label="Item and pack", coerce=int)
    packs = forms.IntegerField(label="Packs", min_value=1, max_value=1_000_000)
    lot = forms.CharField(label="Lot", max_length=40)
    expires_date = forms.DateField(label="Expires", widget=day_input())
    note = forms.CharField(label="Note", max_length=300, required=False)

    def __init__(self, *args: object, offices: list[tuple[int, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].choices = offices
        self.fields["level"].choices = [
            (level.pk, f"{one.name}, {level}")
            for one in asked.program_items()
            for level in one.item.levels.all()
        ]

    def values(self) -> dict[str, object]:
        """What the action takes."""
        data = dict(self.cleaned_data)
        return data | {"location_id": data.pop("office"), "level_id": data.pop("level")}


def _row(one: ApartReceipt) -> dict[str, object]:
    return {
        "item": f"{one.version.name}, {one.level}", "whose": one.get_ownership_display(),
        "packs": one.packs, "practice": one.practice.name, "office": one.location.line,
        "lot": one.lot, "expires": one.expires_date, "at": one.recorded_at.date(),
    }  # fmt: skip


def _facts(found) -> list[FactItem]:
    return [
        FactItem(name, packs, "count", note="packs, never charged")
        for name, packs in asked.packs_by_owner(found).items()
    ]


@requires(VIEW)
def apart_list(request: PortalRequest) -> HttpResponse:
    """What every office received of a programme, apart from what was bought."""
    get = request.GET
    found = asked.apart(
        actor=request.actor, text=get.get("q", "").strip(), ownership=get.get("of", "")
    )
    if wants_file(request):
        return as_file(request, APART, map(_row, found), "kept-apart")
    empty = Empty("Nothing is kept apart", "Offices record VFC, section 317 and 340B stock "
                  "themselves; none of it is in a group order, a charge or a saving.")  # fmt: skip
    listing = list_rows(found, APART, get, caption="Kept apart", chips=CHIPS, empty=empty,
                        **export_urls(request))  # fmt: skip
    context = {
        "listing": shown(listing, list(map(_row, listing.rows))),
        "facts": _facts(found),
        "crumbs": staff_crumbs(("Kept apart", "")),
    }
    return render(request, "purchasing/staff/apart_list.html", context)


@requires(SHOP)
def my_apart_list(request: PortalRequest) -> HttpResponse:
    """What our offices received of a programme."""
    get = request.GET
    found = asked.my_apart(
        actor=request.actor, text=get.get("q", "").strip(), ownership=get.get("of", "")
    )
    if wants_file(request):
        return as_file(request, MINE, map(_row, found), "kept-apart")
    empty = Empty("Nothing is kept apart", "Record VFC, section 317 and 340B stock here when it "
                  "comes: it is counted by itself, and never charged.")  # fmt: skip
    listing = list_rows(found, MINE, get, caption="Kept apart", chips=CHIPS, empty=empty,
                        **export_urls(request))  # fmt: skip
    context = {
        "listing": shown(listing, list(map(_row, listing.rows))),
        "facts": _facts(found),
        "tabs": shop_tabs(request, "my_apart_list"),
        "crumbs": crumbs(("Deliveries", reverse("purchasing:delivery_list")), ("Kept apart", "")),
    }
    return render(request, "purchasing/provider/apart_list.html", context)


@requires(RECEIVE)
def apart_new(request: PortalRequest) -> HttpResponse:
    """Record stock that is not bought here."""
    offices = [(one.pk, f"{one.practice}, {one.line}") for one in locations_of(request.actor)]
    form = ApartForm(request.POST or None, offices=offices)
    if request.method == "POST" and form.is_valid():
        try:
            made = receive_apart(actor=request.actor, now=timezone.now(),
                                 today=timezone.localdate(), **form.values())  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Recorded apart: {plural(made.packs, 'pack')}, not charged.")
            return redirect("purchasing:my_apart_list")
    context = {
        "form": form,
        "crumbs": crumbs(("Deliveries", reverse("purchasing:delivery_list")),
                         ("Kept apart", reverse("purchasing:my_apart_list")), ("Record", "")),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/apart_new.html", context, status=status)
