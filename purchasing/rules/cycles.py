"""When a group order moves on by the clock, and what may still be changed in its last phase."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from purchasing.rules.packs import missing_units

TAKES_COMMITMENTS = frozenset({"open", "topping_up"})


@dataclass(frozen=True, slots=True)
class Timetable:
    """A cycle's state and its times; `topup_at` is None where there is no such phase."""

    status: str
    opens_at: datetime
    closes_at: datetime
    topup_at: datetime | None = None
    extensions: int = 0
    most_extensions: int = 0
    extend_days: int = 7


class BadTimes(ValueError):
    """Times of a cycle that do not follow one another."""


def check_times(timetable: Timetable) -> None:
    """
    See that a cycle opens, tops up and closes in this order.

    :raises BadTimes: if it does not
    """
    if timetable.closes_at <= timetable.opens_at:
        raise BadTimes("The cycle closes before it opens: choose a later closing time.")
    topup = timetable.topup_at
    if topup is not None and not timetable.opens_at < topup < timetable.closes_at:
        raise BadTimes("The top-up phase must begin between opening and closing.")


def due(timetable: Timetable, now: datetime, *, is_minimum_met: bool) -> str | None:
    """
    The event that the clock owes a cycle, None if none.

    It asks what is due by now, never what became due lately: however long the clock stood still,
    each cycle moves on once. A phase that passed meanwhile is passed over.
    """
    if timetable.status == "announced":
        return "open" if timetable.opens_at <= now else None
    if timetable.status not in TAKES_COMMITMENTS:
        return None
    if timetable.closes_at <= now:
        if is_minimum_met:
            return "close"
        return "extend" if _may_extend(timetable) else "miss the minimum"
    topup = timetable.topup_at
    if timetable.status == "open" and topup is not None and topup <= now:
        return "begin top-up"
    return None


def _may_extend(timetable: Timetable) -> bool:
    return timetable.extensions < timetable.most_extensions


def extended(timetable: Timetable, now: datetime) -> tuple[datetime | None, datetime]:
    """
    The new times of top-up and closing when a minimum was missed.

    Counted from the old closing time, or from now if the clock was late: people get the days they
    were promised. The top-up phase stays as long as it was.
    """
    assert _may_extend(timetable)
    closes_at = max(timetable.closes_at, now) + timedelta(days=timetable.extend_days)
    if timetable.topup_at is None:
        return None, closes_at
    return closes_at - (timetable.closes_at - timetable.topup_at), closes_at


@dataclass(frozen=True, slots=True)
class Asked:
    """What one practice, or a group, asks for: surely, and up to how many more to fill a case."""

    quantity: int
    tolerance: int = 0


def why_not_topped_up(group: Asked, before: Asked, after: Asked, per_case: int) -> str:
    """
    Why a change is refused in the top-up phase, in words; empty if it helps to fill a case.

    It helps if only tolerance grows; if tolerance becomes quantity one for one; or if the next
    case needs less than it did, no case is lost, and tolerance does not fall.
    """
    more, wider = after.quantity - before.quantity, after.tolerance - before.tolerance
    if min(after.quantity, after.tolerance) < 0:
        return "A quantity cannot be negative."
    if more == 0 and wider >= 0:
        return ""
    if more > 0 and more == -wider:
        return ""
    if wider < 0:
        return "The order is being topped up: what you would take to fill a case can only grow."
    if more < 0:
        return "The order is being topped up: a quantity can only grow."
    then = Asked(group.quantity + more, group.tolerance + wider)
    needed = missing_units(group.quantity, group.tolerance, per_case)
    needs = missing_units(then.quantity, then.tolerance, per_case)
    if needs < needed and _cases(then, per_case) >= _cases(group, per_case):
        return ""
    if not needed:
        return "The order is being topped up: no case is begun, so nothing more can be added."
    return (
        f"The order is being topped up: {needed} more fill the case that is begun. "
        f"Ask for up to {before.quantity + needed}."
    )


def _cases(asked: Asked, per_case: int) -> int:
    cases, rest = divmod(asked.quantity, per_case)
    return cases + (rest > 0 and rest + asked.tolerance >= per_case)


def next_closing(times: Sequence[datetime], now: datetime) -> datetime | None:
    """The next of some closing times, for what is counted down to."""
    return min((at for at in times if at > now), default=None)
