"""What one member's month is worth, and to whom: a pure function of the facts and the terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from capitation.rules.days import (
    Assignment,
    CoverageSpan,
    Exclusivity,
    Participation,
    Piece,
    counted_day,
    counted_pieces,
    covered_days,
    piece_without_pay,
)
from capitation.rules.rates import Cells, MissingInput, Rate, find_rate, find_risk
from capitation.rules.terms import STEPS, Terms, components, expected_cents
from capitation.rules.traces import TraceInputs, TraceNode, trace_of
from ipaportal.core.money import percent_of, round_cents, round_div, split, split_to_largest
from ipaportal.core.months import age_on, days_in

__all__ = [
    "Assignment",
    "CoverageSpan",
    "Entitlement",
    "Exclusivity",
    "MemberMonth",
    "MissingInput",
    "Participation",
    "Share",
    "TraceInputs",
    "TraceNode",
    "entitlement",
]


@dataclass(frozen=True, slots=True)
class MemberMonth:
    """What is known of a member for a coverage month (any span that touches it)."""

    member_id: int
    month: date
    coverage: tuple[CoverageSpan, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    participations: tuple[Participation, ...] = ()
    birth_date: date | None = None
    sex: str | None = None
    risk: Decimal | None = None
    premium_cents: int | None = None
    received_cents: int = 0
    # Statuses active on the first of the month.
    statuses: frozenset[str] = frozenset()
    exclusivities: tuple[Exclusivity, ...] = ()
    # The county known for the first of the month.
    county: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """One payee's part of the provider's money; practitioner None is nobody."""

    payee_id: int
    practitioner_id: int | None
    days: int
    provider: int
    withhold: int

    @property
    def key(self) -> tuple[int, int]:
        return self.payee_id, self.practitioner_id or 0


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Where a member's month goes, in whole cents, with what was read to come to it."""

    month_days: int
    premium: int = 0
    expected: int = 0
    received: int = 0
    admin_fee: int = 0
    reinsurance: int = 0
    hospital_pool: int = 0
    specialist_pool: int = 0
    pharmacy_pool: int = 0
    provider: int = 0
    retained: int = 0
    suspense: int = 0
    withhold: int = 0
    covered_days: int = 0
    counted_days: int = 0
    shares: tuple[Share, ...] = ()
    inputs: TraceInputs = field(default_factory=TraceInputs)
    zero_reason: str | None = None
    held_reason: str | None = None
    trace: tuple[TraceNode, ...] = ()


@dataclass(frozen=True, slots=True)
class _Segment:
    """The days paid at one rate: what they earn together, and the pieces that share it."""

    provider: int
    days: int
    pieces: tuple[Piece, ...]
    rate: Rate | None


def entitlement(
    facts: MemberMonth, terms: Terms, cells: Cells, unassigned_payee_id: int
) -> Entitlement:
    """
    Work out where a member's month goes.

    Days come first: who was covered, counted and assigned. Then each component is rounded once,
    and what is left of the money is retained.

    :raises MissingInput: if the terms say that a missing rate or risk score stops the run
    """
    month_days = days_in(facts.month)
    covered = covered_days(facts.coverage, facts.month)
    if covered == 0:
        return _suspended(facts, terms, month_days)
    pieces = counted_pieces(facts, terms, unassigned_payee_id)
    counted = sum(piece.days for piece in pieces)
    age = age_on(facts.birth_date, facts.month) if facts.birth_date else None
    unpaid = min(facts.statuses & terms.unpaid_statuses, default=None)
    risk = find_risk(facts, terms) if counted else None
    rates = [
        find_rate(piece.plan_code, facts.sex, age, facts.county, terms, cells) for piece in pieces
    ]
    zero, held = _why_nothing(facts, terms, unpaid, rates, risk)
    pays = not zero and not held
    segments = _segments(facts, terms, pieces, rates, risk, month_days, pays=pays)
    listed = pieces or (piece_without_pay(facts, unassigned_payee_id),)
    shares = _shares(segments, terms) if pieces else _unpaid_shares(listed)
    inputs = TraceInputs(
        **_looked_up(terms, pieces, rates, risk),
        terms_id=terms.terms_id,
        age=age,
        sex=facts.sex,
        pcps=_pcps(listed),
        status=unpaid,
        premium=facts.premium_cents,
        received=facts.received_cents,
        covered_days=covered,
        counted_days=counted,
        exclusive_days=_exclusive_days(terms, pieces),
        county=facts.county,
    )
    figures = _figures(facts, terms, inputs, month_days, segments, shares)
    return Entitlement(
        month_days=month_days,
        **figures,
        covered_days=covered,
        counted_days=counted,
        shares=shares,
        inputs=inputs,
        zero_reason=zero,
        held_reason=held,
        trace=trace_of(
            terms,
            figures,
            inputs,
            [(s.provider, s.days, s.rate) for s in segments],
            counted_day(terms, facts.month),
            zero or held,
            month_days,
            risk,
        ),
    )


def _exclusive_days(terms: Terms, pieces: Sequence[Piece]) -> int:
    if not terms.exclusivity_pct:
        return 0
    return sum(piece.days for piece in pieces if piece.is_exclusive)


def _figures(
    facts: MemberMonth,
    terms: Terms,
    inputs: TraceInputs,
    month_days: int,
    segments: Sequence[_Segment],
    shares: Sequence[Share],
) -> dict[str, int]:
    """Every component in cents; what is left of the money received is retained."""
    premium, received = facts.premium_cents or 0, facts.received_cents
    counted, exclusive = inputs.counted_days, inputs.exclusive_days
    parts = components(terms, received, premium, counted, month_days)
    provider = sum(segment.provider for segment in segments)
    return {
        "premium": premium,
        "expected": expected_cents(terms, premium, exclusive, counted or 1),
        "received": received,
        **parts,
        "provider": provider,
        "retained": received - sum(parts.values()) - provider,
        "suspense": 0,
        "withhold": sum(share.withhold for share in shares),
    }


def _looked_up(
    terms: Terms, pieces: Sequence[Piece], rates: Sequence[Rate], risk: Rate | None
) -> dict[str, object]:
    """Of several plans or rates in a month, the trace keeps the highest: it needs no order."""
    known = [rate.value for rate in rates if rate.value is not None]
    return {
        "plan_code": max((piece.plan_code for piece in pieces), default=None),
        "rate": max(known, default=None) if terms.rate_model != "percent" else None,
        "risk": risk.value if risk else None,
    }


def _suspended(facts: MemberMonth, terms: Terms, month_days: int) -> Entitlement:
    """Money for a month without coverage goes to nobody: it is owed back until matched."""
    received = facts.received_cents
    inputs = TraceInputs(
        terms_id=terms.terms_id,
        premium=facts.premium_cents,
        received=received,
        county=facts.county,
    )
    node = TraceNode(
        "suspense",
        received,
        {"received": received, "covered_days": 0},
        "The member was not covered in this month: the money is owed back until matched.",
        terms.citation,
    )
    return Entitlement(
        month_days=month_days,
        received=received,
        suspense=received,
        inputs=inputs,
        zero_reason="not_covered",
        trace=(node,),
    )


def _why_nothing(
    facts: MemberMonth,
    terms: Terms,
    unpaid: str | None,
    rates: Sequence[Rate],
    risk: Rate | None,
) -> tuple[str | None, str | None]:
    """
    Say why the provider earns nothing, if so: a reason of zero or a reason of a hold.

    :raises MissingInput: if an input is missing and the terms say that this stops the run
    """
    if not rates:
        return "not_on_day", None
    if unpaid:
        return "status", None
    if terms.pay_basis == "received" and facts.received_cents == 0:
        return "no_money", None
    missing = min(filter(None, (_missing(rate, risk, terms) for rate in rates)), default="")
    verdict, _, what = missing.partition("_")
    if verdict == "fail":
        raise MissingInput(facts.member_id, facts.month, what)
    if missing:
        return (None, missing) if verdict == "held" else (missing, None)
    return None, None


def _missing(rate: Rate, risk: Rate | None, terms: Terms) -> str:
    """Name what a rate lacks; the words sort as they should win: fail, held, no; rate, risk."""
    verdicts = {"fail": "fail", "hold": "held", "zero": "no"}
    if rate.value is None:
        return f"{verdicts[terms.missing_rate.policy]}_rate"
    if risk and risk.value is None:
        return f"{verdicts[terms.missing_risk.policy]}_risk"
    return ""


def _segments(
    facts: MemberMonth,
    terms: Terms,
    pieces: Sequence[Piece],
    rates: Sequence[Rate],
    risk: Rate | None,
    month_days: int,
    *,
    pays: bool,
) -> list[_Segment]:
    """Days at one rate are one segment, so that moving between PCPs costs nobody a cent."""
    by_rate: dict[Decimal | None, list[int]] = {}
    for index, rate in enumerate(rates):
        by_rate.setdefault(rate.value if pays else None, []).append(index)
    segments = []
    for indexes in by_rate.values():
        mine = tuple(pieces[i] for i in indexes)
        days = sum(piece.days for piece in mine)
        rate = rates[indexes[0]]
        if not pays:
            provider = 0
        elif terms.rate_model == "percent":
            provider = percent_of(facts.received_cents, terms.rate_pct)
        else:
            full = round_cents(rate.value * (risk.value if risk else 1))
            provider = round_div(full * days, month_days)
        segments.append(_Segment(provider, days, mine, rate if pays else None))
    return segments


def _shares(segments: Sequence[_Segment], terms: Terms) -> tuple[Share, ...]:
    """Split each segment over its payees by days, then add up a payee's parts."""
    to_cent = split_to_largest if terms.odd_cent_owner == "most_days" else split
    total: dict[tuple[int, int], list[int]] = {}
    for segment in segments:
        days = _days_by_key(segment.pieces)
        keys = sorted(days)
        cents = to_cent(segment.provider, [days[key] for key in keys])
        for key, part in zip(keys, cents, strict=True):
            sums = total.setdefault(key, [0, 0])
            sums[0] += days[key]
            sums[1] += part
    return tuple(
        Share(payee, practitioner or None, days, cents, percent_of(cents, terms.withhold_pct))
        for (payee, practitioner), (days, cents) in sorted(total.items())
    )


def _days_by_key(pieces: Sequence[Piece]) -> Mapping[tuple[int, int], int]:
    days: dict[tuple[int, int], int] = {}
    for piece in pieces:
        key = piece.payee_id, piece.practitioner_id or 0
        days[key] = days.get(key, 0) + piece.days
    return days


def _unpaid_shares(pieces: Sequence[Piece]) -> tuple[Share, ...]:
    return tuple(Share(p.payee_id, p.practitioner_id, p.days, 0, 0) for p in pieces)


def _pcps(pieces: Sequence[Piece]) -> str:
    """Write who had the member, for which payee, how many days: "12@7:10,15@7:21"; 0 is nobody."""
    days: dict[tuple[int, int], int] = {}
    for piece in pieces:
        key = piece.practitioner_id or 0, piece.payee_id
        days[key] = days.get(key, 0) + piece.days
    return ",".join(f"{who}@{payee}:{count}" for (who, payee), count in sorted(days.items()))


assert {"premium", "expected", "received", *STEPS} <= set(Entitlement.__slots__)
