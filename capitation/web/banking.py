"""Bank details: the work-list, the proposal, the second person's decision."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.actions.banking import (
    WrongBankDetails,
    approve_bank_account,
    propose_bank_account,
    reject_bank_account,
)
from capitation.queries.banking import (
    BankWork,
    bank_accounts,
    bank_work_list,
    correction_of,
    same_account_elsewhere,
)
from capitation.queries.prenotes import prenote_states
from capitation.rules.payments import return_reason
from capitation.web.payment_forms import BankDetails, Why
from ipaportal.core.parts import Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import (
    PortalRequest,
    fresh_login,
    fresh_login_or_again,
    requires,
)
from ipaportal.identity.web.exports import as_file, export_urls, one_as_file, wants_file

BANK_DETAILS = "Bank details"


@requires("capitation.view_payments")
def bank_account_list(request: PortalRequest) -> HttpResponse:
    """Payees whose bank details need somebody to do something, then every account."""
    work = [
        {
            "name": row.name,
            "what": row.what,
            "owed": row.owed_cents,
            "url": _what_to_open(request, row),
        }
        for row in bank_work_list(actor=request.actor, now=timezone.now())
    ]
    accounts = [
        {
            "name": account.party.name,
            "account": str(account),
            "purpose": account.get_purpose_display(),
            "proposed": account.proposed_at,
            "by": account.proposed_by_name,
            "decided_by": account.decided_by_name,
            "status": "needs_approval" if account.status == "proposed" else account.status,
            "url": _decide(account),
        }
        for account in bank_accounts(actor=request.actor)
    ]
    to_do = [
        Column("name", "Payee", "link"),
        Column("what", "What to do", wide=True),
        Column("owed", "Owed $", "money"),
    ]
    all_of_them = [
        Column("name", "Whose", "link", sort="name"),
        Column("account", "Account", wide=True),
        Column("purpose", "Use", sort="purpose"),
        Column("proposed", "Proposed", "day", sort="proposed"),
        Column("by", "By"),
        Column("decided_by", "Decided by"),
        Column("status", "Status", "status", sort="status"),
    ]
    every = Empty("Every payee can be paid", "New practices and changes of bank appear here.")
    none = Empty("No bank account yet", "Propose the IPA's own first: payments leave from it.")
    urls = export_urls(request, "bank-to-do") if work else {}
    to_do = list_rows(work, to_do, {}, caption="To do", page_size=500, empty=every, **urls)
    if (file := one_as_file(request, {"bank-to-do": to_do})) is not None:
        return file
    accounts = matching(accounts, request.GET.get("q", ""), "name", "account")
    if wants_file(request):
        return as_file(request, all_of_them, accounts, "bank-accounts")
    listing = list_rows(
        accounts,
        all_of_them,
        request.GET,
        caption="Accounts",
        empty=none,
        **export_urls(request),
    )
    context = {
        "work": to_do,
        "listing": listing,
        "may_propose": request.actor.may("capitation.propose_bank_account"),
    }
    return render(request, "capitation/payments/bank_account_list.html", context)


def _what_to_open(request: PortalRequest, row: BankWork) -> str:
    if row.proposed is not None:
        return _decide(row.proposed)
    if row.notice is not None and request.actor.may("capitation.read_returns"):
        return reverse("capitation:return_line_detail", args=[row.notice.pk])
    may_propose = request.actor.may("capitation.propose_bank_account")
    return _propose(row.party_id) if may_propose else ""


def _decide(account) -> str:
    return reverse("capitation:bank_account_detail", args=[account.pk])


def _propose(party_id: int) -> str:
    return f"{reverse('capitation:bank_account_new')}?party={party_id}"


@requires("capitation.propose_bank_account")
@fresh_login_or_again
def bank_account_new(request: PortalRequest) -> HttpResponse:
    """Propose where a party is paid, or where the IPA pays from."""
    form = BankDetails(
        request.POST or None, actor=request.actor, initial={"party": request.GET.get("party")}
    )
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        party = data.pop("party")
        purpose = "origin" if party.kind == Party.Kind.IPA else "payee"
        try:
            propose_bank_account(
                actor=request.actor,
                party_id=party.pk,
                purpose=purpose,
                now=timezone.now(),
                **data,
            )
        except WrongBankDetails as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Proposed for {party}. Another person approves it.")
            may_see = request.actor.may("capitation.view_payments")
            return redirect("capitation:bank_account_list" if may_see else "home:home")
    crumbs = [("Propose a bank account", "")]
    if request.actor.may("capitation.view_payments"):
        crumbs.insert(0, (BANK_DETAILS, reverse("capitation:bank_account_list")))
    context = {"form": form, "crumbs": crumbs}
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/bank_account_new.html", context, status=status)


def _account(request: PortalRequest, account_id: object):
    account = bank_accounts(actor=request.actor).filter(pk=account_id).first()
    if account is None:
        raise Http404
    return account


def _context(account, form: Why) -> dict[str, object]:
    facts = [
        FactItem("Payee", account.party.name, note=account.get_purpose_display()),
        FactItem("Name on the account", account.holder_name),
        FactItem("Account", str(account), note=f"routing number {account.routing_number}"),
        FactItem("Proposed by", account.proposed_by_name),
        FactItem("Proposed at", account.proposed_at, "iso"),
    ]
    if account.decided_at:
        facts.append(FactItem("Decided by", account.decided_by_name, note=account.decision_text))
        facts.append(FactItem("Usable from", account.usable_from, "iso"))
    facts += _prenote(account)
    return {
        "account": account,
        "form": form,
        "facts": facts,
        "changes": correction_of(account) if account.notice_id else [],
        "elsewhere": same_account_elsewhere(account),
        "crumbs": [
            (BANK_DETAILS, reverse("capitation:bank_account_list")),
            (account.party.name, ""),
        ],
    }


def _prenote(account) -> list[FactItem]:
    """Where the account stands with its prenote, if it needed one."""
    state = prenote_states([account], timezone.localdate()).get(account.pk)
    if state is None:
        return []
    prenote = account.prenote
    facts = [FactItem("Prenote", state.word, "status", note=state.text)]
    if prenote.trace_number:
        settled = f"settles {day_text(prenote.settlement_date)}"
        facts.append(FactItem("Prenote's trace number", prenote.trace_number, note=settled))
    if prenote.return_code:
        told = f"{prenote.return_code}, {return_reason(prenote.return_code)}"
        facts.append(FactItem("The prenote came back", prenote.returned_at, "day", note=told))
    return facts


@requires("capitation.view_payments")
def bank_account_detail(request: PortalRequest, account_id: object) -> HttpResponse:
    """One bank account, and for a second person the decision."""
    account = _account(request, account_id)
    may_decide = account.status == "proposed" and request.actor.may(
        "capitation.approve_bank_account"
    )
    context = {**_context(account, Why()), "may_decide": may_decide}
    return render(request, "capitation/payments/bank_account_detail.html", context)


@requires("capitation.approve_bank_account")
@fresh_login
def bank_account_approve(request: PortalRequest, account_id: object) -> HttpResponse:
    """Approve a proposed bank account, saying how it was checked."""
    return _decision(request, account_id, approve_bank_account, "approve")


@requires("capitation.approve_bank_account")
@fresh_login
def bank_account_reject(request: PortalRequest, account_id: object) -> HttpResponse:
    """Reject a proposed bank account, saying why."""
    return _decision(request, account_id, reject_bank_account, "reject")


def _decision(request: PortalRequest, account_id: object, decide, verb: str) -> HttpResponse:
    account = _account(request, account_id)
    form = Why(request.POST or None)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        try:
            decide(actor=request.actor, bank_account_id=account.pk, text=text, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The bank account of {account.party} is decided on.")
            return redirect("capitation:bank_account_list")
    context = {**_context(account, form), "decision": verb}
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/bank_account_decide.html", context, status=status)
