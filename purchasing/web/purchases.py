"""Purchase orders on their way out: drafts, versions as they went, amendments, identifiers."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ipaportal.core.money import round_cents
from ipaportal.core.parts import Column, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.stored import made_file, stored_file
from purchasing.actions import amendments as acts
from purchasing.formats.purchase_papers import render_order
from purchasing.models import PurchaseLine, PurchaseOrder, PurchaseVersion
from purchasing.models.papers import QUALIFIERS
from purchasing.queries.awards import with_received
from purchasing.queries.purchases import content_of, profile_of
from purchasing.web import suppliers as sellers
from purchasing.web.awards import found_purchase
from purchasing.web.orders import crumbs, here

VIEW, RUN, EDIT = (
    "purchasing.view_orders", "purchasing.run_order", "purchasing.edit_catalogue",
)  # fmt: skip
CHANGES = (
    Column("item", "Item"),
    Column("office", "Ship to"),
    Column("before", "Packs before", "count"),
    Column("after", "Packs now", "count"),
)


class AmendForm(forms.Form):
    """Fewer packs of some lines, and why; confirmed once it was seen."""

    reason = forms.CharField(
        label="Why", max_length=300, help_text="Supplier and practices read this."
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: object, lines: list[PurchaseLine], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            came = f"; {line.received:,} have come" if line.received else ""
            self.fields[f"line_{line.pk}"] = forms.IntegerField(
                label=f"{line.order_item}: {line.practice.name}, {line.location.line}",
                min_value=0,
                max_value=line.packs,
                initial=line.due,
                help_text=f"{line.packs:,} awarded{came}",
            )

    @property
    def packs(self) -> dict[int, int]:
        """The packs that were asked for, by line."""
        return {
            int(name.removeprefix("line_")): value
            for name, value in self.cleaned_data.items()
            if name.startswith("line_")
        }


class ProfileForm(forms.Form):
    """Identifiers of both sides."""

    our_qualifier = forms.ChoiceField(label="Our qualifier (ISA05)", choices=QUALIFIERS)
    our_id = forms.CharField(label="Our identifier (ISA06)", max_length=15)
    their_qualifier = forms.ChoiceField(label="Their qualifier (ISA07)", choices=QUALIFIERS)
    their_id = forms.CharField(
        label="Their identifier (ISA08)",
        max_length=15,
        help_text="What they send is taken only if it comes from this identifier.",
    )
    account = forms.CharField(label="Our account number there", max_length=30, required=False)


def _version(purchase_version_id: int) -> PurchaseVersion:
    rows = PurchaseVersion.objects.select_related("purchase")
    found = rows.filter(pk=purchase_version_id).first()
    if found is None:
        raise Http404
    return found


@require_safe
@requires(VIEW)
def version_pdf(request: PortalRequest, purchase_version_id: int) -> HttpResponse:
    """The exact PDF that went out."""
    one = _version(purchase_version_id)
    return stored_file(one.pdf_sha256, f"{one.purchase}-v{one.number}.pdf", "application/pdf")


@require_safe
@requires(VIEW)
def version_x12(request: PortalRequest, purchase_version_id: int) -> HttpResponse:
    """The exact 850 that went out."""
    one = _version(purchase_version_id)
    return stored_file(one.x12_sha256, f"{one.purchase}-v{one.number}.850", "application/edi-x12")


@require_safe
@requires(VIEW)
def purchase_draft(request: PortalRequest, purchase_id: int) -> HttpResponse:
    """The PDF that would go out now, marked as a draft."""
    purchase = found_purchase(purchase_id)
    number = purchase.versions.count() + 1
    content = content_of(purchase, number, timezone.localdate(), is_draft=True)
    return made_file(render_order(content), f"{purchase}-draft.pdf", "application/pdf")


@requires(RUN)
def purchase_amend(request: PortalRequest, purchase_id: int) -> HttpResponse:
    """Ask for fewer packs: entered, seen as what it changes, then sent as a new version."""
    purchase = found_purchase(purchase_id)
    last = purchase.versions.first()
    lines = _lines_of(purchase)
    form = AmendForm(
        request.POST or None, lines=lines, initial={"seen_version": last.number if last else 0}
    )
    is_seen = False
    if request.method == "POST" and form.is_valid():
        if request.POST.get("confirmed"):
            try:
                made = acts.amend_purchase(
                    actor=request.actor, purchase_id=purchase_id, packs=form.packs,
                    reason=form.cleaned_data["reason"], now=timezone.now(),
                    seen_version=form.cleaned_data["seen_version"],
                )  # fmt: skip
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"{made} replaces the one before. Send it on.")
                return redirect("purchasing:purchase_detail", purchase_id)
        else:
            is_seen = True
    return _amend_page(request, purchase, lines, form, is_seen=is_seen)


def _lines_of(purchase: PurchaseOrder) -> list[PurchaseLine]:
    rows = with_received(purchase.lines.filter(blocked_because=""))
    return list(
        rows.select_related(
            "order_item__version", "order_item__level", "practice", "location"
        ).order_by("order_item_id", "pk")
    )


def _amend_page(
    request: PortalRequest, purchase: PurchaseOrder, lines: list[PurchaseLine], form: AmendForm,
    *, is_seen: bool,
) -> HttpResponse:  # fmt: skip
    rows = [
        {"item": str(line.order_item), "office": f"{line.practice.name}, {line.location.line}",
         "before": line.due, "after": form.packs[line.pk], "price": line.price}
        for line in lines
        if is_seen and form.packs[line.pk] != line.due
    ]  # fmt: skip
    fewer = sum(row["before"] - row["after"] for row in rows)
    less = sum(round_cents((row["before"] - row["after"]) * row["price"]) for row in rows)
    context = {
        "purchase": purchase,
        "form": form,
        "is_seen": is_seen,
        "changes": list_rows(rows, CHANGES, {}, caption="What it changes", page_size=500),
        "facts": [FactItem("Packs fewer", fewer, "count"), FactItem("Less by $", less, "money")],
        "crumbs": crumbs(
            here(purchase.order),
            (purchase.number, reverse("purchasing:purchase_detail", args=[purchase.pk])),
            ("Amend", ""),
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/purchase_amend.html", context, status=status)


@requires(EDIT)
def profile_change(request: PortalRequest, supplier_id: int) -> HttpResponse:
    """Say under which identifiers a supplier and we exchange X12."""
    supplier = sellers.found_supplier(supplier_id)
    known = profile_of(supplier_id)
    initial = {name: getattr(known, name) for name in ProfileForm.base_fields} if known else {}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            acts.save_profile(actor=request.actor, supplier_id=supplier_id, now=timezone.now(),
                              **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded. Orders go out under them from now on.")
            return redirect("purchasing:supplier_detail", supplier_id)
    context = {"form": form, "supplier": supplier,
               "crumbs": sellers.crumbs(sellers.here(supplier), ("X12", ""))}  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/profile_change.html", context, status=status)
