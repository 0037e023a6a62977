"""Beneath actions: the days of a decided file are kept with its decision."""

from collections.abc import Sequence
from pathlib import Path

from credentialing.rules.turnaround import STEP_OF_STATUS
from ipaportal.core.sql import run_step

KEEP = Path(__file__).parents[1] / "sql" / "turnaround" / "01_keep_days.sql"


def keep_days(decision_ids: Sequence[int] | None = None) -> int:
    """Keep the days of some decisions' files by step, or of all; how many were not kept before."""
    params = {
        "statuses": [status.value for status in STEP_OF_STATUS],
        "steps": list(STEP_OF_STATUS.values()),
        "decisions": None if decision_ids is None else list(decision_ids),
    }
    return run_step(KEEP, params).rows
