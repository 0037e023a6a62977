"""What is expected of encounters: entered with its source, and never changed."""

from datetime import date, datetime
from decimal import Decimal

from compliance.models import EncounterExpectation
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.months import month_of


@action("compliance.expect_encounters")
def expect_encounters(
    *, actor: Actor, specialty: str, month: date, per_1000: Decimal, days: int, source: str,
    is_verified: bool, now: datetime,
) -> EncounterExpectation:  # fmt: skip
    """Say how many visits are expected from a month on; months before keep what held for them."""
    made = EncounterExpectation.objects.create(
        specialty=specialty.strip()[:100], effective_date=month_of(month), per_1000=per_1000,
        days=days, source=source, is_verified=is_verified, recorded_at=now,
        recorded_by_id=actor.user_id, recorded_by_name=actor.name,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.encounters.expected", subject=made,
        specialty=made.specialty, per_1000=f"{per_1000}", days=days,
    )  # fmt: skip
    return made
