"""Whether an invoice's line may be taken: ordered, come, priced as agreed, and in the same pack."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from purchasing.rules.ladders import shortened
from purchasing.rules.packs import PackLevel, likelier_level

TAKEN, WAITS, REFUSED = "taken", "waiting", "refused"
CORRECTED = "Ask the supplier for a corrected invoice; nothing of this one counts."
WAIT_FOR_GOODS = "It is looked at again when more comes. Or have finance agree to it."


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was agreed on, what came, and what other invoices that stand ask for."""

    packs: int
    received: int
    invoiced: int
    price: Decimal
    unit: str
    level: PackLevel
    ladder: tuple[PackLevel, ...] = ()
    tier_prices: tuple[Decimal, ...] = ()
    """What the same contract asks at other volumes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the invoice asks for."""

    packs: int
    unit: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a line may be taken, and why not in words."""

    state: str
    code: str = ""
    reason: str = ""
    next_step: str = ""


def judge(asked: Asked, ordered: Ordered) -> Verdict:
    """Judge one line: what cannot be right is refused, what has not come yet waits."""
    for code, reason in (_pack(asked, ordered), _price(asked, ordered), _packs(asked, ordered)):
        if code:
            return Verdict(REFUSED, code, reason, CORRECTED)
    missing = ordered.invoiced + asked.packs - ordered.received
    if missing > 0:
        why = f"{missing:,} of {asked.packs:,} packs are invoiced before they came in order."
        return Verdict(WAITS, "not_come", why, WAIT_FOR_GOODS)
    return Verdict(TAKEN)


def _pack(asked: Asked, ordered: Ordered) -> tuple[str, str]:
    """Another unit, or a price that is that of another pack."""
    if asked.unit and asked.unit != ordered.unit:
        return "wrong_pack", (
            f"It is priced per {asked.unit[:4]}, and {ordered.unit} ({_words(ordered.level)}) was "
            "ordered."
        )
    each = Fraction(ordered.price) / ordered.level.eaches
    other = likelier_level(asked.price, ordered.level, ordered.ladder, each)
    if other is not None and other != ordered.level:
        return "wrong_pack", (
            f"${shortened(asked.price)} is about the price of {_words(other)}, and "
            f"{_words(ordered.level)} at ${shortened(ordered.price)} was ordered."
        )
    return "", ""


def _words(level: PackLevel) -> str:
    return f"{level.name} of {level.eaches:,}" if level.eaches > 1 else level.name


def _price(asked: Asked, ordered: Ordered) -> tuple[str, str]:
    """A price above what was agreed on, said as what it seems to be."""
    if asked.price <= ordered.price:
        return "", ""
    more = f"${shortened(asked.price)} a pack, and ${shortened(ordered.price)} was agreed on"
    if asked.price in ordered.tier_prices:
        return "wrong_tier", f"{more}: it is the contract's price at another volume."
    return "price_above", f"{more}: ${shortened(asked.price - ordered.price)} more."


def _packs(asked: Asked, ordered: Ordered) -> tuple[str, str]:
    if asked.packs == 0:
        return "nothing", "It asks for nothing."
    if ordered.invoiced + asked.packs > ordered.packs:
        before = f", and {ordered.invoiced:,} are invoiced already" if ordered.invoiced else ""
        return "above_order", (
            f"{asked.packs:,} packs are invoiced; {ordered.packs:,} were ordered{before}."
        )
    return "", ""


def state_of(verdicts: Sequence[str]) -> str:
    """What becomes of a whole invoice: one line refused refuses it, one that waits holds it."""
    if REFUSED in verdicts or not verdicts:
        return REFUSED
    return WAITS if WAITS in verdicts else TAKEN


@dataclass(frozen=True, slots=True)
class Match:
    """A line three ways, in packs, and in cents at the prices that were agreed on and asked."""

    ordered: int
    received: int
    invoiced: int
    price: Decimal
    received_cents: int
    invoiced_cents: int

    @property
    def difference_cents(self) -> int:
        """What is invoiced beyond what came, at the agreed price; below zero if less is asked."""
        return self.invoiced_cents - self.received_cents

    @property
    def words(self) -> str:
        """What the difference is, in words."""
        parts = []
        if self.invoiced < self.received:
            parts.append(f"{self.received - self.invoiced:,} packs came and are not invoiced")
        if self.invoiced > self.received:
            parts.append(f"{self.invoiced - self.received:,} packs are invoiced and have not come")
        if self.received < self.ordered:
            parts.append(f"{self.ordered - self.received:,} packs are still to come")
        if self.invoiced == self.received and self.difference_cents:
            way = "below" if self.difference_cents < 0 else "above"
            parts.append(f"the invoiced price is {way} the agreed one")
        return "; ".join(parts) or "all three agree"
