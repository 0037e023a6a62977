"""The books as finance and compliance see them: accounts, statements, entries, holds."""

from dataclasses import replace
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.ledger.actions import place_hold, release_hold
from ipaportal.ledger.models import Account, Entry, Hold
from ipaportal.ledger.queries.balances import account_list as list_accounts
from ipaportal.ledger.queries.balances import statement_of_account
from ipaportal.ledger.queries.entries import account_of, entry_page
from ipaportal.ledger.queries.holds import holds
from ipaportal.ledger.web.booked import page_of_entry, told_url
from ipaportal.ledger.web.forms import AsOf, PlaceHold, ReleaseHold

LEDGER, HOLDS = "Ledger", "Holds"


@requires("ledger.view_accounts")
def account_list(request: PortalRequest) -> HttpResponse:
    """Every account with its balance, also as of a day."""
    form = AsOf(request.GET)
    as_of = form.cleaned_data["as_of"] if form.is_valid() else None
    kind = request.GET.get("kind", "")
    kind = kind if kind in Account.Kind.values else ""
    text = request.GET.get("q", "")
    rows = _account_rows(list_accounts(actor=request.actor, kind=kind, as_of=as_of, text=text))
    if wants_file(request):
        return as_file(request, ACCOUNTS, rows, "accounts")
    listing = _account_listing(request, rows)
    context = {"listing": listing, "form": form, "as_of": as_of, "kind": kind}
    return render(request, "ledger/account_list.html", context)


ACCOUNTS = (
    Column("party", "Party", "link", sort="party"),
    Column("kind", "Account", sort="kind"),
    Column("balance", "Balance, debit +", "money", sort="balance"),
)


def _account_rows(found: list) -> list[dict]:
    return [
        {
            "party": row.party_name,
            "kind": row.kind_name,
            "balance": row.balance_cents,
            "url": reverse("ledger:account_detail", args=[row.account_id]),
        }
        for row in found
    ]


def _account_listing(request: PortalRequest, rows: list[dict]) -> Listing:
    columns = [replace(c, total=sum(r["balance"] for r in rows)) if c.key == "balance" else c
               for c in ACCOUNTS]  # fmt: skip
    return list_rows(
        rows,
        columns,
        request.GET,
        caption="Accounts",
        chips=[
            Chip("kind", "", "All"),
            *[
                Chip("kind", code, f"{word[:1].upper()}{word[1:]}")
                for code, word in Account.Kind.choices
            ],
        ],
        empty=Empty("No account here", "Accounts open when plan money is received or a run posts."),
        **export_urls(request),
    )


MOVEMENTS = (
    Column("date", "Date", "day", sort="date"),
    Column("description", "Entry", "link", sort="description"),
    Column("key", "Key"),
    Column("note", "Note"),
    Column("amount", "Debit +, credit −", "money", sort="amount"),
    Column("balance", "Balance after", "money"),
)


@requires("ledger.view_accounts")
def account_detail(request: PortalRequest, account_id: int) -> HttpResponse:
    """One account: every posted movement with the balance after it."""
    try:
        account = account_of(actor=request.actor, account_id=account_id)
    except Account.DoesNotExist as missing:
        raise Http404 from missing
    lines = statement_of_account(actor=request.actor, account_id=account_id)
    rows = [
        {
            "date": line.date,
            "description": line.description,
            "key": line.key,
            "note": f"reversed by {line.reversed_by_key}" if line.reversed_by_key else "",
            "amount": line.amount_cents,
            "balance": line.balance_cents,
            "url": reverse("ledger:entry_detail", args=[line.entry_id]),
        }
        for line in reversed(lines)
    ]
    rows = matching(rows, request.GET.get("q", ""), "description", "key")
    if wants_file(request):
        return as_file(request, MOVEMENTS, rows, f"account-{account_id}")
    listing = list_rows(
        rows,
        MOVEMENTS,
        request.GET,
        caption=f"Movements of {account}",
        empty=Empty("Nothing posted here", "Pending entries do not count in a balance."),
        **export_urls(request),
    )
    return render(
        request,
        "ledger/account_detail.html",
        {
            "account": account,
            "listing": listing,
            "balance": lines[-1].balance_cents if lines else 0,
            "crumbs": [(LEDGER, reverse("ledger:account_list")), (str(account), "")],
        },
    )


@requires("ledger.view_accounts")
def entry_detail(request: PortalRequest, entry_id: int) -> HttpResponse:
    """One entry: its postings, who booked it, what it reverses."""
    try:
        page = entry_page(actor=request.actor, entry_id=entry_id)
    except Entry.DoesNotExist as missing:
        raise Http404 from missing
    rows = [
        {
            "account": str(posting.account),
            "debit": posting.amount_cents if posting.amount_cents > 0 else None,
            "credit": -posting.amount_cents if posting.amount_cents < 0 else None,
            "url": reverse("ledger:account_detail", args=[posting.account_id]),
        }
        for posting in page.postings
    ]
    listing = list_rows(
        rows,
        [
            Column("account", "Account", "link"),
            Column("debit", "Debit $", "money", total=page.debit_cents),
            Column("credit", "Credit $", "money", total=page.debit_cents),
        ],
        request.GET,
        caption="Postings",
    )
    return render(
        request,
        "ledger/entry_detail.html",
        {
            "page": page,
            "entry": page.entry,
            "listing": listing,
            "facts": _entry_facts(page.entry, page.reversed_by),
            "came_from": page_of_entry(request.actor, page.entry.key),
            "told_on": told_url(request.actor, page.entry.pk),
            "crumbs": [(LEDGER, reverse("ledger:account_list")), (page.entry.key, "")],
        },
    )


def _entry_facts(entry: Entry, reversed_by: Entry | None) -> list[FactItem]:
    facts = [
        FactItem("Date", entry.date, "day"),
        FactItem("Status", entry.status, "status"),
        FactItem("Booked by", entry.actor_name),
        FactItem("Posted at", entry.posted_at, "iso"),
    ]
    if entry.for_month:
        facts.append(FactItem("For the month of", entry.for_month, "month"))
    for label, other in (("Reverses", entry.reverses), ("Reversed by", reversed_by)):
        if other is not None:
            facts.append(
                FactItem(label, other.key, url=reverse("ledger:entry_detail", args=[other.pk]))
            )
    return facts


HELD = (
    Column("party", "Payee", "link", sort="party"),
    Column("reason", "Reason", sort="reason"),
    Column("stops", "Stops", sort="stops"),
    Column("text", "In words", wide=True),
    Column("placed", "Since", "day", sort="placed"),
    Column("by", "Placed by", sort="by"),
)


@requires("ledger.view_accounts")
def hold_list(request: PortalRequest) -> HttpResponse:
    """Who is not paid for now, and why."""
    rows = [
        {
            "party": hold.party.name,
            "reason": hold.get_reason_display(),
            "stops": hold.get_stops_display(),
            "text": hold.text,
            "placed": hold.placed_at,
            "by": hold.placed_by_name,
            "url": reverse("ledger:hold_release", args=[hold.pk])
            if request.actor.may("ledger.release_hold")
            else "",
        }
        for hold in holds(actor=request.actor, text=request.GET.get("q", ""))
    ]
    if wants_file(request):
        return as_file(request, HELD, rows, "holds")
    listing = list_rows(
        rows,
        HELD,
        request.GET,
        caption="Holds",
        empty=Empty("Nobody is held", "A hold stops every payment to a payee."),
        **export_urls(request),
    )
    may_place = request.actor.may("ledger.place_hold")
    return render(request, "ledger/hold_list.html", {"listing": listing, "may_place": may_place})


@requires("ledger.place_hold")
def hold_new(request: PortalRequest) -> HttpResponse:
    """Stop every payment to a payee."""
    form = PlaceHold(request.POST or None, initial={"party": request.GET.get("party")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            hold = place_hold(
                actor=request.actor,
                party_id=data["party"].pk,
                reason=data["reason"],
                text=data["text"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Payments to {hold.party} are stopped.")
            return redirect("ledger:hold_list")
    crumbs = [(HOLDS, reverse("ledger:hold_list")), ("New hold", "")]
    status = 422 if form.errors else 200
    return render(request, "ledger/hold_new.html", {"form": form, "crumbs": crumbs}, status=status)


@requires("ledger.release_hold")
@fresh_login_to_send
def hold_release(request: PortalRequest, hold_id: int) -> HttpResponse:
    """Let payments to a payee go on."""
    hold = holds(actor=request.actor).filter(pk=hold_id).first()
    if hold is None:
        raise Http404
    form = ReleaseHold(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            release_hold(
                actor=request.actor, hold_id=hold_id, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The hold on {hold.party} is released.")
            return redirect("ledger:hold_list")
    context = {
        "hold": hold,
        "form": form,
        "facts": _hold_facts(hold, timezone.localdate()),
        "crumbs": [(HOLDS, reverse("ledger:hold_list")), (hold.party.name, "")],
    }
    status = 422 if form.errors else 200
    return render(request, "ledger/hold_release.html", context, status=status)


def _hold_facts(hold: Hold, today: date) -> list[FactItem]:
    days = (today - timezone.localdate(hold.placed_at)).days
    return [
        FactItem("Payee", hold.party.name),
        FactItem("Reason", hold.get_reason_display(), note=hold.text),
        FactItem("Stops", hold.get_stops_display()),
        FactItem("Placed by", hold.placed_by_name),
        FactItem("Since", hold.placed_at, "day", note=f"{days} days ago" if days else "today"),
    ]
