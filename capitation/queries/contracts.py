"""Contracts: what was agreed, what it does to a dollar, and how it came to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from capitation.models import Contract, Payer, RateCell, RateTable, Run, Terms
from capitation.queries.access import require_all
from capitation.queries.facts import rule_terms
from capitation.rules import terms as terms_rule
from ipaportal.audit.models import FactBatch
from ipaportal.core.actors import Actor
from ipaportal.core.months import month_of
from ipaportal.core.parts import Change, Moment
from ipaportal.core.pictures import Picture, Slice, one_dollar
from ipaportal.core.words import dollars_text, month_text

VIEW = "capitation.view_contracts"
DOLLAR = 10_000  # hundredths of a cent
SHORT = {
    "admin_fee": "Admin fee",
    "reinsurance": "Reinsurance premium",
    "hospital_pool": "Hospital pool",
    "specialist_pool": "Specialist pool",
    "pharmacy_pool": "Pharmacy pool",
}
RATE_WORDS = {
    "percent": "Percent of received",
    "flat": "Flat rate",
    "age_sex": "Age and sex table",
}


@dataclass(frozen=True)
class ContractRow:
    """One contract in the list."""

    contract_id: int
    name: str
    payer: str
    start_month: date
    rates: str
    withhold_pct: object
    last_posted: date | None
    status: str


@dataclass(frozen=True)
class ContractPage:
    """A contract as it was known on a day: terms in force, what they say, their history."""

    contract: Contract
    terms: Terms | None
    says: str
    picture: Picture
    # What the picture is of; the second picture is of members of exclusive practices, if terms add.
    note: str
    exclusive_picture: Picture | None
    exclusive_note: str
    cells: Sequence[RateCell]
    spans: Sequence[Terms]
    tables: Sequence[RateTable]
    history: Sequence[Moment]


def payers(*, actor: Actor) -> QuerySet[Payer]:
    """Every plan, by name."""
    require_all(actor, VIEW)
    return Payer.objects.select_related("party").order_by("party__name")


def contract_list(*, actor: Actor, today: date, text: str = "") -> list[ContractRow]:
    """Every contract with what is in force today, by how its or its plan's name begins."""
    require_all(actor, VIEW)
    posted = Run.objects.filter(contract=OuterRef("pk"), status=Run.Status.POSTED)
    named = Q(name__istartswith=text) | Q(payer__party__name__istartswith=text)
    named |= Q(payer__party__code__istartswith=text)
    contracts = list(
        Contract.objects.filter(named)
        .select_related("payer__party")
        .annotate(
            last_posted=Subquery(
                posted.order_by().values("contract").annotate(m=Max("month")).values("m")
            )
        )
    )
    in_force = {
        terms.contract_id: terms
        for terms in Terms.objects.filter(contract__in=contracts).current().active_on(today)
    }
    return [_contract_row(contract, in_force.get(contract.pk)) for contract in contracts]


def _contract_row(contract: Contract, terms: Terms | None) -> ContractRow:
    status = "active" if terms is not None else "blocked"
    return ContractRow(
        contract_id=contract.pk,
        name=contract.name,
        payer=contract.payer.party.name,
        start_month=contract.start_month,
        rates=RATE_WORDS[terms.rate_model] if terms else "No terms in force",
        withhold_pct=terms.withhold_pct if terms else None,
        last_posted=contract.last_posted,
        status=status if contract.is_active else "closed",
    )


def contract_page(
    *, actor: Actor, contract_id: int, today: date, as_of: date | None = None
) -> ContractPage:
    """
    One contract as it was known at the end of a day.

    :raises Contract.DoesNotExist: if there is no such contract
    """
    require_all(actor, VIEW)
    contract = Contract.objects.select_related("payer__party").get(pk=contract_id)
    known = Terms.objects.filter(contract=contract).select_related("rate_table")
    known = known.current() if as_of is None else known.known_at(fact_no_on(as_of))
    spans = list(known.order_by("effective_date"))
    day = max(month_of(as_of or today), contract.start_month)
    terms = next((t for t in spans if _covers(t, day)), None)
    rule = rule_terms(terms) if terms else None
    adds = rule is not None and rule.exclusivity_pct > 0
    cells = RateCell.objects.filter(rate_table_id=terms.rate_table_id) if terms else ()
    return ContractPage(
        contract=contract,
        terms=terms,
        says=terms_rule.sentence(rule) if rule else "",
        picture=picture_of(rule),
        note=_note(rule, is_exclusive=False) if rule else "",
        exclusive_picture=picture_of(rule, is_exclusive=True) if adds else None,
        exclusive_note=_note(rule, is_exclusive=True) if adds else "",
        cells=list(cells),
        spans=spans,
        tables=list(contract.rate_tables.order_by("-pk")),
        history=_history(contract),
    )


def fact_no_on(day: date) -> int:
    """The number that facts had reached at the end of a day."""
    end = datetime.combine(day + timedelta(days=1), time.min, timezone.get_current_timezone())
    return FactBatch.objects.filter(recorded_at__lt=end).aggregate(last=Max("pk"))["last"] or 0


def _covers(terms: Terms, day: date) -> bool:
    return terms.effective_date <= day and (terms.end_date is None or day < terms.end_date)


def _note(rule: terms_rule.Terms, *, is_exclusive: bool) -> str:
    """What the drawn dollar is a part of."""
    received = terms_rule.one_dollar(rule, is_exclusive=is_exclusive)["received"]
    whose = "of a practice exclusive with the plan, " if is_exclusive else ""
    return (
        f"for a member {whose}whose CMS premium is $1,000.00, "
        f"of which the plan pays {dollars_text(received)}"
    )


def picture_of(rule: terms_rule.Terms | None, *, is_exclusive: bool = False) -> Picture:
    """One dollar from the plan under terms, for a member whose premium is $1,000."""
    if rule is None:
        return one_dollar([])
    cents = terms_rule.one_dollar(rule, is_exclusive=is_exclusive)
    received = cents["received"]
    if not received:
        return one_dollar([])

    def size(name: str) -> int:
        return cents[name] * DOLLAR // received

    slices = [
        Slice(SHORT[name], size(name), note=_step_words(rule.step(name)))
        for name in terms_rule.STEPS
        if rule.step(name).method != "none"
    ]
    if rule.rate_model == "age_sex":
        return one_dollar(slices, left="PCPs by the table; the IPA the rest")
    slices.append(Slice("Retained by the IPA", size("retained"), note="what is left"))
    if rule.withhold_pct:
        words = f"{rule.withhold_pct.normalize():f} % of the PCP's part"
        slices.append(Slice("Withheld", size("withhold"), note=words, tone="warm"))
    return one_dollar(slices, left="The PCP's practice")


def _step_words(step: terms_rule.Step) -> str:
    if step.method == "pmpm":
        return f"${step.value.normalize():f} per member and month"
    return f"{step.value.normalize():f} % of {terms_rule.BASE_NAMES[step.base]}"


def changes(before: Terms | None, after: Terms) -> list[Change]:
    """What terms change, field by field, in the words of the form."""
    found = []
    for field in Terms._meta.fields:
        if field.name in SKIPPED:
            continue
        old = _shown(before, field) if before is not None else None
        new = _shown(after, field)
        if old != new:
            found.append(Change(str(field.verbose_name).capitalize(), old, new))
    return found


SKIPPED = {
    *("id", "contract", "fact_no", "superseded_no", "recorded_at", "superseded_at"),
    *("effective_date", "end_date"),
}


def _shown(terms: Terms, field: object) -> object:
    value = getattr(terms, field.name)
    if field.choices:
        return dict(field.flatchoices).get(value, value)
    return ", ".join(value) if isinstance(value, list) else value


def _history(contract: Contract) -> list[Moment]:
    """Each recording of terms, newest first: from when they were, who entered them."""
    rows = list(Terms.objects.filter(contract=contract).order_by("-fact_no", "effective_date"))
    batches = FactBatch.objects.in_bulk({row.fact_no for row in rows})
    seen, moments = set(), []
    for row in rows:
        if row.fact_no in seen:
            continue
        seen.add(row.fact_no)
        batch = batches.get(row.fact_no)
        what = (batch.description if batch else "") or "Terms were recorded"
        moments.append(
            Moment(
                row.recorded_at,
                what[:1].upper() + what[1:],
                batch.actor_name if batch else "",
                _spans_of(rows, row.fact_no),
            )
        )
    return moments


def _spans_of(rows: Sequence[Terms], fact_no: int) -> str:
    spans = [
        f"from {month_text(row.effective_date)} until before {month_text(row.end_date)}"
        if row.end_date
        else f"from {month_text(row.effective_date)} on"
        for row in rows
        if row.fact_no == fact_no
    ]
    return f"They hold {'; '.join(spans)}."
