"""Quorum and votes: who counts for one item at one moment, and what a vote comes to."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

CITATION = "NCQA CR 2: participating practitioners decide, in real time, not by e-mail"
MODES = {"in_person": "in person", "video": "by video", "telephone": "by telephone"}


@dataclass(frozen=True)
class QuorumRule:
    """How many voting members decide; frozen into a meeting when its agenda is locked."""

    least_voting: int = 3
    needs_majority: bool = True
    needs_chair: bool = True
    needs_external: bool = True


@dataclass(frozen=True)
class Member:
    """A seat of the committee on the day of the meeting."""

    key: int
    name: str
    is_voting: bool = True
    is_chair: bool = False
    is_external: bool = False


@dataclass(frozen=True)
class Stay:
    """A member's time in the meeting, `[arrived, left)`; not left yet is open."""

    member: int
    arrived_at: datetime
    left_at: datetime | None = None


@dataclass(frozen=True)
class Quorum:
    """Whether an item may be voted on now, who counts, and why not."""

    present: tuple[Member, ...]
    needed: int
    lacks: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether there is one."""
        return not self.lacks

    @property
    def words(self) -> str:
        """As the page says it."""
        count = f"{len(self.present)} of {self.needed} voting members"
        return f"Quorum: {count}" if self.holds else f"No quorum: {'; '.join(self.lacks)}"


def is_present(member: int, stays: Iterable[Stay], at: datetime) -> bool:
    """Whether a member is in the meeting at a moment."""
    return any(
        stay.member == member
        and stay.arrived_at <= at
        and (stay.left_at is None or at < stay.left_at)
        for stay in stays
    )


def needed_voting(rule: QuorumRule, voting: int) -> int:
    """How many voting members are needed of those who hold a seat."""
    majority = voting // 2 + 1 if rule.needs_majority else 0
    return max(rule.least_voting, majority)


def quorum_at(
    rule: QuorumRule,
    members: Collection[Member],
    stays: Collection[Stay],
    recused: Collection[int],
    at: datetime,
) -> Quorum:
    """
    The quorum for one item at one moment: members in the meeting who are not recused from it.

    The majority is one of all voting seats, so a recusal takes away a voice and lowers nothing.
    """
    voting = [member for member in members if member.is_voting]
    here = tuple(
        m for m in voting if m.key not in recused and is_present(m.key, stays, at)
    )  # fmt: skip
    needed = needed_voting(rule, len(voting))
    lacks = []
    if len(here) < needed:
        lacks.append(f"{len(here)} voting members count for this item, {needed} are needed")
    if rule.needs_chair and not any(member.is_chair for member in here):
        lacks.append("no chair or deputy counts for this item")
    if rule.needs_external and not any(member.is_external for member in here):
        lacks.append("no external practitioner counts for this item")
    return Quorum(here, needed, tuple(lacks))


@dataclass(frozen=True)
class Tally:
    """What the votes on a motion come to."""

    votes_for: int
    votes_against: int
    abstained: int
    is_carried: bool
    words: str


def tally(votes: Mapping[int, str], chair: int | None = None) -> Tally:
    """
    Count votes of members (for, against, abstain): more for than against carries.

    A tie fails, unless the chair voted: then the chair's vote decides it.
    """
    ups = sum(1 for choice in votes.values() if choice == "for")
    downs = sum(1 for choice in votes.values() if choice == "against")
    rest = len(votes) - ups - downs
    tied = ups == downs
    by_chair = tied and ups > 0 and votes.get(chair) in ("for", "against")
    carried = votes.get(chair) == "for" if by_chair else ups > downs
    words = f"{ups} for, {downs} against, {rest} abstained"
    if tied:
        words += ": a tie, decided by the chair" if by_chair else ": a tie, which fails"
    return Tally(ups, downs, rest, carried, words)
