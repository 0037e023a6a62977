"""Traces: what was read and which rule was used, so that every amount can be opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from capitation.rules.rates import Rate
from capitation.rules.terms import BASE_NAMES, STEP_NAMES, STEPS, Terms
from ipaportal.core.money import round_cents

ZERO_WORDS = {
    "not_covered": "The member was not covered in this month.",
    "not_on_day": "The member was not covered on the day that decides the month.",
    "status": "Members with this status are not paid under the terms.",
    "no_money": "The plan paid nothing for this member and month.",
    "no_rate": "No rate is known for this member; the terms say that nothing is paid.",
    "no_risk": "No risk score is known for this member; the terms say that nothing is paid.",
    "held_rate": "Held: no rate is known for this member.",
    "held_risk": "Held: no risk score is known for this member.",
}


@dataclass(frozen=True, slots=True)
class TraceInputs:
    """What was read for a member's month; two of them side by side give a difference's reason."""

    terms_id: int | None = None
    plan_code: str | None = None
    rate: Decimal | None = None
    risk: Decimal | None = None
    age: int | None = None
    sex: str | None = None
    pcps: str | None = None
    status: str | None = None
    premium: int | None = None
    received: int = 0
    covered_days: int = 0
    counted_days: int = 0
    # Of the days counted, those of a practice exclusive with the payer, where the terms add for it.
    exclusive_days: int = 0
    county: str | None = None


@dataclass(frozen=True, slots=True)
class TraceNode:
    """One step: its result in cents, the values it read, the rule in words, the clause."""

    name: str
    value: int
    parameters: Mapping[str, object] = field(default_factory=dict)
    rule: str = ""
    citation: str = ""
    children: tuple["TraceNode", ...] = ()


def trace_of(
    terms: Terms,
    figures: Mapping[str, int],
    inputs: TraceInputs,
    segments: Sequence[tuple[int, int, Rate | None]],
    decides: date | None,
    why_nothing: str | None,
    month_days: int,
    risk: Rate | None,
) -> tuple[TraceNode, ...]:
    """Write down how each component came about, in the order it was taken."""
    clause = terms.citation
    return (
        TraceNode(
            "expected",
            figures["expected"],
            {
                "premium": figures["premium"],
                "share_pct": terms.plan_share_pct,
                "exclusivity_pct": terms.exclusivity_pct,
                "exclusive_days": inputs.exclusive_days,
                "days": inputs.counted_days,
            },
            "The plan's share of the CMS premium, with the addition for days with a practice "
            "exclusive with it, less sequestration where the IPA bears it.",
            clause,
        ),
        TraceNode("received", figures["received"], {}, "What the plan's file says.", clause),
        *(_step_node(terms, name, figures, inputs, month_days) for name in STEPS),
        _provider_node(terms, figures, inputs, segments, decides, why_nothing, month_days, risk),
        TraceNode(
            "retained",
            figures["retained"],
            {"received": figures["received"]},
            "What is left of the money received stays with the IPA.",
            clause,
        ),
        TraceNode(
            "withhold",
            figures["withhold"],
            {"provider": figures["provider"], "withhold_pct": terms.withhold_pct},
            "A percentage of each payee's part, withheld.",
            clause,
        ),
    )


def _step_node(
    terms: Terms, name: str, figures: Mapping[str, int], inputs: TraceInputs, month_days: int
) -> TraceNode:
    step = terms.step(name)
    read: dict[str, object]
    if step.method == "pct":
        taken = sum(figures[s] for s in STEPS[: STEPS.index(name)])
        base = figures["received"] - taken if step.base == "remaining" else figures[step.base]
        read = {"base": step.base, "base_cents": base, "pct": step.value}
        rule = f"The {STEP_NAMES[name]}: a percentage of {BASE_NAMES[step.base]}."
    elif step.method == "pmpm":
        read = {"pmpm": step.value, "days": inputs.counted_days, "month_days": month_days}
        rule = f"The {STEP_NAMES[name]}: dollars per member and month, by the days counted."
    else:
        read, rule = {}, f"The terms have no {STEP_NAMES[name]}."
    return TraceNode(name, figures[name], read, rule, terms.citation)


def _provider_node(
    terms: Terms,
    figures: Mapping[str, int],
    inputs: TraceInputs,
    segments: Sequence[tuple[int, int, Rate | None]],
    decides: date | None,
    why_nothing: str | None,
    month_days: int,
    risk: Rate | None,
) -> TraceNode:
    read: dict[str, object] = {
        "assignment_rule": terms.assignment_rule,
        "decided_on": decides,
        "pcps": inputs.pcps,
        "plan_code": inputs.plan_code,
        "sex": inputs.sex,
        "age": inputs.age,
        "county": inputs.county,
    }
    if risk:
        read |= {"risk": risk.value, "risk_defaulted": risk.defaulted}
    if why_nothing:
        read["reason"] = why_nothing
        return TraceNode("provider", 0, read, ZERO_WORDS[why_nothing], terms.citation)
    children = tuple(
        _segment_node(terms, provider, days, rate, month_days, risk)
        for provider, days, rate in segments
    )
    rule = "Days at one rate are rounded once; their parts are added."
    return TraceNode("provider", figures["provider"], read, rule, terms.citation, children)


def _segment_node(
    terms: Terms, provider: int, days: int, rate: Rate, month_days: int, risk: Rate | None
) -> TraceNode:
    read: dict[str, object] = {"days": days, "month_days": month_days}
    if terms.rate_model == "percent":
        read["rate_pct"] = rate.value
        rule = "A percentage of what the plan paid for the member."
    else:
        full = round_cents(rate.value * (risk.value if risk else 1))
        read |= {"rate": rate.value, "rate_defaulted": rate.defaulted, "full_month": full}
        rule = "The full month, rounded once, by the days at this rate."
    return TraceNode("segment", provider, read, rule, terms.citation)
