"""The demo's recoveries: a reinsurer asked for two members' years, which pays a part of one."""

from datetime import datetime, timedelta

from django.db import transaction

from compliance.actions.recoveries import book_recovery, file_recovery
from compliance.models import Recovery, ReinsuranceContract
from compliance.queries.recoveries import claims_of, digest_of
from compliance.queries.reinsurance import accumulators
from ipaportal.core.actors import Actor

MOST = 2


def recover(*, finance: Actor, approver: Actor, now: datetime) -> None:
    """Ask for the dearest members' years, never twice; the first is paid but for a part."""
    contract = ReinsuranceContract.objects.filter(superseded_at=None).order_by("pk").first()
    if contract is None or Recovery.objects.exists():
        return
    owed = [one for one in accumulators(contract) if one.recovery_cents][:MOST]
    with transaction.atomic():
        filed = [
            file_recovery(
                actor=finance, contract_id=contract.pk, member_id=one.member_id,
                seen_digest=digest_of(claims_of(contract, one.member_id), one.recovery_cents),
                now=now - timedelta(days=9),
            )
            for one in owed
        ]  # fmt: skip
        for made in filed[:1]:
            book_recovery(
                actor=approver, recovery_id=made.pk, cents=-(-made.cents * 3 // 4),
                trace="HR-W-1107", paid_on=(now - timedelta(days=2)).date(), now=now,
            )  # fmt: skip
