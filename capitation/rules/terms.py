"""Terms of a payer contract: how a dollar from the plan is divided, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ipaportal.core.money import dollars, percent_of, round_cents, round_div

# Taken in this order, from what the plan paid; the IPA retains the rest.
STEPS = ("admin_fee", "reinsurance", "hospital_pool", "specialist_pool", "pharmacy_pool")
STEP_NAMES = {
    "admin_fee": "administrative fee",
    "reinsurance": "reinsurance premium",
    "hospital_pool": "hospital pool",
    "specialist_pool": "specialist pool",
    "pharmacy_pool": "pharmacy pool",
}
BASE_NAMES = {
    "premium": "the CMS premium",
    "received": "what the plan paid",
    "remaining": "what remains",
} | {step: f"the {name}" for step, name in STEP_NAMES.items()}
METHODS = ("none", "pct", "pmpm")
RATE_MODELS = ("percent", "flat", "age_sex")
ASSIGNMENT_RULES = ("first_day", "as_of_day", "fifteen_thirty", "daily")
PAY_BASES = ("received", "eligible")
MISSING_POLICIES = ("default", "hold", "zero", "fail")
PCT = 10_000  # percentages have four decimals: whole numbers of ten-thousandths
ODD_CENT_OWNERS = ("largest_remainder", "most_days")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the waterfall: a percentage of a base, or dollars per member and month."""

    method: str = "none"
    value: Decimal = Decimal(0)
    base: str = "received"


@dataclass(frozen=True, slots=True)
class MissingPolicy:
    """What happens when an input of the rate is not known."""

    policy: str = "hold"
    default: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract says for a span of months; percentages are in percent (8 is 8 %)."""

    terms_id: int
    plan_share_pct: Decimal = Decimal(80)
    exclusivity_pct: Decimal = Decimal(0)
    sequestration_pct: Decimal = Decimal(0)
    sequestration_borne_by: str = "plan"
    admin_fee: Step = Step()
    reinsurance: Step = Step()
    hospital_pool: Step = Step()
    specialist_pool: Step = Step()
    pharmacy_pool: Step = Step()
    rate_model: str = "percent"
    rate_pct: Decimal = Decimal(0)
    flat_pmpm: Decimal = Decimal(0)
    risk_adjusted: bool = False
    withhold_pct: Decimal = Decimal(0)
    assignment_rule: str = "first_day"
    assignment_day: int = 15
    pay_basis: str = "received"
    unpaid_statuses: frozenset[str] = field(default_factory=frozenset)
    lookback_months: int = 6
    # None: no limit, the plan's own premium changes reach back as far as they go.
    premium_lookback_months: int | None = None
    missing_rate: MissingPolicy = MissingPolicy("hold")
    missing_risk: MissingPolicy = MissingPolicy("default", Decimal(1))
    odd_cent_owner: str = "largest_remainder"
    citation: str = ""

    def step(self, name: str) -> Step:
        """Give a step by its name."""
        return getattr(self, name)


def validate(terms: Terms) -> list[str]:
    """List what is wrong with terms, in sentences; an empty list means they can be used."""
    return [*_wrong_words(terms), *_wrong_steps(terms), *_wrong_numbers(terms)]


def _wrong_words(terms: Terms) -> list[str]:
    choices = {
        "rate_model": RATE_MODELS,
        "assignment_rule": ASSIGNMENT_RULES,
        "pay_basis": PAY_BASES,
        "odd_cent_owner": ODD_CENT_OWNERS,
        "sequestration_borne_by": ("plan", "ipa"),
    }
    problems = [
        f"{name} is {getattr(terms, name)!r}; it must be one of {', '.join(allowed)}."
        for name, allowed in choices.items()
        if getattr(terms, name) not in allowed
    ]
    for name in ("missing_rate", "missing_risk"):
        policy: MissingPolicy = getattr(terms, name)
        if policy.policy not in MISSING_POLICIES:
            problems.append(
                f"{name} is {policy.policy!r}; it must be one of {', '.join(MISSING_POLICIES)}."
            )
        if policy.default < 0:
            problems.append(f"The default of {name} must not be negative.")
    return problems


def _wrong_steps(terms: Terms) -> list[str]:
    problems = []
    known = {"premium", "received", "remaining"}
    for name in STEPS:
        step = terms.step(name)
        words = STEP_NAMES[name]
        if step.method not in METHODS:
            problems.append(f"The {words}'s method is {step.method!r}; it must be none, pct, pmpm.")
        if step.value < 0:
            problems.append(f"The {words} must not be negative.")
        if step.method == "pct" and step.value > 100:
            problems.append(f"The {words} must not be more than 100 %.")
        if step.method == "pct" and step.base not in known:
            problems.append(
                f"The {words} is a share of {BASE_NAMES.get(step.base, repr(step.base))}, "
                "which is not known at that step; choose an earlier one."
            )
        known.add(name)
    shares = sum(
        terms.step(name).value
        for name in STEPS
        if terms.step(name).method == "pct" and terms.step(name).base == "received"
    )
    if terms.rate_model == "percent":
        shares += terms.rate_pct
    if shares > 100:
        problems.append(f"The shares of what the plan paid add up to {_pct(shares)}, above 100 %.")
    return problems


def _wrong_numbers(terms: Terms) -> list[str]:
    problems = [
        f"{name} is {getattr(terms, name)}; it must be from 0 to 100 percent."
        for name in (
            "plan_share_pct",
            "exclusivity_pct",
            "sequestration_pct",
            "rate_pct",
            "withhold_pct",
        )
        if not 0 <= getattr(terms, name) <= 100
    ]
    if terms.plan_share_pct + terms.exclusivity_pct > 100:
        problems.append("The plan's share and the exclusivity addition are above 100 % together.")
    if not 1 <= terms.assignment_day <= 31:
        problems.append("The assignment day must be from 1 to 31.")
    if terms.flat_pmpm < 0:
        problems.append("The flat rate must not be negative.")
    if terms.lookback_months < 0 or (terms.premium_lookback_months or 0) < 0:
        problems.append("Look-back months must not be negative.")
    return problems


def sentence(terms: Terms) -> str:
    """Say terms in plain English."""
    parts = [_plan_sentence(terms)]
    taken = [
        f"{_amount(terms.step(name))} as the {STEP_NAMES[name]}"
        for name in STEPS
        if terms.step(name).method != "none"
    ]
    if taken:
        parts.append(f"The IPA takes {_listed(taken)}.")
    parts.append(_provider_sentence(terms))
    parts.append(_assignment_sentence(terms))
    parts.append(_lookback_sentence(terms))
    parts.append("What is left stays with the IPA.")
    return " ".join(parts)


def _plan_sentence(terms: Terms) -> str:
    text = f"The plan pays {_pct(terms.plan_share_pct)} of the CMS premium"
    if terms.exclusivity_pct:
        text += f", and {_pct(terms.exclusivity_pct)} more for practices exclusive with it"
    if terms.sequestration_pct and terms.sequestration_borne_by == "ipa":
        text += f", less {_pct(terms.sequestration_pct)} sequestration"
    return text + "."


def _provider_sentence(terms: Terms) -> str:
    rate = {
        "percent": f"{_pct(terms.rate_pct)} of what the plan paid",
        "flat": f"${dollars(round_cents(terms.flat_pmpm))} per member and month",
        "age_sex": "the rate of the member's plan, sex and age on the first of the month",
    }[terms.rate_model]
    if terms.risk_adjusted and terms.rate_model != "percent":
        rate += ", times the member's risk score"
    text = f"The PCP's practice earns {rate}"
    if terms.withhold_pct:
        text += f", of which {_pct(terms.withhold_pct)} is withheld"
    if terms.pay_basis == "received":
        text += "; nothing is paid for a member the plan paid nothing for"
    if terms.unpaid_statuses:
        text += f"; members with status {_listed(sorted(terms.unpaid_statuses), 'or')} are not paid"
    return text + "."


def _assignment_sentence(terms: Terms) -> str:
    return {
        "first_day": "The PCP on the first day of the month is paid for the month.",
        "as_of_day": f"The PCP on day {terms.assignment_day} is paid for the month.",
        "fifteen_thirty": f"A change up to day {terms.assignment_day} counts for the whole month, "
        "a later one from the next.",
        "daily": "Months are divided by days.",
    }[terms.assignment_rule]


def _lookback_sentence(terms: Terms) -> str:
    premium = terms.premium_lookback_months
    limit = "without limit" if premium is None else f"for {_months(premium)}"
    return (
        f"Changes reach back {_months(terms.lookback_months)}, "
        f"the plan's own premium changes {limit}."
    )


def one_dollar(
    terms: Terms, premium: Decimal = Decimal(1000), *, is_exclusive: bool = False
) -> Mapping[str, int]:
    """
    Divide an assumed premium, for the drawn waterfall: whole cents by component.

    The provider's part of an age and sex table is unknown here and counts as retained.
    """
    premium_cents = round_cents(premium)
    received = expected_cents(terms, premium_cents, int(is_exclusive))
    parts = components(terms, received, premium_cents, 1, 1)
    if terms.rate_model == "percent":
        provider = percent_of(received, terms.rate_pct)
    else:
        provider = round_cents(terms.flat_pmpm) if terms.rate_model == "flat" else 0
    retained = received - sum(parts.values()) - provider
    withhold = percent_of(provider, terms.withhold_pct)
    return {
        "premium": premium_cents,
        "received": received,
        **parts,
        "provider": provider,
        "retained": retained,
        "withhold": withhold,
    }


def expected_cents(
    terms: Terms, premium_cents: int, exclusive_days: int = 0, counted_days: int = 1
) -> int:
    """Work out what the plan owes for a premium; the exclusivity addition goes by days."""
    share = int(terms.plan_share_pct * PCT)
    addition = int(terms.exclusivity_pct * PCT)
    expected = round_div(
        premium_cents * (share * counted_days + addition * exclusive_days),
        100 * PCT * counted_days,
    )
    if terms.sequestration_borne_by == "ipa":
        expected -= percent_of(expected, terms.sequestration_pct)
    return expected


def components(
    terms: Terms, received: int, premium: int, counted_days: int, month_days: int
) -> dict[str, int]:
    """Work out fee, reinsurance and pools, in their order, in cents."""
    bases = {"premium": premium, "received": received, "remaining": received}
    for name in STEPS:
        step = terms.step(name)
        if step.method == "pct":
            bases[name] = percent_of(bases[step.base], step.value)
        elif step.method == "pmpm":
            bases[name] = round_div(round_cents(step.value) * counted_days, month_days)
        else:
            bases[name] = 0
        bases["remaining"] -= bases[name]
    return {name: bases[name] for name in STEPS}


def _pct(value: Decimal) -> str:
    text = f"{value:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def _amount(step: Step) -> str:
    if step.method == "pmpm":
        return f"${dollars(round_cents(step.value))} per member and month"
    return f"{_pct(step.value)} of {BASE_NAMES[step.base]}"


def _months(count: int) -> str:
    return f"{count} month{'' if count == 1 else 's'}"


def _listed(items: list[str], word: str = "and") -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"
