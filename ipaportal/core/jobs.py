"""Waking workers. The row is the job: a lost wake-up costs time only, the tick sweeps it up."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def wake(task_name: str, *ids: int | str) -> None:
    """Send a task by its name once the transaction has committed; ids only, never data."""
    assert all(isinstance(value, int | str) for value in ids), "tasks carry ids, not data"
    transaction.on_commit(partial(_send, task_name, ids))


def _send(task_name: str, ids: tuple[int | str, ...]) -> None:
    try:
        current_app.send_task(task_name, args=list(ids), retry=False, ignore_result=True)
    except (OperationalError, ConnectionError) as failure:
        # Only the kind: a broker's address may hold a password.
        log.warning("broker away, %s left to the tick (%s)", task_name, type(failure).__name__)
