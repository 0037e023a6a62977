"""Paying claims: what is ready by practice, what would be paid, and what was."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from capitation.models import Payer
from compliance.actions.claim_payments import pay_claims
from compliance.models import Claim, ClaimPayment
from compliance.queries.claim_payments import (
    claim_payments,
    payment_digest,
    planned_of,
    planned_payments,
)
from compliance.queries.claims import OWN, VIEW
from compliance.rules.claim_payments import Due, Planned
from compliance.web.own_payments import told_claims
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import PortalRequest, fresh_login, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import stored_file

PAY = "compliance.pay_claims"
TITLE = "Claim payments"
READY = (
    Column("practice", "Practice", "link", wide=True),
    Column("payer", "Members of"),
    Column("claims", "Claims", "count"),
    Column("cents", "Claims come to", "money"),
    Column("interest", "Interest", "money"),
    Column("total", "To be paid", "money"),
    Column("state", "State", "status"),
)
MADE = (
    Column("trace", "Remittance", "link", sort="trace"),
    Column("paid_on", "Paid", "day", sort="paid_on"),
    Column("practice", "Practice", wide=True),
    Column("payer", "Members of", minor=True),
    Column("cents", "Claims came to", "money", sort="cents"),
    Column("interest_cents", "Interest", "money", sort="interest_cents"),
    Column("by", "Paid by", minor=True),
)
DUES = (
    Column("number", "Claim", "link"),
    Column("member_ref", "Member"),
    Column("due_on", "Due", "day"),
    Column("days", "Days late", "count"),
    Column("cents", "Comes to", "money"),
    Column("interest", "Interest", "money", url="lateness_url", opens_page=True),
    Column("state", "State", "status"),
    Column("problem", "Why it waits", wide=True),
)


@requires(VIEW)
def payment_list(request: PortalRequest) -> HttpResponse:
    """What is ready to be paid, by practice, and every payment of claims."""
    made = claim_payments(request.actor)
    if wants_file(request):
        return as_file(request, MADE, [_made(one) for one in made], "claim-payments")
    ready = _ready(planned_payments(timezone.localdate()))
    listing = list_rows(
        made, MADE, request.GET, caption="Paid",
        empty=Empty("Nothing paid yet", "Each payment of claims stands here with its 835."),
        **export_urls(request),
    )  # fmt: skip
    listing.rows[:] = [_made(one) for one in listing.rows]
    context = {
        "ready": list_rows(
            ready, READY, {}, caption="Ready", page_size=500,
            empty=Empty(
                "Nothing is ready",
                "Claims stand here when they are priced. What waits for a price or a decision is "
                "in the list of claims.",
            ),
        ),
        "listing": listing,
        "crumbs": [("Claims", reverse("compliance:claim_list")), (TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/claim_payments.html", context)


def _ready(planned: list[Planned]) -> list[dict[str, object]]:
    parties = Party.objects.in_bulk({one.party_id for one in planned})
    payers = Payer.objects.select_related("party").in_bulk({one.payer_id for one in planned})
    return [
        {
            "practice": parties[one.party_id].name,
            "payer": payers[one.payer_id].party.name,
            "claims": len(one.payable),
            "cents": one.cents,
            "interest": one.interest_cents,
            "total": one.total_cents,
            "state": "ready" if one.is_payable else "waits",
            "url": reverse("compliance:payment_pay", args=[one.payer_id, one.party_id]),
        }
        for one in planned
    ]


def _made(one: ClaimPayment) -> dict[str, object]:
    return {
        **{name: getattr(one, name) for name in ("trace", "paid_on", "cents", "interest_cents")},
        "practice": one.party.name,
        "payer": one.payer.party.name,
        "by": one.made_by_name,
        "url": reverse("compliance:claim_payment", args=[one.pk]),
    }


def _dues(planned: Planned, claims: dict[int, Claim]) -> list[dict[str, object]]:
    return [
        {
            "number": one.number,
            "member_ref": claims[one.claim_id].member_ref,
            "due_on": one.due_on,
            "days": one.lateness.days_late,
            "cents": one.cents,
            "interest": one.lateness.interest_cents,
            "state": _due_state(one),
            "problem": one.problem,
            "url": reverse("compliance:claim_detail", args=[one.claim_id]),
            "lateness_url": reverse("compliance:claim_lateness", args=[one.claim_id]),
        }
        for one in planned.dues
    ]


def _due_state(one: Due) -> str:
    if one.problem:
        return "waits"
    if one.is_taken_back:
        return "taken back"
    return "denied" if one.is_denied else "to be paid"


@requires(VIEW)
@shows_members()
def payment_pay(request: PortalRequest, payer_id: int, party_id: int) -> HttpResponse:
    """What would be paid to a practice now, claim by claim; a second person pays it."""
    party = get_object_or_404(Party, pk=party_id)
    payer = get_object_or_404(Payer.objects.select_related("party"), pk=payer_id)
    planned = planned_of(payer_id, party_id, timezone.localdate())
    if planned is None:
        raise Http404
    claims = Claim.objects.in_bulk([one.claim_id for one in planned.dues])
    declare_members(request, [one.member_id for one in claims.values() if one.member_id])
    context = {
        "party": party,
        "planned": planned,
        "digest": payment_digest(planned),
        "may_pay": request.actor.may(PAY) and planned.is_payable,
        "facts": [
            FactItem("Claims", len(planned.payable), "count"),
            FactItem("They come to", planned.cents, "money"),
            FactItem("Interest for lateness", planned.interest_cents, "money"),
            FactItem("To be paid", planned.total_cents, "money"),
            FactItem("Members of", payer.party.name),
        ],
        "listing": list_rows(_dues(planned, claims), DUES, {}, caption="Claims", page_size=2000),
        "crumbs": _crumbs(party.name),
    }
    return render(request, "compliance/claim_payment_planned.html", context)


def _crumbs(last: str) -> list[tuple[str, str]]:
    here = [("Claims", reverse("compliance:claim_list"))]
    return [*here, (TITLE, reverse("compliance:claim_payments")), (last, "")]


@require_POST
@requires(PAY)
@fresh_login
def payment_make(request: PortalRequest, payer_id: int, party_id: int) -> HttpResponse:
    """Pay what was seen."""
    get_object_or_404(Payer, pk=payer_id)
    get_object_or_404(Party, pk=party_id)
    try:
        made = pay_claims(
            actor=request.actor, payer_id=payer_id, party_id=party_id,
            seen_digest=request.POST.get("seen_digest", ""), now=timezone.now(),
        )  # fmt: skip
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("compliance:claim_payments")
    messages.success(request, "Owed to the practice: its next payout pays it.")
    return redirect("compliance:claim_payment", made.pk)


@requires(VIEW)
@shows_members()
def claim_payment(request: PortalRequest, claim_payment_id: int) -> HttpResponse:
    """One payment of claims, with its claims, entry and 835."""
    made = get_object_or_404(claim_payments(request.actor), pk=claim_payment_id)
    context = {
        "made": made,
        "facts": [
            FactItem("Claims came to", made.cents, "money"),
            FactItem("Interest", made.interest_cents, "money"),
            FactItem("Paid", made.paid_on, "day", note=made.made_by_name),
            FactItem("Practice", made.party.name),
            FactItem("In the books", made.entry.key if made.entry else "nothing to book"),
        ],
        "file_url": reverse("compliance:claim_payment_file", args=[made.pk]),
        "listing": told_claims(
            request, made, "compliance:claim_detail", "compliance:claim_lateness"
        ),
        "crumbs": _crumbs(made.trace),
    }
    return render(request, "compliance/claim_payment.html", context)


@requires(VIEW)
def claim_payment_file(request: PortalRequest, claim_payment_id: int) -> HttpResponseBase:
    """The 835 of a payment."""
    made = get_object_or_404(claim_payments(request.actor), pk=claim_payment_id)
    return stored_file(made.sha256, f"{made.trace}.835")


@requires(OWN)
def own_remittances(request: PortalRequest) -> HttpResponse:
    """What a practice was paid of its claims, with the 835 that its own system reads."""
    rows = claim_payments(request.actor, OWN)
    shown = [
        {**_made(one), "url": reverse("compliance:own_remittance", args=[one.pk])} for one in rows
    ]
    columns = [column for column in MADE if column.key not in ("by", "practice")]
    if wants_file(request):
        return as_file(request, columns, shown, "remittances")
    context = {
        "listing": list_rows(
            shown, columns, request.GET, caption="Remittances",
            empty=Empty(
                "No remittance yet",
                "When claims are paid, the 835 stands here: your billing system reads it.",
            ),
            **export_urls(request),
        ),
        "crumbs": [("Billing records", reverse("compliance:own_claims")), ("Remittances", "")],
    }  # fmt: skip
    return render(request, "compliance/own_remittances.html", context)
