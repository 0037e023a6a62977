"""Addenda on fees above three per cent: who is asked for one, who signed, whom a fee misses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from credentialing.models import Practice
from ipaportal.core.scopes import EVERYBODY, seeing
from purchasing.models import FeeAddendum, SupplyContract
from purchasing.rules.fees import SAFE_PCT, FeeTerms


def above_harbor(today: date) -> list[SupplyContract]:
    """Contracts that hold and whose fee needs every practice's addendum; for practices as well."""
    ends = Q(end_date__isnull=True) | Q(end_date__gt=today)
    with seeing(EVERYBODY):  # that a supplier pays, and how much at most, is for whoever buys
        found = SupplyContract.objects.filter(ends, fee_pct__gt=SAFE_PCT)
        return list(found.select_related("supplier__party").order_by("supplier__party__name", "pk"))


def addenda_of(contract: SupplyContract) -> QuerySet[FeeAddendum]:
    """Everybody's addenda on a contract, those that ended too."""
    return contract.fee_addenda.select_related("practice").order_by("practice__name", "-pk")


def live_addendum(practice: Practice, contract: SupplyContract) -> FeeAddendum | None:
    """What a practice signed for a contract and has not ended."""
    return practice.fee_addenda.filter(contract=contract, end_date=None).first()


@dataclass(frozen=True)
class Addendum:
    """A contract that a practice may sign for, and what it signed."""

    contract: SupplyContract
    live: FeeAddendum | None


def asked_of(practice: Practice, today: date) -> list[Addendum]:
    """The addenda that a practice is asked for, signed or not."""
    return [Addendum(one, live_addendum(practice, one)) for one in above_harbor(today)]


def unstated(
    contract: SupplyContract, practices: Iterable[Practice], start: date, end: date
) -> list[Practice]:
    """
    Practices to whom the fee of a contract was not stated before a period, and all through it.

    A fee within three per cent needs no statement (42 CFR 1001.952(j)(1)(i)).
    """
    practices = list(practices)
    if contract.fee_pct <= SAFE_PCT:
        return []
    ends = Q(end_date__isnull=True) | Q(end_date__gte=end)
    told = contract.fee_addenda.filter(
        ends, practice__in=practices, effective_date__lte=start, most_pct__gte=contract.fee_pct
    )
    signed = set(told.values_list("practice_id", flat=True))
    return [one for one in practices if one.pk not in signed]


def terms_of(
    contract: SupplyContract, practices: Iterable[Practice], start: date, end: date
) -> FeeTerms:
    """What agreements say of all that a supplier pays on these practices' purchases."""
    is_stated = contract.fee_pct > SAFE_PCT and not unstated(contract, practices, start, end)
    return FeeTerms(stated_pct=contract.fee_pct if is_stated else None)
