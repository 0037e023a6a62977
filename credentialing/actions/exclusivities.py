"""Exclusivity: for which days a practice is bound to one payer alone."""

from datetime import date, datetime

from django.db.models import Q

from credentialing.models import Exclusivity, Practice
from ipaportal.audit.actions import action, record
from ipaportal.audit.batches import NETWORK, open_batch
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party


class NothingToSay(Refused):
    """The days are known to be so, or there are none."""


@action("credentialing.set_exclusivity")
def set_exclusivity(
    *,
    actor: Actor,
    practice_id: int,
    payer_party_id: int,
    is_exclusive: bool,
    effective_date: date,
    end_date: date | None,
    source: str,
    now: datetime,
) -> None:
    """
    Record that a practice is exclusive with a payer on some days, or is not; other days stay.

    :raises NothingToSay: if that is known already, or the days are none
    """
    if end_date is not None and end_date <= effective_date:
        raise NothingToSay(
            "The first day no longer must come after the first day. Nothing was changed. "
            "Correct the days and send them again."
        )
    practice = Practice.objects.get(pk=practice_id)
    payer = Party.objects.get(pk=payer_party_id, kind=Party.Kind.PAYER)
    batch = open_batch(
        actor=actor,
        scopes=[NETWORK],
        description=f"exclusivity of {practice} with {payer}"[:200],
        now=now,
    )
    known = Exclusivity.objects.filter(practice=practice, payer_party=payer).current()
    touching = known.filter(Q(end_date=None) | Q(end_date__gt=effective_date))
    if end_date is not None:
        touching = touching.filter(effective_date__lt=end_date)
    touching = list(touching.order_by("effective_date"))
    if _is_known(touching, is_exclusive, effective_date, end_date):
        words = "exclusive" if is_exclusive else "not exclusive"
        raise NothingToSay(
            f"{practice} is known to be {words} with {payer} on those days. Nothing was changed."
        )
    Exclusivity.objects.filter(pk__in=[row.pk for row in touching]).update(
        superseded_no=batch.pk, superseded_at=now
    )
    new = [
        (start, end, row.source, row.recorded_by)
        for row in touching
        for start, end in _remains(row, effective_date, end_date)
    ]
    if is_exclusive:
        new.append((effective_date, end_date, source.strip(), actor.name[:200]))
    for start, end, where, who in new:
        Exclusivity.objects.create(
            practice=practice,
            payer_party=payer,
            effective_date=start,
            end_date=end,
            source=where,
            recorded_by=who,
            fact_no=batch.pk,
            recorded_at=now,
        )
    record(
        actor=actor,
        action="credentialing.exclusivity.set",
        subject=practice,
        payer=payer.code,
        is_exclusive=is_exclusive,
        effective_date=effective_date.isoformat(),
        end_date=end_date.isoformat() if end_date else None,
        source=source.strip(),
    )


def _is_known(
    touching: list[Exclusivity], is_exclusive: bool, start: date, end: date | None
) -> bool:
    if not is_exclusive:
        return not touching
    return any(
        row.effective_date <= start
        and (row.end_date is None or (end is not None and end <= row.end_date))
        for row in touching
    )


def _remains(row: Exclusivity, start: date, end: date | None) -> list[tuple[date, date | None]]:
    """What of a known span sticks out before and after the days spoken of."""
    parts = []
    if row.effective_date < start:
        parts.append((row.effective_date, start))
    if end is not None and (row.end_date is None or end < row.end_date):
        parts.append((end, row.end_date))
    return parts
