"""Contracts of reinsurance entered, and the reinsurer told of members' years."""

from datetime import date, datetime
from decimal import Decimal

from capitation.models import Payer
from compliance.models import ReinsuranceContract, ReinsuranceNotice
from compliance.queries.reinsurance import Accumulator, accumulators
from compliance.rules.reinsurance import Stage
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party

Kind = ReinsuranceNotice.Kind


class DaysWrong(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The year ends before it begins, or claims stop counting before it is over. Nothing "
            "was recorded. Look at the three days."
        )


class NothingToTell(Refused):
    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was recorded. Look at the member's claims.")


@action("compliance.manage_fees")
def record_reinsurance(
    *, actor: Actor, payer_id: int, reinsurer_name: str, number: str, effective_date: date,
    end_date: date, paid_until: date, attachment_cents: int, pct: Decimal, notice_pct: Decimal,
    limit_cents: int | None, citation: str, now: datetime,
) -> ReinsuranceContract:  # fmt: skip
    """
    Enter a contract of reinsurance; one of the same plan and number entered before ends.

    :raises DaysWrong: if its days are in no order
    """
    if not effective_date < end_date <= paid_until:
        raise DaysWrong
    payer = Payer.objects.get(pk=payer_id)
    reinsurer, _ = Party.objects.get_or_create(
        kind=Party.Kind.REINSURER, name=reinsurer_name.strip()
    )
    old = ReinsuranceContract.objects.filter(payer=payer, number=number, superseded_at=None)
    old.update(superseded_at=now)
    made = ReinsuranceContract.objects.create(
        reinsurer=reinsurer, payer=payer, number=number, effective_date=effective_date,
        end_date=end_date, paid_until=paid_until, attachment_cents=attachment_cents, pct=pct,
        notice_pct=notice_pct, limit_cents=limit_cents, citation=citation, recorded_at=now,
        recorded_by_id=actor.user_id, recorded_by_name=actor.name,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.reinsurance.recorded", subject=made,
        attachment_cents=attachment_cents, pct=f"{pct}",
    )  # fmt: skip
    return made


@action("compliance.manage_fees")
def tell_reinsurer(
    *, actor: Actor, contract_id: int, member_id: int, kind: str, words: str, now: datetime
) -> ReinsuranceNotice:
    """
    Put on record that the reinsurer was told, or answered, with the sums of that day.

    :raises NothingToTell: if the sum has not come so far, or it was said of this sum before
    """
    lock("reinsurance")
    contract = ReinsuranceContract.objects.get(pk=contract_id, superseded_at=None)
    found = next(iter(accumulators(contract, [member_id])), None)
    _check(found, kind)
    made = ReinsuranceNotice.objects.create(
        contract=contract, member_id=member_id, kind=kind, counted_cents=found.counted_cents,
        recovery_cents=found.recovery_cents, words=words, at=now, by_id=actor.user_id,
        by_name=actor.name,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.reinsurance.told", subject=made, kind=kind,
        recovery_cents=made.recovery_cents,
    )  # fmt: skip
    return made


def _check(found: Accumulator | None, kind: str) -> None:
    if found is None or found.stage == Stage.BELOW:
        raise NothingToTell("No claims that count have come so far in the member's year.")
    if kind == Kind.FILED:
        raise NothingToTell("What is owed is asked for by a claim, which says so by itself.")
    same = [one for one in found.notices if one.kind == kind]
    if kind != Kind.ANSWERED and same and same[0].counted_cents == found.counted_cents:
        raise NothingToTell(
            f"{same[0].by_name} said this of the same sum on {same[0].at:%Y-%m-%d}."
        )
