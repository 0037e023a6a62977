"""Prenotes: which accounts wait to be tested, the files that test them, the bank agreement."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from capitation.actions.prenotes import (
    AgreementRefused,
    send_prenotes,
    set_bank_agreement,
    take_prenote_file,
)
from capitation.models import Prenote
from capitation.queries.payments import pays_on
from capitation.queries.prenotes import (
    agreement_on,
    prenote_files,
    prenote_states,
    prenotes,
    prenotes_to_send,
)
from capitation.rules.prenotes import clear_date, wait_on
from capitation.web.answers import bank_file
from capitation.web.payment_forms import Agreement, Confirm
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.web.access import PortalRequest, fresh_login, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

PRENOTES = (
    Column("name", "Payee", "link", sort="name"),
    Column("account", "Account", wide=True),
    Column("state", "State", "status", sort="state"),
    Column("text", "In words", wide=True),
    Column("trace", "Trace number"),
    Column("settles", "Settled", "day", sort="settles"),
    Column("clears", "Paid to from", "day", sort="clears"),
)
STATES = ("needed", "waiting", "passed", "corrected", "returned")


@requires("capitation.view_payments")
def prenote_list(request: PortalRequest) -> HttpResponse:
    """Every account that was or is to be tested, and the files that went to the bank."""
    rows = _rows(request)
    asked = request.GET.get("state", "")
    rows = [row for row in rows if asked not in STATES or row["state"] == asked]
    rows = matching(rows, request.GET.get("q", ""), "name", "account", "trace")
    if wants_file(request):
        return as_file(request, PRENOTES, rows, "prenotes")
    chips = [Chip("state", "", "All"), *[Chip("state", s, s.capitalize()) for s in STATES]]
    agreement = agreement_on(timezone.localdate())
    context = {
        "listing": list_rows(
            rows,
            PRENOTES,
            request.GET,
            caption="Prenotes",
            chips=chips,
            empty=Empty(
                "No prenote here",
                "Where the IPA agreed on them with its bank, each new account is tested first.",
            ),
            **export_urls(request),
        ),
        "files": prenote_files(actor=request.actor),
        "to_send": prenotes_to_send().count(),
        "agreement": agreement,
        "wait": wait_on(timezone.localdate()),
        "may_send": request.actor.may("capitation.send_prenotes"),
        "may_agree": request.actor.may("capitation.set_bank_agreement"),
        "crumbs": _crumbs("Prenotes"),
    }
    return render(request, "capitation/payments/prenote_list.html", context)


def _rows(request: PortalRequest) -> list[dict[str, object]]:
    found = list(prenotes(actor=request.actor))
    states = prenote_states([p.bank_account for p in found], timezone.localdate())
    return [_row(prenote, states) for prenote in found]


def _row(prenote: Prenote, states: dict) -> dict[str, object]:
    account, state = prenote.bank_account, states[prenote.bank_account_id]
    is_used = account.status in ("active", "refused")
    return {
        "name": account.party.name,
        "account": str(account),
        "state": state.word if is_used else "replaced",
        "text": state.text if is_used else "The account is no longer used.",
        "trace": prenote.trace_number or "",
        "settles": prenote.settlement_date,
        "clears": prenote.clears_on,
        "url": reverse("capitation:bank_account_detail", args=[account.pk]),
    }


def _crumbs(*here: str) -> list[tuple[str, str]]:
    return [("Payments", reverse("capitation:payment_list")), *((name, "") for name in here)]


@requires("capitation.send_prenotes")
@fresh_login
def prenotes_send(request: PortalRequest) -> HttpResponse:
    """What sending the prenotes would do; on POST, write their file."""
    now, form = timezone.now(), Confirm(request.POST or None)
    if request.method == "POST":
        try:
            file = send_prenotes(actor=request.actor, now=now)
        except Refused as refusal:
            form = Confirm({})
            form.add_error(None, str(refusal))
        else:
            until = day_text(clear_date(file.effective_entry_date))
            messages.success(request, f"Written. Send the file to the bank; it clears on {until}.")
            return redirect("capitation:prenote_list")
    settles = pays_on(now)
    rule = wait_on(settles)
    context = {
        "form": form,
        "facts": [
            FactItem("Accounts to test", prenotes_to_send().count(), "count"),
            FactItem("Money", 0, "dollars", note="a prenote carries none"),
            FactItem("Settles", settles, "day"),
            FactItem("Paid to from", clear_date(settles), "day", note=rule.citation),
        ],
        "listing": _waiting(request),
        "crumbs": [
            ("Payments", reverse("capitation:payment_list")),
            ("Prenotes", reverse("capitation:prenote_list")),
            ("Send", ""),
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/prenotes_send.html", context, status=status)


def _waiting(request: PortalRequest) -> Listing:
    rows = [
        {
            "name": prenote.bank_account.party.name,
            "account": str(prenote.bank_account),
            "needed": prenote.needed_at,
            "url": reverse("capitation:bank_account_detail", args=[prenote.bank_account_id]),
        }
        for prenote in prenotes_to_send()
    ]
    columns = [
        Column("name", "Payee", "link"),
        Column("account", "Account", wide=True),
        Column("needed", "Approved", "day"),
    ]
    empty = Empty("No account waits", "New and changed accounts appear here once approved.")
    return list_rows(rows, columns, {}, caption="To be tested", page_size=500, empty=empty)


@require_POST
@requires("capitation.send_prenotes")
@fresh_login
def prenote_file(request: PortalRequest, prenote_file_id: int) -> HttpResponse:
    """A file of prenotes for the bank; who takes it is recorded."""
    if all(file.pk != prenote_file_id for file in prenote_files(actor=request.actor)):
        raise Http404
    file, data = take_prenote_file(actor=request.actor, prenote_file_id=prenote_file_id)
    return bank_file(data, f"prenotes-{file.file_date:%Y%m%d}-{file.file_id_modifier}.ach")


@requires("capitation.set_bank_agreement")
@fresh_login
def bank_agreement(request: PortalRequest) -> HttpResponse:
    """Say from when on new and changed accounts are tested, or no longer are."""
    today = timezone.localdate()
    agreement = agreement_on(today)
    form = Agreement(
        request.POST or None,
        initial={
            "effective_date": today,
            "sends_prenotes": agreement is not None and agreement.sends_prenotes,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            set_bank_agreement(actor=request.actor, now=timezone.now(), **form.cleaned_data)
        except AgreementRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, "Kept. It holds for accounts approved from that day on.")
            return redirect("capitation:prenote_list")
    context = {
        "form": form,
        "wait": wait_on(today),
        "crumbs": [
            ("Payments", reverse("capitation:payment_list")),
            ("Prenotes", reverse("capitation:prenote_list")),
            ("Agreement", ""),
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/bank_agreement.html", context, status=status)
