"""What was wrong with what came: reported at the box with a photo, decided on by staff."""

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ipaportal.core.money import dollars, round_cents
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Moment, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input
from ipaportal.identity.web.stored import stored_file
from ipaportal.identity.web.uploads import LIST, takes_file
from purchasing.actions import troubles as acts
from purchasing.models import GroupOrder, PurchaseLine, Receipt, ReceiptSerial, Trouble
from purchasing.queries import troubles as asked
from purchasing.queries.awards import lines_of
from purchasing.queries.trade import on_the_way
from purchasing.rules import troubles as rules
from purchasing.web.catalogue import shown
from purchasing.web.shop import crumbs, shop_tabs

VIEW, SETTLE = "purchasing.view_orders", "purchasing.settle_trouble"
SHOP, RECEIVE = "purchasing.view_shop", "purchasing.receive_packs"
TROUBLES = (
    Column("item", "Item", "link"),
    Column("kind", "What"),
    Column("packs", "Packs", "count"),
    Column("practice", "Practice"),
    Column("order", "Order", minor=True),
    Column("lot", "Lot", minor=True),
    Column("at", "Reported", "day", sort="reported_at"),
    Column("state", "Stands", "status"),
)
MINE = tuple(column for column in TROUBLES if column.key != "practice")
OPEN_CHIPS = [Chip("show", "", "All"), Chip("show", "open", "Open")]


REPORT_WORDS = {
    rules.Kind.DAMAGED: "Damaged: broken, wet or opened",
    rules.Kind.WRONG: "Not what was ordered",
    rules.Kind.SHORT: "Fewer came than the notice says",
    rules.Kind.OVER: "More came than was ordered",
    rules.Kind.WARM: "Too warm or too cold",
    rules.Kind.PAPERS: "No transaction statement came with it",
    rules.Kind.GATE: "Refused here: a licence, or the seller",
    rules.Kind.SUSPECT: "Suspect: tampered with, odd label or serial",
}


class ReportForm(forms.Form):
    """What is wrong, as whoever stands at the box sees it."""

    kind = forms.ChoiceField(
        label="Choose what fits", choices=[(one, REPORT_WORDS[one]) for one in rules.REPORTED],
        widget=forms.RadioSelect,
    )  # fmt: skip
    packs = forms.IntegerField(label="Packs", min_value=1, max_value=1_000_000)
    note = forms.CharField(
        label="What you see", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Such as “carton crushed, two vials broken”. Name no patient.",
    )  # fmt: skip
    photo = forms.FileField(
        label="Photo", required=False,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
        help_text="The box, the indicator, the label: nothing of a patient.",
    )  # fmt: skip
    lowest = forms.DecimalField(
        label="Lowest °C", required=False, max_digits=5, decimal_places=1,
        help_text="Only if it came too warm or too cold: as the indicator or logger shows it.",
    )  # fmt: skip
    highest = forms.DecimalField(label="Highest °C", required=False, max_digits=5, decimal_places=1)
    lot = forms.CharField(label="Lot", max_length=40, required=False)
    expires_date = forms.DateField(label="Expires", required=False, widget=day_input())

    def values(self) -> dict[str, object]:
        """What the action takes."""
        data = dict(self.cleaned_data)
        photo = data.pop("photo")
        return data | {"photo": photo.read() if photo else b""}


class ReturnForm(forms.Form):
    """How much goes back, and why."""

    packs = forms.IntegerField(label="Packs to return", min_value=1, max_value=1_000_000)
    note = forms.CharField(label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    packages = forms.TypedMultipleChoiceField(
        label="Which packages",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text="By their serials. The supplier may send what went back to somebody again; a "
        "serial that nobody named is refused at that door.",
    )

    def __init__(self, *args: object, here: Sequence[ReceiptSerial], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["packages"].choices = [(one.pk, one.serial) for one in here]
        if not here:
            del self.fields["packages"]


class StepForm(forms.Form):
    """What somebody does about it next."""

    event = forms.ChoiceField(label="Next", widget=forms.RadioSelect)
    reference = forms.CharField(label="Number", max_length=80, required=False)
    text = forms.CharField(
        label="Why", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    seen_state = forms.CharField(widget=forms.HiddenInput, max_length=12)

    def __init__(self, *args: object, events: list[str], of: Trouble, **kwargs: object) -> None:
        super().__init__(*args, initial={"seen_state": of.state}, **kwargs)
        self.fields["event"].choices = [(one, _consequence(of, one)) for one in events]
        if len(events) == 1:
            self.fields["event"].initial = events[0]
        needed = [rules.REFERENCES[one] for one in events if one in rules.REFERENCES]
        self.fields["reference"].help_text = f"Asked for: {'; '.join(needed)}."
        self.fields["text"].help_text = "Asked for where there is no number."
        self.fields["reference"].is_needed = self.fields["text"].is_needed = True
        if not needed:
            del self.fields["reference"]

    def values(self) -> dict[str, str]:
        """What the action takes."""
        return {"reference": "", **self.cleaned_data}


def _consequence(trouble: Trouble, event: str) -> str:
    """What follows from a step, with its packs and dollars."""
    line = trouble.line
    cents = round_cents(line.price * trouble.packs)
    is_ours = line.purchase.order.bills == GroupOrder.Bills.IPA
    return rules.consequence(trouble.kind, event, trouble.packs, cents, is_ours=is_ours)


def kind_words(trouble: Trouble) -> str:
    """What is wrong, as a head says it; a return is the practice's wish on its own page too."""
    return (
        "Return" if trouble.kind == rules.Kind.RETURN else (trouble.get_kind_display().capitalize())
    )


# Staff ------------------------------------------------------------------------------------------


def staff_crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of exceptions."""
    return [("Exceptions", reverse("purchasing:trouble_list")), *more]


@requires(VIEW)
def trouble_list(request: PortalRequest) -> HttpResponse:
    """Everything that came otherwise than ordered, what is open first if asked."""
    get = request.GET
    found = asked.troubles(
        actor=request.actor, text=get.get("q", "").strip(), show=get.get("show", ""),
        kind=get.get("kind", ""),
    )  # fmt: skip
    if wants_file(request):
        return as_file(request, TROUBLES, map(_row, found), "exceptions")
    kinds = [Chip("kind", "warm", "Too warm or cold"), Chip("kind", "suspect", "Suspect"),
             Chip("kind", "return", "Returns")]  # fmt: skip
    empty = Empty("Nothing is wrong", "What an office reports at the box comes here at once: "
                  "damage, too much, too warm, papers that are missing, and returns.")  # fmt: skip
    # What stands beside a row is read for the page's rows alone, however many lie before them.
    listing = list_rows(found.values_list("pk", flat=True), TROUBLES, get, caption="Exceptions",
                        chips=[*OPEN_CHIPS, *kinds], empty=empty,
                        **export_urls(request))  # fmt: skip
    context = {"listing": shown(listing, list(map(_row, asked.of_page(listing.rows))))}
    return render(request, "purchasing/staff/trouble_list.html", context)


def _row(one: Trouble, view: str = "trouble_detail") -> dict[str, object]:
    line = one.line
    return {
        "item": str(line.order_item), "kind": kind_words(one), "packs": one.packs,
        "practice": line.practice.name, "order": line.purchase.number, "lot": one.lot,
        "at": one.reported_at.date(), "state": one.state,
        "url": reverse(f"purchasing:{view}", args=[one.pk]),
    }  # fmt: skip


def _staff_found(request: PortalRequest, trouble_id: int) -> Trouble:
    trouble = asked.troubles(actor=request.actor).filter(pk=trouble_id).first()
    if trouble is None:
        raise Http404
    return trouble


@requires(VIEW)
def trouble_detail(request: PortalRequest, trouble_id: int) -> HttpResponse:
    """One exception: what was seen, the photo, each step, and what may be decided now."""
    trouble = _staff_found(request, trouble_id)
    may_settle = request.actor.may(SETTLE)
    events = rules.events_of(trouble.kind, trouble.state, is_practice=False) if may_settle else []
    form = StepForm(events=events, of=trouble) if events else None
    return _page(request, trouble, form, is_staff=True)


@requires(SETTLE)
@fresh_login_to_send
def trouble_settle(request: PortalRequest, trouble_id: int) -> HttpResponse:
    """Decide about one."""
    trouble = _staff_found(request, trouble_id)
    events = rules.events_of(trouble.kind, trouble.state, is_practice=False)
    form = StepForm(request.POST or None, events=events, of=trouble)
    if request.method == "POST" and form.is_valid():
        try:
            acts.settle_trouble(
                actor=request.actor, trouble_id=trouble.pk, now=timezone.now(),
                today=timezone.localdate(), **form.values(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded. The practice sees it.")
            return redirect("purchasing:trouble_detail", trouble.pk)
    return _page(request, trouble, form, is_staff=True)


def _page(
    request: PortalRequest, trouble: Trouble, form: StepForm | None, *, is_staff: bool
) -> HttpResponse:
    photo = f"purchasing:{'trouble_photo' if is_staff else 'my_trouble_photo'}"
    here = f"purchasing:{'trouble_settle' if is_staff else 'my_trouble'}"
    context = {
        "trouble": trouble, "kind": kind_words(trouble),
        "facts": _facts(trouble, is_staff=is_staff),
        "moments": _story(trouble), "form": form, "clock": _clock(trouble),
        "url": reverse(here, args=[trouble.pk]),
        "photo": reverse(photo, args=[trouble.pk]) if trouble.photo_sha256 else "",
        "shows_photo": trouble.photo_type in ("image/png", "image/jpeg"),
        "crumbs": (staff_crumbs if is_staff else _mine_crumbs)((str(trouble), "")),
    }  # fmt: skip
    status = 422 if form is not None and form.errors else 200
    return render(request, "purchasing/trouble.html", context, status=status)


def _facts(trouble: Trouble, *, is_staff: bool) -> list[FactItem]:
    line = trouble.line
    version = line.order_item.version
    view = "purchase_detail" if is_staff else "delivery_detail"
    of = line.purchase_id if is_staff else line.pk
    facts = [
        FactItem("What", kind_words(trouble)),
        FactItem("Packs", trouble.packs, "count", note=str(line.order_item.level)),
        FactItem("Stands", trouble.state),
        FactItem("Delivery", line.purchase.number, url=reverse(f"purchasing:{view}", args=[of])),
        FactItem("Office", line.location.line, note=line.practice.name),
    ]
    if trouble.lot:
        facts.append(FactItem("Lot", trouble.lot))
    if trouble.expires_date:
        facts.append(FactItem("Expires", trouble.expires_date, "day"))
    readings = [one for one in (trouble.lowest, trouble.highest) if one is not None]
    if readings:
        low, high = rules.STORAGE_CELSIUS[version.storage]
        facts.append(FactItem(
            "Reading °C", " to ".join(map(rules.celsius, readings)),
            note=f"kept at {rules.celsius(low)} to {rules.celsius(high)} °C",
        ))  # fmt: skip
    return facts


def _story(trouble: Trouble) -> list[Moment]:
    found = [Moment(trouble.reported_at, "Reported", trouble.reported_by_name, trouble.note)]
    for one in trouble.steps.select_related("credit"):
        credit = getattr(one, "credit", None)
        told = [one.reference, one.text]
        if credit is not None:
            told.append(f"${dollars(credit.cents)} credited")
            if credit.given_back_cents:
                told.append(f"${dollars(credit.given_back_cents)} given back with the next payment")
        tone = {"refused": "bad", "illegitimate": "bad", "credited": "good"}.get(one.state, "")
        found.append(Moment(one.made_at, one.state.capitalize(), one.made_by_name,
                            " · ".join(filter(None, told)), tone))  # fmt: skip
    return found[::-1]


def _clock(trouble: Trouble) -> str:
    """Until when FDA has to be told, where that is owed."""
    if trouble.state != "illegitimate":
        return ""
    found = trouble.steps.filter(state="illegitimate").get()
    by = timezone.localtime(rules.tell_by(found.made_at))
    return (
        f"Tell FDA (Form FDA 3911) and the trading partners by {by:%b %-d, %Y, %H:%M}: 24 hours "
        f"after it was found. {rules.TELL_CITATION}."
    )


@require_safe
@requires(VIEW)
def trouble_photo(request: PortalRequest, trouble_id: int) -> HttpResponseBase:
    """The photo of an exception."""
    return _photo(asked.troubles(actor=request.actor).filter(pk=trouble_id).first())


def _photo(trouble: Trouble | None) -> HttpResponseBase:
    if trouble is None or not trouble.photo_sha256:
        raise Http404
    ending = trouble.photo_type.split("/")[1]
    return stored_file(trouble.photo_sha256, f"photo-{trouble.pk}.{ending}", trouble.photo_type)


# Practices --------------------------------------------------------------------------------------


def _mine_crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return crumbs(("Problems and returns", reverse("purchasing:my_trouble_list")), *more)


@requires(SHOP)
def my_trouble_list(request: PortalRequest) -> HttpResponse:
    """What we reported and what goes back, and how each stands."""
    get = request.GET
    found = asked.my_troubles(
        actor=request.actor, text=get.get("q", "").strip(), show=get.get("show", "")
    )

    def row(one: Trouble) -> dict[str, object]:
        return _row(one, "my_trouble")

    if wants_file(request):
        return as_file(request, MINE, map(row, found), "problems-and-returns")
    empty = Empty("Nothing is wrong", "Open a delivery to report damage, a wrong item or a "
                  "temperature, or to send something back.")  # fmt: skip
    listing = list_rows(found.values_list("pk", flat=True), MINE, get, chips=OPEN_CHIPS,
                        caption="Problems and returns", empty=empty,
                        **export_urls(request))  # fmt: skip
    context = {
        "listing": shown(listing, list(map(row, asked.of_page(listing.rows)))),
        "tabs": shop_tabs(request, "my_trouble_list"),
        "crumbs": _mine_crumbs(),
    }
    return render(request, "purchasing/provider/trouble_list.html", context)


@requires(RECEIVE)
def my_trouble(request: PortalRequest, trouble_id: int) -> HttpResponse:
    """One of ours: each step, and what is ours to say."""
    trouble = asked.my_troubles(actor=request.actor).filter(pk=trouble_id).first()
    if trouble is None:
        raise Http404
    events = rules.events_of(trouble.kind, trouble.state, is_practice=True)
    if not events:
        return _page(request, trouble, None, is_staff=False)
    form = StepForm(request.POST or None, events=events, of=trouble)
    if request.method == "POST" and form.is_valid():
        try:
            acts.step_own_trouble(actor=request.actor, trouble_id=trouble.pk, now=timezone.now(),
                                  **form.values())  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded. The IPA sees it.")
            return redirect("purchasing:my_trouble", trouble.pk)
    return _page(request, trouble, form, is_staff=False)


@require_safe
@requires(SHOP)
def my_trouble_photo(request: PortalRequest, trouble_id: int) -> HttpResponseBase:
    """The photo of one of ours."""
    return _photo(asked.my_troubles(actor=request.actor).filter(pk=trouble_id).first())


@requires(RECEIVE)
@takes_file(LIST)
def trouble_new(request: PortalRequest, purchase_line_id: int) -> HttpResponse:
    """Report what is wrong with a delivery, with a photo."""
    line = lines_of(actor=request.actor).filter(pk=purchase_line_id).first()
    if line is None:
        raise Http404
    form = ReportForm(request.POST or None, request.FILES or None, initial=_likely(line))
    low, high = rules.STORAGE_CELSIUS[line.order_item.version.storage]
    form.fields["lowest"].help_text = (
        f"Only if it came too warm or too cold, as the logger shows it: it is kept at "
        f"{rules.celsius(low)} to {rules.celsius(high)} °C."
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.report_trouble(
                actor=request.actor, line_id=line.pk, now=timezone.now(), **form.values()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _reported(made))
            return redirect("purchasing:my_trouble", made.pk)
    context = {
        "line": line, "form": form,
        "crumbs": crumbs(("Deliveries", reverse("purchasing:delivery_list")),
                         (str(line.order_item.version),
                          reverse("purchasing:delivery_detail", args=[line.pk])),
                         ("Report", "")),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/trouble_new.html", context, status=status)


def _likely(line: PurchaseLine) -> dict[str, object]:
    """Lot and expiry of what was announced first and is not counted: what stands at the door."""
    coming = on_the_way(line, line.received + line.spoilt)
    return {"lot": coming[0].lot, "expires_date": coming[0].expires or None} if coming else {}


def _reported(made: Trouble) -> str:
    packs = plural(made.packs, "pack")
    if made.kind in rules.HELD:
        return f"Reported. Keep {packs} apart and do not use them until the IPA decides."
    return f"Reported: {packs}. The IPA was told and answers here."


@requires(RECEIVE)
def return_new(request: PortalRequest, receipt_id: int) -> HttpResponse:
    """Ask to send packs of a receipt back."""
    lines = lines_of(actor=request.actor)
    mine = Receipt.objects.filter(pk=receipt_id, line__in=lines.values("pk"))
    receipt = mine.select_related("line__order_item__version", "line__order_item__level").first()
    if receipt is None:
        raise Http404
    left = asked.returnable(mine)[receipt.pk]
    form = ReturnForm(
        request.POST or None, initial={"packs": left or None}, here=asked.packages_here(receipt)
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.ask_return(actor=request.actor, receipt_id=receipt.pk, now=timezone.now(),
                                   **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Asked. Keep it until the return's number is here.")
            return redirect("purchasing:my_trouble", made.pk)
    context = {
        "receipt": receipt, "left": left, "form": form,
        "crumbs": crumbs(("Deliveries", reverse("purchasing:delivery_list")),
                         (str(receipt.line.order_item.version),
                          reverse("purchasing:delivery_detail", args=[receipt.line_id])),
                         ("Return", "")),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/return_new.html", context, status=status)
