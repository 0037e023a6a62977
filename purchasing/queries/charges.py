"""Charges, what may be taken from payouts, and what buying together saved."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.core.money import round_cents
from ipaportal.core.refusals import NotPermitted
from ipaportal.ledger.models import Account
from ipaportal.ledger.queries.balances import balances_by_party
from purchasing.models import Agreement, Charge, ChargeCredit, PurchaseLine
from purchasing.queries.awards import with_received
from purchasing.queries.orders import SHOP
from purchasing.queries.sites import practices_of
from purchasing.queries.troubles import returned
from purchasing.rules.ladders import scheme_of
from purchasing.rules.netting import (
    LEAST_AGE,
    Authorisation,
    Netting,
    OpenCharge,
    net,
    why_it_waits,
)
from purchasing.rules.savings import Baseline, BaselinePrice, Bought, Saving, saving_of
from purchasing.rules.tiers import price_at

VIEW = "purchasing.view_charges"


def with_taken(charges: QuerySet[Charge]) -> QuerySet[Charge]:
    """Charges with what was taken for each and kept, what was credited of it, and what is left."""
    return charges.annotate(
        credited_cents=Coalesce(_of_credits("cents"), 0),
        taken_cents=Coalesce(Sum("net_lines__cents"), 0)
        - Coalesce(_of_credits("given_back_cents"), 0),
    ).annotate(left_cents=F("cents") - F("credited_cents") - F("taken_cents"))


def _of_credits(column: str) -> Subquery:
    rows = ChargeCredit.objects.filter(charge=OuterRef("pk")).order_by().values("charge")
    return Subquery(rows.annotate(all=Sum(column)).values("all"), output_field=BigIntegerField())


def charges(*, actor: Actor, text: str = "", show: str = "") -> QuerySet[Charge]:
    """
    Every charge with what was taken for it.

    :raises NotPermitted: whoever may not see them
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = with_taken(Charge.objects.select_related("practice", "receipt__line"))
    if text:
        found = found.filter(practice__name__istartswith=text)
    return _shown(found, show)


def my_charges(*, actor: Actor, show: str = "") -> QuerySet[Charge]:
    """The charges of somebody's practices."""
    found = Charge.objects.filter(practice__in=practices_of(actor, SHOP))
    return _shown(with_taken(found.select_related("practice", "receipt__line")), show)


def _shown(found: QuerySet[Charge], show: str) -> QuerySet[Charge]:
    if show == "open":
        return found.filter(is_reversed=False, left_cents__gt=0)
    if show == "disputed":
        return found.filter(disputed_at__isnull=False, settled_at=None)
    return found


def charge_state(charge: Charge) -> str:
    """Where a charge stands, in a word or two."""
    if charge.is_reversed:
        return "reversed"
    if charge.is_disputed:
        return "disputed"
    if charge.left_cents <= 0:
        return "taken" if charge.taken_cents else "credited"
    return "partly taken" if charge.taken_cents else "open"


@dataclass(frozen=True)
class Planned:
    """What would be taken from one practice's payout."""

    practice: Practice
    netting: Netting
    charges: dict[str, Charge]


def planned_netting(today: date) -> list[Planned]:
    """What would be taken now, of every practice that signed for it or is charged."""
    rows: dict[int, list[Charge]] = defaultdict(list)
    found = with_taken(Charge.objects.filter(is_reversed=False))
    for one in found.filter(left_cents__gt=0).order_by("pk"):
        rows[one.practice_id].append(one)
    practices = Practice.objects.filter(pk__in=rows).order_by("name")
    owed = balances_by_party(Account.Kind.PAYABLE, party_ids=[one.party_id for one in practices])
    signed = {
        one.practice_id: _signed(one)
        for one in Agreement.objects.filter(
            practice__in=rows, kind=Agreement.Kind.NETTING, end_date=None
        )
    }
    return [
        Planned(
            practice,
            net(
                [_open(one) for one in rows[practice.pk]],
                max(-owed.get(practice.party_id, 0), 0),
                signed.get(practice.pk),
                today,
            ),
            {_key(one): one for one in rows[practice.pk]},
        )
        for practice in practices
    ]


def _key(one: Charge) -> str:
    return f"{one.pk:012}"  # so that the oldest of a day comes first


def _open(one: Charge) -> OpenCharge:
    return OpenCharge(_key(one), one.posted_date, one.left_cents, is_disputed=one.is_disputed)


def next_words(charge: Charge, today: date) -> str:
    """What happens next with a charge: when it may be taken, or why it is not."""
    if charge.is_reversed:
        return "Nothing: it is reversed, and what was taken was given back."
    if charge.left_cents <= 0:
        done = "taken" if charge.taken_cents else "credited"
        return f"Nothing: it is {done} whole."
    signed = Agreement.objects.filter(
        practice=charge.practice_id, kind=Agreement.Kind.NETTING, end_date=None
    ).first()
    waits = why_it_waits(_open(charge), signed and _signed(signed), today, LEAST_AGE)
    if waits is not None:
        return waits[1]
    return (
        "What is left of it is taken from the next payouts, the oldest charge first: at most "
        f"{signed.cap_pct.normalize():f} % of each."
    )


def _signed(one: Agreement) -> Authorisation:
    return Authorisation(one.effective_date, one.end_date, one.cap_pct)


def netting_digest(planned: Iterable[Planned]) -> str:
    """What somebody who looked at a plan has seen."""
    told = [
        [one.practice.pk, one.netting.payout_cents, one.netting.cap_cents,
         [[line.key, line.cents] for line in one.netting.lines]]
        for one in planned
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


# Savings ---------------------------------------------------------------------------------------


def savings_of(lines: QuerySet[PurchaseLine]) -> list[tuple[PurchaseLine, Saving, Saving]]:
    """
    What each line saved: against what the practice said it paid, and against the offers alone.

    Both were frozen before the order: the first with the commitment, the second when it opened.
    """
    found = with_received(lines).filter(received__gt=0)
    rows = found.select_related(
        "practice", "purchase__order", "commitment", "order_item__version", "order_item__level",
        "location",
    ).order_by("-pk")  # fmt: skip
    back = returned(lines)
    for line in rows:  # what went back was not bought in the end
        line.received -= back.get(line.pk, 0)
    kept = [line for line in rows if line.received > 0]
    return [(line, _against_paid(line), _against_alone(line)) for line in kept]


def _bought(line: PurchaseLine) -> Bought:
    # A pack is the unit here: both baselines are prices of the very pack that was bought.
    return Bought(
        line.practice.name, str(line.order_item), line.received,
        round_cents(line.price * line.received),
    )  # fmt: skip


def _against_paid(line: PurchaseLine) -> Saving:
    said = line.commitment
    baseline = said.pays_now and BaselinePrice(
        Baseline.LAST_PAID, Fraction(said.pays_now), said.made_at.date(), said.made_by_name
    )
    return saving_of(_bought(line), Baseline.LAST_PAID, baseline or None)


def _against_alone(line: PurchaseLine) -> Saving:
    price = price_at(scheme_of(line.order_item.ladder), line.packs)
    baseline = price and BaselinePrice(
        Baseline.BASE_TIER, Fraction(price), line.purchase.order.opens_at.date(), "frozen offers"
    )
    return saving_of(_bought(line), Baseline.BASE_TIER, baseline or None)


def my_savings(*, actor: Actor) -> list[tuple[PurchaseLine, Saving, Saving]]:
    """What somebody's practices saved."""
    return savings_of(PurchaseLine.objects.filter(practice__in=practices_of(actor, SHOP)))


def all_savings(*, actor: Actor) -> list[tuple[PurchaseLine, Saving, Saving]]:
    """
    What every practice saved.

    :raises NotPermitted: whoever may not see charges
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    return savings_of(PurchaseLine.objects.all())


def total_cents(found: Iterable[Saving]) -> int:
    """What savings of one kind come to; lines without a baseline count for nothing."""
    return sum(one.cents for one in found if one.cents is not None)
