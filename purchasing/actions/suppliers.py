"""Suppliers and their licences; contracts and their prices."""

import hashlib
from datetime import date, datetime
from decimal import Decimal

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.csvfiles import CellProblem
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from purchasing.formats.price_csv import PricedPack, read_prices
from purchasing.models import (
    PackLevel,
    PriceLine,
    PriceList,
    Supplier,
    SupplierLicence,
    SupplyContract,
)
from purchasing.queries.catalogue import item_named
from purchasing.rules.ladders import stored
from purchasing.rules.ndc import BadNdc, parse_ndc
from purchasing.rules.tiers import BadTiers, Scheme, Tier, scheme

MOST_FEE_PCT = Decimal(3)


class SupplierThere(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is a supplier already. Nothing was added. Open it in the list.")


class LicenceBackwards(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The last day lies before the first. Nothing was recorded. Check both dates."
        )


class LicenceIncomplete(Refused):
    """A state licence without a state, or a DEA registration without schedules."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is missing. Nothing was recorded. Read it off the licence.")


class NumberTaken(Refused):
    def __init__(self, number: str) -> None:
        super().__init__(
            f"There is a contract {number} with this supplier already. Nothing was recorded. "
            "Give prices to that one, or give the new one its own number."
        )


class FeeTooHigh(Refused):
    """More than the safe harbor allows without an amount stated to each practice."""

    def __init__(self, pct: Decimal) -> None:
        super().__init__(
            f"A fee of {pct} % of purchases is above 3 %, which is what practices' agreements "
            "state (42 CFR 1001.952(j)). Nothing was recorded. Agree at most 3 %, or say that each "
            "practice signs an addendum that states it before a fee is taken."
        )


class ContractBackwards(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The contract ends before it begins. Nothing was recorded. Check both days."
        )


class PeriodMissing(Refused):
    def __init__(self) -> None:
        super().__init__(
            "What a period bought decides the tier, and no period is named. Nothing was recorded. "
            "Choose the month, the quarter or the year that the contract says."
        )


class PricesRefused(Refused):
    """A price list with lines that cannot be used: none of it is applied."""

    def __init__(self, problems: list[CellProblem]) -> None:
        many = f"{len(problems)} lines" if len(problems) > 1 else "1 line"
        super().__init__(
            f"{many} of this list cannot be used. No price was changed. Correct the lines below "
            "and send the whole list again."
        )
        self.problems = problems


class SameListAgain(Refused):
    def __init__(self) -> None:
        super().__init__("This very list was applied for this day already. No price was changed.")


class OutsideContract(Refused):
    def __init__(self, contract: SupplyContract) -> None:
        until = f" to {contract.end_date}" if contract.end_date else " on"
        super().__init__(
            f"The contract holds from {contract.effective_date}{until}. No price was changed. "
            "Choose a day within it."
        )


@action("purchasing.edit_catalogue")
def add_supplier(
    *, actor: Actor, name: str, kind: str, email: str, minimum_cents: int, now: datetime,
    freight_cents: int = 0,
) -> Supplier:  # fmt: skip
    """
    Add a supplier; from the next screening on it is compared with the exclusion lists.

    :raises SupplierThere: if there is one of this name
    """
    if Party.objects.filter(kind=Party.Kind.SUPPLIER, name__iexact=name).exists():
        raise SupplierThere(name)
    party = Party.objects.create(kind=Party.Kind.SUPPLIER, name=name)
    supplier = Supplier.objects.create(
        party=party, kind=kind, email=email, minimum_cents=minimum_cents,
        freight_cents=freight_cents,
    )  # fmt: skip
    record(actor=actor, action="purchasing.supplier.added", subject=supplier, name=name)
    return supplier


@action("purchasing.edit_catalogue")
def record_licence(
    *, actor: Actor, supplier_id: int, kind: str, state: str, number: str, schedules: str,
    effective_date: date, expires_date: date, seen_where: str, now: datetime,
) -> SupplierLicence:  # fmt: skip
    """
    Record what a supplier is licensed for; a renewal of the same number supersedes it.

    :raises LicenceBackwards: if it ends before it begins
    :raises LicenceIncomplete: if the state or the schedules are missing
    """
    if expires_date < effective_date:
        raise LicenceBackwards
    if kind == SupplierLicence.Kind.STATE and not state:
        raise LicenceIncomplete("The state")
    if kind == SupplierLicence.Kind.DEA and not schedules:
        raise LicenceIncomplete("The schedules, such as 3 4 5,")
    supplier = Supplier.objects.select_for_update().get(pk=supplier_id)
    same = supplier.licences.filter(kind=kind, state=state, number=number, superseded_at=None)
    same.update(superseded_at=now)
    licence = SupplierLicence.objects.create(
        supplier=supplier,
        kind=kind,
        state=state,
        number=number,
        schedules=schedules,
        effective_date=effective_date,
        expires_date=expires_date,
        seen_where=seen_where,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    record(actor=actor, action="purchasing.licence.recorded", subject=supplier, kind=kind)
    return licence


@action("purchasing.edit_catalogue")
def record_contract(
    *, actor: Actor, supplier_id: int, number: str, effective_date: date, end_date: date | None,
    fee_pct: Decimal, source: str, now: datetime, metric: str = "units", scope: str = "item",
    effect: str = "order", period: str = "", rebate_kept_pct: Decimal | None = None,
    is_stated: bool = False,
) -> SupplyContract:  # fmt: skip
    """
    Record what was agreed with a supplier, and what its tiers count over which period.

    :raises PeriodMissing: if tiers count a period that is not named

    :raises NumberTaken: if the supplier has a contract of this number
    :raises ContractBackwards: if it ends before it begins
    :raises FeeTooHigh: if its fee is above what practices were told, and no addendum is to state it
    """
    if end_date is not None and end_date <= effective_date:
        raise ContractBackwards
    if fee_pct > MOST_FEE_PCT and not is_stated:
        raise FeeTooHigh(fee_pct)
    if effect != SupplyContract.Effect.ORDER and not period:
        raise PeriodMissing
    supplier = Supplier.objects.select_for_update().get(pk=supplier_id)
    if supplier.contracts.filter(number=number).exists():
        raise NumberTaken(number)
    contract = SupplyContract.objects.create(
        supplier=supplier,
        number=number,
        effective_date=effective_date,
        end_date=end_date,
        fee_pct=fee_pct,
        metric=metric,
        scope=scope,
        effect=effect,
        rebate_kept_pct=rebate_kept_pct or Decimal(0),
        period="" if effect == SupplyContract.Effect.ORDER else period,
        source=source,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    record(actor=actor, action="purchasing.contract.recorded", subject=contract)
    return contract


@action("purchasing.edit_catalogue")
def take_prices(
    *, actor: Actor, contract_id: int, effective_date: date, file_name: str, data: bytes,
    now: datetime,
) -> PriceList:  # fmt: skip
    """
    Take a price list from a day on, whole or not at all; earlier prices end the day before.

    :raises OutsideContract: if the contract does not hold on that day
    :raises PricesRefused: naming every line that cannot be used
    :raises SameListAgain: if this list was taken for this day
    """
    lock("supply contract", contract_id)  # nobody may change the row: it is not the row's lock
    contract = SupplyContract.objects.get(pk=contract_id)
    end = contract.end_date
    if effective_date < contract.effective_date or (end and effective_date >= end):
        raise OutsideContract(contract)
    read = read_prices(data)
    problems = list(read.problems)
    ladders = _ladders(read.packs, problems)
    if contract.scope == SupplyContract.Scope.CONTRACT:
        problems += _late_tiers(read.packs, ladders)
    if problems:
        raise PricesRefused(sorted(problems, key=lambda one: one.line_no))
    sha256 = hashlib.sha256(data).hexdigest()
    if contract.price_lists.filter(effective_date=effective_date, sha256=sha256).exists():
        raise SameListAgain
    made = PriceList.objects.create(
        contract=contract,
        effective_date=effective_date,
        file_name=file_name[:200],
        sha256=sha256,
        lines=sum(len(pack.tiers) for pack in read.packs),
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    apply_prices(made, ladders, now)
    record(actor=actor, action="purchasing.prices.taken", subject=made, lines=made.lines)
    return made


def _ladders(packs: tuple[PricedPack, ...], problems: list[CellProblem]) -> dict[PackLevel, Scheme]:
    """What each pack costs; whatever is not in the catalogue, or no ladder, is a problem."""
    found: dict[PackLevel, Scheme] = {}
    for pack in packs:
        item = item_named(pack.item) or item_named(_ndc12(pack.item))
        levels = list(item.levels.all()) if item else []
        level = next((one for one in levels if one.name.casefold() == pack.pack.casefold()), None)
        if level is None:
            known = ", ".join(str(one) for one in levels)
            why = (
                f"{pack.item} has no pack “{pack.pack}”: it comes as {known}."
                if item
                else f"{pack.item} is no item of the catalogue."
            )
            column, value = ("pack", pack.pack) if item else ("item", pack.item)
            problems.append(CellProblem(pack.line_no, column, value, "unknown", why))
            continue
        if level in found:
            why = f"{pack.item} in this pack stands in the list twice under two names."
            problems.append(CellProblem(pack.line_no, "item", pack.item, "twice", why))
            continue
        try:
            found[level] = scheme([Tier(low, price) for low, price in pack.tiers])
        except BadTiers as bad:
            why = f"Its tiers cannot be used: {bad.why}."
            problems.append(CellProblem(pack.line_no, "from_packs", pack.item, "tiers", why))
    return found


def _late_tiers(
    packs: tuple[PricedPack, ...], ladders: dict[PackLevel, Scheme]
) -> list[CellProblem]:
    """Where items are counted together, each has a price from the first pack on."""
    why = "This contract counts all items together, so each needs a price from 0 or 1 on."
    names = {level.name.casefold() for level, of in ladders.items() if of.tiers[0].minimum > 1}
    return [
        CellProblem(pack.line_no, "from_packs", pack.item, "tiers", why)
        for pack in packs
        if pack.pack.casefold() in names and min(low for low, _ in pack.tiers) > 1
    ]


def _ndc12(text: str) -> str:
    try:
        return parse_ndc(text).ndc12
    except BadNdc:
        return text


def apply_prices(made: PriceList, ladders: dict[PackLevel, Scheme], now: datetime) -> None:
    """Supersede what the list replaces; what held before the day holds on up to it."""
    start = made.effective_date
    old = PriceLine.objects.current().filter(contract=made.contract, level__in=ladders)
    old = list(old.exclude(end_date__lte=start).order_by("pk").select_for_update())
    PriceLine.objects.filter(pk__in=[line.pk for line in old]).update(
        superseded_no=made.pk, superseded_at=now
    )
    common = {"contract": made.contract}
    PriceLine.objects.bulk_create(
        [
            PriceLine(
                **common,
                level_id=line.level_id,
                price_list_id=line.price_list_id,
                tiers=line.tiers,
                effective_date=line.effective_date,
                end_date=start,
            )
            for line in old
            if line.effective_date < start
        ]
        + [
            PriceLine(
                **common,
                level=level,
                price_list=made,
                tiers=stored(of),
                effective_date=start,
                end_date=made.contract.end_date,
            )
            for level, of in ladders.items()
        ]
    )
