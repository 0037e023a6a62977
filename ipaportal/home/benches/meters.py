"""
Meters and due orders of one open group order: 2,000 practices, 500 items, a word about each.

Each figure is a tick of the clock as the portal takes it, in a database of its own: nothing
changed; forty practices changed ten items; forty changed every item; the first reading of all.
Beside it, what reading every commitment in Python costs, as it was done before. By the clock, and
by the processor's time of this process and of its server process in the database, which does not
depend on what else the machine does.
"""

import random
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection

from credentialing.models import Location
from ipaportal.home.bench_buying import make_items, make_offices
from ipaportal.home.scratch import processor_seconds, scratch_database
from purchasing.actions.orders import is_due, step_orders
from purchasing.models import (
    Commitment,
    GroupOrder,
    OrderItem,
)
from purchasing.rules.meters import change_of, reading_of, standing_of

PRACTICES, ITEMS, MOVED, FEW = 2_000, 500, 40, 10
MINIMUMS = [1, 20_000, 40_000, 80_000]
OPENS = datetime(2026, 3, 2, 8, tzinfo=UTC)
TARGET_SECONDS = 1.0

WORDS = """
INSERT INTO purchasing_commitment
       (order_item_id, practice_id, location_id, quantity, flex, made_by_name, made_at)
SELECT i.id, l.practice_id, l.id, 1 + (i.id * 31 + l.id * 17) %% 40, 0, 'bench', %(at)s
FROM purchasing_orderitem AS i CROSS JOIN credentialing_location AS l
"""


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """Take ticks of the clock over `members` practices (or 2,000)."""
    practices = members or PRACTICES
    with scratch_database(is_owner=True):
        order, offices = _make(practices, say)
        at = OPENS + timedelta(hours=2)
        figures = {"first_reading_of_all": _tick(at, say, "first reading of every meter")}
        figures["nothing_changed"] = _tick(at + timedelta(hours=1), say, "nothing changed")
        items = list(order.items.values_list("pk", flat=True))
        at += timedelta(hours=2)
        _move(items[:FEW], offices, at)
        figures["ten_items_changed"] = _tick(at + timedelta(minutes=1), say, "ten items changed")
        at += timedelta(hours=2)
        _move(items, offices, at)
        figures["every_item_changed"] = _tick(
            at + timedelta(minutes=1), say, "every item changed by forty"
        )
        started = time.perf_counter()
        found = GroupOrder.objects.filter(is_due(OPENS + timedelta(days=30))).count()
        due = time.perf_counter() - started
        assert found == 1
        python = _in_python(at, say)
    most = figures["every_item_changed"]
    return {
        "practices": practices,
        "items": ITEMS,
        "commitments": practices * ITEMS,
        "compared_to": "every commitment read and judged in Python",
        "target_seconds": TARGET_SECONDS,
        "seconds": figures,
        "seconds_to_find_due_orders": round(due, 4),
        "seconds_in_python": python,
        "ratio_to_python": round(most["processor"] / python["processor"], 3),
    }


def _make(practices: int, say: Callable[[str], object]) -> tuple[GroupOrder, list[Location]]:
    started = time.perf_counter()
    offices = make_offices(practices)
    order = GroupOrder.objects.create(
        name="bench", status="draft", opens_at=OPENS, closes_at=OPENS + timedelta(days=20),
        delivery_date=(OPENS + timedelta(days=30)).date(), made_by_name="bench", made_at=OPENS,
    )  # fmt: skip
    _make_items(order)
    order.status = "open"
    order.save(update_fields=["status"])
    with connection.cursor() as cursor:
        cursor.execute(WORDS, {"at": OPENS + timedelta(hours=1)})
        cursor.execute("VACUUM ANALYZE purchasing_commitment")
        cursor.execute("ANALYZE")
    say(f"{practices * ITEMS:,} commitments in {time.perf_counter() - started:.0f} s")
    return order, offices


def _make_items(order: GroupOrder) -> None:
    ladder = [[minimum, str(10 - place)] for place, minimum in enumerate(MINIMUMS)]
    OrderItem.objects.bulk_create(
        [OrderItem(order=order, version=version, level=level, ladder=ladder)
         for version, level in make_items(ITEMS, OPENS)]
    )  # fmt: skip


def _move(items: list[int], offices: list[Location], at: datetime) -> None:
    """Forty practices want one pack more of each of some items."""
    chance = random.Random(items[0])  # noqa: S311 - invented words
    rows = [
        Commitment(
            order_item_id=item, practice_id=office.practice_id, location=office,
            quantity=41 + chance.randint(0, 3), made_by_name="bench", made_at=at,
        )
        for item in items
        for office in chance.sample(offices, min(MOVED, len(offices)))
    ]  # fmt: skip
    Commitment.objects.bulk_create(rows, batch_size=5_000)


def _tick(now: datetime, say: Callable[[str], object], what: str) -> dict[str, float]:
    started, spent = time.perf_counter(), processor_seconds()
    steps = step_orders(now)
    seconds, of_processor = time.perf_counter() - started, processor_seconds() - spent
    say(f"{what}: {seconds:.3f} s, {of_processor:.2f} s of a processor, {steps} steps")
    return {"clock": round(seconds, 3), "processor": round(of_processor, 2)}


def _in_python(at: datetime, say: Callable[[str], object]) -> dict[str, float]:
    """What it took to read all that was ever said, and to judge every meter by the rule."""
    started, spent = time.perf_counter(), processor_seconds()
    before: dict[int, dict[int, int]] = defaultdict(dict)
    now: dict[int, dict[int, int]] = defaultdict(dict)
    rows = Commitment.objects.order_by("pk").values_list(
        "order_item_id", "practice_id", "quantity", "made_at"
    )
    for item, practice, quantity, made_at in rows.iterator(chunk_size=20_000):
        now[item][practice] = quantity
        if made_at < at:
            before[item][practice] = quantity
    for item, asked in now.items():
        change_of(before[item], asked)
        reading_of(standing_of(asked), MINIMUMS)
    seconds, of_processor = time.perf_counter() - started, processor_seconds() - spent
    say(f"in Python: {seconds:.3f} s, {of_processor:.2f} s of a processor")
    return {"clock": round(seconds, 3), "processor": round(of_processor, 2)}
