"""The demo's words of plans about claims: remittances, authorizations, who bears which services."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from capitation.models import Contract, Member
from compliance.actions.authorizations import enter_authorization, require_authorization
from compliance.actions.divisions import load_division
from compliance.actions.remits import read_remits, receive_remits
from compliance.formats.authorizations import AuthorizationRow
from compliance.formats.remittance_835 import Adjustment
from compliance.formats.remittance_written import VERSION, Paid, PaidClaim, Remittance, write
from compliance.models import Claim, RemitFile
from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.core.x12_writing import Interchange

CLOCK = Actor.system("demo")
NOT_OURS = "999999998"  # a taxpayer number that no practice has
NEEDS_ONE = "20610"
DIVISION = b"""Category,At risk,Kind,From,To
Imaging,plan,procedure,70010,79999
Inpatient stays,hospital,place,21,21
Office visits,ipa,procedure,99202,99215
"""


def hear_from_plans(*, finance: Actor, manager: Actor, now: datetime) -> None:
    """Take in one file of remittances, and what the contract says of services, never twice."""
    if RemitFile.objects.exists():
        return
    contract = Contract.objects.filter(is_active=True).order_by("pk").first()
    practice = Practice.objects.get(party__in=[party for _, party in manager.grants])
    with transaction.atomic():
        _remittances(contract, practice, finance, now - timedelta(days=3))
        _authorizations(contract, finance, now)
        load_division(
            actor=finance, payer_id=contract.payer_id, effective_date=_next_year(now),
            citation="Agreement, annex 5", file_name="at-risk.csv", data=DIVISION, now=now,
        )  # fmt: skip


def _remittances(contract: Contract, practice: Practice, finance: Actor, now: datetime) -> None:
    """One that is posted, with a claim that nobody knows, and one to somebody else."""
    known = Claim.objects.filter(party=practice.party_id).order_by("pk").values_list("ref")[:2]
    refs = [*(ref for (ref,) in known), "NOT-KNOWN-1"]
    paid = tuple(_paid(ref, place, now.date()) for place, ref in enumerate(refs))
    plan, tin = contract.payer.party.name, "990000009"
    sent = [
        Remittance("JA-20261", now.date(), plan, tin, practice.name, "", practice.tin, paid),
        Remittance("JA-20262", now.date(), plan, tin, "Elsewhere", "", NOT_OURS, paid[-1:]),
    ]
    data = write(Interchange("JUNIPER", "VALLEYIPA", now, 8821, "HP", VERSION), sent)
    file = receive_remits(
        actor=finance, payer_id=contract.payer_id, file_name="juniper-8821.835", data=data, now=now
    )
    read_remits(actor=CLOCK, file_id=file.pk, now=now)


def _paid(ref: str, place: int, day: date) -> PaidClaim:
    """A visit, the second of which is denied."""
    is_denied = place == 1
    off = Adjustment("CO", "29" if is_denied else "45", 150_00 if is_denied else 48_00)
    service = Paid("99213", (), 150_00, "1", day - timedelta(days=30), "1", (off,))
    status = "4" if is_denied else "1"
    return PaidClaim(ref, status, f"JA{place:06}", "", "MEMBER", "OF PLAN", "", day, (service,))


def _authorizations(contract: Contract, finance: Actor, now: datetime) -> None:
    """A service that needs one from next year on, and one that was given."""
    start = _next_year(now)
    require_authorization(
        actor=finance, payer_id=contract.payer_id, procedure=NEEDS_ONE, effective_date=start,
        citation="Agreement 6.4", now=now,
    )  # fmt: skip
    member = Member.objects.filter(payer=contract.payer_id).order_by("pk").first()
    row = AuthorizationRow(
        "by hand", "A-2027-0001", member.plan_member_id, "", NEEDS_ONE, Decimal(2), start,
        start + timedelta(days=90),
    )  # fmt: skip
    enter_authorization(actor=finance, payer_id=contract.payer_id, row=row, now=now)


def _next_year(now: datetime) -> date:
    return date(now.year + 1, 1, 1)
