"""The membership bridge: how last month's members became this month's."""

from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass

PARTS = {
    "opening": "Opening",
    "adds": "Added",
    "reinstated": "Came back",
    "moved_in": "Moved in",
    "terms": "Left",
    "moved_out": "Moved out",
    "closing": "Closing",
}


@dataclass(frozen=True, slots=True)
class Bridge:
    """Members of one group: opening + came − went = closing."""

    opening: int = 0
    adds: int = 0
    reinstated: int = 0
    moved_in: int = 0
    terms: int = 0
    moved_out: int = 0
    closing: int = 0

    @property
    def holds(self) -> bool:
        came = self.adds + self.reinstated + self.moved_in
        return self.opening + came - self.terms - self.moved_out == self.closing


def movement(
    previous: Hashable | None, current: Hashable | None, *, known_before: bool
) -> str | None:
    """
    Name what a member did between two months, by the group (PCP, payer) they were in.

    None is not covered. Who comes back after having been a member before is reinstated.
    """
    if previous == current:
        return None
    if previous is None:
        return "reinstated" if known_before else "add"
    return "term" if current is None else "move"


def bridge(
    previous: Mapping[int, Hashable],
    current: Mapping[int, Hashable],
    known_before: Collection[int] = (),
) -> dict[Hashable, Bridge]:
    """Draw up each group's bridge from the members' groups of last month and this month."""
    counts: Counter[tuple[Hashable, str]] = Counter()
    for member in previous.keys() | current.keys():
        was, now = previous.get(member), current.get(member)
        if was is not None:
            counts[was, "opening"] += 1
        if now is not None:
            counts[now, "closing"] += 1
        match movement(was, now, known_before=member in known_before):
            case "add":
                counts[now, "adds"] += 1
            case "reinstated":
                counts[now, "reinstated"] += 1
            case "term":
                counts[was, "terms"] += 1
            case "move":
                counts[was, "moved_out"] += 1
                counts[now, "moved_in"] += 1
    groups = {group for group, _ in counts}
    names = Bridge.__slots__
    return {group: Bridge(**{name: counts[group, name] for name in names}) for group in groups}
