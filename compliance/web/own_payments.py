"""What one payment of claims told, claim by claim, to staff and to the practice that it paid."""

from dataclasses import replace

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from compliance.formats.remittance_835 import read
from compliance.models import Claim, ClaimPayment
from compliance.queries.claim_payments import claim_payments
from compliance.queries.claims import OWN
from compliance.rules.denials import denial_words
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.files import read_stored
from ipaportal.core.parts import Column, FactItem, Listing, list_rows
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.stored import stored_file

INTEREST = "L6"
TOLD = (
    Column("number", "Claim", "link"),
    Column("ref", "Their number"),
    Column("member_ref", "Member"),
    Column("charge_cents", "Charge", "money"),
    Column("cents", "Comes to", "money"),
    Column("interest", "Interest", "money", url="lateness_url", opens_page=True),
    Column("state", "State", "status"),
    Column("why", "Why", wide=True),
)


def interest_told(made: ClaimPayment) -> dict[str, int]:
    """Interest by our number of the claim, as the remittance gave it."""
    found: dict[str, int] = {}
    for payment in read(read_stored(made.sha256)).payments:
        for one in payment.adjustments:
            if one.reason == INTEREST:
                found[one.reference] = found.get(one.reference, 0) - one.cents
    return found


def told_claims(request: PortalRequest, made: ClaimPayment, detail: str, lateness: str) -> Listing:
    """The claims of a payment with what each came to; where they add up, they do so to it."""
    claims = list(made.claims.all()) + list(made.taken_back.all())
    declare_members(request, [one.member_id for one in claims if one.member_id])
    interest = interest_told(made)
    rows = [
        {
            "number": one.number,
            "ref": one.ref,
            "member_ref": one.member_ref,
            "charge_cents": one.charge_cents,
            "cents": _cents(one, made),
            "interest": interest.get(one.number, 0),
            "state": "taken back" if one.taken_back_id == made.pk else one.state_words,
            "why": denial_words(one.denial),
            "url": reverse(detail, args=[one.pk]),
            "lateness_url": reverse(lateness, args=[one.pk]),
        }
        for one in claims
    ]
    sums = {"cents": made.cents, "interest": made.interest_cents}
    columns = [replace(column, total=sums.get(column.key)) for column in TOLD]
    return list_rows(rows, columns, {}, caption="Claims", page_size=2000)


def _cents(one: Claim, made: ClaimPayment) -> int:
    cents = 0 if one.denial else one.allowed_cents or 0
    return -cents if one.taken_back_id == made.pk else cents


@requires(OWN)
@shows_members()
def own_remittance(request: PortalRequest, claim_payment_id: int) -> HttpResponse:
    """One payment of a practice's claims, claim by claim, and the 835 of it."""
    made = get_object_or_404(claim_payments(request.actor, OWN), pk=claim_payment_id)
    context = {
        "made": made,
        "file_url": reverse("compliance:own_remittance_file", args=[made.pk]),
        "facts": [
            FactItem("Claims came to", made.cents, "money"),
            FactItem("Interest", made.interest_cents, "money"),
            FactItem("Paid in all", made.cents + made.interest_cents, "money"),
            FactItem("Owed to you since", made.paid_on, "day", note="your next payout pays it"),
            FactItem("Members of", made.payer.party.name),
        ],
        "listing": told_claims(
            request, made, "compliance:own_claim", "compliance:own_claim_lateness"
        ),
        "crumbs": [("Billing records", reverse("compliance:own_claims")),
                   ("Remittances", reverse("compliance:own_remittances")), (made.trace, "")],
    }  # fmt: skip
    return render(request, "compliance/claim_payment.html", context)


@requires(OWN)
def own_remittance_file(request: PortalRequest, claim_payment_id: int) -> HttpResponseBase:
    """The 835 of a practice's own payment."""
    made = get_object_or_404(claim_payments(request.actor, OWN), pk=claim_payment_id)
    return stored_file(made.sha256, f"{made.trace}.835")
