"""Fee schedules and terms: added with their source, and in force from a day on."""

from datetime import date, datetime
from decimal import Decimal

from compliance.formats.fee_schedules import ScheduleFile, read_prices, read_relative_values
from compliance.models import ClaimTerms, FeePrice, FeeSchedule
from compliance.rules.pricing import Place
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural

BATCH = 5_000


class ScheduleUnusable(Refused):
    """A list of prices with faults."""

    def __init__(self, file: ScheduleFile) -> None:
        told = "; ".join(f"{where}: {words}" for where, words in file.problems[:3])
        super().__init__(
            f"The list has {plural(len(file.problems), 'problem')}, first {told} Nothing was "
            "recorded. Mend the list, and load it again."
        )


class NoSuchSchedule(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"No fee schedule is called “{name}”. Nothing was recorded. Load it first, or choose "
            "one of the list."
        )


@action("compliance.manage_fees")
def load_schedule(
    *,
    actor: Actor,
    name: str,
    effective_date: date,
    source: str,
    file_name: str,
    data: bytes,
    place: Place | None,
    factor: Decimal | None,
    now: datetime,
) -> FeeSchedule:
    """
    Load a version of a schedule: prices, or relative values where a place and a factor are given.

    :raises ScheduleUnusable: if a line of it cannot be used
    """
    by_values = place is not None and factor is not None
    file = read_relative_values(data, place, factor) if by_values else read_prices(data)
    if file.problems:
        raise ScheduleUnusable(file)
    lock("fees")
    made = FeeSchedule.objects.create(
        name=name, effective_date=effective_date, source=source, file_name=file_name[:200],
        sha256=store(data).sha256, prices=len(file.rows), factor=factor if by_values else None,
        work_index=place.work if by_values else None,
        expense_index=place.expense if by_values else None,
        malpractice_index=place.malpractice if by_values else None,
        recorded_at=now, recorded_by_id=actor.user_id, recorded_by_name=actor.name,
    )  # fmt: skip
    FeePrice.objects.bulk_create(
        [
            FeePrice(
                schedule=made, procedure=row.procedure, modifier=row.modifier,
                office_cents=row.office_cents, facility_cents=row.facility_cents,
            )
            for row in file.rows
        ],
        batch_size=BATCH,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.schedule.loaded", subject=made, prices=made.prices,
        effective_date=f"{effective_date}",
    )  # fmt: skip
    return made


@action("compliance.manage_fees")
def set_terms(
    *,
    actor: Actor,
    payer_id: int,
    party_id: int | None,
    schedule_name: str,
    pct: Decimal,
    effective_date: date,
    regime: str,
    days: int,
    yearly_pct: Decimal,
    citation: str,
    now: datetime,
) -> ClaimTerms:
    """
    Say how claims are paid from a day on; claims priced before stay as they were priced.

    :raises NoSuchSchedule: if no schedule is called so
    """
    if not FeeSchedule.objects.filter(name=schedule_name).exists():
        raise NoSuchSchedule(schedule_name)
    made = ClaimTerms.objects.create(
        payer_id=payer_id, party_id=party_id, schedule_name=schedule_name, pct=pct,
        effective_date=effective_date, regime=regime, days=days, yearly_pct=yearly_pct,
        citation=citation, recorded_at=now, recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.claim_terms.set", subject=made, pct=f"{pct}",
        schedule=schedule_name,
    )  # fmt: skip
    return made
