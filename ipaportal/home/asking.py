"""Asking for pages as a browser does, in process, through all middleware: what each one takes."""

import re
import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ipaportal.core.roles import Role
from ipaportal.identity.models import Grant, Party, User

ROUNDS, MOST_MS = 30, 150
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# What a page writes of itself (who saw what) and the marks of transactions are not questions.
NOT_ASKED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "INSERT")
# What goes before a statement in the same message: whose rows are seen, who asks.
SAID_BEFORE = re.compile(r"((SET LOCAL|SELECT set_config)[^;]*(;\s*|$))+")


def person_of(name: str, role: Role, party: Party) -> User:
    """Somebody with a role and a second factor."""
    user = User.objects.create_user(f"{name}@bench.example", name.title(), None)
    Grant.objects.create(user=user, party=party, role=role, effective_date=date(2020, 1, 1))
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return user


def client_of(name: str, role: Role, party: Party) -> Client:
    """A browser in which they are signed in."""
    client = Client(raise_request_exception=True)
    client.force_login(person_of(name, role, party), backend=BACKEND)
    return client


def summary_of(pages: dict[str, dict], most_ms: int = MOST_MS) -> dict[str, object]:
    """What all pages took in all, which was the worst, and which took too long; takes the sums."""
    worst = max(pages, key=lambda name: pages[name]["p95_ms"])
    return {
        "seconds": round(sum(page.pop("seconds") for page in pages.values()), 1),
        "worst_page": worst,
        "worst_p95_ms": pages[worst]["p95_ms"],
        "most_queries": max(page["queries"] for page in pages.values()),
        "too_slow": [name for name, page in pages.items() if page["p95_ms"] > most_ms],
    }


def measure(
    client: Client, pages: dict[str, tuple[str, dict]], say: Callable[[str], object]
) -> dict[str, dict]:
    """Ask for each page some dozens of times: p50, p95, processor time, questions asked."""
    measured = {}
    backend = connection.connection.info.backend_pid
    for name, (address, query) in pages.items():
        ask(client, address, query)  # what is read once and kept is read here
        with CaptureQueriesContext(connection) as captured:
            ask(client, address, query)
        asked = [q for q in captured if is_asked(q["sql"])]
        before = processor_ms(backend)
        took = sorted(ask(client, address, query) for _ in range(ROUNDS))
        used = (processor_ms(backend) - before) / ROUNDS
        measured[name] = {
            "p50_ms": round(statistics.median(took), 1),
            "p95_ms": round(took[round(0.95 * (ROUNDS - 1))], 1),
            "processor_ms": round(used, 1),
            "queries": len(asked),
            "seconds": sum(took) / 1000,
        }
        slowest = max((float(q["time"]) * 1000 for q in asked), default=0)
        say(f"{name}: {measured[name]}, slowest query {slowest:.0f} ms")
    return measured


def processor_ms(backend: int) -> float:
    """Processor milliseconds so far: ours, and the database session's without its helpers."""
    told = Path(f"/proc/{backend}/schedstat")
    of_database = int(told.read_text().split()[0]) / 1e6 if told.is_file() else 0.0
    return time.process_time() * 1000 + of_database


def is_asked(sql: str) -> bool:
    """Whether a statement is a question, once what only says who asks is left out."""
    said = SAID_BEFORE.match(sql)
    rest = sql[said.end() :] if said else sql
    return bool(rest.strip()) and not rest.startswith(NOT_ASKED)


def ask(client: Client, address: str, query: dict) -> float:
    """Milliseconds until a page has come whole."""
    started = time.perf_counter()
    answer = client.get(address, query)
    took = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200, (address, query, answer.status_code)
    return took
