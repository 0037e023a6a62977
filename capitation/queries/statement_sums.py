"""The rows of a month's runs, summed by payee for their statements."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from django.db import connection

from capitation.models import Run, Statement
from ipaportal.core.months import add_months
from ipaportal.core.sql import statements
from ipaportal.identity.models import Party

SUMS = Path(__file__).resolve().parent.parent / "sql" / "statements"
PARTS = (
    *("received", "admin_fee", "reinsurance", "hospital_pool", "specialist_pool"),
    *("pharmacy_pool", "provider", "retained", "suspense"),
)


class Sums:
    """The runs' rows summed by payee, five queries however many payees there are."""

    def __init__(self, month: date, runs: list[Run]) -> None:
        unassigned = Party.objects.get(kind=Party.Kind.UNASSIGNED).pk
        month_before = add_months(month, -1)
        told = Statement.objects.filter(month=month_before).values_list("run_ids", flat=True)
        params = {
            "runs": [run.pk for run in runs],
            "runs_before": sorted({pk for ids in told for pk in ids}),
            "month": month,
            "month_before": month_before,
            "unassigned": unassigned,
        }
        self.lines = _by_payee(_rows("01_sum_lines", params))
        self.practitioners = _by_payee(_rows("02_sum_practitioners", params))
        self.parts = {row["payee_id"]: row for row in _rows("03_sum_parts", params)}
        self.zeros = _by_payee(_rows("04_list_zeros", params))
        self.compared = _by_payee(_rows("05_compare_members", params))
        self.payees = set(self.lines)


def _rows(name: str, params: Mapping[str, object]) -> list[dict]:
    (query,) = statements((SUMS / f"{name}.sql").read_text())
    with connection.cursor() as cursor:
        cursor.execute(query, dict(params))
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _by_payee(rows: list[dict]) -> dict[int, list[dict]]:
    found = defaultdict(list)
    for row in rows:
        found[row["payee_id"]].append(row)
    return dict(found)
