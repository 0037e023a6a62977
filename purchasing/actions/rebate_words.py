"""Suppliers' own figures for rebates: seen beside what was earned, agreed on, booked by adding."""

from datetime import date, datetime

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.money import dollars
from ipaportal.core.refusals import Refused
from purchasing.actions.rebates import RebateChanged, keep_accrual, locked_period
from purchasing.models import RebateAgreed, RebateStatement
from purchasing.queries.rebates import Owed, RebatePeriod, rebate_period
from purchasing.rules.rebates import agreed_differences


class StatedTooEarly(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A supplier states what it owes after the period began, and not in the future. Nothing "
            "was booked. Check the day."
        )


class NobodyEarned(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nothing that came was dearer than its tier, so there is nobody to share this figure "
            "between. Nothing was booked. Check the period; what a supplier pays beyond its "
            "contract is a fee."
        )


class SayWhyApart(Refused):
    def __init__(self, said_cents: int, earned_cents: int) -> None:
        super().__init__(
            f"The supplier says ${dollars(said_cents)}, and ${dollars(earned_cents)} was earned by "
            "what came. Nothing was booked. Say why they differ, or ask the supplier first."
        )


class StatedBelowPaid(Refused):
    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"By this figure {', '.join(names[:5])} would be owed less than the supplier paid "
            "already. Nothing was booked. Take the receipt back first."
        )


def check_word(
    period: RebatePeriod, said_cents: int, stated_date: date, reason: str, today: date
) -> list[tuple[Owed, int]]:
    """
    What a supplier's figure changes for each practice; empty if it says what was earned.

    :raises StatedTooEarly: if it was stated before the period began, or lies ahead
    :raises NobodyEarned: if there is nobody to share it between
    :raises StatedBelowPaid: if somebody would be owed less than was paid
    :raises SayWhyApart: if it differs and nobody says why
    """
    if not period.start <= stated_date <= today:
        raise StatedTooEarly
    by_key = {f"{one.practice.pk:012}": one for one in period.owed}
    entitled = {key: one.entitled_cents for key, one in by_key.items()}
    if said_cents and not any(entitled.values()):
        raise NobodyEarned
    earned = {key: one.earned_cents for key, one in by_key.items()}
    changed = agreed_differences(said_cents, entitled, earned)
    below = [
        one.practice.name
        for key, one in by_key.items()
        if earned[key] + changed.get(key, 0) < one.received_cents
    ]
    if below:
        raise StatedBelowPaid(below)
    if said_cents != sum(earned.values()) and not reason.strip():
        raise SayWhyApart(said_cents, sum(earned.values()))
    return [(by_key[key], cents) for key, cents in changed.items()]


@action("purchasing.record_fee")
def agree_rebate(
    *, actor: Actor, contract_id: int, start_date: date, said_cents: int, stated_date: date,
    reference: str, reason: str, seen_digest: str, now: datetime, today: date,
) -> RebateStatement:  # fmt: skip
    """
    Agree on a supplier's figure for a period, and book what it changes; nobody is paid by it.

    :raises Refused: as `check_word` says
    :raises RebateChanged: if something else is owed than was seen
    """
    period = locked_period(contract_id, start_date)
    if period.digest != seen_digest:
        raise RebateChanged
    changed = check_word(period, said_cents, stated_date, reason, today)
    made = RebateStatement.objects.create(
        contract=period.contract, start_date=period.start, end_date=period.end,
        said_cents=said_cents, earned_cents=period.sum_of("earned_cents"), stated_date=stated_date,
        reference=reference, reason=reason.strip(), recorded_by_id=actor.user_id,
        recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
    RebateAgreed.objects.bulk_create(
        RebateAgreed(statement=made, practice=owed.practice, cents=cents) for owed, cents in changed
    )
    now_owed = rebate_period(period.contract, period.start)
    if any(one.to_book_cents for one in now_owed.owed):
        keep_accrual(now_owed, actor, now, f"The supplier's statement {reference}")
    record(actor=actor, action="purchasing.rebate.agreed", subject=made, cents=said_cents)
    return made
