"""
The demo's practices in control of what they buy.

Bell Clinic has a budget, standing orders and a commitment that waits for a word; it and Alvarez
have counted their shelves, so that packs are suggested.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from credentialing.models import Location
from ipaportal.core.actors import Actor
from purchasing.actions.commitments import commit
from purchasing.actions.control import set_budget
from purchasing.actions.standing import count_stock, save_standing, set_par, step_standing
from purchasing.models import Budget, GroupOrder, Item, OrderItem
from purchasing.queries.control import ledger_of

ROOM_CENTS, STEP_CENTS = 150_00, 100_00
# Item, its pack, the least, up to what it is filled, what was counted.
SHELVES = (("GLOVE-M", "box", 10, 40, 7), ("GAUZE-4", "box", 6, 20, 6),
           ("SYR-3", "box", 5, 18, 9), ("TEST-FLU", "kit", 2, 6, 1),
           ("PILLOW-C", "box", 4, 12, 1))  # fmt: skip
# Of these another maker's will do.
ANY = ("GLOVE-M",)
# Item, packs, the most that one may cost, and whether it is paused.
STANDING = (("SALINE-10", 2, "38.00", False), ("GLOVE-M", 20, "9.40", True),
            ("DRAPE-40", 6, "27.90", False))  # fmt: skip


def keep_standing(
    actor: Actor,
    office: Location,
    items: Mapping[str, Item],
    now: datetime,
    wanted: Sequence[tuple[str, int, str, bool]],
) -> None:
    """What an office wants of every order that has it, copied by the clock."""
    for code, packs, ceiling, is_paused in wanted:
        save_standing(
            actor=actor, standing_id=None, location_id=office.pk, packs=packs,
            level_id=items[code].levels.get(name="box").pk, ceiling=Decimal(ceiling),
            effective_date=timezone.localdate(now) - timedelta(days=30), end_date=None,
            is_paused=is_paused, registrant_id=None, any_equivalent=code in ANY, now=now,
        )  # fmt: skip
    step_standing(now)


def allow_itself(
    actor: Actor, office: Location, order: GroupOrder, wanted: OrderItem, now: datetime
) -> None:
    """A month's budget a little above what is committed, and then a wish that is too much."""
    common = {"actor": actor, "practice_id": office.practice_id, "period": "month", "now": now}
    set_budget(category="", cents=STEP_CENTS, **common)
    budget = Budget.objects.get(practice=office.practice, category="", superseded_at=None)
    room = ledger_of(budget, timezone.localdate(order.closes_at)).room
    taken = room.used_cents + room.committed_cents + ROOM_CENTS
    set_budget(category="", cents=-(-taken // STEP_CENTS) * STEP_CENTS, **common)
    set_budget(category="vaccine", cents=5_000_00, **{**common, "period": "quarter"})
    commit(
        actor=actor, order_item_id=wanted.pk, location_id=office.pk, quantity=12, flex=0,
        max_price=None, pays_now=Decimal("219.00"), registrant_id=None, now=now,
        today=timezone.localdate(now),
    )  # fmt: skip


def count_shelves(
    actor: Actor,
    office: Location,
    items: Mapping[str, Item],
    now: datetime,
    shelves: Sequence[tuple[str, str, int, int, int]],
) -> None:
    """What an office should have, and what it counted."""
    counted = {}
    for code, pack, minimum, target, packs in shelves:
        level = items[code].levels.get(name=pack)
        par = set_par(actor=actor, location_id=office.pk, level_id=level.pk, minimum=minimum,
                      target=target, any_equivalent=code in ANY, now=now)  # fmt: skip
        counted[par.pk] = packs
    count_stock(actor=actor, counted=counted, now=now)
