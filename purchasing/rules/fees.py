"""What vendors pay the IPA for arranging purchases: how much is safe, and who must be told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ipaportal.core.money import split

CITATION = "42 CFR 1001.952(j)"
SAFE_PCT = Decimal(3)
DISCLOSURE_DAYS = 365


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """
    What the agreement with a practice says of one vendor's fee.

    Either no more than 3 % of the price, or the amount or the most that the vendor pays.
    """

    stated_pct: Decimal | None = None
    stated_cents: int | None = None

    @property
    def is_stated(self) -> bool:
        """Whether the agreement names an amount or a most."""
        return self.stated_pct is not None or self.stated_cents is not None


def addendum_text(supplier: str, most_pct: Decimal) -> str:
    """What a practice signs where a supplier's fee may be above three per cent."""
    return (
        f"{supplier} may pay the IPA, which buys for us as our agent, an administrative fee of at "
        f"most {most_pct.normalize():f} % of what we buy from it. This states the most that it "
        f"pays ({CITATION}) and goes before the 3 % of our agreement for this supplier alone. The "
        "IPA tells us every year in writing what it paid. We may end this at any time; fees for "
        "later periods are then at most 3 %."
    )


@dataclass(frozen=True, slots=True)
class FeeFinding:
    """Why a fee lies outside the safe harbour, and what to do."""

    code: str
    reason: str
    next_step: str


def judge_fee(fee_cents: int, purchases_cents: int, terms: FeeTerms) -> FeeFinding | None:
    """
    Why a fee on purchases is not safe; None if it is.

    Exactly 3 % is safe. Above it, the agreement must state what the vendor pays, and the fee must
    keep to it.
    """
    if fee_cents <= 0:
        return None
    if not terms.is_stated:
        if _is_within(fee_cents, purchases_cents, SAFE_PCT):
            return None
        return FeeFinding(
            "fee_above_3_pct",
            f"The fee is more than {SAFE_PCT} % of what was bought, and the agreement states no "
            "amount for this vendor.",
            "State the amount or the most in the agreement before the next fee is taken.",
        )
    if terms.stated_pct is not None and _is_within(fee_cents, purchases_cents, terms.stated_pct):
        return None
    if terms.stated_cents is not None and fee_cents <= terms.stated_cents:
        return None
    return FeeFinding(
        "fee_above_stated",
        "The fee is more than the agreement states for this vendor.",
        "Give back what is above it, or have a new agreement signed.",
    )


def _is_within(fee_cents: int, purchases_cents: int, pct: Decimal) -> bool:
    return fee_cents * 100 <= purchases_cents * pct


@dataclass(frozen=True, slots=True)
class FeeReceipt:
    """What a vendor paid for a period."""

    vendor: str
    period: str
    cents: int


@dataclass(frozen=True, slots=True)
class Bought:
    """What a practice bought from a vendor in a period."""

    vendor: str
    period: str
    practice: str
    cents: int


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One line of a practice's disclosure: what the vendor paid the IPA on its purchases."""

    practice: str
    vendor: str
    period: str
    bought_cents: int
    fee_cents: int


@dataclass(frozen=True, slots=True)
class Disclosures:
    """Every practice's lines, and receipts that no purchase explains: together all receipts."""

    lines: tuple[Disclosed, ...]
    unexplained: tuple[FeeReceipt, ...]

    @property
    def cents(self) -> int:
        """What lines and unexplained receipts come to."""
        return sum(line.fee_cents for line in self.lines) + sum(
            receipt.cents for receipt in self.unexplained
        )

    def of(self, practice: str) -> tuple[Disclosed, ...]:
        """What one practice is told."""
        return tuple(line for line in self.lines if line.practice == practice)


def disclose(receipts: Iterable[FeeReceipt], purchases: Iterable[Bought]) -> Disclosures:
    """Share every receipt by what practices bought, to the cent: what is disclosed is received."""
    bought: dict[tuple[str, str], dict[str, int]] = {}
    for one in purchases:
        practices = bought.setdefault((one.vendor, one.period), {})
        practices[one.practice] = practices.get(one.practice, 0) + one.cents
    lines, unexplained = [], []
    for (vendor, period), cents in sorted(_summed(receipts).items()):
        practices = {
            name: amount
            for name, amount in sorted(bought.get((vendor, period), {}).items())
            if amount > 0
        }
        if not practices:
            unexplained.append(FeeReceipt(vendor, period, cents))
            continue
        parts = split(cents, list(practices.values()))
        lines += [
            Disclosed(practice, vendor, period, amount, part)
            for (practice, amount), part in zip(practices.items(), parts, strict=True)
        ]
    return Disclosures(tuple(lines), tuple(unexplained))


def _summed(receipts: Iterable[FeeReceipt]) -> Mapping[tuple[str, str], int]:
    totals: dict[tuple[str, str], int] = {}
    for receipt in receipts:
        key = (receipt.vendor, receipt.period)
        totals[key] = totals.get(key, 0) + receipt.cents
    return totals


def disclosure_due(signed_on: date, disclosed_on: Sequence[date]) -> date:
    """The day by which a practice must be told: a year after it last was, or after it signed."""
    return max([signed_on, *disclosed_on]) + timedelta(days=DISCLOSURE_DAYS)


def is_overdue(due_on: date, today: date) -> bool:
    """Whether the day has passed."""
    return today > due_on


def most_fee_cents(purchases_cents: int, pct: Decimal) -> int:
    """The most that a fee may come to: a share of purchases, never rounded up."""
    return int(purchases_cents * pct // 100)
