"""
The calculation of a run, beneath the actions: numbered SQL steps, then sums, digest and a sample.

Everything runs in the caller's transaction under the locks of the network and the contract.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import connection
from django.db.models import Max

from capitation.models import Run, Terms
from ipaportal.audit.batches import NETWORK, contract_scope, lock_scopes
from ipaportal.audit.models import FactBatch
from ipaportal.core.months import add_months
from ipaportal.core.refusals import Refused
from ipaportal.core.sql import run_steps
from ipaportal.identity.models import Party

STEPS = Path(__file__).resolve().parent.parent / "sql" / "run"
# The one schema where the app may make tables; see the migration that makes it.
STAGE = "stage"
STAGES = (
    *("terms", "cells", "network", "changed", "scope", "money", "premium", "status"),
    *("atom", "several", "clip", "verdict", "segment", "listed", "piece", "piece_share"),
    *("several_due", "telling", "told", "posted", "posted_share", "before", "gone"),
    *("share_rows", "waterfall_rows"),
)
# Table of runs → staging table with the rows to take into it.
ROWS = {"capitation_waterfall": "waterfall_rows", "capitation_share": "share_rows"}
CENTS = (
    *("premium", "expected", "received", "admin_fee", "reinsurance"),
    *("hospital_pool", "specialist_pool", "pharmacy_pool", "provider", "retained"),
    *("suspense", "withhold"),
)


class NoTerms(Refused):
    """The contract has no terms for the month."""

    def __init__(self, run: Run) -> None:
        super().__init__(
            f"{run.contract} has no terms for {run.month:%B %Y}. Nothing was calculated. "
            "Add terms that cover the month, then calculate again."
        )


class MissingInput(Refused):
    """The terms say to stop where an input is missing, and one is."""

    def __init__(self, what: str, members: list[str], count: int) -> None:
        super().__init__(
            f"{count} members lack a {what} and the terms say to stop then: "
            f"{', '.join(members)}. Nothing was calculated. Add it, or change the terms."
        )


@dataclass(frozen=True)
class Calculated:
    """What a calculation came to: rows, sums in cents by component, the digest, step times."""

    rows: int
    shares: int
    totals: dict[str, int]
    digest: str
    seconds: dict[str, float]


def calculate(run: Run) -> Calculated:
    """
    Fill the run's rows with entitlement minus what was posted, as of now.

    :raises NoTerms: if no terms cover the month
    :raises MissingInput: if an input is missing and the terms say to stop
    """
    lock_scopes([NETWORK, contract_scope(run.contract_id)])
    run.snapshot_no = FactBatch.objects.aggregate(last=Max("pk"))["last"] or 0
    posted = list(
        Run.objects.filter(contract_id=run.contract_id, status=Run.Status.POSTED)
        .order_by("pk")
        .values_list("pk", "month", "snapshot_no")
    )
    run.previous_snapshot_no = max((snapshot for _, _, snapshot in posted), default=0)
    terms = _terms_in_force(run)
    run.reach_month = _reach(run, terms.premium_lookback_months)
    params = {
        "run_id": run.pk,
        "contract_id": run.contract_id,
        "payer_id": run.contract.payer_id,
        "payer_party_id": run.contract.payer.party_id,
        "unassigned": Party.objects.get(kind=Party.Kind.UNASSIGNED).pk,
        "month": run.month,
        "first_month": _reach(run, terms.lookback_months),
        "premium_first_month": run.reach_month,
        "snapshot": run.snapshot_no,
        "previous": run.previous_snapshot_no,
        "posted_runs": [pk for pk, _, _ in posted],
        "is_first": not any(month == run.month for _, month, _ in posted),
    }
    tables = stage_tables(run)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("SET LOCAL jit = off")
        # A staging table needs its size told and little else: a tenth of the sample does.
        cursor.execute("SET LOCAL default_statistics_target = 10")
        cursor.execute("SET LOCAL parallel_setup_cost = 100")
        # Rows are worth handing over between processes only after work was done on them.
        cursor.execute("SET LOCAL parallel_tuple_cost = 0.02")
        cursor.execute("SET LOCAL min_parallel_table_scan_size = '1MB'")
        _drop(cursor, tables)
        cursor.execute("SELECT capitation_drop_partitions(%s)", [run.pk])
        steps = run_steps(STEPS, params, identifiers=tables)
        _stop_where_missing(cursor, tables)
        # What stays is on its way to the disk while it is added up, not only at the commit.
        cursor.execute("SET LOCAL backend_flush_after = '1MB'")
        cursor.execute("SET LOCAL enable_mergejoin = on")
        for base, rows in ROWS.items():
            cursor.execute(
                "SELECT capitation_attach_partition(%s, %s, %s)", [run.pk, base, tables[rows][1]]
            )
        totals = _totals(cursor, tables)
        digest = _digest(cursor, run, tables)
    return Calculated(
        rows=totals.pop("rows"),
        shares=totals.pop("shares"),
        totals=totals,
        digest=digest,
        seconds={step.name: round(step.seconds, 3) for step in steps},
    )


def stage_tables(run: Run) -> dict[str, tuple[str, str]]:
    """Schema and name of the staging tables and of the run's own partitions."""
    return {name: (STAGE, f"capitation_r{run.pk}_{name}") for name in STAGES} | {
        "waterfall": ("public", f"capitation_waterfall_r{run.pk}"),
        "share": ("public", f"capitation_share_r{run.pk}"),
    }


def _named(tables: dict[str, tuple[str, str]], name: str) -> str:
    return '"{}"."{}"'.format(*tables[name])


def drop_stage(run: Run) -> None:
    """Remove the staging tables once nothing needs them any more."""
    with connection.cursor() as cursor:
        _drop(cursor, stage_tables(run))


def drop_rows(run: Run) -> None:
    """Remove what a run proposed; the database refuses it for a posted run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT capitation_drop_partitions(%s)", [run.pk])


def _terms_in_force(run: Run) -> Terms:
    terms = Terms.objects.filter(contract_id=run.contract_id).known_at(run.snapshot_no)
    found = terms.active_on(run.month).first()
    if found is None:
        raise NoTerms(run)
    return found


def _reach(run: Run, months: int | None) -> date:
    """The first month a change still reaches: `months` back, never before the contract began."""
    start = run.contract.start_month
    return start if months is None else max(start, add_months(run.month, -months))


def _drop(cursor, tables: dict[str, tuple[str, str]]) -> None:
    names = ", ".join(_named(tables, name) for name in STAGES)
    cursor.execute(f"DROP TABLE IF EXISTS {names}")


def _stop_where_missing(cursor, tables: dict[str, tuple[str, str]]) -> None:
    rows, terms = _named(tables, "waterfall_rows"), _named(tables, "terms")
    cursor.execute(
        f"""
        SELECT CASE d.zero_reason WHEN 'fail_rate' THEN 'rate' ELSE 'risk score' END,
               m.plan_member_id, count(*) OVER ()
        FROM {rows} AS d JOIN capitation_member AS m ON m.id = d.member_id
        WHERE d.zero_reason IN ('fail_rate', 'fail_risk')
          AND EXISTS (SELECT FROM {terms} WHERE 'fail' IN (missing_rate, missing_risk))
        ORDER BY 1, 2 LIMIT 5
        """  # noqa: S608 - the table name is our own
    )
    found = cursor.fetchall()
    if found:
        raise MissingInput(found[0][0], [ref for _, ref, _ in found], found[0][2])


def _totals(cursor, tables: dict[str, tuple[str, str]]) -> dict[str, int]:
    sums = ", ".join(f"capitation_total({name}_cents)" for name in CENTS)
    cursor.execute(
        f"SELECT count(*), {sums}, (SELECT count(*) FROM {_named(tables, 'share')}) "  # noqa: S608
        f"FROM {_named(tables, 'waterfall')}"
    )
    rows, *cents, shares = cursor.fetchone()
    return {"rows": rows, "shares": shares} | dict(zip(CENTS, cents, strict=True))


def _digest(cursor, run: Run, tables: dict[str, tuple[str, str]]) -> str:
    """SHA-256 over what the run is and every row of it, in the order of its keys."""
    cents = ", ".join(f"{name}_cents" for name in CENTS)
    cursor.execute(
        f"""
        WITH waterfall AS (
            SELECT member_id / 10000 AS bucket, member_id, coverage_month,
                   concat_ws(',', member_id, coverage_month, {cents}) AS line
            FROM {_named(tables, "waterfall")} ORDER BY bucket, member_id, coverage_month
        ),
        share AS (
            SELECT member_id / 10000 AS bucket, member_id, coverage_month, payee_id,
                   practitioner_id,
                   concat_ws(',', member_id, coverage_month, payee_id, practitioner_id,
                             provider_cents, withhold_cents) AS line
            FROM {_named(tables, "share")}
            ORDER BY bucket, member_id, coverage_month, payee_id, practitioner_id
        ),
        block AS (
            SELECT 1 AS part, bucket, sha256(textsend(string_agg(
                line, E'\\n' ORDER BY member_id, coverage_month))) AS hash
            FROM waterfall GROUP BY bucket
            UNION ALL
            SELECT 2, bucket, sha256(textsend(string_agg(
                line, E'\\n' ORDER BY member_id, coverage_month, payee_id, practitioner_id)))
            FROM share GROUP BY bucket
        )
        SELECT encode(sha256(%s::bytea || COALESCE(
            string_agg(hash, ''::bytea ORDER BY part, bucket), ''::bytea)), 'hex')
        FROM block
        """,  # noqa: S608 - table and column names are our own
        [
            f"{run.contract_id}|{run.month}|{run.sequence}|"
            f"{run.previous_snapshot_no}|{run.snapshot_no}"
        ],
    )
    return cursor.fetchone()[0]
