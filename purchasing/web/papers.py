"""The inbox of what suppliers send: read in, matched line by line, settled by whoever may."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ipaportal.core.files import open_stored
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.core.x12 import segment_text
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, exported, one_as_file, wants_file
from ipaportal.identity.web.stored import stored_file
from ipaportal.identity.web.uploads import LIST, takes_file
from purchasing.actions import trade as acts
from purchasing.models import PurchaseLine, Supplier, TradeDocument, TradeLine
from purchasing.queries import trade as asked
from purchasing.rules.ladders import shortened
from purchasing.web.catalogue import shown

VIEW, TAKE, SETTLE = (
    "purchasing.view_orders", "purchasing.take_papers", "purchasing.settle_invoice",
)  # fmt: skip
DOCUMENTS = (
    Column("what", "What came", "link"),
    Column("supplier", "Supplier"),
    Column("order", "Order", url="order_url", opens_page=True),
    Column("dated", "Dated", "day", sort="dated"),
    Column("cents", "Asks for $", "money", sort="total_cents"),
    Column("lines", "Lines", "count", minor=True),
    Column("waiting", "Wait", "count", sort="waiting"),
    Column("state", "Stands", "status", sort="state"),
    Column("read", "Read in", "day", minor=True),
)
LINES = (
    Column("item", "Item", "link"),
    Column("office", "Office", minor=True),
    Column("said", "What it says", wide=True),
    Column("packs", "Packs", "count"),
    Column("price", "Price $", "price"),
    Column("cents", "Comes to $", "money"),
    Column("state", "Stands", "status"),
    Column("reason", "Why, and what to do", wide=True),
)
FAULTS = (
    Column("where", "Where"),
    Column("words", "What is wrong", wide=True),
    Column("raw", "As it stands in the file", wide=True),
)
MOST_SHOWN = 50


class ReadForm(forms.Form):
    """A file, and whose it is."""

    supplier = forms.ModelChoiceField(
        Supplier.objects.none(), label="Supplier", empty_label="Choose one"
    )
    file = forms.FileField(label="File", help_text="X12 855, 856 or 810, as the supplier sent it.")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supplier"].queryset = Supplier.objects.select_related("party")


class MatchForm(forms.Form):
    """What becomes of a line that waits."""

    verdict = forms.ChoiceField(label="This line", widget=forms.RadioSelect)
    order_item = forms.ChoiceField(label="Line of the order", required=False)
    text = forms.CharField(label="Why, or what was done", max_length=300)

    def __init__(self, *args: object, line: TradeLine, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        choices = [("aside", "is set aside"), ("seen", "was seen, and something was done")]
        if line.code not in asked.UNMATCHED:
            del self.fields["order_item"]
        else:
            choices = [("match", "is about this line of the order"), ("aside", "is set aside")]
            self.fields["order_item"].choices = [("", "Choose one"), *_choices(line)]
        self.fields["verdict"].choices = choices

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if data.get("verdict") == "match" and not data.get("order_item"):
            self.add_error("order_item", "Choose the line that it is about.")
        return data


class SettleForm(forms.Form):
    """What finance decides about a line of an invoice."""

    verdict = forms.ChoiceField(
        label="This line",
        choices=[("agree", "is agreed to"), ("refuse", "is refused, and the invoice with it")],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(label="Why", max_length=300)


def _choices(line: TradeLine) -> list[tuple[str, str]]:
    document = line.document
    rows = PurchaseLine.objects.filter(
        purchase__supplier=document.supplier_id, purchase__status__in=asked.OUT
    )
    if document.purchase_id:
        rows = rows.filter(purchase=document.purchase_id)
    rows = rows.select_related("purchase", "order_item__version", "order_item__level")
    found = {row.order_item_id: f"{row.purchase}: {row.order_item}" for row in rows[:500]}
    return [(str(key), name) for key, name in found.items()]


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of the inbox."""
    return [("From suppliers", reverse("purchasing:paper_list")), *more]


@requires(VIEW)
def paper_list(request: PortalRequest) -> HttpResponse:
    """Everything that suppliers sent, what waits first if asked."""
    get = request.GET
    found = asked.documents(
        actor=request.actor, text=get.get("q", "").strip(), show=get.get("show", ""),
        kind=get.get("kind", ""),
    )  # fmt: skip
    if wants_file(request):
        return as_file(request, DOCUMENTS, map(_row, found), "from-suppliers")
    may_take = request.actor.may(TAKE)
    listing = list_rows(
        found,
        DOCUMENTS,
        get,
        caption="From suppliers",
        chips=[Chip("show", "", "All"), Chip("show", "waiting", "Waits"),
               Chip("show", "refused", "Refused"), Chip("kind", "855", "Answers"),
               Chip("kind", "856", "Ship notices"), Chip("kind", "810", "Invoices")],
        empty=Empty("Nothing came", "Read in what a supplier answers, announces or invoices.",
                    "Read a file in" if may_take else "", reverse("purchasing:paper_read")),
        **export_urls(request),
    )  # fmt: skip
    context = {"listing": shown(listing, list(map(_row, listing.rows))), "may_take": may_take}
    return render(request, "purchasing/staff/paper_list.html", context)


def _row(one: TradeDocument) -> dict[str, object]:
    order_url = one.purchase_id and reverse("purchasing:purchase_match", args=[one.purchase_id])
    return {
        "what": str(one) if one.number else f"{one.get_kind_display()}: {one.file.file_name}",
        "supplier": str(one.supplier),
        "order": one.purchase.number if one.purchase else "",
        "order_url": order_url or "",
        "dated": one.dated,
        "cents": one.total_cents,
        "lines": one.size,
        "waiting": one.waiting,
        "state": one.get_state_display(),
        "read": one.file.recorded_at.date(),
        "url": reverse("purchasing:paper_detail", args=[one.pk]),
    }


@requires(TAKE)
@takes_file(LIST)
def paper_read(request: PortalRequest) -> HttpResponse:
    """Read a supplier's file in; what cannot be used is kept and named."""
    form = ReadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            found = acts.take_papers(
                actor=request.actor, supplier_id=form.cleaned_data["supplier"].pk,
                file_name=file.name, data=file.read(), now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            _say(request, found)
            if len(found) == 1:
                return redirect("purchasing:paper_detail", found[0].pk)
            return redirect("purchasing:paper_list")
    context = {"form": form, "crumbs": crumbs(("Read a file in", ""))}
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/paper_read.html", context, status=status)


def _say(request: PortalRequest, found: list[TradeDocument]) -> None:
    states = [one.state for one in found]
    words = ", ".join(
        f"{states.count(state)} {label}"
        for state, label in TradeDocument.State.choices
        if state in states
    )
    tell = messages.success if set(states) == {"taken"} else messages.warning
    tell(request, f"{plural(len(found), 'document')}: {words}.")


def _found(paper_id: int) -> TradeDocument:
    rows = TradeDocument.objects.select_related("supplier__party", "purchase", "file")
    found = rows.filter(pk=paper_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def paper_detail(request: PortalRequest, paper_id: int) -> HttpResponse:
    """One document: each line, what it is about, what waits for whom."""
    document = _found(paper_id)
    rows = [_line(request, one) for one in _lines(document)]
    empty = Empty("No line was read", "What is wrong with the file stands above.")
    lines = list_rows(rows, LINES, request.GET, caption="Lines", empty=empty,
                      **exported(request, "lines"))  # fmt: skip
    if (file := one_as_file(request, {"lines": lines})) is not None:
        return file
    context = {
        "document": document,
        "facts": _facts(document),
        "lines": lines,
        "faults": _faults(document),
        "waits": sum(row["is_waiting"] for row in rows),
        "crumbs": crumbs((str(document), "")),
    }
    return render(request, "purchasing/staff/paper_detail.html", context)


def _lines(document: TradeDocument):
    return document.lines.select_related(
        "order_item__version", "order_item__level", "purchase_line__location",
        "purchase_line__practice",
    )  # fmt: skip


def _facts(document: TradeDocument) -> list[FactItem]:
    order = document.purchase
    facts = [
        FactItem("Supplier", str(document.supplier), url=reverse(
            "purchasing:supplier_detail", args=[document.supplier_id])),
        FactItem("Order", order.number if order else "none of ours", url=reverse(
            "purchasing:purchase_match", args=[order.pk]) if order else ""),
        FactItem("Stands", document.get_state_display()),
    ]  # fmt: skip
    if document.total_cents is not None:
        facts.append(FactItem("Asks for $", document.total_cents, "money"))
    told = document.content
    if document.kind == asked.NOTICE:
        facts += [
            FactItem("Carrier", told.get("carrier") or "not said",
                     note=", ".join(told.get("tracking", []))),
            FactItem("DSCSA statement", "came with it" if told.get("statement") else "not in it"),
        ]  # fmt: skip
    file = document.file
    facts.append(FactItem("File", file.file_name, note=f"SHA-256 {file.sha256[:16]}", url=reverse(
        "purchasing:paper_file", args=[document.pk])))  # fmt: skip
    return facts


def _faults(document: TradeDocument):
    told = document.content.get("problems", [])
    data = list(open_stored(document.file.sha256)) if told else []
    rows = []
    for place, (where, _, words) in enumerate(told):
        number = where.split()[1] if where.startswith("segment ") else ""
        has_text = number.isdigit() and place < MOST_SHOWN
        raw = segment_text(b"".join(data), int(number)) if has_text else ""
        rows.append({"where": where, "words": words, "raw": raw[:200]})
    return list_rows(rows, FAULTS, {}, caption="What is wrong", page_size=500)


def _line(request: PortalRequest, one: TradeLine) -> dict[str, object]:
    is_waiting = one.state == TradeLine.State.WAITING
    decided = f" {one.decided_by_name}: {one.decision_text}" if one.decided_at else ""
    return {
        "item": str(one.order_item) if one.order_item_id else "no line of an order",
        "office": str(one.purchase_line.practice) if one.purchase_line_id else "",
        "said": said_words(one),
        "packs": one.packs,
        "price": str(shortened(one.price)) if one.price is not None else "",
        "cents": one.cents,
        "state": one.get_state_display(),
        "reason": f"{one.reason} {one.next_step}{decided}".strip(),
        "is_waiting": is_waiting,
        "url": _line_url(request, one) if is_waiting else "",
    }


def _line_url(request: PortalRequest, one: TradeLine) -> str:
    """Where whoever looks can do something about a line; nowhere if they cannot."""
    is_finance = one.document.kind == asked.INVOICE and one.code not in asked.UNMATCHED
    name, permission = ("paper_settle", SETTLE) if is_finance else ("paper_match", TAKE)
    return reverse(f"purchasing:{name}", args=[one.pk]) if request.actor.may(permission) else ""


def said_words(one: TradeLine) -> str:
    """What a line says, as it was written."""
    told = one.said
    goods = told.get("ndc") or told.get("code") or told.get("sku") or ""
    parts = [
        told.get("answer", ""),
        f"line {told['line']}" if told.get("line") else "",
        goods,
        f"per {told['unit']}" if told.get("unit") else "",
        f"lot {told['lot']}" if told.get("lot") else "",
        f"expires {told['expires']}" if told.get("expires") else "",
        f"by {told['day']}" if told.get("day") else "",
    ]
    return ", ".join(filter(None, parts))


@require_safe
@requires(VIEW)
def paper_file(request: PortalRequest, paper_id: int) -> HttpResponseBase:
    """The exact bytes that came, under their hash: what a supplier calls a file is not trusted."""
    sha256 = _found(paper_id).file.sha256
    return stored_file(sha256, f"{sha256[:12]}.x12", "application/edi-x12")


def _waiting(paper_line_id: int) -> TradeLine:
    rows = TradeLine.objects.select_related(
        "document__supplier__party", "document__purchase", "order_item__version",
        "order_item__level",
    )  # fmt: skip
    found = rows.filter(pk=paper_line_id).first()
    if found is None:
        raise Http404
    return found


@requires(TAKE)
def paper_match(request: PortalRequest, paper_line_id: int) -> HttpResponse:
    """Say which line of an order a line is about, or that it was seen, or set it aside."""
    line = _waiting(paper_line_id)
    form = MatchForm(request.POST or None, line=line)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        given = {"actor": request.actor, "line_id": line.pk, "text": data["text"],
                 "now": timezone.now()}  # fmt: skip
        try:
            if data["verdict"] == "seen":
                acts.agree_line(**given)
            else:
                chosen = int(data["order_item"]) if data["verdict"] == "match" else None
                acts.match_line(**given, order_item_id=chosen)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded, with your name.")
            return redirect("purchasing:paper_detail", line.document_id)
    return _line_page(request, line, form, "Record it", "")


@requires(SETTLE)
@fresh_login_to_send
def paper_settle(request: PortalRequest, paper_line_id: int) -> HttpResponse:
    """Agree to what waits of an invoice, or refuse the invoice."""
    line = _waiting(paper_line_id)
    form = SettleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.decide_invoice_line(
                actor=request.actor, line_id=line.pk, text=form.cleaned_data["text"],
                is_agreed=form.cleaned_data["verdict"] == "agree", now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Decided, with your name.")
            return redirect("purchasing:paper_detail", line.document_id)
    words = "One line refused refuses the whole invoice; nothing of it counts then."
    return _line_page(request, line, form, "Decide", words)


def _line_page(
    request: PortalRequest, line: TradeLine, form: forms.Form, verb: str, words: str
) -> HttpResponse:
    document = line.document
    facts = [
        FactItem("Item", str(line.order_item) if line.order_item_id else "no line of an order"),
        FactItem("It says", said_words(line) or "nothing more"),
        FactItem("Packs", line.packs, "count"),
        FactItem("Comes to $", line.cents, "money"),
    ]
    context = {
        "line": line,
        "document": document,
        "facts": facts,
        "form": form,
        "verb": verb,
        "words": words,
        "crumbs": crumbs(
            (str(document), reverse("purchasing:paper_detail", args=[document.pk])), ("Line", "")
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/paper_line.html", context, status=status)
