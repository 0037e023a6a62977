"""
Case rates: one price for a whole case, or for each day of a stay, whatever its services are.

A rate is called for by the claim's diagnosis related group, by a procedure or by a revenue code; of
two ranges that hold a code the narrower one decides. What calls for it bears the price, the other
services that it covers are included at nothing, and what it does not cover is priced by the fee
schedule. A rate by group goes before those by procedure, these before those by revenue code; of
equals the dearer goes first, and a service that one covers calls for no other (how contracts
commonly say it; own knowledge, unverified). A case rate is owed once a claim, a rate a day for
every day; neither looks at the charge.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from compliance.rules.code_ranges import lies_in, width
from ipaportal.core.money import round_cents
from ipaportal.core.values import amount_text
from ipaportal.core.words import dollars_text


class Trigger(StrEnum):
    """What calls for a rate."""

    GROUP = "drg"
    PROCEDURE = "procedure"
    REVENUE = "revenue"


class Per(StrEnum):
    """What a rate is for."""

    CASE = "case"
    DAY = "day"


ORDER = tuple(Trigger)
TRIGGER_WORDS = {
    Trigger.GROUP: "DRG",
    Trigger.PROCEDURE: "procedure",
    Trigger.REVENUE: "revenue code",
}
PER_WORDS = {Per.CASE: "a case", Per.DAY: "a day"}


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes of services that a rate covers."""

    trigger: Trigger
    first: str
    last: str

    def holds(self, service: "Service") -> bool:
        """Whether a service is one of them."""
        return lies_in(service.code(self.trigger), self.first, self.last)


@dataclass(frozen=True, slots=True)
class CaseRate:
    """One rate of a contract: `key` says which row it is."""

    key: int
    name: str
    trigger: Trigger
    first: str
    last: str
    per: Per
    cents: int
    covers_all: bool = False
    includes: tuple[Codes, ...] = ()

    def covers(self, service: "Service") -> bool:
        """Whether a service that did not call for it is included."""
        return self.covers_all or any(codes.holds(service) for codes in self.includes)


@dataclass(frozen=True, slots=True)
class Service:
    """What a line says of itself."""

    procedure: str
    revenue: str
    units: Decimal

    def code(self, trigger: Trigger) -> str:
        """Its code of a kind; of a group a line has none."""
        return {Trigger.PROCEDURE: self.procedure, Trigger.REVENUE: self.revenue}.get(trigger, "")


@dataclass(frozen=True, slots=True)
class Placed:
    """What a line gets of a case rate, and in words how that came about."""

    rate: CaseRate
    cents: int
    is_included: bool
    words: str


def rate_of(rates: Iterable[CaseRate], trigger: Trigger, code: str) -> CaseRate | None:
    """The rate that a code calls for: the narrowest range that holds it."""
    held = [
        rate for rate in rates if rate.trigger == trigger and lies_in(code, rate.first, rate.last)
    ]
    return min(held, key=lambda rate: (width(rate.first, rate.last), rate.first), default=None)


def called(
    rates: Sequence[CaseRate], group: str, services: Sequence[Service]
) -> list[tuple[CaseRate, int]]:
    """Every rate that is called for, with the place of the line that calls, in their order."""
    found = []
    by_group = rate_of(rates, Trigger.GROUP, group) if group and services else None
    if by_group is not None:
        found.append((by_group, 0))
    for place, service in enumerate(services):
        for trigger in (Trigger.PROCEDURE, Trigger.REVENUE):
            code = service.code(trigger)
            rate = rate_of(rates, trigger, code) if code else None
            if rate is not None:
                found.append((rate, place))
    return sorted(found, key=_turn)


def _turn(one: tuple[CaseRate, int]) -> tuple[int, bool, int, int]:
    rate, place = one
    return ORDER.index(rate.trigger), rate.per == Per.DAY, -rate.cents, place


def place_rates(
    rates: Sequence[CaseRate], group: str, services: Sequence[Service]
) -> list[Placed | None]:
    """For each service what a case rate gives it; None where the fee schedule decides."""
    placed: list[Placed | None] = [None] * len(services)
    calls = called(rates, group, services)
    daily = {place for rate, place in calls if rate.per == Per.DAY}
    for rate, place in calls:
        if placed[place] is not None:
            continue
        placed[place] = _borne(rate, group, services[place])
        for other, service in enumerate(services):
            if placed[other] is not None:
                continue
            if rate.per == Per.DAY:  # each kind of day is paid, whatever else covers all
                is_included = other not in daily and rate.covers(service)
            else:  # a case is paid once, however often it is called for
                is_included = (rate, other) in calls or rate.covers(service)
            if is_included:
                words = f"included in “{rate.name}” of line {place + 1}"
                placed[other] = Placed(rate, 0, is_included=True, words=words)
    return placed


def _borne(rate: CaseRate, group: str, service: Service) -> Placed:
    """The price, on the line that calls for it."""
    code = group if rate.trigger == Trigger.GROUP else service.code(rate.trigger)
    why = f"“{rate.name}” for {TRIGGER_WORDS[rate.trigger]} {code}"
    if rate.per == Per.CASE:
        return Placed(rate, rate.cents, is_included=False, words=f"case rate {why}")
    days = max(Decimal(0), service.units)
    cents = round_cents(Decimal(rate.cents) / 100 * days)
    words = f"{amount_text(days)} × {dollars_text(rate.cents)} a day, {why}"
    return Placed(rate, cents, is_included=False, words=words)
