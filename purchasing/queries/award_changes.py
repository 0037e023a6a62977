"""What changed in a closed order while its award was worked out."""

from purchasing.queries.award_room import Room

MOST_TOLD = 6


def changes_between(before: Room, after: Room) -> list[str]:
    """
    What is other in two looks at the same order, in words; nothing where an award comes out alike.

    An award depends on nothing but its room, so two equal rooms have one core.
    """
    told = [
        f"{one.location} {_standing(was, after.blocked[pk])}"
        for pk, one in sorted(after.rows.items())
        if (was := before.blocked.get(pk, "")) != after.blocked[pk]
    ]
    gone = {**before.may_not_sell, **after.may_not_sell}
    told += [
        f"{name} {_selling(after.may_not_sell.get(name, ''))}"
        for name in sorted(gone)
        if before.may_not_sell.get(name) != after.may_not_sell.get(name)
    ]
    if not told and (before.order, before.sellers) != (after.order, after.sellers):
        told.append("what offices ask for, or what suppliers offer, is another")
    more = len(told) - MOST_TOLD
    return told[:MOST_TOLD] + ([f"and {more} more"] if more > 0 else [])


def _standing(was: str, now: str) -> str:
    if not now:
        return "may buy again"
    return f"may not buy any more: {now}" if not was else f"may not buy for another reason: {now}"


def _selling(now: str) -> str:
    return f"may not sell: {now}" if now else "may sell again"
