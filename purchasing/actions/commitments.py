"""What a practice does: sign, say what its offices can keep, and commit."""

from datetime import date, datetime
from decimal import Decimal

from credentialing.models import Location, Practice
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted, Refused
from purchasing.actions.commitment_checks import (
    Ask,
    GateClosed,
    check_ask,
    keep_refused,
    locked_order,
)
from purchasing.actions.waiting_words import keep_or_wait, locked_control
from purchasing.models import (
    Agreement,
    Commitment,
    CommitmentRequest,
    GateRefusal,
    OrderItem,
    Site,
)
from purchasing.queries.orders import shop_orders
from purchasing.queries.sites import live_agreement, locations_of, practices_of
from purchasing.rules.budgets import may_commit
from purchasing.rules.gates import Stage

COMMIT, SIGN = "purchasing.commit_packs", "purchasing.sign_agreement"
BUYING_TEXT = (
    "We ask the IPA to buy for us as our agent. What it orders is ours: we are the buyer, it goes "
    "to our own licensed address, and we use it for our own patients and sell none of it. "
    "Suppliers may pay the IPA an administrative fee of at most 3 % of what we buy; the IPA tells "
    "us every year in writing what each supplier paid on our purchases (42 CFR 1001.952(j)). We "
    "may end this at any time; what was ordered before stays ordered."
)
NETTING_TEXT = (
    "Charges for what we received may be taken from our capitation payment: only charges that "
    "were posted 15 days before, that we do not dispute, the oldest first, never more than the "
    "share of a month's payment that we name here, and never more than there is to pay. Our "
    "capitation itself does not change by what we buy. We may end this at any time."
)


class SignedAlready(Refused):
    def __init__(self, agreement: Agreement) -> None:
        super().__init__(
            f"{agreement.signed_by_name} signed this on {agreement.signed_at:%b %-d, %Y}. Nothing "
            "was changed. End it first if it should say something else."
        )


class NotSigned(Refused):
    def __init__(self) -> None:
        super().__init__("There is no such agreement in force. Nothing was changed.")


class NameDiffers(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"Sign with your own name as the portal knows it: {name}. Nothing was signed."
        )


class NotACommitter(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Your practice named who commits for it, and you are not among them. Nothing was "
            "committed. Ask one of them, or have it changed under Budget and approvals."
        )


def commit(
    *, actor: Actor, order_item_id: int, location_id: int, now: datetime, **asked: object
) -> Commitment | CommitmentRequest:
    """
    Say what an office is in for; what a gate refuses is kept, in a transaction of its own.

    Above what the practice allows itself, nothing counts yet: what comes back is what waits.

    :raises GateClosed: if the office may not buy it
    """
    try:
        return commit_packs(actor=actor, order_item_id=order_item_id, location_id=location_id,
                            now=now, **asked)  # fmt: skip
    except GateClosed as closed:
        keep_refusals(actor=actor, closed=closed, now=now)
        raise


@action(COMMIT)
def keep_refusals(*, actor: Actor, closed: GateClosed, now: datetime) -> list[GateRefusal]:
    """Keep what gates refused somebody, and why, though nothing else was changed."""
    return keep_refused(actor, closed.ask, closed.refusals, Stage.COMMIT, now)


@action(COMMIT)
def commit_packs(
    *,
    actor: Actor,
    order_item_id: int,
    location_id: int,
    quantity: int,
    flex: int,
    max_price: Decimal | None,
    pays_now: Decimal | None,
    registrant_id: int | None,
    now: datetime,
    today: date,
    any_equivalent: bool = False,
) -> Commitment | CommitmentRequest:
    """
    Say what an office is in for; the newest word counts, and nought takes it back.

    :raises NotPermitted: if the office or the order is not theirs
    :raises NotACommitter: if the practice named others
    :raises NotOpen: if nothing can be committed now
    :raises GateClosed: if the office may not buy it
    :raises CeilingTooLow: if no tier comes down to the ceiling
    :raises NoEquivalent: if any equivalent would do, and there is none
    :raises HelpsNoCase: if the order is topped up and this fills no case
    """
    item, location = _mine(actor, order_item_id, location_id)
    ask = Ask(item, location, quantity, flex, max_price, pays_now, registrant_id, any_equivalent)
    order = locked_order(item)
    control = locked_control(location.practice, now)
    if not may_commit(actor.user_id, control.committers, control.approvers):
        raise NotACommitter
    check_ask(ask, order, now, today)
    return keep_or_wait(actor, ask, order, control, now)


def _mine(actor: Actor, order_item_id: int, location_id: int) -> tuple[OrderItem, Location]:
    items = OrderItem.objects.filter(order__in=shop_orders(actor=actor).order_by().values("pk"))
    item = items.select_related("version", "level").filter(pk=order_item_id).first()
    location = locations_of(actor, COMMIT).filter(pk=location_id).first()
    if item is None or location is None:
        raise NotPermitted(actor.name, COMMIT)
    return item, location


def _practice(actor: Actor, practice_id: int) -> Practice:
    found = practices_of(actor, SIGN).filter(pk=practice_id).first()
    if found is None:
        raise NotPermitted(actor.name, SIGN)
    return found


@action(SIGN)
def sign_agreement(
    *,
    actor: Actor,
    practice_id: int,
    kind: str,
    signed_name: str,
    cap_pct: Decimal | None,
    now: datetime,
    today: date,
) -> Agreement:
    """
    Sign for a practice, in the words that are shown.

    :raises NotPermitted: if it is not theirs
    :raises NameDiffers: if the name is not the signer's
    :raises SignedAlready: if it is in force
    """
    practice = _practice(actor, practice_id)
    if " ".join(signed_name.split()).casefold() != actor.name.casefold():
        raise NameDiffers(actor.name)
    live = live_agreement(practice, kind)
    if live is not None:
        raise SignedAlready(live)
    is_netting = kind == Agreement.Kind.NETTING
    made = Agreement.objects.create(
        practice=practice,
        kind=kind,
        effective_date=today,
        cap_pct=cap_pct if is_netting else None,
        text=NETTING_TEXT if is_netting else BUYING_TEXT,
        signed_name=signed_name,
        signed_by_id=actor.user_id,
        signed_by_name=actor.name,
        signed_at=now,
    )
    record(actor=actor, action="purchasing.agreement.signed", subject=made, kind=kind)
    return made


@action(SIGN)
def end_agreement(
    *, actor: Actor, practice_id: int, kind: str, now: datetime, today: date
) -> Agreement:
    """
    End what a practice signed, from today on.

    :raises NotPermitted: if it is not theirs
    :raises NotSigned: if nothing is in force
    """
    live = live_agreement(_practice(actor, practice_id), kind)
    if live is None:
        raise NotSigned
    live.end_date, live.ended_by_name, live.ended_at = today, actor.name, now
    live.save(update_fields=["end_date", "ended_by_name", "ended_at"])
    record(actor=actor, action="purchasing.agreement.ended", subject=live, kind=kind)
    return live


@action(COMMIT)
def save_site(*, actor: Actor, location_id: int, **flags: bool) -> Site:
    """
    Say what an office can keep.

    :raises NotPermitted: if it is not theirs
    """
    location = locations_of(actor, COMMIT).filter(pk=location_id).first()
    if location is None:
        raise NotPermitted(actor.name, COMMIT)
    site, _ = Site.objects.update_or_create(location=location, defaults=flags)
    record(actor=actor, action="purchasing.site.saved", subject=site, **flags)
    return site
