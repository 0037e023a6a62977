"""Case rates of a contract: which list is in force, and what it gives the lines of claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from compliance.models import CaseRate, CaseRateList, Claim, ClaimLine
from compliance.rules.case_rates import CaseRate as Rule
from compliance.rules.case_rates import Placed, Service, place_rates
from compliance.rules.claims import State

MOST_WORDS = 200


@dataclass(slots=True)
class Rates:
    """Lists of a payer, the newest first; rates of a list are read when they are first asked."""

    lists: list[CaseRateList]
    rules: dict[int, list[Rule]]

    @classmethod
    def of(cls, payer_id: int) -> "Rates":
        rows = CaseRateList.objects.filter(payer=payer_id).order_by("-effective_date", "-pk")
        return cls(list(rows), {})

    def on(self, party_id: int | None, day: date) -> CaseRateList | None:
        """A practice's own list on a day, else that of everybody."""
        begun = [one for one in self.lists if one.effective_date <= day]
        own = (one for one in begun if one.party_id is not None and one.party_id == party_id)
        return next(own, None) or next((one for one in begun if one.party_id is None), None)

    def rates_of(self, found: CaseRateList) -> list[Rule]:
        """The rates of a list."""
        if found.pk not in self.rules:
            self.rules[found.pk] = [row.rule() for row in found.rows.all()]
        return self.rules[found.pk]


def place_case_rates(
    payer_id: int, claims: Sequence[Claim], lines: dict[int, list[ClaimLine]]
) -> None:
    """
    Let case rates price the lines of ready claims that they cover; nothing is saved here.

    `lines` are by the place of their claim in `claims`; a claim's first day decides.
    """
    rates = Rates.of(payer_id)
    for place, claim in enumerate(claims):
        if claim.state != State.READY:
            continue
        rows = lines.get(place, [])
        for line in rows:
            line.case_rate_id, line.is_included = None, False
        found = rates.on(claim.party_id, claim.first_day) if rates.lists else None
        if found is None:
            continue
        services = [Service(line.procedure, line.revenue_code, line.units) for line in rows]
        placed = place_rates(rates.rates_of(found), claim.drg, services)
        for line, one in zip(rows, placed, strict=True):
            if one is not None:
                _put(line, one, found)


def _put(line: ClaimLine, one: Placed, found: CaseRateList) -> None:
    line.case_rate_id, line.is_included = one.rate.key, one.is_included
    words = one.words if one.is_included else f"{one.words}, {found.citation}"
    line.allowed_cents, line.price_words = one.cents, words[:MOST_WORDS]


@dataclass(frozen=True)
class Step:
    """One step of how a claim came to its price: a case rate, or the fee schedule."""

    words: str
    bears: tuple[int, ...]
    includes: tuple[int, ...]
    cents: int
    rate: CaseRate | None = None


def price_steps(lines: Sequence[ClaimLine]) -> list[Step]:
    """How a claim with a case rate came to its price: the steps sum to it; none without one."""
    keys = {line.case_rate_id for line in lines} - {None}
    if not keys or any(line.allowed_cents is None for line in lines):
        return []
    rates = CaseRate.objects.select_related("version").in_bulk(keys)
    found = [_step(rates[key], [line for line in lines if line.case_rate_id == key])
             for key in sorted(keys)]  # fmt: skip
    rest = [line for line in lines if line.case_rate_id is None]
    if rest:
        numbers = tuple(line.number for line in rest)
        cents = sum(line.allowed_cents or 0 for line in rest)
        found.append(Step("Fee schedule, line by line", numbers, (), cents))
    return found


def _step(rate: CaseRate, lines: Sequence[ClaimLine]) -> Step:
    return Step(
        f"{rate.name}, {rate.get_per_display()}",
        tuple(line.number for line in lines if not line.is_included),
        tuple(line.number for line in lines if line.is_included),
        sum(line.allowed_cents or 0 for line in lines),
        rate,
    )
