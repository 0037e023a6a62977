"""Waking workers. The row is the job: a lost wake-up costs time only, the tick sweeps it up."""

import logging
from functools import partial
from time import monotonic

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

# A broker that is away is asked again only after this long, so that whoever does many things
# meanwhile waits for it once. Shorter than the time between two ticks: they do the work.
OUTAGE_SECONDS = 20
_away_until = 0.0


def wake(task_name: str, *ids: int | str) -> None:
    """Send a task by its name once the transaction has committed; ids only, never data."""
    assert all(isinstance(value, int | str) for value in ids), "tasks carry ids, not data"
    transaction.on_commit(partial(_send, task_name, ids))


def _send(task_name: str, ids: tuple[int | str, ...]) -> None:
    global _away_until
    if monotonic() < _away_until:
        log.info("broker was away just now, %s left to the tick", task_name)
        return
    try:
        current_app.send_task(task_name, args=list(ids), retry=False, ignore_result=True)
    except (OperationalError, ConnectionError) as failure:
        _away_until = monotonic() + OUTAGE_SECONDS
        # Only the kind: a broker's address may hold a password.
        log.warning("broker away, %s left to the tick (%s)", task_name, type(failure).__name__)
