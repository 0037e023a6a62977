"""When a deleted file is gone from backups too: by a dated rule, and by the register of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Keeping:
    """Backups made from a day on are kept so many days; the first rule holds for older ones too."""

    from_date: date
    days: int
    words: str = ""


@dataclass(frozen=True)
class Made:
    """A backup that is known: what it is called, when it was made, and when it was destroyed."""

    name: str
    made_on: date
    destroyed_on: date | None = None


@dataclass(frozen=True)
class Gone:
    """By when no backup can hold what was deleted (None: no rule says it), and which may now."""

    last_date: date | None
    rule: Keeping | None
    holding: tuple[tuple[Made, date | None], ...]  # each with its last day

    @property
    def still(self) -> list[Made]:
        """Known backups that can hold it and were not destroyed."""
        return [one for one, _ in self.holding if one.destroyed_on is None]


def keeping_on(rules: Iterable[Keeping], day: date) -> Keeping | None:
    """The rule for a backup of a day; None where there is none at all."""
    ordered = sorted(rules, key=lambda one: one.from_date)
    begun = [one for one in ordered if one.from_date <= day]
    return begun[-1] if begun else (ordered[0] if ordered else None)


def ends_on(rules: Iterable[Keeping], made_on: date) -> date | None:
    """The last day on which a backup of a day is there."""
    rule = keeping_on(rules, made_on)
    return made_on + timedelta(days=rule.days) if rule else None


def gone_from_backups(
    *, stored_on: date, deleted_on: date, rules: Sequence[Keeping], backups: Iterable[Made]
) -> Gone:
    """
    When the last backup ends that can hold a file: made between its coming and its deletion.

    A rule that was longer once may let an older backup end later than one of the last day. A known
    backup counts by what the register says, destroyed early or not.
    """
    can = [one for one in backups if stored_on <= one.made_on <= deleted_on]
    holding = tuple((one, ends_on(rules, one.made_on)) for one in sorted(can, key=_made))
    if not rules:
        return Gone(None, None, holding)
    ordered = sorted(rules, key=lambda one: one.from_date)
    changes = [
        later.from_date - timedelta(days=1)
        for later in ordered[1:]
        if stored_on < later.from_date <= deleted_on
    ]
    last = max(ends_on(rules, day) for day in [*changes, deleted_on])
    return Gone(last, keeping_on(rules, deleted_on), holding)


def _made(one: Made) -> tuple[date, str]:
    return one.made_on, one.name
