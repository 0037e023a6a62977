"""Members who ask what left about them: by when each is answered, and that it was."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.queries.members import member_rows
from compliance.actions.disclosures import answer_request, extend_request, record_request
from compliance.models import AccountRequest
from compliance.queries.disclosures import VIEW, account_requests, due_of, member_account
from compliance.web.disclosures import RECORD, TITLE
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input

ASKED = "Members who asked"
COLUMNS = (
    Column("name", "Member", "link", sort="name"),
    Column("received", "Came", "day", sort="received"),
    Column("due", "To be answered by", "day", sort="due"),
    Column("state", "State", "status", sort="state"),
    Column("fee", "Fee"),
    Column("told", "Told", "count", sort="told"),
)


class Asked(forms.Form):
    """That a member asked."""

    received_date = forms.DateField(label="Day it came", widget=day_input())
    words = forms.CharField(max_length=300, label="Who asked, and how")


class Work(forms.Form):
    """The answer, or why it takes longer."""

    what = forms.ChoiceField(
        label="What", choices=[("answer", "The account was given"), ("extend", "Put it off")]
    )
    words = forms.CharField(
        max_length=300, label="How it was given, or why it takes longer",
        help_text="Put off once, by 30 days; the member is told why, in writing.",
    )  # fmt: skip


def _state(row: AccountRequest) -> str:
    if row.answered_at:
        return "answered"
    return "overdue" if due_of(row) < timezone.localdate() else "open"


@requires(VIEW)
@shows_members()
def account_request_list(request: PortalRequest) -> HttpResponse:
    """Every request, open ones first by their day."""
    all_ = list(account_requests(actor=request.actor))
    declare_members(request, [row.member_id for row in all_])
    names = {one.member_id: one.name for one in member_rows([row.member_id for row in all_])}
    rows = [
        {
            "name": names.get(row.member_id) or row.member.plan_member_id,
            "received": row.received_date, "due": due_of(row), "state": _state(row),
            "fee": "free" if row.is_free else "may be charged", "told": row.told,
            "url": reverse("compliance:account_request", args=[row.pk]),
        }
        for row in all_
    ]  # fmt: skip
    rows.sort(key=lambda row: (row["state"] == "answered", row["due"]))
    show = request.GET.get("show", "")
    rows = [row for row in rows if show != "open" or row["state"] != "answered"]
    rows = matching(rows, request.GET.get("q", ""), "name")
    if wants_file(request):
        return as_file(request, COLUMNS, rows, "members-who-asked")
    open_ = sum(1 for row in all_ if row.answered_at is None)
    context = {
        "listing": list_rows(
            rows, COLUMNS, request.GET, caption=ASKED,
            chips=[Chip("show", "", "All", len(all_)), Chip("show", "open", "Open", open_)],
            empty=Empty(
                "Nobody asked",
                "A member may ask what left about them. Open the member's account, and record "
                "that they asked: from then on the clock runs.",
            ),
            **export_urls(request),
        ),
        "crumbs": _crumbs(ASKED),
    }  # fmt: skip
    return render(request, "compliance/account_requests.html", context)


def _crumbs(name: str) -> list[tuple[str, str]]:
    crumbs = [
        ("Compliance", reverse("compliance:desk")),
        (TITLE, reverse("compliance:phi_disclosure_list")),
    ]
    if name != ASKED:
        crumbs.append((ASKED, reverse("compliance:account_request_list")))
    return [*crumbs, (name, "")]


@requires(RECORD)
@shows_members()
def account_request_new(request: PortalRequest, member_id: int) -> HttpResponse:
    """Record that a member asked."""
    found = member_rows([member_id])
    if not found:
        raise Http404
    declare_members(request, [member_id])
    form = Asked(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = record_request(
                actor=request.actor, member_id=member_id, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Recorded. Answer it by {due_of(row)}.")
            return redirect("compliance:account_request", row.pk)
    name = found[0].name or found[0].plan_member_id
    context = {
        "form": form, "title": f"{name} asked", "verb": "Record it",
        "back": reverse("compliance:accounting", args=[member_id]), "crumbs": _crumbs(name),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", context, status=status)


@requires(RECORD)
@shows_members()
def account_request(request: PortalRequest, account_request_id: int) -> HttpResponse:
    """One request: give the account, or put it off."""
    row = account_requests(actor=request.actor).filter(pk=account_request_id).first()
    if row is None:
        raise Http404
    declare_members(request, [row.member_id])
    form = Work(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _work(request, row, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded in your name.")
            return redirect("compliance:account_request_list")
    (member,) = member_rows([row.member_id])
    name = member.name or member.plan_member_id
    context = {
        "row": row,
        "name": name,
        "state": _state(row),
        "facts": _facts(row),
        "form": form if row.answered_at is None else None,
        "crumbs": _crumbs(name),
    }
    status = 422 if form.errors else 200
    return render(request, "compliance/account_request.html", context, status=status)


def _work(request: PortalRequest, row: AccountRequest, form: Work) -> None:
    common = {"actor": request.actor, "request_id": row.pk, "now": timezone.now()}
    words = form.cleaned_data["words"]
    if form.cleaned_data["what"] == "extend":
        extend_request(reason=words, **common)
        return
    told = member_account(
        actor=request.actor, member_id=row.member_id, asked=row.received_date
    ).counted
    answer_request(words=words, told=told, **common)


def _facts(row: AccountRequest) -> list[FactItem]:
    facts = [
        FactItem("Came", row.received_date, "day", note=row.words),
        FactItem("To be answered by", due_of(row), "day", note="45 CFR 164.528(c)(1)"),
        FactItem("Fee", "free" if row.is_free else "may be charged",
                 note="one in twelve months is free"),
    ]  # fmt: skip
    if row.extended_at:
        facts.append(FactItem("Put off by", row.extended_by_name, note=row.extension_reason))
    if row.answered_at:
        facts.append(FactItem("Answered by", row.answered_by_name, note=row.answer_words))
        facts.append(FactItem("Disclosures told", row.told, "count"))
    return facts
