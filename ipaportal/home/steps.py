"""The sweep: takes every waiting row its next step on, with or without Celery."""

from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

MOST_ROUNDS = 10_000


class NeverDone(RuntimeError):
    """Steps keep being taken without an end; the message names the step functions."""


def take_steps(now: datetime) -> int:
    """
    Take waiting rows on until nothing waits, and say how many steps that were.

    :raises NeverDone: if a step function keeps reporting work
    """
    steps = {name: import_string(name) for name in settings.TICK_STEPS}
    taken = 0
    for _ in range(MOST_ROUNDS):
        counts = {name: step(now) for name, step in steps.items()}
        if not any(counts.values()):
            return taken
        taken += sum(counts.values())
    raise NeverDone(", ".join(name for name, count in counts.items() if count))
