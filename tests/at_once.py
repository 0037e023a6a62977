"""Several callers at the same moment, each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import IntegrityError, connections

from ipaportal.core.refusals import Refused

SECONDS = 20


def at_once(*calls: Callable[[], object]) -> list:
    """Run the calls, all starting together; answers, or what refused them."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            connections["default"].ensure_connection()
            barrier.wait(timeout=SECONDS)
            return call()
        except (Refused, IntegrityError) as refusal:
            return refusal
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
