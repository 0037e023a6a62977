"""The words and the tree of one explained line: every figure with what it was made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from capitation.models import RateCell, Run, Waterfall
from capitation.models import Terms as TermsRow
from capitation.rules.entitlement import Entitlement, TraceNode
from capitation.rules.reasons import WORDS
from capitation.rules.terms import STEP_NAMES, STEPS
from capitation.rules.traces import ZERO_WORDS
from ipaportal.core.money import round_cents
from ipaportal.core.parts import Explain
from ipaportal.core.words import day_text, dollars_text, month_text

RULES = {
    "first_day": "Whoever has the member on the first day of the month is paid for the month.",
    "as_of_day": "Whoever has the member on day {day} is paid for the month.",
    "fifteen_thirty": "A change up to day {day} counts for the whole month, a later one from the "
    "next.",
    "daily": "Months are divided by days.",
}


@dataclass(frozen=True)
class PayeeShare:
    """What one run posted to a practitioner of the payee for the member's month."""

    run_id: int
    practitioner_id: int
    provider_cents: int
    withhold_cents: int


@dataclass(frozen=True)
class Stated:
    """One line of a plan's file about the member's month, or a person's correction."""

    cents: int
    file_name: str
    file_format: str
    line_no: int | None
    raw: str
    received_on: date | None
    why: str
    is_new: bool
    # The file's page, for whoever may open it.
    file_url: str = ""


@dataclass(frozen=True)
class LineFacts:
    """Everything that was read to explain a line."""

    run: Run
    month: date
    row: Waterfall
    payee_id: int
    payee_name: str
    provider_cents: int
    withhold_cents: int
    shares_before: list[PayeeShare]
    before: Mapping[str, int]
    is_first: bool
    entitled: Entitlement | None
    terms: TermsRow | None
    cell: RateCell | None
    stated: list[Stated]
    premiums: list[Stated]
    practitioners: Mapping[int, str]
    payees: Mapping[int, str]


def explain_line_facts(facts: LineFacts) -> Explain:
    """The tree of a line: what is paid ← due now, withheld, posted before ← … ← the file."""
    reason = WORDS.get(facts.row.reason, facts.row.reason)
    parts = [_due_now(facts), _withheld(facts)]
    if not facts.is_first:
        parts.append(_posted_before(facts))
    parts.append(_plan_money(facts))
    return Explain(
        what=_headline(facts),
        cents=facts.provider_cents - facts.withhold_cents,
        why=f"{reason}. {_arithmetic(facts)}",
        source=f"{facts.run.contract}, run {facts.run.sequence} of {month_text(facts.run.month)}",
        parts=tuple(parts),
    )


def _headline(facts: LineFacts) -> str:
    if facts.month == facts.run.month:
        return f"Capitation of {month_text(facts.month)}"
    return f"{month_text(facts.month)}, corrected in {month_text(facts.run.month)}"


def _mine(facts: LineFacts) -> tuple[int, int]:
    """What the payee is due for the month as known now: capitation and withhold."""
    if facts.entitled is None:
        return 0, 0
    mine = [share for share in facts.entitled.shares if share.payee_id == facts.payee_id]
    return sum(share.provider for share in mine), sum(share.withhold for share in mine)


def _arithmetic(facts: LineFacts) -> str:
    due, withheld = _mine(facts)
    text = f"Due now {dollars_text(due)}"
    if withheld:
        text += f", less {dollars_text(withheld)} withheld"
    if not facts.is_first:
        posted = sum(s.provider_cents - s.withhold_cents for s in facts.shares_before)
        text += f", less {dollars_text(posted)} posted before"
    return text + f": {dollars_text(facts.provider_cents - facts.withhold_cents)}."


def _due_now(facts: LineFacts) -> Explain:
    if facts.entitled is None:
        return Explain("Due now", 0, why="The contract has no terms for this month.")
    due, _ = _mine(facts)
    entitled = facts.entitled
    shares = [
        Explain(
            f"{facts.practitioners.get(share.practitioner_id, 'No PCP')}"
            if share.payee_id == facts.payee_id
            else facts.payees.get(share.payee_id, "Another practice"),
            cents=share.provider,
            value="",
            why=f"{share.days} of {entitled.month_days} days of the month."
            if share.days
            else "Listed without pay.",
        )
        for share in entitled.shares
        if share.payee_id == facts.payee_id or len(entitled.shares) > 1
    ]
    return Explain(
        what=f"Capitation of {facts.payee_name}, as known on this run",
        cents=due,
        why=_why_zero(entitled) or "Its share of the member's capitation, by days.",
        source=_clause(facts),
        parts=(*shares, _capitation(facts)),
    )


def _why_zero(entitled: Entitlement) -> str:
    return ZERO_WORDS.get(entitled.zero_reason or entitled.held_reason or "", "")


def _capitation(facts: LineFacts) -> Explain:
    """The provider's capitation for the member's month ← rate × risk ← portion of the month."""
    entitled, terms = facts.entitled, facts.terms
    node = next((n for n in entitled.trace if n.name == "provider"), None)
    parts = [_rate(facts)] if terms is not None else []
    if terms is not None and terms.risk_adjusted and terms.rate_model != "percent":
        risk = entitled.inputs.risk
        defaulted = bool(node and node.parameters.get("risk_defaulted"))
        parts.append(
            Explain(
                "Risk score",
                value="none known" if risk is None else f"× {_plain(risk)}",
                why="No score is known: the terms' default is used."
                if defaulted
                else "The member's score on the first of the month.",
                source=_clause(facts),
            )
        )
    parts += [_segment(child) for child in (node.children if node else ())]
    parts.append(_portion(facts))
    return Explain(
        what="The member's capitation",
        cents=entitled.provider,
        why=node.rule if node else "Money for a month without coverage goes to nobody.",
        source=_clause(facts),
        parts=tuple(parts),
    )


def _segment(child: TraceNode) -> Explain:
    read = child.parameters
    days = f"{read['days']} of {read['month_days']}"
    if "full_month" in read:
        why = f"{dollars_text(read['full_month'])} for the full month × {days} days that decide."
    else:
        why = f"{_plain(read['rate_pct'])} % of what the plan paid."
    return Explain("Days at this rate", child.value, why=why)


def _rate(facts: LineFacts) -> Explain:
    terms, inputs, cell = facts.terms, facts.entitled.inputs, facts.cell
    if terms.rate_model == "percent":
        return Explain(
            "Rate",
            value=f"{_plain(terms.rate_pct)} %",
            why="A percentage of what the plan paid for the member.",
            source=_clause(facts),
        )
    if terms.rate_model == "flat":
        return Explain(
            "Rate",
            value=dollars_text(round_cents(terms.flat_pmpm)),
            why="One rate for every member and month.",
            source=_clause(facts),
        )
    who = f"plan {inputs.plan_code or 'unknown'}, {inputs.sex or 'sex unknown'}, "
    who += "age unknown" if inputs.age is None else f"age {inputs.age}"
    who += f" on {day_text(facts.month)}"
    if cell is not None and cell.county_code:
        who += f", living in county {cell.county_code}"
    if cell is None:
        known = inputs.rate is not None
        return Explain(
            "Rate",
            value=_rate_text(inputs.rate) if known else "none",
            why=f"No cell of the table fits ({who})"
            + ("; the terms' default is used." if known else "."),
            source=_clause(facts),
        )
    return Explain(
        "Rate",
        value=_rate_text(cell.rate_pmpm),
        why=f"The cell for plan {cell.plan_code}, {cell.sex}, ages {cell.age_from}–{cell.age_to}"
        + (f", county {cell.county_code}" if cell.county_code else "")
        + f": the member is {who}.",
        source=f"Rate table “{terms.rate_table}”",
    )


def _portion(facts: LineFacts) -> Explain:
    entitled, terms = facts.entitled, facts.terms
    rule = terms.assignment_rule if terms else "first_day"
    day = terms.assignment_day if terms else 1
    return Explain(
        "Portion of the month",
        value=f"{entitled.counted_days} of {entitled.month_days} days",
        why=f"{RULES[rule].format(day=day)} Covered on {entitled.covered_days} days.",
        source=_clause(facts),
    )


def _withheld(facts: LineFacts) -> Explain:
    _, withheld = _mine(facts)
    pct = facts.terms.withhold_pct if facts.terms else Decimal(0)
    return Explain(
        "Withheld",
        cents=-withheld,
        why=f"{_plain(pct)} % of the capitation, kept for you until it is released."
        if pct
        else "The terms withhold nothing.",
        source=_clause(facts),
    )


def _posted_before(facts: LineFacts) -> Explain:
    net = sum(s.provider_cents - s.withhold_cents for s in facts.shares_before)
    return Explain(
        "Posted by earlier runs",
        cents=-net,
        why="A run pays what is due now less what was posted before; the rest is the difference.",
        parts=tuple(
            Explain(
                f"Run {share.run_id}, {facts.practitioners.get(share.practitioner_id, 'no PCP')}",
                cents=-(share.provider_cents - share.withhold_cents),
                why=f"Capitation {dollars_text(share.provider_cents)}, "
                f"withheld {dollars_text(share.withhold_cents)}.",
            )
            for share in facts.shares_before
        ),
    )


def _plan_money(facts: LineFacts) -> Explain:
    """Where the plan's money for the member's month went, and the lines that stated it."""
    entitled = facts.entitled
    if entitled is None:
        return Explain("What the plan paid", 0, parts=_received(facts))
    trace = {node.name: node for node in entitled.trace}
    went = [_step(facts, name, trace.get(name)) for name in STEPS if _shows(facts, name)]
    went.append(
        Explain(
            "Capitation of the PCPs",
            entitled.provider,
            why=_moved(facts, "provider") or "Worked out above.",
        )
    )
    went.append(
        Explain(
            "Kept by the IPA",
            entitled.retained,
            why=f"What is left of the money received. {_moved(facts, 'retained')}".strip(),
        )
    )
    if entitled.suspense or facts.before["suspense"]:
        went.append(
            Explain(
                "In suspense",
                entitled.suspense,
                why="Owed back to the plan until matched: the member was not covered. "
                + _moved(facts, "suspense"),
            )
        )
    return Explain(
        what="What the plan paid for the member's month",
        cents=entitled.received,
        why=_moved(facts, "received"),
        parts=(
            *_received(facts),
            *_expected(facts, trace.get("expected")),
            Explain(
                "Where it went",
                entitled.received,
                why="Fee, reinsurance, pools, PCPs and what is kept add up to it.",
                parts=tuple(went),
            ),
        ),
    )


def _expected(facts: LineFacts, node: TraceNode | None) -> tuple[Explain, ...]:
    """What the plan owed of the premium it reported; what it paid instead is what counts."""
    if node is None or not node.value:
        return ()
    read = node.parameters
    why = f"{_plain(read['share_pct'])} % of the CMS premium {dollars_text(read['premium'])}"
    if read["exclusive_days"]:
        why += f", and {_plain(read['exclusivity_pct'])} % more for a practice exclusive with it"
        if read["exclusive_days"] != read["days"]:
            why += f" on {read['exclusive_days']} of {read['days']} days"
    return (
        Explain(
            "Owed by the plan, to compare",
            value=dollars_text(node.value),
            why=f"{why}. It paid {dollars_text(facts.entitled.received)}.",
            source=_clause(facts),
        ),
    )


def _shows(facts: LineFacts, name: str) -> bool:
    return bool(getattr(facts.entitled, name) or facts.before[name])


def _step(facts: LineFacts, name: str, node: TraceNode | None) -> Explain:
    read = node.parameters if node else {}
    if "pct" in read:
        why = f"{_plain(read['pct'])} % of {dollars_text(read['base_cents'])}."
    elif "pmpm" in read:
        why = f"{_rate_text(read['pmpm'])} a member and month, {read['days']} days counted."
    else:
        why = node.rule if node else "Nothing is taken of a month without coverage."
    words = STEP_NAMES[name]
    return Explain(
        words[:1].upper() + words[1:],
        cents=getattr(facts.entitled, name),
        why=f"{why} {_moved(facts, name)}".strip(),
        source=facts.terms.citation if facts.terms else "",
    )


def _moved(facts: LineFacts, name: str) -> str:
    """Before and after, where earlier runs posted the same month."""
    if facts.is_first:
        return ""
    now, before = getattr(facts.entitled, name), facts.before[name]
    if now == before:
        return "The same as posted before."
    return f"Before {dollars_text(before)}, now {dollars_text(now)}: {dollars_text(now - before)}."


def _received(facts: LineFacts) -> tuple[Explain, ...]:
    """The lines of the plan's files; without any, that too is said."""
    told = [_stated(facts, line, "Stated by the plan") for line in facts.stated]
    told += [_stated(facts, line, "CMS premium, as the plan reports it") for line in facts.premiums]
    if told:
        return tuple(told)
    return (Explain("Stated by the plan", 0, why="No file of the plan states money for it."),)


def _stated(facts: LineFacts, line: Stated, what: str) -> Explain:
    new = "New since the run before. " if line.is_new and not facts.is_first else ""
    if line.line_no is None:
        return Explain("Correction by the IPA", line.cents, why=f"{new}{line.why}")
    unit = "segment" if line.file_format.startswith("x12") else "line"
    return Explain(
        what,
        line.cents,
        why=f"{new}Received {day_text(line.received_on)}.",
        source=f"{line.file_name}, {unit} {line.line_no}",
        source_url=line.file_url,
        raw=line.raw,
    )


def _clause(facts: LineFacts) -> str:
    if facts.terms is None:
        return ""
    since = f"terms of {facts.run.contract} from {day_text(facts.terms.effective_date)}"
    return (
        f"{facts.terms.citation} ({since})"
        if facts.terms.citation
        else since[:1].upper() + since[1:]
    )


def _rate_text(value: Decimal) -> str:
    """Dollars with at least two decimals: rates may have four."""
    whole, _, part = _plain(value).partition(".")
    return f"${int(whole):,}.{part:0<2}"


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
