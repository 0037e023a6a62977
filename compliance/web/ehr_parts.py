"""What pages about practices' record systems share."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from compliance.models import HelpTicket, Subsidy
from compliance.queries.ehr import LIST
from ipaportal.core.parts import Column
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest

MANAGE, HELP = "compliance.manage_ehr", "compliance.ask_help"
TITLE = "Electronic health records"
TICKETS = (
    Column("subject", "Ticket", "link", sort="subject", wide=True),
    Column("practice", "Practice", sort="practice"),
    Column("state", "State", "status", sort="state"),
    Column("opened", "Opened", "day", sort="opened"),
    Column("by", "By"),
)
GIVEN = (
    Column("what", "Subsidy", "link", wide=True),
    Column("cost_cents", "Cost", "money"),
    Column("contribution_cents", "Practice's part", "money"),
    Column("given_cents", "IPA's part", "money"),
    Column("state", "State", "status"),
)


def ticket_row(one: HelpTicket) -> dict[str, object]:
    """A ticket as lists show it."""
    return {
        "subject": one.subject, "practice": one.practice.name,
        "state": "closed" if one.closed_at else "open",
        "opened": one.recorded_at, "by": one.recorded_by_name,
        "url": reverse("compliance:help_ticket", args=[one.pk]),
    }  # fmt: skip


def given_row(one: Subsidy) -> dict[str, object]:
    """A subsidy as lists show it."""
    return {
        "what": one.what, "cost_cents": one.cost_cents,
        "contribution_cents": one.contribution_cents, "given_cents": one.given_cents,
        "state": given_state(one), "url": reverse("compliance:subsidy", args=[one.pk]),
    }  # fmt: skip


def given_state(one: Subsidy) -> str:
    """In a word, what an agreement waits for."""
    if one.withdrawn_at:
        return "withdrawn"
    if one.released_at:
        return "released"
    if not one.attested_at:
        return "to attest"
    return "to release" if one.paid_date else "to be paid"


def crumbs(request: PortalRequest, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page, as far as somebody may go it."""
    if not request.actor.may(LIST):
        return list(more)
    return [
        ("Compliance", reverse("compliance:desk")),
        (TITLE, reverse("compliance:ehr_list")),
        *more,
    ]


def place_of(request: PortalRequest, practice_id: int) -> str:
    """Where a practice's system stands for whoever asks."""
    if request.actor.may(LIST):
        return reverse("compliance:ehr_practice", args=[practice_id])
    return f"{reverse('compliance:own_ehr')}?practice={practice_id}"


def form_page(
    request: PortalRequest, form: forms.Form, do: Callable[[dict[str, object]], str], *,
    title: str, verb: str, back: str, trail: list[tuple[str, str]], files: bool = False,
    note: str = "",
) -> HttpResponse:  # fmt: skip
    """Show a form, or do what it says: `do` answers with what to tell."""
    if request.method == "POST" and form.is_valid():
        try:
            said = do(form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect(back)
    context = {
        "form": form, "title": title, "verb": verb, "back": back, "files": files, "note": note,
        "crumbs": trail,
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)
