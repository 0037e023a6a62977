"""
A worker process for the tests of faults; `tests/stories/faults.py` starts it.

It forks a child for every job it reads and says how each ended. The child runs our own code as it
is; the test stops it by triggers in the database, and may then kill it.
"""

import json
import os
import signal
import sys
import traceback
from datetime import date, datetime

import django
from django.db import connections
from django.utils.module_loading import import_string

from ipaportal.core.actors import Actor
from ipaportal.core.scopes import EVERYBODY, seeing

NAME = "fault worker"
# Advisory locks of the two-number kind, which our own code never takes.
ALIVE, ARRIVED, GO_ON = (911, 1), (911, 2), (911, 3)
LOADED_BEFORE_THE_FIRST_JOB = ("capitation.tasks.advance_run", "ipaportal.home.steps.take_steps")


def main() -> None:
    """Fork a child for each line of standard input."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    for name in LOADED_BEFORE_THE_FIRST_JOB:
        import_string(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(take(json.loads(line)))
        _, status = os.waitpid(child, 0)
        say(ended=os.waitstatus_to_exitcode(status))


def take(job: dict) -> int:
    """Do one job on a connection of its own; 1 if it raised."""
    try:
        connections["default"].settings_dict["NAME"] = job["database"]
        with connections["default"].cursor() as cursor:
            cursor.execute(f"SET application_name = '{NAME}'")
            cursor.execute("SELECT pg_advisory_lock(%s, %s), pg_backend_pid()", ALIVE)
            backend = cursor.fetchone()[1]
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", ARRIVED)
        say(pid=os.getpid(), backend=backend)
        given = job["given"]
        if "die_at" in given:
            die_at(given.pop("die_at"))
        if "actor" in given:
            number, name, grants, is_system = given["actor"]
            given["actor"] = Actor(number, name, frozenset(map(tuple, grants)), is_system)
        if "now" in given:
            given["now"] = datetime.fromisoformat(given["now"])
        if "month" in given:
            given["month"] = date.fromisoformat(given["month"])
        with seeing(EVERYBODY):  # as a task does
            import_string(job["call"])(**given)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def die_at(number: int) -> None:
    """Be killed when statement number so-and-so would be sent; below zero, when it was answered."""
    sent = 0

    def count(execute, *given):
        nonlocal sent
        sent += 1
        if sent == number:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = execute(*given)
        if sent == -number:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    connections["default"].execute_wrappers.append(count)


def say(**values: object) -> None:
    """Write one line of JSON."""
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    main()
