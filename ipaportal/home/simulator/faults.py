"""What goes wrong in a simulation, by a seed: interrupted actions, lost answers, lost tasks."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from celery import current_app
from django.db import DatabaseError, InterfaceError, connection

from capitation.actions import advance
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import UNSAID, seeing
from ipaportal.home.steps import take_steps

R = TypeVar("R")
WORKER = Actor.system("worker")
# Of a hundred actions, how many meet each fault; the rest go as they should.
RATES = (("interrupted", 8), ("cut off", 3), ("answer lost", 8))
DELIVERIES = (0, 1, 1, 1, 2, 3)
MOST_TRIES = 6
MOST_TURNS = 12
TASKS = {
    "capitation.process_file": ("file_id", advance.advance_file),
    "capitation.advance_run": ("run_id", advance.advance_run),
}


# What is counted besides (refusals, ticks, payments that came back) is life, not a fault.
FAULTS = (
    *("interrupted", "cut off", "answer lost", "wake-ups lost", "wake-ups repeated"),
    *("clock jumps", "files broken", "files doubled", "files said again"),
)


class Interrupted(RuntimeError):
    """A fault that a simulation put in an action's way."""


class Faults:
    """Puts faults in the way of actions and counts them; without a rate there are none."""

    def __init__(self, chance: Random, *, rate: float = 1.0) -> None:
        self.chance, self.rate = chance, rate
        self.counts: Counter[str] = Counter()
        self.queue: list[tuple[str, int]] = []
        # How many statements an action of a name took when it last went through.
        self._usual: dict[str, int] = {}

    def injected(self) -> int:
        """How many faults there were so far."""
        return sum(self.counts[name] for name in FAULTS)

    # ---- actions --------------------------------------------------------------------------------

    def attempt(
        self, name: str, call: Callable[[], R], done: Callable[[], R | None] | None = None
    ) -> R:
        """
        Do an action as somebody does whose answer may get lost: look whether it is done, or retry.

        `done` reads by its business key what the action makes; without one, the action is asked
        again blindly and must say the same.

        :raises Refused: if the action refuses and is not done
        """
        for _ in range(MOST_TRIES):
            fault = self._draw()
            try:
                result = self._under(fault, name, call)
            except Interrupted:
                self.counts[fault] += 1
            except (DatabaseError, InterfaceError):
                if fault != "cut off":
                    raise
                self.counts[fault] += 1
                connection.close()
            except Refused:
                found = done() if done else None
                if found is None:
                    raise
                return found
            else:
                if fault != "answer lost":
                    return result
                self.counts[fault] += 1
            if done and self.chance.random() < 0.5 and (found := done()) is not None:
                return found
        return call()

    def refused(self, name: str, call: Callable[[], object], *kinds: type[Refused]) -> None:
        """Try what must be refused, by one of these reasons."""
        self.counts[f"refused: {name}"] += 1
        with suppress(*kinds):
            call()
            raise AssertionError(f"{name} was not refused")

    def _draw(self) -> str:
        number = self.chance.random() * 100
        for name, share in RATES:
            number -= share * self.rate
            if number < 0:
                return name
        return ""

    def _under(self, fault: str, name: str, call: Callable[[], R]) -> R:
        at = 0
        if fault in ("interrupted", "cut off"):
            at = self.chance.randint(1, self._usual.get(name, 12))
        count = 0

        def watch(execute, sql, params, many, context):
            nonlocal count
            count += 1
            if count == at:
                if fault == "interrupted":
                    raise Interrupted(f"{name}, statement {at}")
                _cut_off()
            return execute(sql, params, many, context)

        with connection.execute_wrapper(watch):
            result = call()
        self._usual[name] = count
        return result

    # ---- wake-ups -------------------------------------------------------------------------------

    @contextmanager
    def broker(self) -> Iterator[None]:
        """Take what would be sent to the broker, for the time of a block."""
        app = current_app._get_current_object()
        app.send_task = self._take
        try:
            yield
        finally:
            del app.send_task

    def _take(self, name: str, args: list[int], **_options: object) -> None:
        if name in TASKS:
            self.queue.append((name, args[0]))

    def deliver(self, now: datetime) -> None:
        """Deliver what waits to workers: out of order, some twice, some never; or tick instead."""
        waiting, self.queue = self.queue, []
        deliveries = [
            one
            for one in waiting
            for _ in range(self.chance.choice(DELIVERIES) if self.rate else 1)
        ]
        self.counts["wake-ups lost"] += len(set(waiting) - set(deliveries))
        self.counts["wake-ups repeated"] += len(deliveries) - len(set(deliveries))
        self.chance.shuffle(deliveries)
        for name, number in deliveries:
            argument, step = TASKS[name]
            self.attempt(
                name, lambda step=step, given={argument: number}: step(
                    actor=WORKER, now=now, **given
                )
            )  # fmt: skip
        if self.chance.random() < 0.5:
            self.tick(now)

    def until(self, is_done: Callable[[], bool], now: datetime) -> None:
        """Deliver until something is done; what no wake-up did, one of the next ticks does."""
        for turn in range(MOST_TURNS):
            if turn < MOST_TURNS // 2:
                self.deliver(now)
            else:
                self.tick(now)
            if is_done():
                return

    def tick(self, now: datetime) -> None:
        """What the clock does every minute."""
        self.counts["ticks"] += 1
        self.attempt("tick", lambda: take_steps(now))

    # ---- the clock ------------------------------------------------------------------------------

    def jump(self, moment: datetime) -> datetime:
        """What a clock shows that is wrong by up to two hours, now and then."""
        if not self.rate or self.chance.random() < 0.6:
            return moment
        self.counts["clock jumps"] += 1
        return moment + timedelta(minutes=self.chance.randint(-120, 120))


def _cut_off() -> None:
    """What a restart of the database does to a connection, done to our own."""
    backend = connection.connection.info.backend_pid
    other = connection.copy()
    try:
        with seeing(UNSAID), other.cursor() as cursor:  # as whoever signed in, as that one did
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    finally:
        other.close()
