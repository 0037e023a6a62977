"""A run is a difference: entitlement now, less everything posted before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from capitation.rules.entitlement import Entitlement
from capitation.rules.terms import STEPS

COMPONENTS = (
    "premium",
    "expected",
    "received",
    *STEPS,
    "provider",
    "retained",
    "suspense",
    "withhold",
)
# These sum to `received` on every row.
DISPOSITIONS = (*STEPS, "provider", "retained", "suspense")

MemberMonthKey = tuple[int, date]  # member, coverage month
ShareKey = tuple[int, date, int, int]  # … payee, practitioner or 0


@dataclass(frozen=True, slots=True)
class Rows:
    """Waterfall rows by member and month, share rows (provider, withhold) by payee too."""

    waterfall: Mapping[MemberMonthKey, tuple[int, ...]] = field(default_factory=dict)
    shares: Mapping[ShareKey, tuple[int, int]] = field(default_factory=dict)


def figures(entitled: Entitlement) -> tuple[int, ...]:
    """Give an entitlement's components in their order."""
    return tuple(getattr(entitled, name) for name in COMPONENTS)


def difference(entitled: Mapping[MemberMonthKey, Entitlement], posted: Rows, month: date) -> Rows:
    """
    Give a run's rows: entitlement − posted, over all that is in either.

    `posted` is the sum of earlier runs for the member-months in scope. A zero difference leaves
    no row, except the first of a covered member in the run's own month (he is listed at $0), and
    a waterfall row of zeros over shares that moved between payees, which carries the reason.
    """
    now = {key: figures(e) for key, e in entitled.items()}
    now_shares = {
        (*key, *share.key): (share.provider, share.withhold)
        for key, e in entitled.items()
        for share in e.shares
    }
    first = {
        key
        for key, e in entitled.items()
        if key[1] == month and key not in posted.waterfall and e.covered_days
    }
    shares = {
        key: row for key, row in _less(now_shares, posted.shares, 2) if any(row) or key[:2] in first
    }
    kept = first | {key[:2] for key in shares}
    rows = _less(now, posted.waterfall, len(COMPONENTS))
    return Rows({key: row for key, row in rows if any(row) or key in kept}, shares)


def total(runs: Iterable[Rows]) -> Rows:
    """Add up runs, row by row, as they were posted."""
    waterfall: dict[MemberMonthKey, tuple[int, ...]] = {}
    shares: dict[ShareKey, tuple[int, int]] = {}
    for run in runs:
        for sums, rows in ((waterfall, run.waterfall), (shares, run.shares)):
            for key, row in rows.items():
                sums[key] = tuple(map(sum, zip(sums.get(key, (0,) * len(row)), row, strict=True)))
    return Rows(waterfall, shares)


def is_conserved(row: tuple[int, ...]) -> bool:
    """Tell whether every cent received in a row has gone somewhere."""
    named = dict(zip(COMPONENTS, row, strict=True))
    return named["received"] == sum(named[name] for name in DISPOSITIONS)


def _less(now: Mapping, before: Mapping, width: int) -> list[tuple]:
    zero = (0,) * width
    return [
        (key, tuple(a - b for a, b in zip(now.get(key, zero), before.get(key, zero), strict=True)))
        for key in sorted(now.keys() | before.keys())
    ]
