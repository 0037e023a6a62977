"""Proofs of one run: its own rows against the invariants and against the pure rule."""

from pathlib import Path
from time import perf_counter

from django.db import connection

from capitation.models import Run, Share, Waterfall
from capitation.models.runs import COMPONENTS
from capitation.queries.facts import entitlements
from capitation.rules.entitlement import Entitlement
from ipaportal.core.money import dollars
from ipaportal.core.sql import statements

PROOFS = Path(__file__).resolve().parent.parent / "sql" / "run_proofs"
SAMPLE = 200
# Money of months up to the run's that stands in no run: what was told of a month is subtracted, for
# a month may have been reached before.
WAITING = """
    SELECT COALESCE(sum(month.cents) FILTER (WHERE NOT month.has_terms), 0),
           COALESCE(sum(month.cents) FILTER (WHERE month.has_terms), 0)
    FROM (
        SELECT stated.coverage_month, EXISTS (
                   SELECT FROM capitation_terms AS terms
                   WHERE terms.contract_id = run.contract_id AND terms.fact_no <= run.snapshot_no
                     AND (terms.superseded_no IS NULL OR terms.superseded_no > run.snapshot_no)
                     AND terms.effective_date <= stated.coverage_month
                     AND (terms.end_date IS NULL OR terms.end_date > stated.coverage_month)
               ) AS has_terms, stated.cents - COALESCE((
                   SELECT sum(w.received_cents) FROM capitation_waterfall AS w
                   JOIN capitation_run AS told ON told.id = w.run_id
                   WHERE told.contract_id = run.contract_id
                     AND (told.status = 'posted' OR told.id = run.id)
                     AND w.coverage_month = stated.coverage_month), 0) AS cents
        FROM capitation_run AS run
        JOIN LATERAL (
            SELECT r.coverage_month, sum(r.amount_cents) AS cents FROM capitation_receipt AS r
            WHERE r.contract_id = run.contract_id AND r.fact_no <= run.snapshot_no
              AND (r.coverage_month < run.reach_month OR r.coverage_month = ANY (ARRAY(
                  SELECT gap::date
                  FROM generate_series(run.reach_month, run.month, interval '1 month') AS gap
                  WHERE NOT EXISTS (
                      SELECT FROM capitation_terms AS terms
                      WHERE terms.contract_id = run.contract_id
                        AND terms.fact_no <= run.snapshot_no
                        AND (terms.superseded_no IS NULL OR terms.superseded_no > run.snapshot_no)
                        AND terms.effective_date <= gap
                        AND (terms.end_date IS NULL OR terms.end_date > gap)))))
            GROUP BY r.coverage_month
        ) AS stated ON true
        WHERE run.id = %s
    ) AS month
"""


def prove_run(run: Run) -> list[dict[str, object]]:
    """Each proof of a run: its name, what it says, the rows it found and the seconds it took."""
    results = []
    for path in sorted(PROOFS.glob("*.sql")):
        text = path.read_text()
        started = perf_counter()
        with connection.cursor() as cursor:
            (query,) = statements(text)
            count = f"SELECT count(*) FROM ({query}) AS breach"  # noqa: S608
            cursor.execute(count, {"run_id": run.pk})
            rows = cursor.fetchone()[0]
        results.append(
            {
                "name": path.stem,
                "says": text.splitlines()[0].removeprefix("-- "),
                "rows": rows,
                "seconds": round(perf_counter() - started, 3),
            }
        )
        if path.stem == "received_conserved":
            results[-1] |= _with_waiting(results[-1]["says"], waiting_money(run))
    return results


def waiting_money(run: Run) -> dict[str, int]:
    """Cents known at a run's snapshot that no run takes, by why: no terms, or out of look-back."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [run.pk])
        no_terms, out_of_reach = cursor.fetchone()
    return {"no_terms_cents": int(no_terms), "out_of_lookback_cents": int(out_of_reach)}


def _with_waiting(says: str, waiting: dict[str, int]) -> dict[str, object]:
    words = {"no_terms_cents": "for months no terms cover", "out_of_lookback_cents": "out of reach"}
    named = [f"${dollars(cents)} {words[why]}" for why, cents in waiting.items() if cents]
    more = f" Not in any run: {', '.join(named)}." if named else ""
    return {"says": says + more, "waiting": waiting}


def sample_mismatches(run: Run, size: int = SAMPLE) -> dict[str, object]:
    """Recompute a sample of the run's member-months by the pure rule, over all runs so far."""
    started = perf_counter()
    keys = _sample(run, size)
    wrong = mismatches(run, keys)
    return {
        "name": "recomputed_sample",
        "says": f"{len(keys)} member-months come out the same from the rule in Python.",
        "rows": len(wrong),
        "seconds": round(perf_counter() - started, 3),
    }


def makers(run: Run) -> set[int]:
    """Find everybody with a hand in a run, as the invariant does; the clock is nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT capitation_run_makers(%s)", [run.pk])
        return {person for (person,) in cursor.fetchall()}


def mismatches(run: Run, keys: list[tuple]) -> list[tuple]:
    """Member-months whose rows, over posted runs and this one, are not what the rule says."""
    ids = [member for member, _ in keys]
    runs = Run.objects.filter(contract_id=run.contract_id, status=Run.Status.POSTED)
    run_ids = [*runs.values_list("pk", flat=True), run.pk]
    names = (*COMPONENTS, "premium", "expected", "withhold")
    told: dict[tuple, dict[str, int]] = {}
    for row in Waterfall.objects.filter(run_id__in=run_ids, member_id__in=ids):
        sums = told.setdefault((row.member_id, row.coverage_month), dict.fromkeys(names, 0))
        for name in names:
            sums[name] += getattr(row, f"{name}_cents")
    shares: dict[tuple, dict[tuple, int]] = {}
    for share in Share.objects.filter(run_id__in=run_ids, member_id__in=ids):
        mine = shares.setdefault((share.member_id, share.coverage_month), {})
        payee = share.payee_id, share.practitioner_id
        mine[payee] = mine.get(payee, 0) + share.provider_cents
    due = entitlements(run.contract, keys, run.snapshot_no)
    return [
        key
        for key, right in due.items()
        if told.get(key, dict.fromkeys(names, 0)) != {n: getattr(right, n) for n in names}
        or _paid(shares.get(key, {})) != _paid(_due_shares(right))
    ]


def _due_shares(right: Entitlement) -> dict[tuple, int]:
    return {share.key: share.provider for share in right.shares}


def _paid(shares: dict[tuple, int]) -> dict[tuple, int]:
    return {payee: cents for payee, cents in shares.items() if cents}


def _sample(run: Run, size: int) -> list[tuple]:
    """Half from the current month, half from earlier ones, spread evenly over the members."""
    keys = []
    for condition in ("coverage_month = %s", "coverage_month < %s"):
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                SELECT member_id, coverage_month FROM capitation_waterfall
                WHERE run_id = %s AND {condition}
                ORDER BY hashint8(member_id # 7919), coverage_month LIMIT %s
                """,  # noqa: S608 - the conditions are the two above
                [run.pk, run.month, size // 2],
            )
            keys += cursor.fetchall()
    return keys
