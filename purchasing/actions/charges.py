"""Charging for what came, disputing it, and taking it from payouts that were signed for."""

from datetime import date, datetime

from django.utils import timezone

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.money import dollars, round_cents
from ipaportal.core.refusals import NotPermitted, Refused
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account
from purchasing.models import Charge, GroupOrder, NetCarried, NetLine, NettingRun, Receipt
from purchasing.queries.charges import Planned, my_charges, netting_digest, planned_netting
from purchasing.rules.lifecycle import CYCLE, after
from purchasing.rules.netting import Carried

CLEARING = Account.Kind.PURCHASING_CLEARING


class NothingToTake(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nothing can be taken from any payout now. Nothing was booked. The list says of each "
            "charge why it waits."
        )


class TakenThisMonth(Refused):
    """The cap is a share of a month's payout, so a month has one taking."""

    def __init__(self, run: NettingRun) -> None:
        super().__init__(
            f"{run.made_by_name} took charges for {run.month:%B %Y} already, and a practice agreed "
            "to one share a month. Nothing was booked. Take the rest next month."
        )


class NettingChanged(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A charge, a payout or an agreement changed since you looked. Nothing was booked. Look "
            "at what would be taken now."
        )


class DisputedAlready(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This charge is disputed, settled or reversed already. Nothing was changed."
        )


class NotDisputed(Refused):
    def __init__(self) -> None:
        super().__init__("This charge is not disputed now. Nothing was changed.")


def step_charges(now: datetime) -> int:
    """Charge what came of orders that the IPA bills, and settle what is done; how many steps."""
    waiting = Receipt.objects.filter(
        charge=None, packs__gt=0, line__purchase__order__bills=GroupOrder.Bills.IPA
    )
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    clock = Actor.system("clock")
    for pk in ids:
        post_charge(actor=clock, receipt_id=pk, now=now)
    done = GroupOrder.objects.filter(status=GroupOrder.Status.RECEIVED).exclude(
        purchases__lines__receipts__charge__in=Charge.objects.filter(
            disputed_at__isnull=False, settled_at=None
        )
    )
    orders = list(done.values_list("pk", flat=True))
    for pk in orders:
        settle_order(actor=clock, order_id=pk)
    return len(ids) + len(orders)


@action("purchasing.advance_order")
def post_charge(*, actor: Actor, receipt_id: int, now: datetime) -> Charge:
    """Charge a practice for what came in order, at the award's price; once a receipt."""
    lock("receipt", receipt_id)
    receipt = Receipt.objects.select_related(
        "line__purchase__supplier__party", "line__practice__party", "line__order_item__version",
        "line__order_item__level",
    ).get(pk=receipt_id)  # fmt: skip
    line, day = receipt.line, timezone.localdate(now)
    lock("charges of a line", line.pk)  # freight goes with the first of them
    freight = 0 if Charge.objects.filter(receipt__line=line).exists() else line.freight_cents
    cents = round_cents(line.price * receipt.packs) + freight
    more = f", lot {receipt.lot}" if receipt.lot else ""
    more += f", with ${dollars(freight)} freight" if freight else ""
    words = f"{line.order_item}: {receipt.packs:,} packs ({line.purchase.number}{more})"[:300]
    entry = books.book(
        key=f"charge:{receipt.pk}",
        date=day,
        description=words,
        lines=[
            (books.account(line.practice.party, CLEARING), cents),
            (books.account(line.purchase.supplier.party, CLEARING), -cents),
        ],
        actor=actor,
        now=now,
    )
    made = Charge.objects.create(
        receipt=receipt,
        practice=line.practice,
        cents=cents,
        description=words,
        posted_date=day,
        posted_at=now,
        entry=entry,
    )
    record(actor=actor, action="purchasing.charge.posted", subject=made, cents=cents)
    return made


@action("purchasing.advance_order")
def settle_order(*, actor: Actor, order_id: int) -> GroupOrder:
    """
    Close an order for good: everything came, and no charge is disputed.

    :raises NotAllowed: if it is not received
    """
    order = GroupOrder.objects.select_for_update().get(pk=order_id)
    order.status = after(order.status, "settle", CYCLE)
    order.save(update_fields=["status"])
    record(actor=actor, action="purchasing.order.settled", subject=order)
    return order


@action("purchasing.dispute_charge")
def dispute_charge(*, actor: Actor, charge_id: int, text: str, now: datetime) -> Charge:
    """
    Dispute a charge: nothing is taken for it until that is settled.

    :raises NotPermitted: if it is not theirs
    :raises DisputedAlready: if it was disputed before, or reversed
    """
    if not my_charges(actor=actor).filter(pk=charge_id).exists():
        raise NotPermitted(actor.name, "purchasing.dispute_charge")
    charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge_id)
    if charge.disputed_at is not None or charge.is_reversed:
        raise DisputedAlready
    charge.disputed_by_name, charge.disputed_at, charge.dispute_text = actor.name, now, text
    charge.save(update_fields=["disputed_by_name", "disputed_at", "dispute_text"])
    record(actor=actor, action="purchasing.charge.disputed", subject=charge)
    return charge


@action("purchasing.settle_dispute")
def settle_dispute(
    *, actor: Actor, charge_id: int, is_upheld: bool, text: str, now: datetime
) -> Charge:
    """
    Settle a dispute: the charge stands, or it is reversed with everything taken for it.

    :raises NotDisputed: if it is not disputed
    """
    charge = Charge.objects.select_for_update().get(pk=charge_id)
    if not charge.is_disputed:
        raise NotDisputed
    if is_upheld:
        books.reverse(charge.entry, key=f"charge-reversed:{charge.pk}", actor=actor, now=now)
        for line in charge.net_lines.select_related("entry"):
            key = f"netting-reversed:{line.pk}"
            books.reverse(line.entry, key=key, actor=actor, now=now)
        for one in charge.credits.select_related("entry", "back_entry"):  # they gave back a part
            key = f"credit-reversed:{one.pk}"
            books.reverse(one.entry, key=key, actor=actor, now=now)
            if one.back_entry is not None:
                books.reverse(one.back_entry, key=f"{key}:back", actor=actor, now=now)
    charge.is_reversed = is_upheld
    charge.settled_by_name, charge.settled_at, charge.settle_text = actor.name, now, text
    charge.save(update_fields=["is_reversed", "settled_by_name", "settled_at", "settle_text"])
    record(actor=actor, action="purchasing.dispute.settled", subject=charge, upheld=is_upheld)
    return charge


@action("purchasing.net_charges")
def net_charges(*, actor: Actor, seen_digest: str, now: datetime, today: date) -> NettingRun:
    """
    Take charges from what is owed to practices that signed for it, as it was seen.

    Only what capitation owes is looked at, never what it was worked out from: the same practice
    is owed the same, whatever it buys.

    :raises TakenThisMonth: if the month had its taking
    :raises NettingChanged: if it would be another one now
    :raises NothingToTake: if it would take nothing
    """
    lock("netting")
    month = today.replace(day=1)
    before = NettingRun.objects.filter(month=month).first()
    if before is not None:
        raise TakenThisMonth(before)
    planned = planned_netting(today)
    if netting_digest(planned) != seen_digest:
        raise NettingChanged
    taken = sum(one.netting.taken_cents for one in planned)
    if taken <= 0:
        raise NothingToTake
    run = NettingRun.objects.create(
        month=month,
        digest=seen_digest,
        taken_cents=taken,
        carried_cents=sum(line.cents for one in planned for line in one.netting.carried),
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        made_at=now,
    )
    for one in planned:
        for line in one.netting.lines:
            _take(run, one, one.charges[line.key], line.cents, actor, now)
    NetCarried.objects.bulk_create(_left(run, one, line) for one in planned
                                   for line in one.netting.carried)  # fmt: skip
    record(actor=actor, action="purchasing.charges.netted", subject=run, cents=taken)
    return run


def _left(run: NettingRun, of: Planned, line: Carried) -> NetCarried:
    """Why a charge waits is kept as it was then: later it would be another reason."""
    return NetCarried(
        run=run,
        charge=of.charges[line.key],
        cents=line.cents,
        code=line.code,
        reason=line.reason,
        payout_cents=of.netting.payout_cents,
        cap_cents=of.netting.cap_cents,
    )


def _take(
    run: NettingRun, of: Planned, charge: Charge, cents: int, actor: Actor, now: datetime
) -> None:
    party: Party = of.practice.party
    entry = books.book(
        key=f"netting:{run.pk}:{charge.pk}",
        date=timezone.localdate(now),
        description=charge.description,
        lines=[
            (books.account(party, Account.Kind.PAYABLE), cents),
            (books.account(party, CLEARING), -cents),
        ],
        actor=actor,
        now=now,
    )
    NetLine.objects.create(
        run=run,
        charge=charge,
        cents=cents,
        payout_cents=of.netting.payout_cents,
        cap_cents=of.netting.cap_cents,
        entry=entry,
    )
