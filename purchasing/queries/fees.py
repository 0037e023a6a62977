"""Fees that suppliers paid: what a period was worth, whose purchases it was on, who was told."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.core.money import round_cents
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.queries.people import ipa_party
from purchasing.models import (
    Agreement,
    Disclosure,
    FeeAddendum,
    FeeReceipt,
    FeeShare,
    RebateReceipt,
    RebateShare,
    Receipt,
    SupplyContract,
)
from purchasing.queries.fee_addenda import terms_of, unstated
from purchasing.queries.rebates import kept_in
from purchasing.queries.sites import practices_of
from purchasing.rules import fees as rules

VIEW = "purchasing.view_charges"


@dataclass(frozen=True)
class PlannedFee:
    """What a fee would be booked as: the purchases it is on, and each practice's part."""

    contract: SupplyContract
    bought_cents: int
    shares: tuple[tuple[Practice, int, int], ...]
    unsigned: tuple[Practice, ...]
    unstated: tuple[Practice, ...]
    """To whom a fee above three per cent was not stated before the period; none if it is within."""
    kept_cents: int
    """What is kept of rebates on these purchases already: it counts like a fee."""
    finding: rules.FeeFinding | None

    @property
    def most_cents(self) -> int:
        """The most that the contract allows on these purchases."""
        return rules.most_fee_cents(self.bought_cents, self.contract.fee_pct)

    @property
    def most_pct(self) -> Decimal:
        """The most that practices signed for."""
        return rules.SAFE_PCT if self.unstated else max(rules.SAFE_PCT, self.contract.fee_pct)


def bought_in(contract: SupplyContract, start: date, end: date) -> dict[Practice, int]:
    """What each practice received in order under a contract in a period, at the award's price."""
    rows = Receipt.objects.filter(
        line__contract=contract,
        packs__gt=0,
        recorded_at__date__gte=start,
        recorded_at__date__lt=end,
    ).exclude(charge__is_reversed=True)
    found: dict[Practice, int] = defaultdict(int)
    for one in rows.select_related("line__practice").order_by("pk"):
        found[one.line.practice] += round_cents(one.line.price * one.packs)
    return found


def planned_fee(contract: SupplyContract, start: date, end: date, cents: int) -> PlannedFee:
    """What a fee would be booked as, and why not where it may not be."""
    bought = bought_in(contract, start, end)
    by_key = {f"{one.pk:012d}": one for one in bought}
    told = rules.disclose(
        [rules.FeeReceipt("fee", "period", cents)],
        [rules.Bought("fee", "period", key, bought[one]) for key, one in by_key.items()],
    )
    total, kept = sum(bought.values()), kept_in(contract, start, end)
    return PlannedFee(
        contract,
        total,
        tuple((by_key[one.practice], one.bought_cents, one.fee_cents) for one in told.lines),
        tuple(unsigned_of(bought, end)),
        tuple(unstated(contract, bought, start, end)),
        kept,
        rules.judge_fee(cents, total, rules.FeeTerms(stated_pct=contract.fee_pct))
        or rules.judge_fee(cents + kept, total, terms_of(contract, bought, start, end)),
    )


def unsigned_of(practices: Iterable[Practice], end: date) -> list[Practice]:
    """Those who signed nothing before a day that lets the IPA be paid on their purchases."""
    practices = list(practices)
    signed = set(
        Agreement.objects.filter(
            kind=Agreement.Kind.BUYING, practice__in=practices, effective_date__lt=end
        ).values_list("practice_id", flat=True)
    )
    return [one for one in practices if one.pk not in signed]


def harbor_finding(
    contract: SupplyContract, start: date, end: date, more_cents: int
) -> tuple[rules.FeeFinding | None, int]:
    """Why the IPA may not have this much more on a period's purchases, and the most it may have."""
    fees = FeeReceipt.objects.filter(contract=contract, start_date__lt=end, end_date__gt=start)
    had = fees.aggregate(cents=Sum("cents", default=0))["cents"] + kept_in(contract, start, end)
    bought = bought_in(contract, start, end)
    total, terms = sum(bought.values()), terms_of(contract, bought, start, end)
    most = rules.most_fee_cents(total, terms.stated_pct or rules.SAFE_PCT)
    return rules.judge_fee(had + more_cents, total, terms), most


def fee_receipts(*, actor: Actor, text: str = "", year: int | None = None) -> QuerySet[FeeReceipt]:
    """
    What suppliers paid.

    :raises NotPermitted: whoever may not see it
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = FeeReceipt.objects.select_related("contract__supplier__party", "reversal")
    if text:
        found = found.filter(contract__supplier__party__name__istartswith=text)
    return found.filter(received_date__year=year) if year else found


def told_cents(year: int) -> tuple[int, int]:
    """What was received in a year, and what practices are told of it: the same, by invariant."""
    received, told = (
        sum(
            rows.filter(received_date__year=year).aggregate(all=Sum(column, default=0))["all"]
            for rows, column in pair
        )
        for pair in (
            ((FeeReceipt.objects, "cents"), (RebateReceipt.objects, "kept_cents")),
            ((FeeShare.objects, "cents"), (RebateShare.objects, "kept_cents")),
        )
    )
    return received, told


def my_shares(*, actor: Actor) -> QuerySet[FeeShare]:
    """What suppliers paid the IPA on purchases of somebody's practices."""
    mine = FeeShare.objects.filter(practice__in=practices_of(actor))
    return mine.select_related("practice", "supplier__party")


def my_kept(*, actor: Actor) -> QuerySet[RebateShare]:
    """What the IPA kept of rebates on purchases of somebody's practices: a fee like another."""
    mine = RebateShare.objects.filter(practice__in=practices_of(actor)).exclude(kept_cents=0)
    return mine.select_related("practice", "supplier__party")


def my_disclosures(*, actor: Actor) -> QuerySet[Disclosure]:
    """What somebody's practices were told in writing."""
    mine = Disclosure.objects.filter(practice__in=practices_of(actor))
    return mine.select_related("practice")


@dataclass(frozen=True)
class Told:
    """A practice in a year: what it would be told, what it was told, and until when it must be."""

    practice: Practice
    content: Mapping[str, object]
    last: Disclosure | None
    due_on: date | None

    @property
    def is_news(self) -> bool:
        """Whether it was not told yet, or of something else."""
        return self.last is None or self.last.content != self.content


def told_in(year: int) -> list[Told]:
    """Everybody who signed that the IPA buys for them, and what they are told of a year."""
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    running = Q(end_date=None) | Q(end_date__gte=first)
    rows = Agreement.objects.filter(running, kind=Agreement.Kind.BUYING, effective_date__lt=after)
    signed = {one.practice_id: one.effective_date for one in rows.order_by("-effective_date")}
    shares: dict[int, list[FeeShare]] = defaultdict(list)
    for one in FeeShare.objects.filter(received_date__year=year).select_related("supplier__party"):
        shares[one.practice_id].append(one)
    kept: dict[int, list[RebateShare]] = defaultdict(list)
    rebates = RebateShare.objects.filter(received_date__year=year).exclude(kept_cents=0)
    for one in rebates.select_related("supplier__party"):
        kept[one.practice_id].append(one)
    given: dict[int, list[Disclosure]] = defaultdict(list)
    for one in Disclosure.objects.order_by("pk"):
        given[one.practice_id].append(one)
    agent, stated = ipa_party(), stated_in(first, after)
    practices = Practice.objects.filter(pk__in={*signed, *shares, *kept}).order_by("name", "pk")
    return [
        Told(
            practice,
            content_of(
                agent.name if agent else "", practice, year, shares[practice.pk], kept[practice.pk]
            )
            | ({"stated": stated[practice.pk]} if practice.pk in stated else {}),
            next((one for one in reversed(given[practice.pk]) if one.year == year), None),
            _due(signed.get(practice.pk), given[practice.pk]),
        )
        for practice in practices
    ]


def stated_in(first: date, after: date) -> dict[int, list[dict[str, str]]]:
    """What addenda stated to each practice in a year."""
    running = Q(end_date=None) | Q(end_date__gt=first)
    rows = FeeAddendum.objects.filter(running, effective_date__lt=after)
    found: dict[int, list[dict[str, str]]] = defaultdict(list)
    for one in rows.select_related("supplier__party").order_by("effective_date", "pk"):
        found[one.practice_id].append(
            {
                "supplier": str(one.supplier),
                "most_pct": f"{one.most_pct.normalize():f}",
                "from": one.effective_date.isoformat(),
            }
        )
    return dict(found)


def _due(signed_on: date | None, given: list[Disclosure]) -> date | None:
    if signed_on is None:
        return None
    return rules.disclosure_due(signed_on, [one.given_at.date() for one in given])


def content_of(
    agent: str,
    practice: Practice,
    year: int,
    shares: list[FeeShare],
    kept: list[RebateShare],
) -> dict[str, object]:
    """What a practice is told of a year, as it is frozen."""
    return {
        "agent": agent,
        "practice": practice.name,
        "year": year,
        "citation": rules.CITATION,
        "cents": sum(one.cents for one in shares) + sum(one.kept_cents for one in kept),
        "lines": [
            {
                "supplier": str(one.supplier),
                "from": one.start_date.isoformat(),
                "to": one.end_date.isoformat(),
                "received": one.received_date.isoformat(),
                "bought_cents": one.bought_cents,
                "cents": one.cents,
            }
            for one in sorted(shares, key=lambda one: (one.received_date, one.pk))
        ]
        + [
            {
                "supplier": f"{one.supplier}, kept of a rebate",
                "from": one.start_date.isoformat(),
                "to": one.end_date.isoformat(),
                "received": one.received_date.isoformat(),
                "bought_cents": one.bought_cents,
                "cents": one.kept_cents,
            }
            for one in sorted(kept, key=lambda one: (one.received_date, one.pk))
        ],
    }
