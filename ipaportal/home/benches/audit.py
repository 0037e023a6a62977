"""
Events with their leaves beside events without, and how fast leaves are sealed and checked.

Then pages over a log of ten million rows: see `looks`.
"""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection, transaction

from ipaportal.audit import sealing
from ipaportal.audit.exporting import export
from ipaportal.audit.models import DomainEvent
from ipaportal.audit.verifier import verify
from ipaportal.home.benches import looks
from ipaportal.home.scratch import scratch_database

EVENTS = 20_000
# So many rows of the log for each of these events: ten million by default.
ROWS_PER_EVENT = 500
ROUNDS = 5
BULK = 1_000
# No client, no copying of values: the least an event can cost, and so the leaf's worst ratio.
IN_THE_DATABASE = """
INSERT INTO audit_domainevent (actor_id, actor_name, actor_roles, request_id, task_id, action,
    subject_type, subject_id, details)
SELECT 7, 'Quinn', '{finance}', '', '', 'capitation.run.calculated', 'capitation.Run', n::text,
       jsonb_build_object('digest', repeat('0', 64), 'members', n)
FROM generate_series(1, %s) AS n
"""


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """Insert events with and without leaves, alternating; then seal, export and verify them all."""
    events = members or EVENTS
    with scratch_database(is_owner=True):
        single = _compare(_one_by_one, events // 20 or 1, say)
        bulk, bare = _compare(_in_bulk, events, say), _compare(_in_the_database, events, say)
        started = time.perf_counter()
        sealed = sealing.seal(datetime.now(UTC))
        sealing_seconds = time.perf_counter() - started
        with tempfile.TemporaryDirectory() as place:
            started = time.perf_counter()
            export(Path(place) / "export")
            export_seconds = time.perf_counter() - started
            started = time.perf_counter()
            report = verify(Path(place) / "export")
            verify_seconds = time.perf_counter() - started
        assert report.leaves == sealed.new
    pages = looks.run(members=events * ROWS_PER_EVENT, say=say)
    return {
        "events": events,
        "compared_to": "the same inserts without the trigger that leaves leaves",
        "seconds": round(bulk[0], 3),
        "us_per_event": round(bulk[0] / events * 1e6, 1),
        "ratio": round(bulk[0] / bulk[1], 2),
        "ratio_one_by_one": round(single[0] / single[1], 2),
        "us_per_event_one_by_one": round(single[0] / (events // 20 or 1) * 1e6, 1),
        "ratio_in_the_database": round(bare[0] / bare[1], 2),
        "us_per_event_in_the_database": round(bare[0] / events * 1e6, 1),
        "leaves_sealed": sealed.new,
        "seal_seconds": round(sealing_seconds, 3),
        "leaves_sealed_per_second": round(sealed.new / sealing_seconds),
        "leaves_exported_per_second": round(sealed.new / export_seconds),
        "leaves_verified_per_second": round(sealed.new / verify_seconds),
        "log": pages,
    }


def _compare(
    insert: Callable[[int], None], events: int, say: Callable[[str], object]
) -> tuple[float, float]:
    """The best of the rounds, with leaves and without."""
    best = {True: float("inf"), False: float("inf")}
    for _ in range(ROUNDS):
        for has_leaves in best:
            _switch(has_leaves)
            started = time.perf_counter()
            insert(events)
            best[has_leaves] = min(best[has_leaves], time.perf_counter() - started)
    _switch(True)
    say(f"{insert.__name__}: {events} events, {best[True]:.2f} s with, {best[False]:.2f} s without")
    return best[True], best[False]


def _switch(is_on: bool) -> None:
    word = "ENABLE" if is_on else "DISABLE"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE audit_domainevent {word} TRIGGER leaves")


def _one_by_one(events: int) -> None:
    """An event a transaction, as actions write them."""
    for number in range(events):
        with transaction.atomic():
            _event(number).save(force_insert=True)


def _in_bulk(events: int) -> None:
    with transaction.atomic():
        DomainEvent.objects.bulk_create(map(_event, range(events)), batch_size=BULK)


def _in_the_database(events: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(IN_THE_DATABASE, [events])


def _event(number: int) -> DomainEvent:
    return DomainEvent(
        actor_id=7,
        actor_name="Quinn",
        actor_roles=["finance"],
        action="capitation.run.calculated",
        subject_type="capitation.Run",
        subject_id=str(number),
        details={"digest": "0" * 64, "members": number},
    )
