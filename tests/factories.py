"""Real rows for tests: a small IPA, and generated worlds for the twins of rule and SQL."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from capitation.models import (
    Contract,
    CoverageSpan,
    Member,
    MemberCounty,
    MemberProfile,
    MemberStatus,
    Payer,
    PcpAssignment,
    PlanFile,
    Premium,
    RateCell,
    RateTable,
    Receipt,
    RiskScore,
    Terms,
)
from credentialing.models import Exclusivity, Participation, Practice, Practitioner
from credentialing.rules.npi import with_check_digit
from ipaportal.audit.batches import NETWORK, contract_scope, open_batch
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
CLOCK = Actor.system("clock")


def make_ipa() -> Party:
    """The IPA's own party, and the one that holds what nobody is assigned for."""
    Party.objects.get_or_create(
        kind=Party.Kind.UNASSIGNED, defaults={"name": "Members without a PCP"}
    )
    return Party.objects.get_or_create(kind=Party.Kind.IPA, defaults={"name": "Valley IPA"})[0]


def make_practice(name: str = "Bell Clinic", tin: str = "990000001") -> Practice:
    """A practice with its party."""
    party = Party.objects.create(kind=Party.Kind.PRACTICE, name=name)
    return Practice.objects.create(party=party, tin=tin, name=name)


def make_practitioner(number: int = 1, last_name: str = "Alvarez") -> Practitioner:
    """A practitioner whose NPI passes its check digit, in a range that is not assigned."""
    return Practitioner.objects.create(
        npi=with_check_digit(f"299{number:06}"), first_name="Ana", last_name=last_name
    )


def make_contract(code: str = "SUN", start: date = date(2026, 1, 1), **terms: object) -> Contract:
    """A payer, its contract and terms in force from its first month."""
    make_ipa()
    party = Party.objects.create(kind=Party.Kind.PAYER, name=f"{code} Health", code=code)
    contract = Contract.objects.create(
        payer=Payer.objects.create(party=party), name=f"{code} Advantage", start_month=start
    )
    fact_no = batch(contract)
    Terms.objects.create(
        contract=contract, effective_date=start, fact_no=fact_no, recorded_at=NOON, **terms
    )
    return contract


def batch(contract: Contract | None = None, actor: Actor = CLOCK) -> int:
    """The number under which facts are recorded now."""
    scopes = [NETWORK] if contract is None else [contract_scope(contract.pk)]
    return open_batch(actor=actor, scopes=scopes, description="test", now=NOON).pk


def fact(model, fact_no: int, start: date, end: date | None = None, **values: object):
    """One fact."""
    return model.objects.create(
        effective_date=start, end_date=end, fact_no=fact_no, recorded_at=NOON, **values
    )


def supersede(row, fact_no: int) -> None:
    """Take a fact back."""
    type(row).objects.filter(pk=row.pk).update(superseded_no=fact_no, superseded_at=NOON)


def make_member(contract: Contract, number: str, fact_no: int, **profile: object) -> Member:
    """A member with a profile."""
    member = Member.objects.create(
        payer_id=contract.payer_id, plan_member_id=number, uuid=uuid.uuid4()
    )
    fact(MemberProfile, fact_no, date(1900, 1, 1), member=member, **profile)
    return member


@dataclass
class World:
    """A generated contract with members whose facts go every way facts can go."""

    contract: Contract
    chance: random.Random
    months: list[date]
    members: list[Member] = field(default_factory=list)
    pcps: list[Practitioner] = field(default_factory=list)
    practices: list[Practice] = field(default_factory=list)


COUNTIES = ["06037", "06019", "06111"]
RULES = ["first_day", "as_of_day", "fifteen_thirty", "daily"]
BASES = ["received", "premium", "remaining", "admin_fee"]


def random_terms(chance: random.Random, contract: Contract) -> dict[str, object]:
    """Terms of any kind the portal knows."""

    def step(name: str, bases: list[str]) -> dict[str, object]:
        method = chance.choice(["none", "pct", "pmpm", "pct"])
        top = 2000 if method == "pct" else 3000
        return {
            f"{name}_method": method,
            f"{name}_value": Decimal(chance.randint(1, top)) / 100,
            f"{name}_base": chance.choice(bases),
        }

    table = RateTable.objects.create(contract=contract, name=f"rates {chance.random()}")
    cells = []
    for plan in ("A", "B"):
        for sex in "FM":
            for low, high in ((0, 18), (19, 64), (65, 74), (75, 120)):
                if chance.random() < 0.93:
                    rate = Decimal(chance.randint(100000, 9000000)) / 10000
                    cells.append(
                        RateCell(
                            rate_table=table,
                            plan_code=plan,
                            sex=sex,
                            age_from=low,
                            age_to=high,
                            rate_pmpm=rate,
                        )
                    )
    for cell in chance.sample(cells, 3) if chance.random() < 0.5 else ():
        rate = cell.rate_pmpm + Decimal("1.2345")
        cells.append(_cell_in(cell, chance.choice(COUNTIES[:2]), rate))
    RateCell.objects.bulk_create(cells)
    return {
        "plan_share_pct": Decimal(chance.choice(["80", "82.5"])),
        "exclusivity_pct": Decimal(chance.choice(["0", "2", "1.25"])),
        "sequestration_pct": Decimal(chance.choice(["0", "2"])),
        "sequestration_borne_by": chance.choice(["plan", "ipa"]),
        **step("admin_fee", BASES[:2]),
        **step("reinsurance", BASES),
        **step("hospital_pool", BASES),
        **step("specialist_pool", BASES),
        **step("pharmacy_pool", BASES),
        "rate_model": chance.choice(["percent", "flat", "age_sex", "age_sex"]),
        "rate_pct": Decimal(chance.randint(1000, 6000)) / 100,
        "flat_pmpm": Decimal(chance.randint(100, 90000)) / 100,
        "rate_table": table,
        "risk_adjusted": chance.random() < 0.5,
        "withhold_pct": Decimal(chance.choice(["0", "10", "7.5"])),
        "assignment_rule": chance.choice(RULES),
        "assignment_day": chance.choice([1, 14, 15, 16, 31]),
        "pay_basis": chance.choice(["received", "eligible"]),
        "unpaid_statuses": chance.choice([[], ["hospice"], ["hospice", "esrd"]]),
        "lookback_months": 12,
        "missing_rate": chance.choice(["default", "hold", "zero"]),
        "missing_rate_default": Decimal("55.55"),
        "missing_risk": chance.choice(["default", "hold", "zero"]),
        "odd_cent_owner": chance.choice(["largest_remainder", "most_days"]),
    }


def _cell_in(cell: RateCell, county: str, rate: Decimal) -> RateCell:
    """A cell's twin for one county."""
    names = ("rate_table", "plan_code", "sex", "age_from", "age_to")
    same = {name: getattr(cell, name) for name in names}
    return RateCell(**same, county_code=county, rate_pmpm=rate)


def make_world(seed: int, size: int = 40) -> World:
    """A world of a seed: the same seed gives the same facts."""
    chance = random.Random(seed)
    contract = make_contract(code=f"W{seed}", start=date(2025, 10, 1))
    world = World(contract, chance, [date(2025, m, 1) for m in (10, 11, 12)])
    world.months += [date(2026, m, 1) for m in (1, 2)]
    no = batch(contract)
    old = Terms.objects.get(contract=contract)
    supersede(old, no)
    change = chance.choice(world.months[1:])
    for start, end in ((world.months[0], change), (change, None)):
        fact(Terms, no, start, end, contract=contract, **random_terms(chance, contract))
    world.practices = [make_practice(f"Practice {i}", f"99{seed:04}{i:03}") for i in range(3)]
    world.pcps = [make_practitioner(seed * 100 + i, f"Doctor {i}") for i in range(5)]
    no = batch()
    for pcp in world.pcps:
        _participate(world, pcp, no)
    for practice in world.practices:
        _bind(world, practice, no)
    no = batch(contract)
    for i in range(size):
        world.members.append(_random_member(world, i, no))
    return world


def _participate(world: World, pcp: Practitioner, no: int) -> None:
    chance, payer = world.chance, world.contract.payer.party
    start = date(2024, 1, 1)
    if chance.random() < 0.3:
        middle = _day(chance)
        practice = chance.choice(world.practices)
        fact(
            Participation, no, start, middle, practitioner=pcp, practice=practice, payer_party=payer
        )
        start = middle + timedelta(days=chance.choice([0, 0, 20]))
    if chance.random() < 0.9:
        practice = chance.choice(world.practices)
        fact(Participation, no, start, None, practitioner=pcp, practice=practice, payer_party=payer)


def _bind(world: World, practice: Practice, no: int) -> None:
    """Sometimes a practice is exclusive with the payer for a while."""
    payer = world.contract.payer.party
    for start, end in _random_spans(world.chance, 0.5):
        values = {"practice": practice, "payer_party": payer, "source": "agreement"}
        fact(Exclusivity, no, start, end, recorded_by="test", **values)


def _day(chance: random.Random) -> date:
    return date(2025, 9, 20) + timedelta(days=chance.randint(0, 160))


def _random_member(world: World, number: int, no: int) -> Member:
    chance = world.chance
    member = make_member(
        world.contract,
        f"M{number:05}",
        no,
        birth_date=chance.choice([None, date(1950, 11, 1), date(1961, 3, 9), date(2008, 1, 1)]),
        sex=chance.choice(["F", "M", "M", ""]),
    )
    give_spans(world, member, no)
    return member


def give_spans(world: World, member: Member, no: int) -> None:
    """Random coverage, PCPs, statuses, risk and money for a member."""
    chance, contract = world.chance, world.contract
    for start, end in _random_spans(chance, 0.8):
        plan = chance.choice("AB")
        fact(CoverageSpan, no, start, end, member=member, contract=contract, plan_code=plan)
    for start, end in _random_spans(chance, 0.8):
        pcp = chance.choice(world.pcps)
        fact(PcpAssignment, no, start, end, member=member, practitioner=pcp, assigned_by="plan")
    if chance.random() < 0.2:
        status = chance.choice(["hospice", "esrd", "medicaid"])
        fact(MemberStatus, no, _day(chance), None, member=member, status=status)
    if chance.random() < 0.8:
        score = Decimal(chance.randint(4000, 30000)) / 10000
        fact(RiskScore, no, date(2025, 1, 1), None, member=member, score=score)
    for start, end in _random_spans(chance, 0.6):
        county = chance.choice(COUNTIES)
        fact(MemberCounty, no, start, end, member=member, county_code=county)
    for month in world.months:
        if chance.random() < 0.85:
            give_money(world, member, month, no)


def give_money(world: World, member: Member, month: date, no: int) -> None:
    """A receipt, and sometimes the premium it is a share of."""
    cents = world.chance.choice([98765, 101, 12, 33333, -5000, 0, 77777])
    Receipt.objects.create(
        contract=world.contract,
        member=member,
        coverage_month=month,
        amount_cents=cents,
        fact_no=no,
    )
    if world.chance.random() < 0.5:
        file = _file(world.contract)
        Premium.objects.create(
            contract=world.contract,
            member=member,
            coverage_month=month,
            amount_cents=123456,
            file=file,
            line_no=Premium.objects.filter(file=file).count() + 1,
            fact_no=no,
        )


def _file(contract: Contract) -> PlanFile:
    return PlanFile.objects.get_or_create(
        payer_id=contract.payer_id,
        sha256="0" * 64,
        defaults={"name": "mmr.txt", "size": 1, "received_by_name": "test"},
    )[0]


def _random_spans(chance: random.Random, likely: float) -> list[tuple[date, date | None]]:
    spans = []
    start = date(2025, 8, 1) if chance.random() < 0.7 else _day(chance)
    while chance.random() < likely and start < date(2026, 3, 15):
        end = None if chance.random() < 0.5 else _day(chance)
        if end is not None and end <= start:
            end = start + timedelta(days=chance.randint(1, 40))
        spans.append((start, end))
        if end is None:
            break
        start = end + timedelta(days=chance.choice([0, 0, 3, 30]))
    return spans


def change_world(world: World) -> None:
    """What a month brings: corrections of spans, late money, a doctor who leaves."""
    chance = world.chance
    no = batch(world.contract)
    for member in world.members:
        if chance.random() > 0.3:
            continue
        for model in (CoverageSpan, PcpAssignment, RiskScore, MemberStatus, MemberCounty):
            for row in model.objects.filter(member=member).current():
                supersede(row, no)
        give_spans(world, member, no)
    if chance.random() < 0.5:
        no = batch()
        pcp = chance.choice(world.pcps)
        for row in Participation.objects.filter(practitioner=pcp).current():
            supersede(row, no)
        _participate(world, pcp, no)
    if chance.random() < 0.5:
        no = batch()
        practice = chance.choice(world.practices)
        for row in Exclusivity.objects.filter(practice=practice).current():
            supersede(row, no)
        _bind(world, practice, no)
