"""A record as it was known on two days, row by row, and what is different between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

NEW, GONE, CHANGED, SAME = "new", "gone", "changed", "unchanged"


@dataclass(frozen=True)
class Version:
    """One row of a part of a record, as it was known: what it is about, what it says, by whom."""

    part: str
    key: tuple[str, ...]
    title: str
    values: Mapping[str, str]
    at: datetime | None = None
    by: str = ""


@dataclass(frozen=True)
class Field:
    """One thing that a row says, before and after; empty where there was no row."""

    name: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Difference:
    """One row on both days: new, gone, changed or the same, since when, and by whom."""

    part: str
    title: str
    state: str
    fields: tuple[Field, ...]
    at: datetime | None
    by: str


def difference(before: Sequence[Version], after: Sequence[Version]) -> list[Difference]:
    """Every row of either day, part by part, those that are not the same first."""
    olds, news = _numbered(before), _numbered(after)
    found = [_compared(olds.get(key), news.get(key)) for key in {**olds, **news}]
    order = (NEW, CHANGED, GONE, SAME)
    parts = list(dict.fromkeys(one.part for one in [*after, *before]))
    return sorted(found, key=lambda one: (parts.index(one.part), order.index(one.state), one.title))


def _numbered(rows: Iterable[Version]) -> dict[tuple, Version]:
    """Rows by what they are about; of several about the same, the first meets the first."""
    found: dict[tuple, Version] = {}
    for row in rows:
        number = 0
        while (key := (row.part, *row.key, number)) in found:
            number += 1
        found[key] = row
    return found


def _compared(old: Version | None, new: Version | None) -> Difference:
    told = new or old
    assert told is not None
    before = old.values if old else {}
    after = new.values if new else {}
    names = list(dict.fromkeys([*after, *before]))
    fields = tuple(Field(name, before.get(name, ""), after.get(name, "")) for name in names)
    if old is None:
        state = NEW
    elif new is None:
        state = GONE
    else:
        state = CHANGED if any(one.is_changed for one in fields) else SAME
    return Difference(told.part, told.title, state, fields, told.at, told.by)
