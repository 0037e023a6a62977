"""Beneath the sending of an order: what was to be carried by an office that may not buy."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from ipaportal.core.actors import Actor
from ipaportal.core.money import dollars
from ipaportal.identity.queries.people import ipa_party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account
from purchasing.models import GroupOrder, PurchaseLine, PurchaseOrder
from purchasing.rules.freight import Carrier, room_of, share_anew


def carry_on(lines: Sequence[PurchaseLine]) -> int:
    """
    Give the freight of stopped lines to those that are sent; what of it the IPA bears, in cents.

    By what each buys at reference prices, as the award shared it, and never so much that a pack
    costs a practice more than the ceiling it named. Where nothing is sent nothing is carried.
    """
    stopped = [line for line in lines if line.blocked_because]
    sent = [line for line in lines if not line.blocked_because]
    freed = sum(line.freight_cents for line in stopped)
    if not freed:
        return 0
    parts, left = share_anew(freed, [_carrier(line) for line in sent])
    for line in stopped:
        line.freight_cents = 0
    for line in sent:
        line.freight_cents += parts[line.pk]
    return left if sent else 0


def _carrier(line: PurchaseLine) -> Carrier:
    reference = int(Decimal(line.order_item.ladder[0][1]) * 10_000)
    room = room_of(line.commitment.max_price, line.price, line.packs, line.freight_cents)
    return Carrier(line.pk, reference * line.packs, room)


def book_ipa_freight(
    purchase: PurchaseOrder, order: GroupOrder, actor: Actor, now: datetime
) -> None:
    """Owe the supplier the freight that the IPA bears, where the IPA pays it and is paid."""
    ipa = ipa_party()
    if not purchase.ipa_freight_cents or order.bills != GroupOrder.Bills.IPA or ipa is None:
        return
    cents, kind = purchase.ipa_freight_cents, Account.Kind.PURCHASING_CLEARING
    books.book(
        key=f"freight:{purchase.pk}",
        date=timezone.localdate(now),
        description=f"Freight of offices stopped in {purchase}: ${dollars(cents)}, the IPA's",
        lines=[
            (books.account(ipa, kind), cents),
            (books.account(purchase.supplier.party, kind), -cents),
        ],
        actor=actor,
        now=now,
    )
