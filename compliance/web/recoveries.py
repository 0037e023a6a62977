"""Claims against reinsurers: filed by one person, booked by another, reversed by adding."""

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.models import Member
from compliance.actions.recoveries import book_recovery, file_recovery, reverse_recovery
from compliance.models import Claim, Recovery, RecoveryPayment, ReinsuranceContract
from compliance.queries.claims import VIEW, names_of
from compliance.queries.recoveries import asked_of, claims_of, digest_of, recoveries, sums_of
from compliance.queries.reinsurance import accumulators
from compliance.rules.recoveries import WORDS, Stage, to_file_cents
from compliance.web.recovery_parts import RECOVERIES, recovery_row
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text, money_text, sentence
from ipaportal.identity.web.access import PortalRequest, fresh_login, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input, to_cents

FILE, BOOK = "compliance.manage_fees", "compliance.book_recoveries"
TITLE = "Claims against reinsurers"
CLAIMS = (
    Column("number", "Claim", "link"),
    Column("practice", "Practice", wide=True),
    Column("first_day", "Served", "day"),
    Column("kind", "Kind"),
    Column("cents", "Paid $", "money"),
)
PAYMENTS = (
    Column("paid_on", "Day", "day"),
    Column("trace", "Payment", "link"),
    Column("cents", "Paid $", "money"),
    Column("what", "What", wide=True),
    Column("undo", "", "act", url="undo_url"),
    Column("by", "Booked by"),
)


class Book(forms.Form):
    """What the reinsurer paid."""

    amount = forms.DecimalField(label="Paid $", max_digits=12, decimal_places=2)
    trace = forms.CharField(max_length=60, label="Number of its payment")
    paid_on = forms.DateField(label="Day it was in the bank", widget=day_input())


class Reverse(forms.Form):
    """Why a payment is taken back."""

    reason = forms.CharField(max_length=300, label="Why", widget=forms.Textarea(attrs={"rows": 2}))


def _crumbs() -> list[tuple[str, str]]:
    return [("Claims", reverse("compliance:claim_list")),
            ("Reinsurance", reverse("compliance:reinsurance_list"))]  # fmt: skip


@requires(VIEW)
def recovery_list(request: PortalRequest) -> HttpResponseBase:
    """Every claim against a reinsurer with what was paid of it."""
    rows = recoveries()
    asked = request.GET.get("state", "")
    if asked == Stage.FILED:
        rows = rows.filter(paid_cents=0)
    elif asked == Stage.PAID:
        rows = rows.filter(paid_cents=F("cents"))
    elif asked == Stage.PARTLY:
        rows = rows.exclude(paid_cents=0).exclude(paid_cents=F("cents"))
    if found := request.GET.get("q", "").strip():
        named = rows.filter(contract__reinsurer__name__icontains=found)
        rows = rows.filter(number__istartswith=found) | named
    if wants_file(request):
        return as_file(request, RECOVERIES, [recovery_row(one) for one in rows], "recoveries")
    listing = list_rows(
        rows, RECOVERIES, request.GET, caption="Claims", default_sort="-number",
        chips=[Chip("state", "", "All"),
               *(Chip("state", str(stage), sentence(words)) for stage, words in WORDS.items())],
        empty=Empty(
            "Nothing was asked for", "What a member's year costs above the attachment point is "
            "filed from the member's year under its contract of reinsurance."),
        **export_urls(request),
    )  # fmt: skip
    listing.rows[:] = [recovery_row(one) for one in listing.rows]
    context = {"listing": listing, "crumbs": [*_crumbs(), (TITLE, "")]}
    return render(request, "compliance/recoveries.html", context)


@requires(VIEW)
@shows_members()
def recovery_detail(request: PortalRequest, recovery_id: int) -> HttpResponseBase:
    """One claim: what it is made of, and what was paid of it."""
    one = get_object_or_404(recoveries(), pk=recovery_id)
    declare_members(request, [one.member_id])
    rows = _claims(one)
    if wants_file(request):
        return as_file(request, CLAIMS, rows, one.number)
    may_book = request.actor.may(BOOK)
    is_filer = request.actor.user_id == one.filed_by_id
    sums, row = sums_of(one), recovery_row(one)
    context = {
        "one": one, "state": row["state"], "is_filer": is_filer,
        "form": Book(initial={"amount": f"{sums.open_cents / 100:.2f}"})
        if may_book and not is_filer and sums.open_cents else None,
        "facts": [
            FactItem("Asked for $", one.cents, "money"),
            FactItem("Paid $", sums.paid_cents, "money"),
            FactItem("Open $", sums.open_cents, "money"),
            FactItem("Paid of the year by then", one.counted_cents, "money",
                     note=f"above {money_text(one.contract.attachment_cents)} at "
                     f"{one.contract.pct.normalize():f} %"),
            FactItem("Owed of the year by then", one.owed_cents, "money",
                     note="less what was asked before"),
            FactItem("Member", names_of({one.member_id}).get(one.member_id, "a member"),
                     url=reverse("compliance:reinsurance_member",
                                 args=[one.contract_id, one.member_id])),
        ],
        "listing": list_rows(rows, CLAIMS, request.GET, caption="Claims that counted",
                             **export_urls(request)),
        "payments": list_rows(
            [_payment(p, request, may_book=may_book) for p in one.payments.order_by("pk")
             .select_related("reversed_by", "reverses", "entry")],
            PAYMENTS, {}, caption="Paid", page_size=100,
            empty=Empty("Nothing was paid yet", "A second person books what the reinsurer pays: "
                        "it goes back to the pools that the claims were paid from."),
        ),
        "crumbs": [*_crumbs(), (TITLE, reverse("compliance:recovery_list")), (one.number, "")],
    }  # fmt: skip
    return render(request, "compliance/recovery_detail.html", context)


def _claims(one: Recovery) -> list[dict[str, object]]:
    """The claims as they counted when it was filed."""
    found = Claim.objects.select_related("party").in_bulk([row[0] for row in one.claims])
    return [
        {"number": found[pk].number, "practice": found[pk].party.name if found[pk].party else "",
         "first_day": found[pk].first_day, "kind": found[pk].kind, "cents": cents,
         "url": reverse("compliance:claim_detail", args=[pk])}
        for pk, cents, _ in one.claims
    ]  # fmt: skip


def _payment(one: RecoveryPayment, request: PortalRequest, *, may_book: bool) -> dict[str, object]:
    was = getattr(one, "reversed_by", None)
    may_open = request.actor.may("ledger.view_accounts")
    what = f"reverses it: {one.reason}" if one.reverses_id else "reversed" if was else "paid"
    may_undo = may_book and one.reverses_id is None and was is None
    return {
        "paid_on": one.paid_on, "trace": one.trace, "cents": one.cents, "what": what,
        "by": one.made_by_name, "undo": "Reverse" if may_undo else "",
        "undo_url": reverse("compliance:recovery_reverse", args=[one.pk]) if may_undo else "",
        "url": reverse("ledger:entry_detail", args=[one.entry_id]) if may_open else "",
    }  # fmt: skip


@requires(FILE)
@shows_members()
def recovery_new(
    request: PortalRequest, reinsurance_id: int, year_member_id: int
) -> HttpResponseBase:
    """What would be asked for, and the button that files it."""
    one = get_object_or_404(ReinsuranceContract, pk=reinsurance_id, superseded_at=None)
    get_object_or_404(Member, pk=year_member_id, payer=one.payer_id)
    declare_members(request, [year_member_id])
    error = ""
    if request.method == "POST":
        try:
            made = file_recovery(
                actor=request.actor, contract_id=one.pk, member_id=year_member_id,
                seen_digest=request.POST.get("seen_digest", ""), now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            error = str(refusal)
        else:
            messages.success(request, "Filed. Send its list of claims to the reinsurer.")
            return redirect("compliance:recovery_detail", made.pk)
    context = _to_file(one, year_member_id) | {"error": error}
    return render(request, "compliance/recovery_new.html", context, status=422 if error else 200)


def _to_file(one: ReinsuranceContract, member_id: int) -> dict[str, object]:
    found = next(iter(accumulators(one, [member_id])), None)
    owed, asked = found.recovery_cents if found else 0, asked_of(one, member_id)
    cents, claims = to_file_cents(owed, asked), claims_of(one, member_id)
    back = reverse("compliance:reinsurance_member", args=[one.pk, member_id])
    return {
        "one": one, "cents": cents, "digest": digest_of(claims, cents), "back": back,
        "facts": [
            FactItem("Paid of the year", sum(row[1] for row in claims), "money",
                     note=f"{len(claims)} claims"),
            FactItem("Attachment point", one.attachment_cents, "money"),
            FactItem("Owed of the year", owed, "money", note=f"{one.pct.normalize():f} % above"),
            FactItem("Asked before", asked, "money"),
            FactItem("To be asked now", cents, "money"),
        ],
        "crumbs": [*_crumbs(), (one.number, back), ("File a claim", "")],
    }  # fmt: skip


@requires(BOOK)
@fresh_login
@shows_members()
def recovery_book(request: PortalRequest, recovery_id: int) -> HttpResponseBase:
    """Book what was paid of a claim."""
    one = get_object_or_404(Recovery, pk=recovery_id)
    declare_members(request, [one.member_id])
    form = Book(request.POST or None)
    back = reverse("compliance:recovery_detail", args=[one.pk])
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            book_recovery(
                actor=request.actor, recovery_id=one.pk, cents=to_cents(data.pop("amount")),
                now=timezone.now(), **data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Booked: it is back in the pools.")
            return redirect(back)
    context = {
        "form": form, "title": f"What was paid of {one.number}", "verb": "Book it", "back": back,
        "note": f"Of it {dollars_text(sums_of(one).open_cents)} is open. Cash is debited, and the "
        "pools that the claims were paid from are credited.",
        "crumbs": [*_crumbs(), (one.number, back), ("Book", "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(BOOK)
@fresh_login
@shows_members()
def recovery_reverse(request: PortalRequest, recovery_payment_id: int) -> HttpResponse:
    """Take back a payment that was booked, after a look at what it moves."""
    found = RecoveryPayment.objects.select_related("recovery", "entry")
    one = get_object_or_404(found, pk=recovery_payment_id)
    declare_members(request, [one.recovery.member_id])
    form = Reverse(request.POST or None)
    back = reverse("compliance:recovery_detail", args=[one.recovery_id])
    if request.method == "POST" and form.is_valid():
        try:
            reverse_recovery(
                actor=request.actor, payment_id=one.pk, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Reversed: its opposite stands beside it in the books.")
            return redirect(back)
    context = {
        "form": form, "title": f"Reverse payment {one.trace}", "verb": "Reverse it", "back": back,
        "note": f"{dollars_text(one.cents)} of {one.recovery.number} leaves cash and the pools "
        "again. The entry stays, and its opposite is added; it can be done once.",
        "crumbs": [*_crumbs(), (one.recovery.number, back), ("Reverse", "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)
