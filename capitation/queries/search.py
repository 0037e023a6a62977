"""What capitation brings to the search: members, contracts, files, runs, statements, payments."""

import re

from django.db.models import Q
from django.urls import reverse

from capitation.models import Contract, PlanFile
from capitation.queries.members import find_members
from capitation.queries.payments import payments
from capitation.queries.runs import run_list
from capitation.queries.statements import statement_list
from ipaportal.core.actors import Actor
from ipaportal.core.cards import FOUND_LIMIT, Found
from ipaportal.core.months import MONTH_NAMES
from ipaportal.core.words import day_text, dollars_text, month_text

_NUMBERS = re.compile(r"([0-9]{4})-?(0[1-9]|1[0-2])?")
_WORDS = re.compile(r"([a-z]{3,9})\.? ?([0-9]{4})?")


def in_month(text: str) -> Q | None:
    """The months that a text names: 2026, 2026-10, October, Oct 2026; None if it names none."""
    asked = text.casefold().strip()
    if found := _NUMBERS.fullmatch(asked):
        year, month = found[1], found[2]
        named = Q(month__year=int(year)) if int(year) > 0 else Q(pk=None)
        return named & Q(month__month=int(month)) if month else named
    if found := _WORDS.fullmatch(asked):
        names = enumerate(MONTH_NAMES, start=1)
        month = next((n for n, name in names if name.casefold().startswith(found[1])), None)
        if month is not None:
            year = Q(month__year=int(found[2])) if found[2] and int(found[2]) > 0 else Q()
            return Q(month__month=month) & year
    return None


def find_in_capitation(actor: Actor, text: str) -> list[Found]:
    """Whatever of these begins with a text, of what the actor may see."""
    found = _members(actor, text)
    if actor.may("capitation.view_contracts"):
        found += _contracts(text)
    if actor.may("capitation.view_runs") and actor.reach("capitation.view_runs") is None:
        found += _runs(actor, text)
    if actor.may("capitation.view_files"):
        found += _files(text)
    if actor.may("capitation.view_statements"):
        found += _statements(actor, text)
    if actor.may("capitation.view_payments"):
        found += _payments(actor, text)
    return found


def _members(actor: Actor, text: str) -> list[Found]:
    if actor.may("capitation.view_panel"):
        name, url = f"Members of your panel: {text}", reverse("capitation:panel")
        return [Found("Members", name, "By last name or number", url, find=text)]
    if not actor.may("capitation.view_members"):
        return []
    rows = find_members(actor=actor, text=text, limit=FOUND_LIMIT)
    found = [
        Found(
            "Member",
            row.name or row.plan_member_id,
            f"{row.plan_member_id}, {row.payer_name}",
            reverse("capitation:member_detail", args=[row.member_id]),
            member_id=row.member_id,
        )
        for row in rows
    ]
    if len(rows) == FOUND_LIMIT:
        name, url = f"Members that begin with {text}", reverse("capitation:member_list")
        found.append(Found("Members", name, "All of them", url, find=text))
    return found


def _contracts(text: str) -> list[Found]:
    named = Contract.objects.select_related("payer__party").filter(
        Q(name__istartswith=text) | Q(payer__party__name__istartswith=text)
    )
    return [
        Found(
            "Contract",
            contract.name,
            contract.payer.party.name,
            reverse("capitation:contract_detail", args=[contract.pk]),
        )
        for contract in named.order_by("name")[:FOUND_LIMIT]
    ]


def _runs(actor: Actor, text: str) -> list[Found]:
    named = in_month(text) or Q(contract__name__istartswith=text)
    return [
        Found(
            "Run",
            month_text(run.month) + (f", run {run.sequence}" if run.sequence > 1 else ""),
            f"{run.contract.name}, {run.get_status_display()}",
            reverse("capitation:run_detail", args=[run.pk]),
        )
        for run in run_list(actor=actor).filter(named)[:FOUND_LIMIT]
    ]


def _files(text: str) -> list[Found]:
    files = PlanFile.objects.filter(name__istartswith=text).order_by("-pk")
    return [
        Found(
            "Plan file",
            file.name,
            f"{file.get_status_display()}, {day_text(file.received_at)}",
            reverse("capitation:file_detail", args=[file.pk]),
        )
        for file in files[:FOUND_LIMIT]
    ]


def _statements(actor: Actor, text: str) -> list[Found]:
    named = in_month(text) or Q(payee__name__istartswith=text)
    rows = statement_list(actor=actor).filter(named).defer("content")
    return [
        Found(
            "Statement",
            month_text(row.month),
            f"{row.payee.name}, {dollars_text(row.paid_cents)}",
            reverse("capitation:statement_detail", args=[row.pk]),
        )
        for row in rows[:FOUND_LIMIT]
    ]


def _payments(actor: Actor, text: str) -> list[Found]:
    named = Q(trace_number__startswith=text) | Q(party__name__istartswith=text)
    return [
        Found(
            "Payment",
            f"{row.party.name}, {dollars_text(row.amount_cents)}",
            f"{row.get_status_display()}, trace number {row.trace_number or 'not given yet'}",
            reverse("capitation:payment_detail", args=[row.pk]),
        )
        for row in payments(actor=actor).filter(named)[:FOUND_LIMIT]
    ]
