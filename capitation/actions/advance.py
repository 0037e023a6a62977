"""Taking rows one step on, beneath tasks, tick and commands; each step is an action of its own."""

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connection
from django.utils import timezone

from capitation.actions.files import process_file
from capitation.actions.run_failures import Overtaken, Standing, fail_run, standing
from capitation.actions.runs import ProofFailed, calculate_run, open_run, post_run
from capitation.models import Contract, PlanFile, Run
from capitation.queries.run_readiness import NOT_POSTED, NOT_TAKEN_ON, terms_spans
from capitation.rules.calendar import due_months
from capitation.rules.lifecycle import NotAllowed
from ipaportal.audit.incidents import open_incident
from ipaportal.audit.models import Incident
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import EncryptionFailed
from ipaportal.core.refusals import Refused

log = logging.getLogger(__name__)
CLOCK = Actor.system("clock")
# What code that was not ready for a row comes to; the row stays as it was.
NOT_READY = (DatabaseError, EncryptionFailed, ObjectDoesNotExist, ValueError, ArithmeticError)


def advance_file(*, actor: Actor, file_id: int, now: datetime) -> bool:
    """Process a file that waits; whoever comes second finds nothing to do."""
    if not PlanFile.objects.filter(pk=file_id, status=PlanFile.Status.RECEIVED).exists():
        return False
    try:
        process_file(actor=actor, file_id=file_id, now=now)
    except Refused:
        return False  # Another worker was first.
    except NOT_READY as failure:
        return _leave_for_later(f"file {file_id} cannot be processed", failure)
    return True


def advance_run(*, actor: Actor, run_id: int, now: datetime) -> bool:
    """Calculate a run that was opened, post one that was approved; else there is nothing to do."""
    try:
        status = _status(run_id)
        if status == Run.Status.OPEN:
            return _calculate(actor, run_id, now, only_first=True)
        if status != Run.Status.APPROVED:
            return False
        post_run(actor=actor, run_id=run_id, now=now)
    except Refused as refused:
        if _status(run_id) == Run.Status.APPROVED:
            _incident_once(NOT_POSTED.format(run_id), problem=str(refused))
        return False
    except NOT_READY as failure:
        return _leave_for_later(NOT_TAKEN_ON.format(run_id), failure)
    return True


def calculate_again(*, actor: Actor, run_id: int, now: datetime) -> bool:
    """Calculate a run from what is known now; where that is refused, the run says why."""
    return _calculate(actor, run_id, now, only_first=False)


def _calculate(actor: Actor, run_id: int, now: datetime, *, only_first: bool) -> bool:
    seen = standing(Run.objects.get(pk=run_id))
    try:
        calculate_run(actor=actor, run_id=run_id, now=now, only_first=only_first)
    except NotAllowed:
        return False  # Another worker was first, or it is posted.
    except ProofFailed as failed:
        _incident_once(f"run {run_id} does not prove", proofs=failed.names)
        return _fail(actor, run_id, str(failed), now, seen)
    except Refused as refused:
        return _fail(actor, run_id, str(refused), now, seen)
    return True


def _fail(actor: Actor, run_id: int, problem: str, now: datetime, seen: Standing) -> bool:
    """Let a run say why it failed, unless somebody took it on since it was tried."""
    try:
        fail_run(actor=actor, run_id=run_id, problem=problem, now=now, seen=seen)
    except (Overtaken, NotAllowed) as late:
        log.warning("run %s was refused, and was taken on meanwhile (%s)", run_id, late)
        return False
    return True


def _status(run_id: int) -> str | None:
    return Run.objects.filter(pk=run_id).values_list("status", flat=True).first()


def open_due(*, actor: Actor, now: datetime) -> int:
    """Open the months whose day has come: of each contract the oldest that has no run."""
    opened = 0
    for contract in Contract.objects.filter(is_active=True):
        month = due_month(contract, timezone.localdate(now))
        if month is None:
            continue
        try:
            open_run(actor=actor, contract_id=contract.pk, month=month, now=now)
        except Refused as refused:
            log.info("%s not opened: %s", month, refused)
        else:
            opened += 1
    return opened


def due_month(contract: Contract, today: date) -> date | None:
    """
    The month of a contract that should be open by now and is not.

    It follows the last month that has a run; earlier ones come out as retro lines. A contract
    without any run begins with the latest month that is due.
    """
    runs = Run.objects.filter(contract=contract).exclude(status=Run.Status.CANCELLED)
    if runs.exclude(status=Run.Status.POSTED).exists():
        return None
    have = set(runs.values_list("month", flat=True))
    terms = terms_spans([contract.pk])[contract.pk]
    due = due_months(contract.start_month, today, contract.run_day, have, terms)
    if not have:
        return max(due, default=None)
    return min((month for month in due if month > max(have)), default=None)


def _leave_for_later(what: str, failure: Exception) -> bool:
    """Say what could not be taken on, so that it does not stop the others; nothing was changed."""
    log.error("%s", what, exc_info=failure)
    # Where the connection was lost, the next statement opens another.
    connection.close_if_unusable_or_obsolete()
    _incident_once(what, problem=type(failure).__name__)
    return False


def _incident_once(name: str, **details: object) -> None:
    if not Incident.objects.filter(name=name, closed_at=None).exists():
        open_incident(name, **details)


# ---- steps of the tick: f(now) -> how many were taken -------------------------------------------


def step_files(now: datetime) -> int:
    """Process every file that waits."""
    waiting = PlanFile.objects.filter(status=PlanFile.Status.RECEIVED).order_by("pk")
    return _each(advance_file, "file_id", waiting.values_list("pk", flat=True), now)


def step_runs(now: datetime) -> int:
    """Calculate every run that was opened, post every run that was approved."""
    waiting = Run.objects.filter(status__in=[Run.Status.OPEN, Run.Status.APPROVED]).order_by("pk")
    return _each(advance_run, "run_id", waiting.values_list("pk", flat=True), now)


def step_calendar(now: datetime) -> int:
    """Open the months whose day has come."""
    return open_due(actor=CLOCK, now=now)


def _each(advance: Callable[..., bool], name: str, ids: Iterable[int], now: datetime) -> int:
    return sum(advance(actor=CLOCK, now=now, **{name: pk}) for pk in list(ids))
