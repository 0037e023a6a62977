"""Care read by itself: once a night, if claims or records told of visits since the last time."""

from datetime import datetime

from django.utils import timezone

from compliance.actions.care_rounds import read_round
from compliance.models import CareBatch, CareFact, CareRound
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.months import month_of


def step_care(now: datetime) -> int:
    """
    Read the newest year anew if claims or records told of visits since; a step of the sweep.

    It takes on no row that waits, so that it counts none.
    """
    newest = CareBatch.objects.exclude(feed=CareBatch.Feed.FILE).first()
    read = CareRound.objects.order_by("-read_at").first()
    if newest is None or (read is not None and _is_read(newest, read, now)):
        return 0
    read_care(actor=Actor.system("clock"), now=now)
    return 0


def _is_read(newest: CareBatch, read: CareRound, now: datetime) -> bool:
    today = timezone.localdate(now)
    return read.read_at >= newest.recorded_at or timezone.localdate(read.read_at) >= today


@action("compliance.load_care")
def read_care(*, actor: Actor, now: datetime) -> CareRound | None:
    """Read the twelve months to the newest month that is over and that facts tell of."""
    today = timezone.localdate(now)
    facts = CareFact.objects.filter(superseded_at=None, month__lt=month_of(today))
    newest = facts.order_by("-month").first()
    record(actor=actor, action="compliance.care.looked_at", subject=None, is_told=bool(newest))
    if newest is None:
        return None
    return read_round(month=newest.month, batch=None, actor=actor, now=now)
