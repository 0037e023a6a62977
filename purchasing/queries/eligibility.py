"""Under which contracts practices may buy, asked for everybody who commits and is ordered for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.core.spans import Span
from purchasing.models import ContractReach, Eligibility, Offer, SupplyContract
from purchasing.queries.sites import practices_of
from purchasing.rules.eligibility import NAMED, Access, not_eligible
from purchasing.rules.gates import Refusal


def reach_of(contract: SupplyContract) -> ContractReach | None:
    """What was said last about who may buy under a contract; None means everybody."""
    return contract.reach.filter(superseded_at=None).first()


def standings_of(contract: SupplyContract) -> QuerySet[Eligibility]:
    """How practices stand with a contract now."""
    found = contract.eligibilities.filter(superseded_at=None)
    return found.select_related("practice").order_by("practice__name", "pk")


def access_of(contract: SupplyContract, row: Eligibility | None, *, is_named: bool) -> Access:
    """How a practice stands with a contract, as rules read it."""
    if row is None:
        return Access(str(contract), is_named)
    span = Span(row.effective_date, row.end_date) if row.effective_date else None
    return Access(str(contract), is_named, row.state, span)


def named_contracts(order_id: int, version_id: int) -> list[SupplyContract]:
    """The contracts that offer an item in a group order, and are for named practices alone."""
    offers = Offer.objects.filter(order_item__order=order_id, order_item__version=version_id)
    found = SupplyContract.objects.filter(pk__in=_named()).filter(pk__in=offers.values("contract"))
    return list(found.select_related("supplier__party").order_by("pk"))


def _named() -> QuerySet:
    return ContractReach.objects.filter(open_to=NAMED, superseded_at=None).values("contract")


def eligibility_refusals(
    practice: Practice, contracts: Iterable[SupplyContract], day: date
) -> list[Refusal]:
    """Why a practice may not buy under contracts that are for named practices; nothing if so."""
    contracts = list(contracts)
    if not contracts:
        return []
    rows = Eligibility.objects.filter(
        practice=practice, contract__in=contracts, superseded_at=None
    )  # fmt: skip
    known = {one.contract_id: one for one in rows}
    told = (access_of(one, known.get(one.pk), is_named=True) for one in contracts)
    return [why for one in told if (why := not_eligible(one, practice.name, day))]


def refusals_in_order(
    practice: Practice, order_id: int, version_id: int, day: date, contract_id: int | None = None
) -> list[Refusal]:
    """
    Why a practice may not buy an item of a group order; nothing if it may.

    An award buys an item from one contract for all who are in, so whoever is in has to be eligible
    under each that offers it. Once it is awarded only that contract counts.
    """
    with seeing(EVERYBODY):  # contracts are staff's; a practice is told of its own standing
        found = named_contracts(order_id, version_id)
        if contract_id is not None:
            found = [one for one in found if one.pk == contract_id]
        return eligibility_refusals(practice, found, day)


@dataclass(frozen=True)
class Standing:
    """A contract and a practice that may buy under it, or why it may not."""

    practice: Practice
    contract: SupplyContract
    row: Eligibility | None
    refusal: Refusal | None


def my_standings(*, actor: Actor, day: date) -> list[Standing]:
    """Every contract in force with each practice that somebody buys for."""
    practices = list(practices_of(actor))
    ends = Q(end_date__isnull=True) | Q(end_date__gt=day)
    with seeing(EVERYBODY):  # with whom the IPA has contracts is for its practices; prices are not
        found = SupplyContract.objects.filter(ends, effective_date__lte=day)
        contracts = list(
            found.select_related("supplier__party").order_by("supplier__party__name", "pk")
        )
        named = set(_named().values_list("contract", flat=True))
        rows = Eligibility.objects.filter(practice__in=practices, superseded_at=None)
        known = {(one.practice_id, one.contract_id): one for one in rows}
    return [_standing(one, other, known, named, day) for one in practices for other in contracts]


def _standing(
    practice: Practice, contract: SupplyContract, known: Mapping, named: set[int], day: date
) -> Standing:
    row = known.get((practice.pk, contract.pk))
    access = access_of(contract, row, is_named=contract.pk in named)
    return Standing(practice, contract, row, not_eligible(access, practice.name, day))


def closed_contracts(*, actor: Actor, day: date) -> str:
    """Under how many contracts somebody may buy, in words; empty if it is all of them."""
    found = my_standings(actor=actor, day=day)
    may = sum(one.refusal is None for one in found)
    if may == len(found):
        return ""
    return (
        f"You may buy under {may:,} of {len(found):,} contracts; what the others offer is closed."
    )
