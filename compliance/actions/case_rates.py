"""Case rates: loaded with their clause, in force from a day of service on."""

from datetime import date, datetime

from capitation.models import Payer
from compliance.actions.lists import ListUnusable
from compliance.formats.case_rates import read_case_rates
from compliance.models import CaseRate, CaseRateList
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store

BATCH = 5_000


class CaseRatesUnusable(ListUnusable):
    """A list of rates with faults."""


@action("compliance.manage_fees")
def load_case_rates(
    *, actor: Actor, payer_id: int, party_id: int | None, effective_date: date, citation: str,
    file_name: str, data: bytes, now: datetime,
) -> CaseRateList:  # fmt: skip
    """
    Say which cases have one price from a day on; claims priced before stay as they were priced.

    :raises CaseRatesUnusable: if a line of it cannot be used
    """
    rates, problems = read_case_rates(data)
    if problems:
        raise CaseRatesUnusable(problems)
    made = CaseRateList.objects.create(
        payer=Payer.objects.get(pk=payer_id), party_id=party_id, effective_date=effective_date,
        citation=citation, file_name=file_name[:200], sha256=store(data).sha256, rates=len(rates),
        recorded_at=now, recorded_by_id=actor.user_id, recorded_by_name=actor.name,
    )  # fmt: skip
    CaseRate.objects.bulk_create(
        (
            CaseRate(
                version=made, name=one.name, trigger=one.trigger, first=one.first, last=one.last,
                per=one.per, cents=one.cents, covers_all=one.covers_all,
                includes=[[codes.trigger, codes.first, codes.last] for codes in one.includes],
            )
            for one in rates
        ),
        batch_size=BATCH,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.case_rates.loaded", subject=made, rates=len(rates),
        effective_date=f"{effective_date}",
    )  # fmt: skip
    return made
