"""Divisions of financial responsibility: loaded with their clause, in force from a day on."""

from datetime import date, datetime

from capitation.models import Payer
from compliance.actions.lists import ListUnusable
from compliance.formats.responsibility import read_division
from compliance.models import Division, DivisionRange
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store

BATCH = 5_000


class DivisionUnusable(ListUnusable):
    """A division with faults."""


@action("compliance.manage_fees")
def load_division(
    *, actor: Actor, payer_id: int, effective_date: date, citation: str, file_name: str,
    data: bytes, now: datetime,
) -> Division:  # fmt: skip
    """
    Say whose services are from a day on; claims that were decided before stay as they are.

    :raises DivisionUnusable: if a line of it cannot be used
    """
    ranges, problems = read_division(data)
    if problems:
        raise DivisionUnusable(problems)
    made = Division.objects.create(
        payer=Payer.objects.get(pk=payer_id), effective_date=effective_date, citation=citation,
        file_name=file_name[:200], sha256=store(data).sha256, ranges=len(ranges), recorded_at=now,
        recorded_by_id=actor.user_id, recorded_by_name=actor.name,
    )  # fmt: skip
    DivisionRange.objects.bulk_create(
        (
            DivisionRange(division=made, category=one.category, risk=one.risk, kind=one.kind,
                          first=one.first, last=one.last)
            for one in ranges
        ),
        batch_size=BATCH,
    )  # fmt: skip
    record(actor=actor, action="compliance.division.loaded", subject=made, ranges=len(ranges))
    return made
