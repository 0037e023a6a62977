"""
What no test may leave behind, because a later one would stumble over it: it fails by itself.

The cache and the database are emptied after every test; here stands what nothing empties.
"""

import decimal
import locale
import logging
import os
import signal
import socket
from collections.abc import Iterator

import pytest
from django.db import connection
from django.utils import timezone, translation

from ipaportal.audit import actions, context
from tests.kept import KEEPER

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM)
PYTESTS_OWN = {"PYTEST_CURRENT_TEST"}
BEFORE = pytest.StashKey[dict[str, object]]()


def state() -> dict[str, object]:
    """What of this process outlives a test."""
    loggers = logging.root.manager.loggerDict.items()
    numbers = decimal.getcontext()
    return {
        "environment": {k: v for k, v in os.environ.items() if k not in PYTESTS_OWN},
        "level of all loggers": (logging.root.level, logging.root.manager.disable),
        "silenced loggers": {name for name, one in loggers if getattr(one, "disabled", False)},
        "working folder": os.getcwd(),
        "locale": locale.setlocale(locale.LC_ALL),
        "signal handlers": [signal.getsignal(number) for number in SIGNALS],
        "language": translation.get_language(),
        "time zone": timezone.get_current_timezone_name(),
        "decimal numbers": (numbers.prec, numbers.rounding),
        "time limit of sockets": socket.getdefaulttimeout(),
        "events of an action": actions._events.get(),
        "origin of a request": context._origin.get(),
        "open transactions": len(connection.atomic_blocks) - (KEEPER.around is not None),
    }


def differences(before: dict[str, object], after: dict[str, object]) -> dict[str, object]:
    """What was changed, from what to what; of an environment, the names."""
    changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    if "environment" in changed:
        old, new = (set(one.items()) for one in changed["environment"])
        changed["environment"] = sorted({name for name, _ in old ^ new})
    return changed


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Remember what was there before its fixtures."""
    item.stash[BEFORE] = state()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Compare when its fixtures are gone."""
    answer = yield
    left = differences(item.stash[BEFORE], state())
    assert left == {}, f"this test leaves behind: {left}"
    return answer
