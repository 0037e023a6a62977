"""Authorizations and which services need one: lists, a form, and a file of them."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.models import Payer
from compliance.actions.authorizations import (
    enter_authorization,
    load_authorizations,
    require_authorization,
)
from compliance.formats.authorizations import AuthorizationRow
from compliance.models import Authorization, AuthorizationRule
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Column, Empty, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.values import amount_text
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input
from ipaportal.identity.web.uploads import LIST, takes_file

VIEW, MANAGE = "compliance.view_claims", "compliance.manage_authorizations"
TITLE = "Authorizations"
COLUMNS = (
    Column("number", "Number", sort="number"),
    Column("payer", "Plan", minor=True),
    Column("member", "Member"),
    Column("procedure", "Service", sort="procedure"),
    Column("npi", "Provider (NPI)"),
    Column("units", "Units"),
    Column("start", "From", "day", sort="effective_date"),
    Column("last", "To", "day", sort="end_date"),
    Column("by", "Entered by", minor=True),
)
RULES = (
    Column("procedure", "Service"),
    Column("payer", "Members of"),
    Column("effective_date", "From", "day"),
    Column("citation", "Clause", wide=True),
    Column("recorded_by_name", "Entered by", minor=True),
)


class _OfPayer(forms.Form):
    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan of the members")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party")


def _code() -> forms.CharField:
    return forms.RegexField(r"^[A-Za-z0-9]{1,10}$", label="Service", help_text="Its code")


class NewAuthorization(_OfPayer):
    """One authorization."""

    number = forms.CharField(max_length=50, label="Number")
    member_ref = forms.CharField(max_length=50, label="Member number of the plan")
    procedure = _code()
    npi = forms.RegexField(
        r"^\d{10}$", required=False, label="Provider, by NPI", help_text="Empty: any provider"
    )
    units = forms.DecimalField(max_digits=9, decimal_places=3, min_value=0.001, label="Units")
    start = forms.DateField(label="From", widget=day_input())
    last = forms.DateField(label="To, this day included", widget=day_input())

    def clean(self) -> dict[str, object]:
        """A last day not before the first."""
        data = super().clean()
        if data.get("start") and data.get("last") and data["last"] < data["start"]:
            self.add_error("last", "It lies before the first day.")
        return data


class NewList(_OfPayer):
    """A list of authorizations."""

    file = forms.FileField(
        label="The list", help_text="CSV with number, member, npi, service, units, from, to"
    )


class NewRule(_OfPayer):
    """A service that needs one."""

    procedure = _code()
    effective_date = forms.DateField(label="From", widget=day_input())
    citation = forms.CharField(max_length=300, label="Clause of the contract that says so")


def _shown(one: Authorization) -> dict[str, object]:
    return {
        "number": one.number,
        "payer": one.payer.party.name,
        "member": one.member.plan_member_id,
        "procedure": one.procedure,
        "npi": one.provider_npi or "any",
        "units": amount_text(one.units),
        "start": one.effective_date,
        "last": one.end_date - timedelta(days=1),
        "by": one.recorded_by_name,
    }


@requires(VIEW)
@shows_members()
def authorization_list(request: PortalRequest) -> HttpResponse:
    """Every authorization that counts, and the services that need one."""
    rows = Authorization.objects.filter(superseded_at=None).select_related("payer__party", "member")
    asked = request.GET.get("q", "").strip()
    if asked:
        rows = rows.filter(number__startswith=asked) | rows.filter(member__plan_member_id=asked)
    if wants_file(request):
        found = list(rows)
        declare_members(request, [one.member_id for one in found])
        return as_file(request, COLUMNS, [_shown(one) for one in found], "authorizations")
    listing = list_rows(
        rows, COLUMNS, request.GET, caption=TITLE,
        empty=Empty(
            "No authorization",
            "A claim for a service that needs one waits until it stands here. Enter it, or load "
            "the plan's list.",
        ),
        **export_urls(request),
    )  # fmt: skip
    declare_members(request, [one.member_id for one in listing.rows])
    listing.rows[:] = [_shown(one) for one in listing.rows]
    rules = [
        {**vars(one), "payer": one.payer.party.name}
        for one in AuthorizationRule.objects.select_related("payer__party")
    ]
    context = {
        "listing": listing,
        "rules": list_rows(
            rules, RULES, {}, caption="Services that need one", page_size=500,
            empty=Empty("None", "No claim waits for an authorization until a service is named."),
        ),
        "may_manage": request.actor.may(MANAGE),
        "crumbs": [("Claims", reverse("compliance:claim_list")), (TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/authorizations.html", context)


def _answer(request: PortalRequest, form: forms.Form, title: str, **more) -> HttpResponse:
    here = reverse("compliance:authorization_list")
    context = {
        "form": form, "title": title, "verb": "Record it", "back": here,
        "crumbs": [("Claims", reverse("compliance:claim_list")), (TITLE, here), (title, "")],
        **more,
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(MANAGE)
def authorization_new(request: PortalRequest) -> HttpResponse:
    """Enter one authorization."""
    form = NewAuthorization(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        row = AuthorizationRow(
            "member number", data["number"], data["member_ref"], data["npi"],
            data["procedure"].upper(), data["units"], data["start"],
            data["last"] + timedelta(days=1),
        )  # fmt: skip
        try:
            enter_authorization(
                actor=request.actor, payer_id=data["payer"].pk, row=row, now=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded. Claims that wait for it can be decided.")
            return redirect("compliance:authorization_list")
    return _answer(request, form, "Enter an authorization")


@requires(MANAGE)
@takes_file(LIST)
def authorization_load(request: PortalRequest) -> HttpResponse:
    """Load a list of authorizations."""
    form = NewList(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            count = load_authorizations(
                actor=request.actor, payer_id=form.cleaned_data["payer"].pk,
                data=form.cleaned_data["file"].read(), now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{plural(count, 'authorization')} recorded.")
            return redirect("compliance:authorization_list")
    return _answer(request, form, "Load authorizations", files=True)


@requires(MANAGE)
def authorization_rule_new(request: PortalRequest) -> HttpResponse:
    """Say that a service needs an authorization."""
    form = NewRule(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        require_authorization(
            actor=request.actor, payer_id=data["payer"].pk, procedure=data["procedure"].upper(),
            effective_date=data["effective_date"], citation=data["citation"], now=timezone.now(),
        )  # fmt: skip
        messages.success(request, "Recorded: claims that come in from now on are asked for one.")
        return redirect("compliance:authorization_list")
    return _answer(request, form, "A service needs one")
