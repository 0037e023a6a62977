"""Asking the portal's questions once a night, and keeping what they found."""

from datetime import datetime

from django.utils import timezone

from capitation.models import Contract
from compliance.models import CheckResult
from compliance.queries.self_checks import findings
from compliance.rules.program import BY_KEY
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor


def step_checks(now: datetime) -> int:
    """
    Ask today's questions if nobody has yet, once there is a contract; a step of the sweep.

    It takes on no row that waits, so that it counts none, as sealing does.
    """
    asked = CheckResult.objects.filter(day=timezone.localdate(now)).exists()
    if not asked and Contract.objects.exists():
        record_checks(actor=Actor.system("clock"), now=now)
    return 0


@action("compliance.record_checks")
def record_checks(*, actor: Actor, now: datetime) -> int:
    """
    Keep what every question finds now, once a day; how many were kept.

    Two sweeps at once keep one: the second's rows are already there.
    """
    asked = findings(actor=actor, now=now)
    found = {key: one for key, one in asked.items() if not BY_KEY[key].is_private}
    day = timezone.localdate(now)
    CheckResult.objects.bulk_create(
        (
            CheckResult(day=day, key=key, count=one.count, oldest=one.oldest, asked_at=now)
            for key, one in found.items()
        ),
        ignore_conflicts=True,
    )
    open_ = sorted(key for key, one in found.items() if one.count)
    record(actor=actor, action="compliance.checks.asked", subject=None, found=open_)
    return len(found)
