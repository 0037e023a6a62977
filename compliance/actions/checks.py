"""Asking the portal's questions once a night, and keeping what they found."""

from datetime import datetime

from django.utils import timezone

from capitation.models import Contract
from compliance.actions.case_calls import call_for_cases
from compliance.actions.obligations import load_library
from compliance.models import CheckResult, ObligationLibrary
from compliance.queries.obligations import shipped_library, waits_to_load
from compliance.queries.self_checks import findings
from compliance.rules.program import BY_KEY
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock


def step_checks(now: datetime) -> int:
    """
    Ask today's questions if nobody has yet, once there is a contract; a step of the sweep.

    The portal's own obligations are loaded before, where a new version came with the portal; a
    library that somebody wrote stays until a person loads another.

    It takes on no row that waits, so that it counts none, as sealing does.
    """
    asked = CheckResult.objects.filter(day=timezone.localdate(now)).exists()
    if not asked and Contract.objects.exists():
        # What holds is known before it is asked what proves it.
        if waits_to_load(ObligationLibrary.objects.first()) == "night":
            text = shipped_library().text
            load_library(actor=Actor.system("clock"), text=text, now=now)
        record_checks(actor=Actor.system("clock"), now=now)
    return 0


@action("compliance.record_checks")
def record_checks(*, actor: Actor, now: datetime) -> int:
    """
    Keep what every question finds now, once a day; how many were kept.

    Two sweeps at once keep one: the second's rows are already there. Whoever may see a case that
    waits is told by mail, with the day's first asking.
    """
    lock("compliance", "checks")
    day = timezone.localdate(now)
    if not CheckResult.objects.filter(day=day).exists():
        call_for_cases(day)
    asked = findings(actor=actor, now=now)
    found = {key: one for key, one in asked.items() if not BY_KEY[key].is_private}
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
