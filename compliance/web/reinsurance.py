"""Reinsurance: contracts, every member's year under one, the claims beneath, and what was told."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.models import Member, Payer
from compliance.actions.reinsurance import record_reinsurance, tell_reinsurer
from compliance.models import ReinsuranceContract, ReinsuranceNotice
from compliance.queries.claims import VIEW, names_of
from compliance.queries.pools import pool_months
from compliance.queries.reinsurance import (
    Accumulator,
    accumulators,
    counted_claims,
    premium_cents,
)
from compliance.rules.reinsurance import NOTICE_PCT, notice_cents, own_cents
from compliance.web.recovery_parts import asked_listing
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.months import month_name
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input, to_cents

MANAGE = "compliance.manage_fees"
TITLE = "Reinsurance"
CONTRACTS = (
    Column("number", "Contract", "link", sort="number"),
    Column("reinsurer", "Reinsurer"),
    Column("payer", "Members of"),
    Column("first", "Served from", "day"),
    Column("end", "until before", "day"),
    Column("attachment_cents", "Attachment", "money"),
    Column("premium", "Premium set aside", "money"),
    Column("recovery", "Comes back", "money"),
    Column("waiting", "To be told", "count"),
)
MEMBERS = (
    Column("name", "Member", "link", sort="name"),
    Column("claims", "Claims", "count", sort="claims"),
    Column("counted", "Paid in the year", "money", sort="counted"),
    Column("share", "Of the attachment"),
    Column("recovery", "Comes back", "money", sort="recovery"),
    Column("filed", "Asked for", "money", sort="filed"),
    Column("paid", "Paid by it", "money", sort="paid"),
    Column("own", "Stays with us", "money"),
    Column("state", "State", "status", sort="state"),
)
CLAIMS = (
    Column("number", "Claim", "link"),
    Column("practice", "Practice", wide=True),
    Column("first_day", "Served", "day"),
    Column("paid_on", "Paid", "day"),
    Column("cents", "Paid", "money"),
)
TOLD = (
    Column("at", "When", "day"),
    Column("kind", "What"),
    Column("counted_cents", "Paid by then", "money"),
    Column("recovery_cents", "Comes back", "money"),
    Column("words", "How", wide=True),
    Column("by_name", "By"),
)
POOLS = (
    Column("month", "Month", "link"),
    Column("pool", "Pool"),
    Column("funded", "From months of capitation", "money"),
    Column("claims", "For claims", "money"),
    Column("other", "Else", "money"),
    Column("balance", "Left at the end", "money"),
)


class NewContract(forms.Form):
    """A contract of reinsurance as it is written."""

    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan of the members")
    reinsurer_name = forms.CharField(max_length=200, label="Reinsurer")
    number = forms.CharField(max_length=60, label="Number of the contract")
    effective_date = forms.DateField(label="First day of service", widget=day_input())
    end_date = forms.DateField(label="First day no longer", widget=day_input())
    paid_until = forms.DateField(
        label="Claims count that are paid before", widget=day_input(),
        help_text="Of 12 months of service that are paid within 15: three months after the end.",
    )  # fmt: skip
    attachment = forms.DecimalField(
        label="Attachment point of a member $", max_digits=12, decimal_places=2, min_value=1
    )
    pct = forms.DecimalField(
        label="The reinsurer bears above it, %", max_digits=5, decimal_places=2, min_value=1,
        max_value=100,
    )  # fmt: skip
    notice_pct = forms.DecimalField(
        label="Notice at, % of the attachment point", max_digits=5, decimal_places=2, min_value=1,
        max_value=100, initial=NOTICE_PCT,
        help_text="Half is the custom (own knowledge, unverified): the contract says it.",
    )  # fmt: skip
    limit = forms.DecimalField(
        label="At most, a member and year $", max_digits=12, decimal_places=2, min_value=1,
        required=False,
    )  # fmt: skip
    citation = forms.CharField(max_length=300, label="Clause")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party")

    def given(self) -> dict[str, object]:
        """As the action takes it."""
        data = dict(self.cleaned_data)
        data["payer_id"] = data.pop("payer").pk
        data["attachment_cents"] = to_cents(data.pop("attachment"))
        limit = data.pop("limit")
        return data | {"limit_cents": to_cents(limit) if limit is not None else None}


class Tell(forms.Form):
    """What the reinsurer was told, and how."""

    kind = forms.ChoiceField(
        label="What",
        choices=[(one.value, one.label) for one in ReinsuranceNotice.Kind if one != "filed"],
    )
    words = forms.CharField(max_length=300, label="How, and what was said")


@requires(VIEW)
def reinsurance_list(request: PortalRequest) -> HttpResponseBase:
    """Contracts with what they cost and bring back, and the pools that claims draw on."""
    found = ReinsuranceContract.objects.filter(superseded_at=None)
    rows = [_contract(one) for one in found.select_related("reinsurer", "payer__party")]
    if wants_file(request):
        return as_file(request, CONTRACTS, rows, "reinsurance")
    may_open = request.actor.may("ledger.view_accounts")
    pools = [
        {"month": month_name(one.month), "pool": one.pool, "funded": one.funded,
         "claims": one.claims, "other": one.other, "balance": one.balance,
         "url": reverse("ledger:account_detail", args=[one.account_id]) if may_open else ""}
        for one in pool_months()
    ]  # fmt: skip
    context = {
        "may_manage": request.actor.may(MANAGE),
        "listing": list_rows(
            rows, CONTRACTS, request.GET, caption="Contracts",
            empty=Empty(
                "No contract yet",
                "A contract of reinsurance pays back what one member's claims cost above a point. "
                "Enter it, and each member's year is added up from the claims that were paid.",
            ),
            **export_urls(request),
        ),
        "pools": list_rows(
            pools, POOLS, {}, caption="Pools", page_size=36,
            empty=Empty("Nothing yet", "Posted months fund the pools; claims draw on them."),
        ),
        "crumbs": [("Claims", reverse("compliance:claim_list")), (TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/reinsurance.html", context)


def _contract(one: ReinsuranceContract) -> dict[str, object]:
    found = accumulators(one)
    return {
        "number": one.number, "reinsurer": one.reinsurer.name, "payer": one.payer.party.name,
        "first": one.effective_date, "end": one.end_date, "attachment_cents": one.attachment_cents,
        "premium": premium_cents(one), "recovery": sum(each.recovery_cents for each in found),
        "waiting": sum(each.is_waiting for each in found),
        "url": reverse("compliance:reinsurance_detail", args=[one.pk]),
    }  # fmt: skip


def _row(one: Accumulator, contract: ReinsuranceContract, name: str) -> dict[str, object]:
    share = 100 * one.counted_cents // contract.attachment_cents
    return {
        "name": name, "claims": one.claims, "counted": one.counted_cents, "share": f"{share} %",
        "recovery": one.recovery_cents, "filed": one.filed_cents, "paid": one.paid_cents,
        "own": own_cents(one.counted_cents, one.cover),
        "state": one.state,
        "url": reverse("compliance:reinsurance_member", args=[contract.pk, one.member_id]),
    }  # fmt: skip


@requires(VIEW)
@shows_members()
def reinsurance_detail(request: PortalRequest, reinsurance_id: int) -> HttpResponseBase:
    """Every member's year under a contract, the largest first."""
    one = get_object_or_404(ReinsuranceContract, pk=reinsurance_id)
    found = accumulators(one)
    shown = [each for each in found if each.is_waiting or request.GET.get("show") != "waiting"]
    names = names_of({each.member_id for each in shown})
    declare_members(request, [each.member_id for each in shown])
    rows = [_row(each, one, names.get(each.member_id, "a member")) for each in shown]
    rows = matching(rows, request.GET.get("q", ""), "name", "state")
    if wants_file(request):
        return as_file(request, MEMBERS, rows, "members-years")
    context = {
        "one": one, "facts": _facts(one, found),
        "listing": list_rows(
            rows, MEMBERS, request.GET, caption="Members' years",
            chips=[Chip("show", "", "All", len(found)),
                   Chip("show", "waiting", "To be told", sum(each.is_waiting for each in found))],
            empty=Empty("Nothing counts yet", "A claim counts when it was served within the year "
                        "and paid in time; what was taken back or denied does not."),
            **export_urls(request),
        ),
        "crumbs": [*_crumbs(), (one.number, "")],
    }  # fmt: skip
    return render(request, "compliance/reinsurance_detail.html", context)


def _crumbs() -> list[tuple[str, str]]:
    return [("Claims", reverse("compliance:claim_list")),
            (TITLE, reverse("compliance:reinsurance_list"))]  # fmt: skip


def _facts(one: ReinsuranceContract, found: list[Accumulator]) -> list[FactItem]:
    return [
        FactItem("Attachment point", one.attachment_cents, "money", note="of a member and year"),
        FactItem("Notice from", notice_cents(one.cover()), "money",
                 note=f"{one.notice_pct.normalize():f} %"),
        FactItem("The reinsurer bears above it", f"{one.pct.normalize():f} %", note=one.citation),
        FactItem("Counts", f"served {one.effective_date} until before {one.end_date}",
                 note=f"paid before {one.paid_until}"),
        FactItem("Comes back", sum(each.recovery_cents for each in found), "money"),
        FactItem("Premium set aside", premium_cents(one), "money", note="by posted months"),
    ]  # fmt: skip


def _year_of(one: ReinsuranceContract, member_id: int) -> Accumulator:
    """A member's year; of nobody of the plan there is none."""
    get_object_or_404(Member, pk=member_id, payer=one.payer_id)
    nothing = Accumulator(member_id, 0, 0, one.cover())
    return next(iter(accumulators(one, [member_id])), nothing)


@requires(VIEW)
@shows_members()
def reinsurance_member(
    request: PortalRequest, reinsurance_id: int, year_member_id: int
) -> HttpResponseBase:
    """One member's year: the claims that add up to it, and what the reinsurer was told."""
    one = get_object_or_404(ReinsuranceContract, pk=reinsurance_id)
    found = _year_of(one, year_member_id)
    declare_members(request, [year_member_id])
    rows = [
        {"number": claim.number, "practice": claim.party.name if claim.party else "",
         "first_day": claim.first_day, "paid_on": claim.payment.paid_on,
         "cents": claim.allowed_cents,
         "url": reverse("compliance:claim_detail", args=[claim.pk])}
        for claim in counted_claims(request.actor, one, year_member_id)
    ]  # fmt: skip
    if wants_file(request):
        return as_file(request, CLAIMS, rows, "claims-of-a-year")
    name = names_of({year_member_id}).get(year_member_id, "A member")
    told = [{**vars(each), "at": timezone.localdate(each.at), "kind": each.get_kind_display()}
            for each in found.notices]  # fmt: skip
    row = _row(found, one, name)
    context = {
        "one": one, "name": name, "state": found.state, "member_id": year_member_id,
        "to_file": found.recovery_cents - found.filed_cents,
        "asked": asked_listing(one, year_member_id),
        "form": Tell() if request.actor.may(MANAGE) else None,
        "facts": [
            FactItem("State", found.state, "status"),
            FactItem("Paid in the year", found.counted_cents, "money", note=str(row["share"])),
            FactItem("Comes back", found.recovery_cents, "money"),
            FactItem("Asked for", found.filed_cents, "money"),
            FactItem("Paid by the reinsurer", found.paid_cents, "money"),
            FactItem("Stays with us", row["own"], "money"),
        ],
        "listing": list_rows(rows, CLAIMS, request.GET, caption="Claims that count",
                             **export_urls(request)),
        "told": list_rows(told, TOLD, {}, caption="What was told", empty=Empty(
            "Nothing was told", "Once the reinsurer was told or asked to pay, it stands here.")),
        "crumbs": [*_crumbs(),
                   (one.number, reverse("compliance:reinsurance_detail", args=[one.pk])),
                   (name, "")],
    }  # fmt: skip
    return render(request, "compliance/reinsurance_member.html", context)


@requires(MANAGE)
@shows_members()
def reinsurance_tell(
    request: PortalRequest, reinsurance_id: int, year_member_id: int
) -> HttpResponse:
    """Put on record what the reinsurer was told of a member's year."""
    one = get_object_or_404(ReinsuranceContract, pk=reinsurance_id, superseded_at=None)
    form = Tell(request.POST or None)
    _year_of(one, year_member_id)
    declare_members(request, [year_member_id])
    back = reverse("compliance:reinsurance_member", args=[one.pk, year_member_id])
    if request.method == "POST" and form.is_valid():
        try:
            tell_reinsurer(
                actor=request.actor, contract_id=one.pk, member_id=year_member_id,
                now=timezone.now(), **form.cleaned_data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "On record, with the sums of today.")
            return redirect(back)
    context = {"form": form, "title": "What the reinsurer was told", "verb": "Put it on record",
               "back": back, "crumbs": [*_crumbs(), (one.number, back), ("Tell", "")]}  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(MANAGE)
def reinsurance_new(request: PortalRequest) -> HttpResponse:
    """Enter a contract; one of the same plan and number entered before ends."""
    form = NewContract(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = record_reinsurance(actor=request.actor, now=timezone.now(), **form.given())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Entered. Members' years are added up from what was paid.")
            return redirect("compliance:reinsurance_detail", made.pk)
    context = {"form": form, "title": "Enter a contract of reinsurance", "verb": "Enter it",
               "back": reverse("compliance:reinsurance_list"),
               "crumbs": [*_crumbs(), ("Enter", "")]}  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)
