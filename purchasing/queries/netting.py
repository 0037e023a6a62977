"""Takings of charges from payouts that are done: what each took, of whom, and what it left."""

from dataclasses import dataclass
from datetime import date

from django.db.models import BigIntegerField, Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.ledger.queries.words import begins
from purchasing.models import Charge, NetCarried, NetLine, NettingRun
from purchasing.queries.orders import SHOP
from purchasing.queries.sites import practices_of

VIEW = "purchasing.view_charges"


def netting_runs(*, actor: Actor, text: str = "", show: str = "") -> QuerySet[NettingRun]:
    """
    Every taking, with how many charges of how many practices it was from.

    :raises NotPermitted: whoever may not see charges
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = NettingRun.objects.annotate(
        charges=_of_lines(Count("pk")),
        practices=_of_lines(Count("charge__practice", distinct=True)),
    )
    if text:
        theirs = begins("charge__practice__name", text)
        named = [kind.objects.filter(theirs).values("run") for kind in (NetLine, NetCarried)]
        found = found.filter(Q(pk__in=named[0]) | Q(pk__in=named[1]))
    return found.filter(carried_cents__gt=0) if show == "left" else found


def _of_lines(sum_up: Count) -> Coalesce:
    rows = NetLine.objects.filter(run=OuterRef("pk")).order_by().values("run")
    found = Subquery(rows.annotate(all=sum_up).values("all"), output_field=BigIntegerField())
    return Coalesce(found, 0)


@dataclass(frozen=True)
class Netted:
    """One charge in a taking: what was taken, what was left and why, under which cap."""

    charge: Charge
    cents: int
    left_cents: int
    code: str
    reason: str
    payout_cents: int
    cap_cents: int
    entry_id: int | None
    posted_on: date


def netted(run: NettingRun) -> list[Netted]:
    """Every charge that a taking looked at, by practice, the oldest first."""
    return _netted(run.lines.all(), run.carried.all())


def my_netted(*, actor: Actor, run_id: int) -> list[Netted]:
    """The charges of somebody's own practices in a taking; nothing of anybody else's."""
    mine = Q(run=run_id, charge__practice__in=practices_of(actor, SHOP))
    return _netted(NetLine.objects.filter(mine), NetCarried.objects.filter(mine))


def _netted(lines: QuerySet[NetLine], carried: QuerySet[NetCarried]) -> list[Netted]:
    taken = {one.charge_id: one for one in lines.select_related("charge__practice")}
    left = {one.charge_id: one for one in carried.select_related("charge__practice")}
    found = []
    for key in {**taken, **left}:
        line, rest = taken.get(key), left.get(key)
        one = line or rest
        found.append(
            Netted(
                one.charge,
                line.cents if line else 0,
                rest.cents if rest else 0,
                rest.code if rest else "",
                rest.reason if rest else "",
                one.payout_cents,
                one.cap_cents,
                line.entry_id if line else None,
                one.charge.posted_date,
            )
        )
    return sorted(found, key=lambda one: (one.charge.practice.name, one.posted_on, one.charge.pk))


def practice_sums(found: list[Netted]) -> dict[str, int]:
    """Of each practice once: what there was to pay, and the most that might be taken."""
    payouts = {one.charge.practice_id: (one.payout_cents, one.cap_cents) for one in found}
    return {
        "payouts": sum(payout for payout, _ in payouts.values()),
        "caps": sum(cap for _, cap in payouts.values()),
    }


def left_by_reason(found: list[Netted]) -> list[tuple[str, int, int]]:
    """Why charges waited: in words, how many, and what they came to; the largest first."""
    sums: dict[str, list[int]] = {}
    for one in found:
        if one.left_cents:
            told = sums.setdefault(one.code, [0, 0])
            told[0] += 1
            told[1] += one.left_cents
    ordered = sorted(sums.items(), key=lambda entry: (-entry[1][1], entry[0]))
    return [(code, count, cents) for code, (count, cents) in ordered]
