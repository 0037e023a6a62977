"""What the tests of faults share: a small house, and a worker that can be shot."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import monotonic

from django.db import connection, connections

from capitation.models import Contract, Member, Payment, Run
from capitation.queries.proofs import mismatches
from credentialing.models import Participation, Practice, Practitioner
from ipaportal.core.actors import Actor
from ipaportal.core.sql import check_invariant
from ipaportal.home.management.commands.prove import every_invariant
from ipaportal.ledger.models import Entry
from tests.databases import a_superuser
from tests.factories import batch, fact, make_contract, make_practice, make_practitioner
from tests.planfiles import a_member, a_pcp, an_820, an_834, take
from tests.stories.worker import ALIVE, ARRIVED, GO_ON, NAME

REYES = Actor(12, "Reyes", frozenset({("finance_approver", 1)}))
SATO = Actor(13, "Sato", frozenset({("finance_approver", 1)}))
BOTH = Actor(14, "Ames", frozenset({("finance", 1), ("finance_approver", 1)}))
MAR, APR, MAY = (date(2026, month, 1) for month in (3, 4, 5))
SECONDS = 60
PROJECT = Path(__file__).resolve().parent.parent.parent


# ---- a small house ------------------------------------------------------------------------------


@dataclass
class House:
    """A contract from March on, two practices, and members 100.00 was received for."""

    contract: Contract
    practices: list[Practice]
    pcps: list[Practitioner]
    refs: list[str]

    def keys(self, *months: date) -> list[tuple]:
        """Every member-month."""
        ids = Member.objects.filter(payer_id=self.contract.payer_id).values_list("pk", flat=True)
        return [(member, month) for member in ids for month in months]


def make_house(size: int = 12, *, paid: bool = True) -> House:
    """A house on the eve of March's run; half of the members belong to each practice."""
    contract = make_contract(
        start=MAR,
        admin_fee_method="pct",
        admin_fee_value=Decimal(8),
        rate_model="percent",
        rate_pct=Decimal(50),
        withhold_pct=Decimal(10),
    )
    practices = [make_practice(), make_practice("Dr. Alvarez", "990000002")]
    pcps = [make_practitioner(1), make_practitioner(2)]
    no = batch()
    party = contract.payer.party
    for pcp, practice in zip(pcps, practices, strict=True):
        fact(Participation, no, MAR, practitioner=pcp, practice=practice, payer_party=party)
    refs = [f"M{number:03}" for number in range(size)]
    people = [a_member(ref, pcps=(a_pcp(pcps[n % 2].npi),)) for n, ref in enumerate(refs)]
    take(contract, an_834(people))
    house = House(contract, practices, pcps, refs)
    if paid:
        take(contract, money(house))
    return house


def money(house: House, month: date = MAR, dollars: str = "100") -> bytes:
    """A remittance of the same amount for every member."""
    return an_820([(ref, month, dollars) for ref in house.refs], trace=f"{month:%b}{dollars}")


def prove() -> None:
    """Every invariant of the house holds, as `manage.py prove` asks."""
    breaches = {c.name: c.rows for i in every_invariant() if (c := check_invariant(i)).count}
    assert breaches == {}


def nothing_is_lost(house: House, *months: date) -> None:
    """All runs together are what the members are entitled to by all that is known now."""
    last = Run.objects.filter(contract=house.contract, status="posted").latest("pk")
    assert mismatches(last, house.keys(*months)) == []
    prove()


def books() -> tuple:
    """What must not change where nothing happened: runs, entries, payments."""
    return (
        list(Run.objects.order_by("pk").values("pk", "status", "digest", "approved_by_id")),
        list(Entry.objects.order_by("pk").values_list("key", "status")),
        list(Payment.objects.order_by("pk").values_list("pk", "status", "trace_number")),
    )


@contextmanager
def meanwhile(call: Callable) -> Iterator:
    """Run a call in a thread with its own connection; at the end of the block it is waited for."""

    def run() -> object:
        try:
            return call()
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(run)
        yield going
        going.result(timeout=SECONDS)


# ---- places to stop at --------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """A place where a worker stops and waits: by a trigger of the test, in no code of ours."""

    name: str
    install: str
    remove: str

    def __str__(self) -> str:
        return self.name


WAIT = f"""
    IF current_setting('application_name') = '{NAME}' %s THEN
        PERFORM pg_advisory_unlock({ARRIVED[0]}, {ARRIVED[1]});
        PERFORM pg_advisory_lock({GO_ON[0]}, {GO_ON[1]});
    END IF;
"""


def before(event: str, table: str, when: str = "true") -> Point:
    """Just before a row is written."""
    return Point(
        f"before {event} of {table}",
        f"CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {WAIT % ''} "
        "RETURN NEW; END $$;"
        f"CREATE TRIGGER fault BEFORE {event} ON {table} FOR EACH ROW WHEN ({when}) "
        "EXECUTE FUNCTION fault()",
        "DROP FUNCTION fault() CASCADE",
    )


def in_commit(action: str) -> Point:
    """Inside the COMMIT of an action: the worker will never hear whether it is done."""
    return Point(
        f"in the commit of {action}",
        f"CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {WAIT % ''} "
        "RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER fault AFTER INSERT ON audit_domainevent DEFERRABLE INITIALLY "
        f"DEFERRED FOR EACH ROW WHEN (NEW.action = '{action}') EXECUTE FUNCTION fault()",
        "DROP FUNCTION fault() CASCADE",
    )


def after_table(name: str, command: str = "CREATE TABLE AS") -> Point:
    """Between two SQL steps of a run, after one of its tables was made (or attached)."""
    ours = (
        "AND EXISTS (SELECT FROM pg_event_trigger_ddl_commands() AS made "
        rf"WHERE made.object_identity ~ '{name}')"
    )
    return Point(
        f"after {command} {name}",
        "CREATE FUNCTION fault() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{WAIT % ours} END $$;"
        f"CREATE EVENT TRIGGER fault ON ddl_command_end WHEN TAG IN ('{command}') "
        "EXECUTE FUNCTION fault()",
        "DROP FUNCTION fault() CASCADE",
    )


# ---- a worker that can be shot ------------------------------------------------------------------


class Worker:
    """A process beside the test that does jobs; each in a child of its own."""

    def __init__(self, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.stories.worker"],
            cwd=PROJECT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """Let it end, which it does when nothing more can come."""
        self.process.stdin.close()
        self.process.wait(timeout=SECONDS)
        self.process.stdout.close()

    def read(self) -> dict:
        """What it says next."""
        return json.loads(self.process.stdout.readline())

    def begin(self, call: str, **given: object) -> dict:
        """Start a job; its process and its backend."""
        if "actor" in given:
            actor = given["actor"]
            given["actor"] = [*(actor.user_id, actor.name, sorted(actor.grants), actor.is_system)]
        given |= {name: given[name].isoformat() for name in {"now", "month"} & set(given)}
        job = {"call": call, "given": given, "database": connection.settings_dict["NAME"]}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return self.read()

    def do(self, call: str, **given: object) -> int:
        """Do a job to its end; its exit code."""
        self.begin(call, **given)
        return self.read()["ended"]

    @contextmanager
    def stopped(self, point: Point, call: str, **given: object) -> Iterator["Stopped"]:
        """A job that has come to a point and waits there; the block says what becomes of it."""
        control = a_superuser()  # whose the triggers of events are
        with control.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{SECONDS}s'")
            cursor.execute(point.install)
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", GO_ON)
            stopped = Stopped(self, cursor, **self.begin(call, **given))
            try:
                # Granted once the worker lets go of it at the point, or ends before.
                cursor.execute("SELECT pg_advisory_lock(%s, %s)", ARRIVED)
                yield stopped
            finally:
                stopped.go_on()
                # Its backend lets go of this lock when it is gone.
                cursor.execute("SELECT pg_advisory_lock(%s, %s)", ALIVE)
                cursor.execute(point.remove)
                control.close()


class Stopped:
    """A worker's job that waits at a point."""

    def __init__(self, worker: Worker, cursor, pid: int, backend: int) -> None:
        self.worker, self.cursor, self.pid, self.backend = worker, cursor, pid, backend
        self.ended: int | None = None

    def kill(self) -> None:
        """What `kill -9` does."""
        os.kill(self.pid, signal.SIGKILL)
        self.ended = self.worker.read()["ended"]
        assert self.ended == -signal.SIGKILL

    def cut_off(self) -> None:
        """What a restart of the database does to it."""
        self.cursor.execute("SELECT pg_terminate_backend(%s)", [self.backend])
        self.ended = self.worker.read()["ended"]

    def go_on(self) -> int:
        """Let it go on to its end, if it has not ended; its exit code."""
        self.cursor.execute("SELECT pg_advisory_unlock_all()")
        if self.ended is None:
            self.ended = self.worker.read()["ended"]
        return self.ended

    def is_waited_for(self) -> None:
        """Come back when another connection waits for a lock that the job holds."""
        waits = "SELECT FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
        deadline = monotonic() + SECONDS
        while monotonic() < deadline:
            self.cursor.execute(waits, [self.backend])
            if self.cursor.fetchone() is not None:
                return
        raise AssertionError("nobody waits")
