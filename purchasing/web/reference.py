"""Lists from outside on pages: read, looked at, confirmed; every version with its lines."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input
from ipaportal.identity.web.uploads import LIST, takes_file
from purchasing.actions import reference as acts
from purchasing.models import ListArrival, ReferenceFile, ReferenceRow
from purchasing.queries import reference as asked
from purchasing.web.catalogue import crumbs as catalogue_crumbs
from purchasing.web.catalogue import shown

ARRIVALS_SHOWN = 5
VIEW, EDIT = "purchasing.view_catalogue", "purchasing.edit_catalogue"
FILES = (
    Column("kind", "List", "link", sort="kind"),
    Column("start", "Holds from", "day", sort="effective_date"),
    Column("end", "First day no longer", "day"),
    Column("size", "Lines", "count", sort="size"),
    Column("refused", "Refused", "count", sort="refused"),
    Column("state", "Stands", "status"),
    Column("who", "By"),
    Column("file", "File", minor=True),
)
CODES = (
    Column("code", "NDC", sort="ndc"),
    Column("hcpcs", "HCPCS", sort="hcpcs"),
    Column("amount", "Number", sort="amount"),
    Column("words", "What it says", wide=True),
    Column("line", "Line", "count", sort="line_no"),
)
HEADS = {
    "limits": ("", "HCPCS", "Limit a unit $"),
    "crosswalk": ("NDC", "HCPCS", "Billing units a package"),
    "packages": ("NDC", "", "Units in it"),
    "products": ("NDC", "", ""),
}
TOLD = (
    Column("item", "Our item", "link"),
    Column("code", "Code"),
    Column("before", "Said before", wide=True),
    Column("after", "Would say", wide=True),
)
PROBLEMS = (
    Column("line", "Line", "count"),
    Column("column", "Column"),
    Column("value", "It says"),
    Column("words", "Why it is refused", wide=True),
)


class ListForm(forms.Form):
    """A list, and from when it holds."""

    file = forms.FileField(
        label="File", help_text="FDA's ndctext.zip, product.txt or package.txt; CMS's CSV files."
    )
    day = forms.DateField(
        label="Holds from",
        widget=day_input(),
        help_text="FDA's directory: the day you got it. The crosswalk: any day of its quarter. "
        "Payment limits say it themselves.",
    )


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of lists."""
    return catalogue_crumbs(("Lists from outside", reverse("purchasing:reference_list")), *more)


@requires(VIEW)
def reference_list(request: PortalRequest) -> HttpResponse:
    """Every list that was read in, with its days."""
    get = request.GET
    found = asked.files(actor=request.actor)
    kind = get.get("kind", "")
    found = found.filter(kind=kind) if kind else found
    if wants_file(request):
        return as_file(request, FILES, map(_file, found), "lists")
    may_edit = request.actor.may(EDIT)
    listing = list_rows(
        found,
        FILES,
        get,
        caption="Lists from outside",
        chips=[Chip("kind", "", "All")]
        + [Chip("kind", code, name) for code, name in ReferenceFile.Kind.choices],
        empty=Empty("No list was read in",
                    "Read FDA's directory and CMS's quarterly Part B files, to see what drugs are "
                    "and whether their prices are covered.",
                    "Read a list in" if may_edit else "", reverse("purchasing:reference_read")),
        **export_urls(request),
    )  # fmt: skip
    context = {"listing": shown(listing, list(map(_file, listing.rows))), "may_edit": may_edit,
               "arrivals": asked.arrivals(
                   actor=request.actor, now=timezone.now())[:ARRIVALS_SHOWN],
               "crumbs": catalogue_crumbs(("Lists from outside", ""))}  # fmt: skip
    return render(request, "purchasing/staff/reference_list.html", context)


def _file(one: ReferenceFile) -> dict[str, object]:
    return {
        "kind": one.get_kind_display(),
        "start": one.effective_date,
        "end": one.end_date,
        "size": one.size,
        "refused": one.refused,
        "state": "confirmed" if one.confirmed_at else "to be looked at",
        "who": one.confirmed_by_name or one.recorded_by_name,
        "file": one.file_name,
        "url": reverse("purchasing:reference_detail", args=[one.pk]),
    }


@requires(EDIT)
@takes_file(LIST)
def reference_read(request: PortalRequest) -> HttpResponse:
    """Read a list in, so that it can be looked at."""
    form = ListForm(request.POST or None, request.FILES or None,
                    initial={"day": timezone.localdate()})  # fmt: skip
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            sent = acts.send_list(
                actor=request.actor, file_name=file.name, data=file.read(),
                day=form.cleaned_data["day"], now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, "Kept, and being read; this page follows by itself.")
            return redirect("purchasing:arrival_detail", sent.pk)
    context = {"form": form, "crumbs": crumbs(("Read a list in", ""))}
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/reference_read.html", context, status=status)


def _arrival(arrival_id: int) -> ListArrival:
    found = ListArrival.objects.filter(pk=arrival_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def arrival_detail(request: PortalRequest, arrival_id: int) -> HttpResponse:
    """A file with lists that was sent: it is being read, or what came of it."""
    arrival = _arrival(arrival_id)
    lists = list(arrival.lists.order_by("pk"))
    if len(lists) == 1:
        return redirect("purchasing:reference_detail", lists[0].pk)
    empty = Empty("No list was made of it")
    context = {
        "arrival": arrival,
        "facts": [
            FactItem("Holds from", arrival.day, "day", note="as it was said when it was sent"),
            FactItem("Size", filesizeformat(arrival.size)),
            FactItem("Sent by", arrival.recorded_by_name),
            FactItem("Stands", arrival.get_state_display()),
        ],
        "listing": list_rows(list(map(_file, lists)), FILES, {}, caption="Its lists", empty=empty),
        "may_edit": request.actor.may(EDIT),
        "crumbs": crumbs((arrival.file_name, "")),
    }
    return render(request, "purchasing/staff/arrival_detail.html", context)


@requires(VIEW)
def arrival_progress(request: PortalRequest, arrival_id: int) -> HttpResponse:
    """The line that says that a file is being read; the page is shown anew once it was."""
    arrival = _arrival(arrival_id)
    if arrival.state != ListArrival.State.WAITING:
        return HttpResponseClientRefresh()
    return render(request, "purchasing/_arrival_progress.html", {"arrival": arrival})


def _found(reference_id: int) -> ReferenceFile:
    found = ReferenceFile.objects.filter(pk=reference_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def reference_detail(request: PortalRequest, reference_id: int) -> HttpResponse:
    """A list: what it would change before it is confirmed, all its lines afterwards."""
    file = _found(reference_id)
    rows = asked.rows_of(file, request.GET.get("q", "").strip())
    columns = _columns(file)
    if wants_file(request):
        return as_file(request, columns, map(_row, rows), file.kind)
    is_new = file.confirmed_at is None
    listing = None
    if not is_new:
        listing = list_rows(rows, columns, request.GET, caption=str(file),
                            empty=Empty("No line fits"), **export_urls(request))  # fmt: skip
        listing = shown(listing, list(map(_row, listing.rows)))
    context = {
        "file": file,
        "facts": _facts(file),
        "is_new": is_new,
        "may_confirm": is_new and request.actor.may(EDIT),
        "told": _told(file) if is_new else None,
        "listing": listing,
        "problems": _problems(file),
        "crumbs": crumbs((str(file), "")),
    }
    return render(request, "purchasing/staff/reference_detail.html", context)


def _facts(file: ReferenceFile) -> list[FactItem]:
    return [
        FactItem("Holds from", file.effective_date, "day"),
        FactItem("First day no longer", file.end_date or "until the next one",
                 "day" if file.end_date else "text"),
        FactItem("Lines", file.size, "count"),
        FactItem("Refused lines", file.refused, "count", note="left out, each named below"),
        FactItem("File", file.file_name, note=f"SHA-256 {file.sha256[:16]}"),
        FactItem("Confirmed by", file.confirmed_by_name or "nobody yet"),
    ]  # fmt: skip


def _columns(file: ReferenceFile) -> list[Column]:
    """The columns that a kind of list has, under its own words."""
    heads = dict(zip(("code", "hcpcs", "amount"), HEADS[file.kind], strict=True))
    return [
        Column(one.key, heads.get(one.key, one.head), one.kind, sort=one.sort, wide=one.wide)
        for one in CODES
        if heads.get(one.key, "yes")
    ]


def _row(row: ReferenceRow) -> dict[str, object]:
    told = row.said
    parts = [
        told.get("description", ""), told.get("generic", ""), told.get("dosage", ""),
        told.get("form", ""), told.get("labeler", ""),
        f"schedule {told['schedule']}" if told.get("schedule") else "",
        f"coinsurance {told['coinsurance']} %" if told.get("coinsurance") else "",
        f"sold until {told['ends']}" if told.get("ends") else "", told.get("notes", ""),
    ]  # fmt: skip
    amount = "" if row.amount is None else f"{row.amount.normalize():f}"
    return {"code": told.get("written") or row.ndc, "hcpcs": row.hcpcs, "amount": amount,
            "words": "; ".join(filter(None, parts)), "line": row.line_no}  # fmt: skip


def _told(file: ReferenceFile):
    rows = [
        {"item": str(one.item), "code": one.code, "before": one.before, "after": one.after,
         "url": reverse("purchasing:item_detail", args=[one.item.item_id])}
        for one in asked.preview_of(file)
    ]  # fmt: skip
    empty = Empty("It says nothing of our items", "No item has one of its codes.")
    return list_rows(rows, TOLD, {}, caption="Our items", page_size=1000, empty=empty)


def _problems(file: ReferenceFile):
    rows = [dict(zip(("line", "column", "value", "words"), one, strict=True))
            for one in file.problems]  # fmt: skip
    return list_rows(rows, PROBLEMS, {}, caption="Refused lines", page_size=500)


@require_POST
@requires(EDIT)
def reference_confirm(request: PortalRequest, reference_id: int) -> HttpResponse:
    """Let a list count from its day on."""
    file = _found(reference_id)
    try:
        acts.confirm_list(actor=request.actor, file_id=file.pk, now=timezone.now())
        messages.success(request, f"Confirmed: it counts from {file.effective_date} on.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("purchasing:reference_detail", reference_id)
