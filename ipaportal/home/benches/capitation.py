"""
A month of capitation, beside a bare INSERT … SELECT of its own rows and beside the ORM.

The world: one contract, a year of posted months behind it, rates by product, sex and age times
risk, 20 % of members with a PCP move in the year, 3 % with a retroactive change since last month.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from django.db import connection, transaction

from capitation.actions.calculation import calculate, drop_stage
from capitation.models import Contract, Payer, RateCell, RateTable, Run, Share, Terms, Waterfall
from capitation.queries.facts import entitlements
from ipaportal.audit.models import FactBatch
from ipaportal.core.months import add_months
from ipaportal.core.sql import run_step, statements
from ipaportal.home.scratch import scratch_database
from ipaportal.identity.models import Party

WORLD = Path(__file__).resolve().parent / "capitation_world.sql"
RETRO = Path(__file__).resolve().parent / "capitation_retro.sql"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
MONTH = date(2026, 1, 1)
HISTORY = 12
ORM_SAMPLE = 20_000
ROUNDS = 3


@dataclass(frozen=True)
class Measured:
    """Seconds of the calculation and of the bare insert of the same rows."""

    lines: int
    seconds: float
    bare_seconds: float

    @property
    def us_per_line(self) -> float:
        return self.seconds / self.lines * 1e6


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """Measure at a tenth of the size, at the full size, and the ORM on a sample."""
    full = members or 100_000
    tenth = _measure(max(full // 10, 1_000), say)
    with scratch_database(is_owner=True):
        orm = _orm_us_per_line(min(full, ORM_SAMPLE), say)
    measured = _measure(full, say)
    return {
        "members": full,
        "lines": measured.lines,
        "seconds": round(measured.seconds, 3),
        "us_per_line": round(measured.us_per_line, 2),
        "compared_to": "bare INSERT … SELECT into the same table and indexes; Django ORM",
        "bare_insert_seconds": round(measured.bare_seconds, 3),
        "ratio_to_bare_insert": round(measured.seconds / measured.bare_seconds, 2),
        "orm_us_per_line": round(orm, 1),
        "ratio_to_orm": round(orm / measured.us_per_line, 1),
        "growth": round(measured.us_per_line / tenth.us_per_line, 2),
    }


def _measure(members: int, say: Callable[[str], object]) -> Measured:
    with scratch_database(is_owner=True):
        contract = make_world(members, say)
        for back in range(HISTORY, 0, -1):
            _post(contract, add_months(MONTH, -back))
        bring_retro(contract)
        run = _open(contract, MONTH)
        seconds, bare, lines = [], [], 0
        for _ in range(ROUNDS):
            with connection.cursor() as cursor:
                cursor.execute("CHECKPOINT")
            started = time.perf_counter()
            with transaction.atomic():
                done = calculate(run)
                run.save()
                drop_stage(run)
            seconds.append(time.perf_counter() - started)
            lines = done.rows + done.shares
            bare.append(_bare_insert(run))
            steps = ", ".join(f"{name} {spent:.2f}" for name, spent in done.seconds.items())
            say(f"{members} members: {seconds[-1]:.2f} s against {bare[-1]:.2f} s bare ({steps})")
        return Measured(lines, statistics.median(seconds), statistics.median(bare))


def _bare_insert(run: Run) -> float:
    """Seconds to put the run's rows into tables with the same columns, checks and indexes."""
    total = 0.0
    with connection.cursor() as cursor:
        for name in ("waterfall", "share"):
            source, bare = f"capitation_{name}_r{run.pk}", f"bench_bare_{name}"
            cursor.execute(f"DROP TABLE IF EXISTS {bare}")
            cursor.execute(f"CREATE TABLE {bare} (LIKE {source} INCLUDING ALL)")
            cursor.execute("CHECKPOINT")
            started = time.perf_counter()
            cursor.execute(f"INSERT INTO {bare} SELECT * FROM {source}")  # noqa: S608
            total += time.perf_counter() - started
            cursor.execute(f"DROP TABLE {bare}")
    return total


def make_world(members: int, say: Callable[[str], object], *, history: int = HISTORY) -> Contract:
    """Make one contract with its members, rates and money, `history` months before the month."""
    started = time.perf_counter()
    Party.objects.create(kind=Party.Kind.IPA, name="Bench IPA")
    Party.objects.create(kind=Party.Kind.UNASSIGNED, name="Unassigned")
    party = Party.objects.create(kind=Party.Kind.PAYER, name="Bench Health", code="BENCH")
    contract = Contract.objects.create(
        payer=Payer.objects.create(party=party),
        name="Bench",
        start_month=add_months(MONTH, -history),
    )
    batch = _batch()
    table = RateTable.objects.create(contract=contract, name="rates")
    RateCell.objects.bulk_create(
        RateCell(
            rate_table=table,
            plan_code=plan,
            sex=sex,
            age_from=age,
            age_to=age + 4,
            rate_pmpm=Decimal(100 + age),
        )
        for plan in ("P1", "P2", "P3")
        for sex in "FM"
        for age in range(0, 120, 5)
    )
    Terms.objects.create(
        contract=contract,
        effective_date=contract.start_month,
        fact_no=batch,
        recorded_at=NOW,
        admin_fee_method="pct",
        admin_fee_value=8,
        reinsurance_method="pmpm",
        reinsurance_value=Decimal("12.5"),
        hospital_pool_method="pct",
        hospital_pool_value=40,
        rate_model="age_sex",
        rate_table=table,
        risk_adjusted=True,
        withhold_pct=10,
        assignment_rule="fifteen_thirty",
        lookback_months=history,
    )
    with transaction.atomic():
        run_step(
            WORLD,
            {
                "members": members,
                "contract_id": contract.pk,
                "payer_id": contract.payer_id,
                "payer_party_id": party.pk,
                "fact_no": batch,
                "start": contract.start_month,
                "month": MONTH,
            },
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    say(f"{members} members with {history} months made in {time.perf_counter() - started:.0f} s")
    return contract


def _batch() -> int:
    return FactBatch.objects.create(
        scopes=["network"], actor_name="bench", recorded_at=NOW, description="bench"
    ).pk


def _open(contract: Contract, month: date) -> Run:
    return Run.objects.create(
        contract=contract, month=month, sequence=1, opened_at=NOW, opened_by_name="bench"
    )


def _post(contract: Contract, month: date) -> None:
    """A posted month of history, calculated by the engine itself."""
    run = _open(contract, month)
    with transaction.atomic():
        calculate(run)
        drop_stage(run)
        run.status = Run.Status.POSTED
        run.save()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE capitation_waterfall_r{run.pk}, capitation_share_r{run.pk}")


def bring_retro(contract: Contract, *, history: int = HISTORY) -> None:
    """Changes that 3 % of the members bring: ended coverage, moved PCPs, money taken back."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements(RETRO.read_text()):
            cursor.execute(
                statement,
                {
                    "contract_id": contract.pk,
                    "fact_no": _batch(),
                    "month": MONTH,
                    "reach": max(history - 1, 1),
                },
            )


def _orm_us_per_line(members: int, say: Callable[[str], object]) -> float:
    """The straightforward program: ORM reads, the rule in Python, bulk_create."""
    contract = make_world(members, say)
    run = _open(contract, MONTH)
    with connection.cursor() as cursor:
        for name in ("waterfall", "share"):
            cursor.execute(
                f"CREATE TABLE capitation_{name}_r{run.pk} PARTITION OF capitation_{name} "
                f"FOR VALUES IN ({run.pk})"
            )
    started = time.perf_counter()
    with transaction.atomic():
        snapshot = FactBatch.objects.order_by("-pk").values_list("pk", flat=True).first()
        ids = list(contract.payer.members.values_list("pk", flat=True))
        rows, shares = [], []
        for (member, month), right in entitlements(
            contract, [(pk, MONTH) for pk in ids], snapshot
        ).items():
            rows.append(_orm_row(run, member, month, right))
            shares += [
                Share(
                    run_id=run.pk,
                    member_id=member,
                    coverage_month=month,
                    payee_id=share.payee_id,
                    practitioner_id=share.practitioner_id or 0,
                    days=share.days,
                    provider_cents=share.provider,
                    withhold_cents=share.withhold,
                )
                for share in right.shares
            ]
        Waterfall.objects.bulk_create(rows, batch_size=2000)
        Share.objects.bulk_create(shares, batch_size=2000)
    seconds = time.perf_counter() - started
    say(f"ORM: {members} members in {seconds:.1f} s")
    return seconds / (len(rows) + len(shares)) * 1e6


CENTS = (
    *("premium", "expected", "received", "admin_fee", "reinsurance", "hospital_pool"),
    *("specialist_pool", "pharmacy_pool", "provider", "retained", "suspense", "withhold"),
)


def _orm_row(run: Run, member: int, month: date, right) -> Waterfall:
    read = right.inputs
    return Waterfall(
        run_id=run.pk,
        member_id=member,
        coverage_month=month,
        **{f"{name}_cents": getattr(right, name) for name in CENTS},
        terms_id=read.terms_id,
        plan_code=read.plan_code,
        rate_pmpm=read.rate,
        risk=read.risk,
        age=read.age,
        sex=read.sex,
        covered_days=right.covered_days,
        counted_days=right.counted_days,
        pcps=read.pcps,
        status=read.status,
        reason="CURRENT",
        zero_reason=right.zero_reason,
    )
