"""The demo's first step, whole or not at all: the IPA, its payers, contracts and terms."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from capitation.models import Contract, Payer, RateCell, RateTable, RosterMapping, Terms
from ipaportal.audit.actions import action, record
from ipaportal.audit.batches import contract_scope, open_batch
from ipaportal.audit.models import DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months
from ipaportal.core.refusals import Refused
from ipaportal.home.demo.names import IPA_NAME
from ipaportal.home.demo.plan_files import ROSTER, ROSTER_DATES
from ipaportal.home.demo.world import JUNIPER, MARLIN, Plan
from ipaportal.identity.models import Party

FOUNDED = "home.demo.founded"
# The months, counted from the first, in which new rates begin.
NEW_SHARE, NEW_TABLE = 9, 8
RAISE = Decimal("1.035")
JUNIPER_TERMS = {
    "plan_share_pct": JUNIPER.share_pct,
    **{"admin_fee_method": "pct", "admin_fee_value": Decimal(8)},
    **{"reinsurance_method": "pmpm", "reinsurance_value": Decimal("9.75")},
    **{"hospital_pool_method": "pct", "hospital_pool_value": Decimal(44)},
    **{"specialist_pool_method": "pct", "specialist_pool_value": Decimal(21)},
    **{"pharmacy_pool_method": "pct", "pharmacy_pool_value": Decimal(8)},
    "rate_model": "percent",
    "rate_pct": Decimal(12),
    "withhold_pct": Decimal(10),
    "assignment_rule": "fifteen_thirty",
    "citation": "Juniper agreement, exhibit B, 4.2",
}
MARLIN_TERMS = {
    "plan_share_pct": MARLIN.share_pct,
    **{"admin_fee_method": "pct", "admin_fee_value": Decimal(9)},
    **{"reinsurance_method": "pct", "reinsurance_value": Decimal("2.5")},
    **{"specialist_pool_method": "pct", "specialist_pool_value": Decimal(66)},
    "rate_model": "age_sex",
    "risk_adjusted": True,
    "withhold_pct": Decimal(5),
    "assignment_rule": "daily",
    "lookback_months": 6,
    "unpaid_statuses": ["hospice"],
    "citation": "Marlin agreement, schedule 2, clause 7",
}
# Ages from, to, and dollars a month for a woman; men a little less when young, more when old.
RATES = ((0, 64, "52"), (65, 69, "34"), (70, 74, "41"), (75, 79, "49"), (80, 84, "57"))
RATES += ((85, 120, "66"),)


class NotADemo(Refused):
    """The database belongs to somebody."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"This database holds {name}, which the demo did not make. Nothing was changed. "
            "Name another data folder by IPA_DATA_DIR to see the demo."
        )


@dataclass(frozen=True)
class Founded:
    """What a demo was begun with; a later call goes on with the same."""

    members: int
    first_month: date


def founded_before() -> Founded | None:
    """What the demo in this database was founded with, if there is one."""
    event = DomainEvent.objects.filter(action=FOUNDED).first()
    if event is None:
        return None
    return Founded(event.details["members"], date.fromisoformat(event.details["first_month"]))


@action("home.build_demo")
def found_demo(*, actor: Actor, members: int, first_month: date, now: datetime) -> Founded:
    """
    Make the IPA, its two payers, and what it agreed with them.

    :raises NotADemo: if the database holds an IPA already
    """
    ipa = Party.objects.filter(kind=Party.Kind.IPA).first()
    if ipa is not None:
        raise NotADemo(ipa.name)
    Party.objects.create(kind=Party.Kind.IPA, name=IPA_NAME)
    Party.objects.create(kind=Party.Kind.UNASSIGNED, name="Members without a PCP")
    juniper = _contract(JUNIPER, first_month, Contract.Source.REMITTANCE)
    marlin = _contract(MARLIN, first_month, Contract.Source.ROSTER)
    RosterMapping.objects.create(payer=marlin.payer, columns=ROSTER, date_format=ROSTER_DATES)
    batch = open_batch(
        actor=actor,
        scopes=[contract_scope(juniper.pk), contract_scope(marlin.pk)],
        description="terms of the demo",
        now=now,
    )
    new_share = {**JUNIPER_TERMS, "rate_pct": Decimal("12.75")}
    _terms(juniper, [JUNIPER_TERMS, new_share], NEW_SHARE, batch.pk, now)
    old, new = (
        {**MARLIN_TERMS, "rate_table": _rate_table(marlin, name, factor)}
        for name, factor in (("Schedule 2", Decimal(1)), ("Schedule 2, second year", RAISE))
    )
    _terms(marlin, [old, new], NEW_TABLE, batch.pk, now)
    details = {"members": members, "first_month": first_month.isoformat()}
    record(actor=actor, action=FOUNDED, **details)
    return Founded(members, first_month)


def _contract(plan: Plan, first_month: date, source: str) -> Contract:
    party = Party.objects.create(kind=Party.Kind.PAYER, name=plan.name, code=plan.code)
    payer = Payer.objects.create(
        party=party,
        contact_name="Capitation desk",
        contact_email=f"capitation@{plan.code.lower()}.example",
    )
    return Contract.objects.create(
        payer=payer,
        name=plan.contract,
        start_month=first_month,
        remittance_source=source,
        run_day=25,
    )


def _terms(
    contract: Contract, versions: list[dict], changes: int, fact_no: int, now: datetime
) -> None:
    change = add_months(contract.start_month, changes)
    spans = ((contract.start_month, change), (change, None))
    for (start, end), values in zip(spans, versions, strict=True):
        Terms.objects.create(
            contract=contract,
            effective_date=start,
            end_date=end,
            fact_no=fact_no,
            recorded_at=now,
            **values,
        )


def _rate_table(contract: Contract, name: str, factor: Decimal) -> RateTable:
    table = RateTable.objects.create(contract=contract, name=name)
    RateCell.objects.bulk_create(
        RateCell(
            rate_table=table,
            plan_code=product,
            sex=sex,
            age_from=low,
            age_to=high,
            rate_pmpm=round(Decimal(rate) * factor * part * by_product, 2),
        )
        for product, by_product in zip(MARLIN.products, (Decimal(1), Decimal("0.92")), strict=True)
        for low, high, rate in RATES
        for sex, part in (("F", Decimal(1)), ("M", Decimal("0.96" if low < 75 else "1.05")))
    )
    return table
