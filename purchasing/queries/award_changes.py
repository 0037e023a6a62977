"""What changed in a closed order while its award was worked out, or since it was proposed."""

from purchasing.models import Award
from purchasing.queries.award_room import Outcome, Room

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
    return _shortened(told)


def changes_since(award: Award, room: Room, now: Outcome) -> list[str]:
    """In words what an award would be now that it was not when it was proposed."""
    then, again = _by_office(award.offices), _by_office(now.offices)
    told = [
        f"{room.rows[pk].location} would get {again[pk]['packs']:,} of "
        f"{room.items[room.rows[pk].order_item_id]}, not {was['packs']:,}"
        + (f" ({again[pk]['why_not'].rstrip('.')})" if again[pk]["why_not"] else "")
        for pk, was in sorted(then.items())
        if pk in again and again[pk]["packs"] != was["packs"]
    ]
    before, after = _by_item(award.lines), _by_item(now.lines)
    told += [
        f"{name} would come from {_sold(after.get(name))}, not from {_sold(sold)}"
        for name, sold in sorted(before.items())
        if after.get(name) != sold
    ]
    return _shortened(told or ["its proof, or the freight of an office, is another"])


def _by_office(offices: list[dict]) -> dict[int, dict]:
    return {one["commitment"]: one for one in offices}


def _by_item(lines: list[dict]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in lines:
        found.setdefault(one["name"], []).append(f"{one['supplier']} at {one['price']}")
    return found


def _sold(sold: list[str] | None) -> str:
    return " and ".join(sold) if sold else "nobody"


def _shortened(told: list[str]) -> list[str]:
    more = len(told) - MOST_TOLD
    return told[:MOST_TOLD] + ([f"and {more} more"] if more > 0 else [])


def _standing(was: str, now: str) -> str:
    if not now:
        return "may buy again"
    return f"may not buy any more: {now}" if not was else f"may not buy for another reason: {now}"


def _selling(now: str) -> str:
    return f"may not sell: {now}" if now else "may sell again"
