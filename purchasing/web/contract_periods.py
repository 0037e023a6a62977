"""How the tiers of a contract's period stand, on its page."""

from datetime import date

from django.urls import reverse

from ipaportal.core.parts import Column, Empty, FactItem, list_rows
from ipaportal.core.words import plural
from purchasing.models import SupplyContract
from purchasing.queries.contract_periods import PeriodStanding
from purchasing.rules.periods import measure_words
from purchasing.rules.tiers import is_at_risk

OWED = (
    Column("practice", "Practice"),
    Column("cents", "Owed back $", "money"),
)


def period_shown(contract: SupplyContract, one: PeriodStanding, today: date) -> dict[str, object]:
    """Facts of one item or of all together, and what is owed back to each practice."""
    found, metric = one.found, contract.metric
    facts = [
        FactItem("Period", f"{one.start:%b %-d, %Y} on", note=f"to before {one.end:%b %-d, %Y}"),
        FactItem("Bought so far", measure_words(found.measured, metric)),
        FactItem("Next tier", measure_words(found.next_at, metric) if found.next_at
                 else "the best is reached", note=_missing(found, metric)),
    ]  # fmt: skip
    if contract.effect == SupplyContract.Effect.RETROACTIVE:
        facts.append(FactItem(
            "Owed back $", found.owed_cents, "money",
            note="once all that is ordered has come, priced at the tier reached",
            url=reverse("purchasing:rebate_period", args=[contract.pk, one.start.isoformat()]),
        ))  # fmt: skip
    rows = [{"practice": one.names[key], "cents": cents} for key, cents in found.owed]
    return {
        "name": one.name,
        "facts": facts,
        "risk": _risk(one, today),
        "owed": list_rows(rows, OWED, {}, caption=f"Owed back: {one.name}", page_size=200,
                          empty=Empty("Nothing is owed back")),
    }  # fmt: skip


def _missing(found, metric: str) -> str:
    if found.next_at is None:
        return ""
    return f"{measure_words(found.next_at - found.measured, metric)} more"


def _risk(one: PeriodStanding, today: date) -> str:
    """A warning where what was bought so far, carried on, does not reach the next tier."""
    if one.found.next_at is None or not one.start <= today < one.end:
        return ""
    gone, days = (today - one.start).days + 1, (one.end - one.start).days
    if not is_at_risk(one.found.next_at, one.found.measured, gone, days):
        return ""
    return (
        f"Carried on like this, the next tier is not reached: {plural(gone, 'day')} of {days} "
        "are gone."
    )
