"""Which meters of running group orders may show something new, and what they show then."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from django.db import connection

from ipaportal.core.sql import statements
from purchasing.models import OrderItem
from purchasing.queries.orders import reading_of, steps_of
from purchasing.rules.meters import LEAST_PRACTICES, Change, Reading, Standing, next_reading

METERS = Path(__file__).resolve().parent.parent / "sql" / "meters"
RUNNING = ("open", "topping_up")


def changed_meters() -> dict[int, list[int]]:
    """The items of running orders of which enough practices said something since, by order."""
    found: dict[int, list[int]] = defaultdict(list)
    params = {"running": list(RUNNING), "least": LEAST_PRACTICES}
    for row in _rows("01_find_changed", params):
        found[row["order_id"]].append(row["item_id"])
    return dict(found)


def new_readings(items: Iterable[OrderItem]) -> dict[int, Reading]:
    """What the meters of some items show from now on; those that stand as they are left out."""
    known = {item.pk: item for item in items}
    standings, changes = _standings(known.values()), _changes(known.values())
    found = {}
    for pk, item in known.items():
        standing = standings.get(pk, Standing())
        # Before the first reading nobody was counted: all that is asked for is new.
        change = changes.get(pk, Change()) if item.meter_read_at else Change(*_figures(standing))
        minimums = [int(minimum) for minimum, _ in steps_of(item)]
        reading = next_reading(reading_of(item), standing, change, minimums)
        if reading is not None:
            found[pk] = reading
    return found


def _figures(of: Standing) -> tuple[int, int, int, int]:
    return of.practices, of.volume, of.largest, of.second


def _standings(items: Iterable[OrderItem]) -> dict[int, Standing]:
    alone = [item.pk for item in items if item.pool is None]
    rows = _rows("02_add_up_items", {"meters": alone}) if alone else []
    pooled = [item for item in items if item.pool is not None]
    if pooled:
        rows += _rows("03_add_up_pools", _pairs(pooled))
    return {row.pop("meter_id"): Standing(**row) for row in rows}


def _changes(items: Iterable[OrderItem]) -> dict[int, Change]:
    read = [item for item in items if item.meter_read_at]
    rows = _rows("04_add_up_moves", _pairs(read)) if read else []
    return {row.pop("meter_id"): Change(**row) for row in rows}


def _pairs(items: Iterable[OrderItem]) -> dict[str, list[int]]:
    """Which meter counts which item by which weight, as three columns."""
    pairs = [
        (item.pk, counted, weight) for item in items for counted, weight in weights_of(item).items()
    ]
    names = ("meters", "items", "weights")
    return dict(zip(names, (list(column) for column in zip(*pairs, strict=True)), strict=True))


def weights_of(item: OrderItem) -> dict[int, int]:
    """The items that a meter counts, and what a pack of each counts for."""
    if item.pool is None:
        return {item.pk: 1}
    return {int(pk): weight for pk, weight in item.pool["weights"].items()}


def keep_readings(readings: Mapping[int, Reading], now: datetime) -> None:
    """Write what meters show from now on."""
    told = list(readings.values())
    (update,) = statements((METERS / "05_keep_readings.sql").read_text())
    params = {
        "meters": list(readings),
        "tiers": [one.tier for one in told],
        "steps": [one.step_pct for one in told],
        "hidden": [one.hidden for one in told],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(update, params)


def _rows(name: str, params: Mapping[str, object]) -> list[dict]:
    (query,) = statements((METERS / f"{name}.sql").read_text())
    with connection.cursor() as cursor:
        cursor.execute(query, dict(params))
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
