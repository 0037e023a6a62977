"""Proposing an award, ordering from suppliers, receiving, and sharing out what is short."""

import hmac
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Interest
from ipaportal.identity.queries.interests import interest_in
from purchasing.actions.awarded_prices import check_prices
from purchasing.actions.commitment_checks import ask_of, keep_refused
from purchasing.actions.freight import book_ipa_freight, carry_on
from purchasing.actions.orders import tie_key_of
from purchasing.actions.purchase_versions import write_version
from purchasing.models import (
    Award,
    GroupOrder,
    PurchaseLine,
    PurchaseOrder,
    Shortage,
    ShortageLine,
    Supplier,
)
from purchasing.queries.award_room import Proposal, chosen_of, propose, room_of
from purchasing.queries.awards import office_refusals, settled_orders, with_received
from purchasing.queries.troubles import written_off
from purchasing.rules.allocation import Claim, allocate, publish
from purchasing.rules.award_orders import Asked
from purchasing.rules.gates import Stage
from purchasing.rules.lifecycle import CYCLE, after


class NothingToAward(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nobody may buy anything of this order any more. Nothing was proposed. Look at the "
            "reasons under Who is in, or cancel the order."
        )


class ProposedAlready(Refused):
    def __init__(self, award: Award) -> None:
        super().__init__(
            f"{award.proposed_by_name} proposed {award} already. Nothing was changed. Let a second "
            "person decide on it."
        )


class SayWhy(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Suppliers are left out, or limited in number, and it is not said why. Nothing was "
            "proposed. Say why: the approver and the file have to know."
        )


class InterestDisclosed(Refused):
    """Whoever decides disclosed an interest in a supplier of the award."""

    def __init__(self, interest: Interest) -> None:
        super().__init__(
            f"You disclosed an interest in {interest.party.name} on "
            f"{timezone.localdate(interest.disclosed_at)}, and the award would buy from it. "
            "Nothing was changed. Step aside: somebody without one proposes and approves it."
        )


class SentAlready(Refused):
    def __init__(self, purchase: PurchaseOrder) -> None:
        super().__init__(f"{purchase} is {purchase.get_status_display()}. Nothing was changed.")


class NotShort(Refused):
    """A supply that leaves nobody short, or is less than what has come."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was changed.")


@action("purchasing.run_order")
def propose_award(
    *, actor: Actor, order_id: int, now: datetime, today: date,
    without: Collection[int] = (), most_suppliers: int | None = None, why: str = "",
) -> Award:  # fmt: skip
    """
    Propose who supplies what of a closed order, with the proof that nothing is cheaper.

    Suppliers may be left out, and their number be limited, if it is said why.

    :raises NotAllowed: if it is not closed, or awarded
    :raises ProposedAlready: if an award waits
    :raises SayWhy: if suppliers are limited without a reason
    :raises MinimumsNotMet: if no award gives the suppliers used their smallest orders
    :raises NothingToAward: if nobody may buy any more
    :raises InterestDisclosed: if the actor disclosed an interest in one of the suppliers
    """
    order = GroupOrder.objects.select_for_update().get(pk=order_id)
    check_asked(order, without, most_suppliers, why)
    room = room_of(order, tie_key_of(order), today)
    asked = Asked(frozenset(str(pk) for pk in without), most_suppliers)
    found = propose(room, chosen_of(room, asked))
    if not found.lines:
        raise NothingToAward
    refuse_the_interested(actor.user_id, found.lines, now)
    found.verdict["asked"]["why"] = why.strip()
    award = keep_award(order, found, actor.user_id, actor.name, now)
    record(actor=actor, action="purchasing.award.proposed", subject=award, sha256=award.sha256)
    return award


def check_asked(
    order: GroupOrder, without: Collection[int], most_suppliers: int | None, why: str
) -> None:
    """
    See whether an award of an order may be asked for, as `propose_award` says.

    :raises Refused: if not
    """
    after(order.status, "award", CYCLE)
    waiting = order.awards.filter(status=Award.Status.PROPOSED).first()
    if waiting is not None:
        raise ProposedAlready(waiting)
    if (without or most_suppliers) and not why.strip():
        raise SayWhy


def keep_award(
    order: GroupOrder, found: Proposal, by_id: int | None, by_name: str, now: datetime
) -> Award:
    """Keep an award as it was worked out, proposed by somebody."""
    return Award.objects.create(
        order=order,
        number=order.awards.count() + 1,
        lines=found.lines,
        offices=found.offices,
        total_cents=found.total_cents,
        certificate=found.certificate,
        verdict=found.verdict,
        sha256=found.sha256,
        proposed_by_id=by_id,
        proposed_by_name=by_name,
        proposed_at=now,
    )


def refuse_the_interested(user_id: int | None, lines: list[dict], now: datetime) -> None:
    """
    See that nobody decides who disclosed an interest in one of the suppliers.

    :raises InterestDisclosed: if somebody would
    """
    suppliers = Supplier.objects.filter(pk__in={line["supplier_id"] for line in lines})
    parties = list(suppliers.values_list("party_id", flat=True))
    interest = interest_in(user_id=user_id, at=now, party_ids=parties)
    if interest is not None:
        raise InterestDisclosed(interest)


@action("purchasing.run_order")
def award_again(*, actor: Actor, order_id: int, now: datetime) -> GroupOrder:
    """
    Take an award back before anything was sent, so that it can be proposed anew.

    :raises NotAllowed: if it is not awarded
    :raises SentAlready: if a purchase order was sent
    """
    order = GroupOrder.objects.select_for_update().get(pk=order_id)
    order.status = after(order.status, "award again", CYCLE)
    for purchase in order.purchases.exclude(status=PurchaseOrder.Status.CANCELLED):
        if purchase.status != PurchaseOrder.Status.APPROVED:
            raise SentAlready(purchase)
        purchase.status = PurchaseOrder.Status.CANCELLED
        purchase.save(update_fields=["status"])
    order.awards.filter(status=Award.Status.APPROVED).update(
        status=Award.Status.REFUSED, decision_text=f"Taken back by {actor.name}"[:500]
    )
    order.save(update_fields=["status"])
    record(actor=actor, action="purchasing.award.taken_back", subject=order)
    return order


@action("purchasing.run_order")
def send_purchase(*, actor: Actor, purchase_id: int, now: datetime, today: date) -> PurchaseOrder:
    """
    Send a purchase order: every gate is asked again, and stops only the office it is about.

    :raises SentAlready: if it was sent
    :raises PriceWouldRise: if what is left misses the award's tier
    :raises BelowSmallestOrder: if it is less than the supplier takes as an order
    :raises OrderRefused: if it cannot be written
    """
    purchase = PurchaseOrder.objects.select_for_update().get(pk=purchase_id)
    if purchase.status != PurchaseOrder.Status.APPROVED:
        raise SentAlready(purchase)
    order = GroupOrder.objects.select_for_update().get(pk=purchase.order_id)
    lines = list(
        purchase.lines.select_related(
            "order_item__version", "commitment__order_item__version",
            "commitment__location__practice",
        )
    )  # fmt: skip
    for line in lines:
        bought = line.order_item
        refusals = office_refusals(
            line.commitment, order, today, Stage.ORDER, bought.version, line.contract_id
        )
        if refusals:
            ask = replace(ask_of(line.commitment), item=bought)
            keep_refused(actor, ask, refusals, Stage.ORDER, now)
        line.blocked_because = " ".join(one.words() for one in refusals)[:1000]
        line.due = 0 if line.blocked_because else line.packs
    check_prices(lines)
    purchase.ipa_freight_cents = carry_on(lines)
    for line in lines:
        line.save(update_fields=["blocked_because", "due", "freight_cents"])
    blocked = sum(bool(line.blocked_because) for line in lines)
    purchase.status = PurchaseOrder.Status.SENT
    purchase.sent_by_id, purchase.sent_by_name, purchase.sent_at = actor.user_id, actor.name, now
    purchase.save(
        update_fields=["status", "sent_by_id", "sent_by_name", "sent_at", "ipa_freight_cents"]
    )
    book_ipa_freight(purchase, order, actor, now)
    if not order.purchases.filter(status=PurchaseOrder.Status.APPROVED).exists():
        order.status = after(order.status, "order", CYCLE)
        order.save(update_fields=["status"])
    version = write_version(purchase, actor, now)
    hashes = {"x12_sha256": version.x12_sha256, "pdf_sha256": version.pdf_sha256} if version else {}
    record(
        actor=actor, action="purchasing.purchase.sent", subject=purchase, blocked=blocked,
        ipa_freight_cents=purchase.ipa_freight_cents, **hashes,
    )  # fmt: skip
    return purchase


@action("purchasing.run_order")
def share_shortage(
    *, actor: Actor, purchase_id: int, order_item_id: int, supply: int, reason: str, now: datetime
) -> Shortage:
    """
    Share out what comes in all of an item, by the quota method; nobody gives back what came.

    :raises NotShort: if nothing is short, or less is said than has come
    """
    purchase = PurchaseOrder.objects.select_for_update().get(pk=purchase_id)
    if purchase.status != PurchaseOrder.Status.SENT:
        raise NotShort(f"{purchase} is {purchase.get_status_display()}.")
    lines = {
        str(line.location_id): line
        for line in with_received(
            purchase.lines.filter(order_item=order_item_id, blocked_because="")
        )
    }
    off = written_off(purchase.lines.filter(order_item=order_item_id))
    wanted = {key: line.packs - off.get(line.pk, 0) for key, line in lines.items()}
    ordered, came = (sum(wanted.values()),
                     sum(line.received for line in lines.values()))  # fmt: skip
    if not came <= supply < ordered:
        raise NotShort(
            f"{ordered:,} packs were ordered and {came:,} have come: name a number from {came:,} "
            f"to {ordered - 1:,}."
        )
    claims = [Claim(key, wanted[key], line.received) for key, line in lines.items() if wanted[key]]
    found = allocate(claims, supply, tie_key_of(purchase.order))
    table = publish(found, f"{purchase.number} item {order_item_id}", _salt_key(purchase))
    shortage = Shortage.objects.create(
        purchase=purchase,
        order_item_id=order_item_id,
        supply=supply,
        reason=reason,
        checksum=table.checksum,
        size=table.size,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    for one in table.lines:
        line = lines[one.grant.key]
        ShortageLine.objects.create(
            shortage=shortage,
            line=line,
            claim=one.grant.claim,
            floor=one.grant.floor,
            share=str(one.grant.share),
            granted=one.grant.units,
            place=one.place,
            text=one.text,
            salt=one.salt.hex(),
            proof=[part.hex() for part in one.proof],
        )
        PurchaseLine.objects.filter(pk=line.pk).update(due=one.grant.units)
    record(
        actor=actor, action="purchasing.shortage.shared", subject=shortage, checksum=table.checksum
    )
    return shortage


def _salt_key(purchase: PurchaseOrder) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"salts of {purchase}".encode(), "sha256")


# The clock --------------------------------------------------------------------------------------


def step_deliveries(now: datetime) -> int:
    """Close what has come whole; how many orders that were."""
    done = list(settled_orders().values_list("pk", flat=True))
    for pk in done:
        finish_deliveries(actor=Actor.system("clock"), order_id=pk, now=now)
    return len(done)


@action("purchasing.advance_order")
def finish_deliveries(*, actor: Actor, order_id: int, now: datetime) -> GroupOrder:
    """
    Close an order of which everything expected has come.

    :raises NotAllowed: if it is not ordered
    """
    order = GroupOrder.objects.select_for_update().get(pk=order_id)
    order.status = after(order.status, "receive", CYCLE)
    order.save(update_fields=["status"])
    order.purchases.filter(status=PurchaseOrder.Status.SENT).update(
        status=PurchaseOrder.Status.RECEIVED
    )
    record(actor=actor, action="purchasing.order.received", subject=order)
    return order
