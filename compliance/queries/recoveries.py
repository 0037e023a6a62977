"""Claims against reinsurers: what was asked and paid of each, and of which claims it is made."""

import hashlib
import json

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from compliance.models import Recovery, RecoveryPayment, ReinsuranceContract
from compliance.queries.reinsurance import counted
from compliance.rules.passing import INSTITUTIONAL
from compliance.rules.recoveries import Sums

Row = tuple[int, int, bool]
"""A claim that counts, what was paid of it, and whether it is an institution's."""


def asked_of(contract: ReinsuranceContract, member_id: int) -> int:
    """What was asked for of a member's year under a contract, however often it was entered anew."""
    rows = Recovery.objects.filter(
        contract__payer=contract.payer_id, contract__number=contract.number, member=member_id
    )
    return int(rows.aggregate(cents=Sum("cents"))["cents"] or 0)


def claims_of(contract: ReinsuranceContract, member_id: int) -> list[Row]:
    """The claims that count of a member's year now."""
    rows = counted(contract).filter(member=member_id).order_by("pk")
    return [(pk, cents, kind == INSTITUTIONAL)
            for pk, cents, kind in rows.values_list("pk", "allowed_cents", "kind")]  # fmt: skip


def digest_of(claims: list[Row], cents: int) -> str:
    """What somebody who looked at a claim to be filed has seen."""
    return hashlib.sha256(json.dumps([cents, claims]).encode()).hexdigest()


def recoveries() -> QuerySet[Recovery]:
    """Every claim with what was paid of it, the newest first."""
    rows = RecoveryPayment.objects.filter(recovery=OuterRef("pk")).order_by()
    paid = rows.values("recovery").annotate(total=Sum("cents")).values("total")
    found = Recovery.objects.select_related("contract__reinsurer", "contract__payer__party")
    return found.annotate(paid_cents=Coalesce(Subquery(paid), 0))


def sums_of(recovery: Recovery) -> Sums:
    """What was asked, and paid less reversed."""
    paid = recovery.payments.aggregate(cents=Sum("cents"))["cents"]
    return Sums(recovery.cents, int(paid or 0))
