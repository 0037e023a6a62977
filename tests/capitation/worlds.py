"""
A small world by hand: two practices under one contract, September and October 2026.

Bell Clinic has Ann (risk 1.105), Bea (75 on October 1: a new rate band), Cal (leaves with
September), Dan (the plan ends his coverage back to September 1 in October), Eva (joins in October)
and Hal (hospice: listed at $0). Dr. Alvarez has Ray.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from capitation.actions.banking import approve_bank_account, propose_bank_account
from capitation.actions.payments import prepare_payments, release_payments
from capitation.actions.runs import approve_run, calculate_run, open_run, post_run
from capitation.models import (
    Contract,
    CoverageSpan,
    Member,
    MemberStatus,
    PcpAssignment,
    PlanFile,
    RateCell,
    RateTable,
    Receipt,
    RemittanceLine,
    RiskScore,
    Run,
    Terms,
)
from credentialing.models import Participation, Practice, Practitioner
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party
from tests.factories import (
    CLOCK,
    batch,
    fact,
    make_contract,
    make_member,
    make_practice,
    make_practitioner,
    supersede,
)

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
SEPTEMBER_5 = datetime(2026, 9, 8, 12, tzinfo=UTC)
OCTOBER_5 = datetime(2026, 10, 6, 12, tzinfo=UTC)
QUINN = Actor(901, "Quinn", frozenset({("finance", 1)}))
REYES = Actor(902, "Reyes", frozenset({("finance_approver", 1)}))
RECEIVED = 98765
TERMS = {
    "admin_fee_method": "pct",
    "admin_fee_value": Decimal(8),
    "reinsurance_method": "pmpm",
    "reinsurance_value": Decimal("12.50"),
    "hospital_pool_method": "pct",
    "hospital_pool_value": Decimal(40),
    "rate_model": "age_sex",
    "risk_adjusted": True,
    "withhold_pct": Decimal(10),
    "unpaid_statuses": ["hospice"],
    "missing_risk": "default",
    "citation": "Agreement 4.2",
}


@dataclass
class SmallWorld:
    """What tests ask for by name."""

    contract: Contract
    bell: Practice
    alvarez: Practice
    pcps: dict[str, Practitioner]
    members: dict[str, Member] = field(default_factory=dict)
    coverage: dict[str, CoverageSpan] = field(default_factory=dict)
    runs: dict[date, Run] = field(default_factory=dict)


PEOPLE = {
    "Ann": ("F", date(1952, 5, 5), SEPTEMBER, None, "Bell"),
    "Bea": ("F", date(1951, 10, 1), SEPTEMBER, None, "Bell"),
    "Cal": ("M", date(1955, 1, 2), SEPTEMBER, OCTOBER, "Bell"),
    "Dan": ("M", date(1956, 3, 4), SEPTEMBER, None, "Bell"),
    "Hal": ("M", date(1957, 3, 4), SEPTEMBER, None, "Bell"),
    "Ray": ("M", date(1958, 3, 4), SEPTEMBER, None, "Alvarez"),
}


def make_small_world() -> SmallWorld:
    """The world on the eve of September's run."""
    contract = make_contract("SUN", SEPTEMBER)
    no = batch(contract)
    supersede(Terms.objects.get(contract=contract), no)
    table = RateTable.objects.create(contract=contract, name="2026 rates")
    for sex, low, high, rate in (("F", 65, 74, 310), ("F", 75, 120, 350), ("M", 65, 120, 280)):
        RateCell.objects.create(
            rate_table=table, plan_code="A", sex=sex, age_from=low, age_to=high, rate_pmpm=rate
        )
    fact(Terms, no, SEPTEMBER, contract=contract, rate_table=table, **TERMS)
    world = SmallWorld(
        contract=contract,
        bell=make_practice("Bell Clinic", "990000001"),
        alvarez=make_practice("Dr. Alvarez", "990000002"),
        pcps={"Bell": make_practitioner(1, "Bell"), "Alvarez": make_practitioner(2, "Alvarez")},
    )
    no = batch()
    payer = contract.payer.party
    for name, practice in (("Bell", world.bell), ("Alvarez", world.alvarez)):
        values = {"practitioner": world.pcps[name], "practice": practice, "payer_party": payer}
        fact(Participation, no, date(2026, 1, 1), **values)
    no = batch(contract)
    for name in PEOPLE:
        add_member(world, name, no)
    fact(RiskScore, no, SEPTEMBER, member=world.members["Ann"], score=Decimal("1.105"))
    fact(MemberStatus, no, SEPTEMBER, member=world.members["Hal"], status="hospice")
    receive(world, SEPTEMBER, dict.fromkeys(PEOPLE, RECEIVED))
    return world


def add_member(world: SmallWorld, name: str, no: int, person: tuple | None = None) -> None:
    """A member of the world with their coverage and PCP."""
    sex, born, start, end, pcp = person or PEOPLE[name]
    member = make_member(
        world.contract,
        f"M-{name.upper()}",
        no,
        first_name=name,
        last_name="Example",
        search_name=f"example {name.lower()}",
        birth_date=born,
        sex=sex,
    )
    world.members[name] = member
    world.coverage[name] = fact(
        CoverageSpan, no, start, end, member=member, contract=world.contract, plan_code="A"
    )
    values = {"member": member, "practitioner": world.pcps[pcp], "assigned_by": "plan"}
    fact(PcpAssignment, no, start, None, **values)


def receive(world: SmallWorld, month: date, cents: dict[str, int], of: date | None = None) -> None:
    """A file of the plan that states money for members, matched to them."""
    no = batch(world.contract)
    file = PlanFile.objects.create(
        payer_id=world.contract.payer_id,
        contract=world.contract,
        name=f"sun-{month:%Y-%m}-{no}.820",
        sha256=f"{no:064d}",
        size=1,
        format="x12-820",
        status=PlanFile.Status.APPLIED,
        received_at=datetime(month.year, month.month, 2, 9, tzinfo=UTC),
        received_by_name="test",
    )
    for number, (name, amount) in enumerate(cents.items(), start=14):
        line = RemittanceLine.objects.create(
            contract=world.contract,
            file=file,
            line_no=number,
            member_ref=f"M-{name.upper()}",
            coverage_month=of or month,
            amount_cents=amount,
            raw=f"RMR*AZ*{name}**{amount / 100:.2f}~",
            fact_no=no,
        )
        Receipt.objects.create(
            contract=world.contract,
            member=world.members[name],
            coverage_month=of or month,
            amount_cents=amount,
            line=line,
            fact_no=no,
        )


def bring_october(world: SmallWorld) -> None:
    """What is learnt between the runs: Eva joins, Dan's coverage is taken back to September 1."""
    no = batch(world.contract)
    add_member(world, "Eva", no, ("F", date(1955, 2, 2), OCTOBER, None, "Bell"))
    supersede(world.coverage["Dan"], no)
    receive(world, OCTOBER, dict.fromkeys(["Ann", "Bea", "Eva", "Hal", "Ray"], RECEIVED))
    receive(world, OCTOBER, {"Dan": -RECEIVED}, of=SEPTEMBER)


def run_month(world: SmallWorld, month: date, now: datetime) -> Run:
    """The contract's run of a month, from opened to posted by two people."""
    run = open_run(actor=CLOCK, contract_id=world.contract.pk, month=month, now=now)
    run = calculate_run(actor=CLOCK, run_id=run.pk, now=now)
    approve_run(actor=REYES, run_id=run.pk, seen_digest=run.digest, now=now)
    world.runs[month] = post_run(actor=CLOCK, run_id=run.pk, now=now)
    return world.runs[month]


def give_banks(world: SmallWorld, now: datetime, *practices: Practice) -> None:
    """Approved bank accounts: the IPA's to pay from, the practices' to pay to."""
    ipa = Party.objects.get(kind="ipa")
    origin = {"purpose": "origin", "bank_name": "First Example Bank", "company_id": "1999999999"}
    wanted = [(ipa, "100200300", "091000019", origin)]
    wanted += [(p.party, f"74456784{p.pk:03}", "231380104", {}) for p in practices]
    for party, number, routing, values in wanted:
        account = propose_bank_account(
            actor=QUINN,
            party_id=party.pk,
            now=now,
            holder_name=party.name,
            routing_number=routing,
            account_number=number,
            **values,
        )
        approve_bank_account(actor=REYES, bank_account_id=account.pk, now=now)


def pay(now: datetime) -> None:
    """Everybody who can be paid is paid, by two people."""
    made = prepare_payments(actor=QUINN, now=now)
    release_payments(actor=REYES, batch_id=made.pk, seen_digest=made.digest, now=now)
