"""What a run came to, summed once when it is calculated, so that its pages read no lines."""

from dataclasses import dataclass

from django.db import connection

from capitation.models import Run
from capitation.rules.variance import Cell, Month

BAND = 5  # years of age that are looked at together
ONE_OFF = frozenset({"QUALITY", "MANUAL"})

ROWS = """
    SELECT coverage_month = %(month)s, reason, zero_reason, plan_code, sex,
           age / %(band)s * %(band)s, count(*), count(*) FILTER (WHERE provider_cents <> 0),
           sum(provider_cents)::bigint, sum(received_cents)::bigint, sum(withhold_cents)::bigint,
           sum(suspense_cents)::bigint
    FROM capitation_waterfall WHERE run_id = %(run_id)s
    GROUP BY 1, 2, 3, 4, 5, 6
"""
SHARES = """
    SELECT payee_id, count(*),
           count(*) FILTER (WHERE coverage_month = %(month)s AND provider_cents <> 0),
           COALESCE(sum(provider_cents) FILTER (WHERE coverage_month = %(month)s), 0)::bigint,
           COALESCE(sum(provider_cents) FILTER (WHERE coverage_month < %(month)s), 0)::bigint,
           sum(withhold_cents)::bigint
    FROM capitation_share WHERE run_id = %(run_id)s GROUP BY payee_id
"""


@dataclass(frozen=True)
class PayeeSum:
    """What a run brings one payee: lines, members paid for the month, cents."""

    payee_id: int
    lines: int
    members: int
    current_cents: int
    retro_cents: int
    withhold_cents: int

    @property
    def total_cents(self) -> int:
        return self.current_cents + self.retro_cents


def run_report(run: Run) -> dict[str, object]:
    """
    Sum a calculated run by reason, by why nothing is paid, by cell and by payee.

    Two passes over its rows; what is returned stands in `run.report["figures"]`, in plain JSON.
    """
    params = {"run_id": run.pk, "month": run.month, "band": BAND}
    reasons: dict[str, list[int]] = {}
    zeros: dict[str, list[int]] = {}
    zero_rows: dict[str, list[int]] = {}
    cells: dict[tuple, list[int]] = {}
    sums = {"current_cents": 0, "retro_cents": 0, "one_off_cents": 0, "current_lines": 0}
    with connection.cursor() as cursor:
        cursor.execute(ROWS, params)
        for is_current, reason, zero, plan, sex, age, rows, paid, *cents in cursor.fetchall():
            provider, received, withheld, suspense = (int(value or 0) for value in cents)
            _add(reasons, reason, (rows, provider, received, withheld))
            if zero is not None:
                _add(zero_rows, zero, (rows,))
            if zero is not None and (is_current or suspense or zero.startswith("held")):
                _add(zeros, zero, (rows, received, suspense))
            part = "one_off" if reason in ONE_OFF else "current" if is_current else "retro"
            sums[f"{part}_cents"] += provider
            if part == "current":
                sums["current_lines"] += rows
                members = paid if reason == "CURRENT" else 0
                _add(
                    cells, (plan or "", sex or "", -1 if age is None else age), (members, provider)
                )
        cursor.execute(SHARES, params)
        payees = [[int(value) for value in row] for row in cursor.fetchall()]
    return {
        **sums,
        "reasons": reasons,
        "zeros": zeros,
        "zero_rows": {why: rows for why, (rows,) in zero_rows.items()},
        "cells": [[*key, *values] for key, values in sorted(cells.items())],
        "payees": sorted(payees),
    }


def _add(sums: dict, key: object, values: tuple[int, ...]) -> None:
    known = sums.setdefault(key, [0] * len(values))
    for i, value in enumerate(values):
        known[i] += value


def figures_of(run: Run) -> dict:
    """What was summed when the run was calculated; empty before that."""
    return run.report.get("figures", {})


def payees_of(run: Run) -> list[PayeeSum]:
    """What a run brings each payee."""
    return [PayeeSum(*row) for row in figures_of(run).get("payees", ())]


def month_of_runs(runs: list[Run]) -> Month:
    """A month's runs together, as the variance rule wants them."""
    cells: dict[tuple, Cell] = {}
    retro = one_off = 0
    for run in runs:
        figures = figures_of(run)
        retro += figures.get("retro_cents", 0)
        one_off += figures.get("one_off_cents", 0)
        for plan, sex, age, members, cents in figures.get("cells", ()):
            known = cells.get((plan, sex, age), Cell(0, 0))
            cells[plan, sex, age] = Cell(known.members + members, known.cents + cents)
    return Month(cells, retro, one_off)
