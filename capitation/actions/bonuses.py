"""Bonuses: proposed, then paid or refused by another; none is paid while care waits for a look."""

from datetime import date, datetime

from django.utils import timezone

from capitation.models import Bonus
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Hold
from ipaportal.ledger.queries.balances import balance


class BonusHeld(Refused):
    """A hold stands on the practice's bonuses, or on everything."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(
            f"The bonus is held since {timezone.localdate(hold.placed_at)}: {hold.text}. Nothing "
            "was paid, and capitation goes on. It can be paid once that hold is released."
        )


class NotInThePool(Refused):
    """The pool has less."""

    def __init__(self, bonus: Bonus, has_cents: int) -> None:
        super().__init__(
            f"There is {dollars_text(has_cents)} in {bonus.get_source_display()}, less than the "
            f"{dollars_text(bonus.amount_cents)} of the bonus. Nothing was paid. Refuse it, and "
            "propose one that the pool can pay."
        )


class ProposedBefore(Refused):
    def __init__(self, bonus: Bonus) -> None:
        super().__init__(
            f"A bonus of this practice for these months and from this source is "
            f"{bonus.get_status_display()} already. Nothing was kept. Open that one."
        )


class NoBonus(Refused):
    """What is proposed is no bonus."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was kept.")


class DecidedBefore(Refused):
    def __init__(self, bonus: Bonus) -> None:
        super().__init__(
            f"The bonus was {bonus.get_status_display()} by {bonus.decided_by_name}. Nothing was "
            "changed."
        )


class SamePersonPays(Refused):
    def __init__(self, bonus: Bonus) -> None:
        super().__init__(
            f"{bonus.proposed_by_name} proposed this bonus, so somebody else has to agree. Nothing "
            "was paid. Ask another finance approver."
        )


@action("capitation.propose_bonus")
def propose_bonus(
    *, actor: Actor, party_id: int, first_month: date, last_month: date, amount_cents: int,
    source: str, measured: str, rests_on_referrals: bool, now: datetime,
) -> Bonus:  # fmt: skip
    """
    Propose a bonus for a practice out of a pool, saying what was measured.

    :raises NoBonus: without words, money or months
    :raises ProposedBefore: if one of the same months and source stands
    """
    if not measured.strip():
        raise NoBonus("Say what was measured: the payee and CMS may ask.")
    if amount_cents <= 0 or last_month < first_month or last_month > now.date():
        raise NoBonus("A bonus is more than nothing, for months that are over.")
    lock("payments")
    same = {"party_id": party_id, "first_month": first_month, "last_month": last_month,
            "source": Bonus.Source(source)}  # fmt: skip
    before = Bonus.objects.filter(**same).exclude(status=Bonus.Status.REFUSED).first()
    if before is not None:
        raise ProposedBefore(before)
    party = Party.objects.get(pk=party_id, kind=Party.Kind.PRACTICE)
    bonus = Bonus.objects.create(
        **same, amount_cents=amount_cents, measured=measured.strip(),
        rests_on_referrals=rests_on_referrals, proposed_at=now, proposed_by_id=actor.user_id,
        proposed_by_name=actor.name,
    )  # fmt: skip
    record(actor=actor, action="capitation.bonus.proposed", subject=bonus, party_id=party.pk,
           amount_cents=amount_cents, source=source)  # fmt: skip
    return bonus


@action("capitation.decide_bonus")
def pay_bonus(*, actor: Actor, bonus_id: int, now: datetime) -> Bonus:
    """
    Agree to a bonus: it is booked out of its pool, and paid with what the practice is owed.

    :raises DecidedBefore: if it was decided
    :raises SamePersonPays: if the actor proposed it
    :raises BonusHeld: while a hold stands on the practice's bonuses, or on everything
    :raises NotInThePool: if its pool has less
    """
    lock("payments")  # whoever places a hold takes it too: the hold is seen, or comes after
    bonus = _proposed(bonus_id)
    if actor.user_id is None or actor.user_id == bonus.proposed_by_id:
        raise SamePersonPays(bonus)
    hold = hold_on_bonus(bonus.party_id)
    if hold is not None:
        raise BonusHeld(hold)
    ipa = Party.objects.get(kind=Party.Kind.IPA)
    has_cents = -balance(ipa, bonus.source)
    if has_cents < bonus.amount_cents:
        raise NotInThePool(bonus, has_cents)
    books.book(
        key=bonus.entry_key,
        date=timezone.localdate(now),
        description=f"Bonus {bonus.first_month:%Y-%m} to {bonus.last_month:%Y-%m}",
        lines=[
            (books.account(ipa, bonus.source), bonus.amount_cents),
            (books.account(bonus.party_id, "payable"), -bonus.amount_cents),
        ],
        actor=actor,
        now=now,
    )
    return _decide(bonus, Bonus.Status.PAID, "", actor, now)


@action("capitation.decide_bonus")
def refuse_bonus(*, actor: Actor, bonus_id: int, text: str, now: datetime) -> Bonus:
    """
    Refuse a bonus, saying why; another may be proposed.

    :raises NoBonus: without words
    :raises DecidedBefore: if it was decided
    """
    if not text.strip():
        raise NoBonus("Say why it is refused.")
    return _decide(_proposed(bonus_id), Bonus.Status.REFUSED, text.strip(), actor, now)


def hold_on_bonus(party_id: int) -> Hold | None:
    """The oldest live hold that stops a party's bonuses."""
    return Hold.objects.live_on_bonuses().filter(party=party_id).order_by("pk").first()


def _proposed(bonus_id: int) -> Bonus:
    bonus = Bonus.objects.select_for_update().get(pk=bonus_id)
    if bonus.status != Bonus.Status.PROPOSED:
        raise DecidedBefore(bonus)
    return bonus


def _decide(bonus: Bonus, status: str, text: str, actor: Actor, now: datetime) -> Bonus:
    bonus.status, bonus.decided_at, bonus.decision_text = status, now, text
    bonus.decided_by_id, bonus.decided_by_name = actor.user_id, actor.name
    bonus.save(
        update_fields=["status", "decided_at", "decided_by_id", "decided_by_name", "decision_text"]
    )
    record(actor=actor, action=f"capitation.bonus.{status}", subject=bonus,
           party_id=bonus.party_id, amount_cents=bonus.amount_cents)  # fmt: skip
    return bonus
