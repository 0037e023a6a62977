"""Pricing claims: by the terms and the schedule in force on the day of service, all at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from compliance.models import Claim, ClaimLine, ClaimTerms, FeePrice, FeeSchedule
from compliance.queries.case_rates import place_case_rates
from compliance.rules.claims import State
from compliance.rules.pricing import Price, allowed, price_of
from compliance.rules.prompt_pay import Regime, Rule, by_contract, rule_on

# What pricing says of a line, to be saved.
PRICED = ("allowed_cents", "price_words", "case_rate", "is_included")


@dataclass(slots=True)
class Terms:
    """Terms of a payer, the newest that applies first, and the schedules they name."""

    rows: list[ClaimTerms]
    schedules: dict[str, list[FeeSchedule]]

    @classmethod
    def of(cls, payer_id: int) -> "Terms":
        rows = list(ClaimTerms.objects.filter(payer=payer_id).order_by("-effective_date", "-pk"))
        schedules: dict[str, list[FeeSchedule]] = {}
        names = {row.schedule_name for row in rows}
        found = FeeSchedule.objects.filter(name__in=names).order_by("-effective_date", "-pk")
        for schedule in found:
            schedules.setdefault(schedule.name, []).append(schedule)
        return cls(rows, schedules)

    def on(self, party_id: int | None, day: date) -> ClaimTerms | None:
        """A practice's own terms on a day, else those of everybody."""
        begun = [row for row in self.rows if row.effective_date <= day]
        own = [row for row in begun if row.party_id is not None and row.party_id == party_id]
        return next(iter(own), None) or next((row for row in begun if row.party_id is None), None)

    def schedule_on(self, terms: ClaimTerms, day: date) -> FeeSchedule | None:
        """The version of the schedule in force on a day."""
        found = self.schedules.get(terms.schedule_name, [])
        return next((one for one in found if one.effective_date <= day), None)


def prompt_pay_rule(terms: ClaimTerms, received_on: date) -> Rule:
    """By when a claim under these terms has to be paid."""
    if terms.regime == Regime.CONTRACT:
        return by_contract(terms.days, terms.yearly_pct, terms.citation, terms.effective_date)
    return rule_on(Regime(terms.regime), received_on)


def price(payer_id: int, claims: Sequence[Claim], lines: dict[int, list[ClaimLine]]) -> None:
    """
    Say what is allowed for the lines of claims that are ready; those without a price wait.

    `lines` are by the place of their claim in `claims`; nothing is saved here.
    """
    terms = Terms.of(payer_id)
    place_case_rates(payer_id, claims, lines)
    wanted = [
        (place, claim, line)
        for place, claim in enumerate(claims)
        if claim.state == State.READY
        for line in lines.get(place, [])
    ]
    versions = {place: _version(terms, claim) for place, claim, _ in wanted}
    left = {line.procedure for _, _, line in wanted if line.case_rate_id is None}
    prices = _prices(versions.values(), left)
    for place, claim in enumerate(claims):
        if claim.state == State.READY:
            _price_claim(claim, lines.get(place, []), versions.get(place), prices)


Version = tuple[ClaimTerms, FeeSchedule | None]


def _version(terms: Terms, claim: Claim) -> Version | None:
    found = terms.on(claim.party_id, claim.first_day)
    return (found, terms.schedule_on(found, claim.first_day)) if found else None


def _prices(versions: Iterable, procedures: set[str]) -> dict[tuple[int, str, str], FeePrice]:
    keys = {version[1].pk for version in versions if version and version[1]}
    rows = FeePrice.objects.filter(schedule__in=keys, procedure__in=procedures)
    return {(one.schedule_id, one.procedure, one.modifier): one for one in rows}


def _price_claim(claim: Claim, lines: Sequence[ClaimLine], version: Version | None, prices) -> None:
    """Price what no case rate covers, and the claim as the sum of its lines."""
    left = [line for line in lines if line.case_rate_id is None]
    if version is None or (version[1] is None and left):
        claim.state, claim.reason = State.WAITING, "no_price"
        claim.detail = "no terms, or no version of their schedule, are in force on the day"
    else:
        _price_lines(claim, left, *version, prices)
    if claim.state == State.READY:
        claim.allowed_cents = sum(line.allowed_cents for line in lines)
    else:
        for line in lines:
            line.allowed_cents, line.price_words = None, ""
            line.case_rate_id, line.is_included = None, False


def _price_lines(
    claim: Claim, lines: Sequence[ClaimLine], terms: ClaimTerms, schedule: FeeSchedule, prices
) -> None:
    def find(procedure: str, modifier: str) -> Price | None:
        row = prices.get((schedule.pk, procedure, modifier))
        return Price(row.office_cents, row.facility_cents, str(schedule)) if row else None

    for line in lines:
        found = price_of(find, line.procedure, line.modifiers)
        if found is None:
            claim.state, claim.reason = State.WAITING, "no_price"
            claim.detail = f"line {line.number}: {line.procedure or line.revenue_code}, {schedule}"
            return
        said = allowed(
            found, pct=terms.pct, units=line.units, charge_cents=line.charge_cents,
            place_of_service=claim.place,
        )  # fmt: skip
        line.allowed_cents, line.price_words = said.cents, said.words[:200]
