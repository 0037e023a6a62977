"""Why a month's total is not last month's: by cause, and by payee."""

from collections.abc import Sequence
from dataclasses import dataclass

from capitation.models import Run
from capitation.queries.run_figures import month_of_runs, payees_of
from capitation.rules.variance import Variance, variance
from ipaportal.core.pictures import BridgeStep, Picture, bridge
from ipaportal.core.words import month_text, short_month

# A payee's change is looked at from this share of last month and this amount on.
BIG_SHARE, BIG_CENTS = 20, 100_000
CAUSES = (
    ("members", "Members", "More or fewer members, at last month's average."),
    ("rate", "Rate", "What members paid alike earn on average."),
    ("mix", "Mix", "Who the members are: products, ages, sexes."),
    ("retro", "Retro", "Lines for earlier months."),
    ("one_off", "One-off", "Settlements and corrections by hand."),
)


@dataclass(frozen=True)
class PayeeChange:
    """One payee's month beside the last."""

    payee_id: int
    members: int
    members_before: int
    cents: int
    before_cents: int
    retro_cents: int

    @property
    def change_cents(self) -> int:
        return self.cents - self.before_cents

    @property
    def is_big(self) -> bool:
        """Whether somebody should look at it before the run is approved."""
        change = abs(self.change_cents)
        return change >= BIG_CENTS and change * 100 >= abs(self.before_cents) * BIG_SHARE


@dataclass(frozen=True)
class Compared:
    """A month beside the month before it that has posted runs."""

    month: object
    before_month: object | None
    parts: Variance
    total_cents: int
    before_cents: int
    payees: Sequence[PayeeChange]

    @property
    def big(self) -> list[PayeeChange]:
        return [payee for payee in self.payees if payee.is_big]

    @property
    def picture(self) -> Picture:
        """The bridge from last month's total to this month's."""
        if self.before_month is None:
            return bridge([])
        steps = [BridgeStep(label, getattr(self.parts, name)) for name, label, _ in CAUSES]
        first = BridgeStep(short_month(self.before_month), self.before_cents)
        last = BridgeStep(short_month(self.month), self.total_cents)
        title = f"What changed since {month_text(self.before_month)}"
        return bridge([first, *steps, last], title=title)


def compare(run: Run, others: Sequence[Run]) -> Compared:
    """
    Set a run's month beside the month before; `others` are the contract's posted runs.

    A second run of a month counts together with the first.
    """
    same = [r for r in others if r.month == run.month and r.pk < run.pk]
    earlier = [r for r in others if r.month < run.month]
    before_month = max((r.month for r in earlier), default=None)
    last = [r for r in earlier if r.month == before_month]
    now, then = month_of_runs([*same, run]), month_of_runs(last)
    return Compared(
        month=run.month,
        before_month=before_month,
        parts=variance(then, now),
        total_cents=now.total_cents,
        before_cents=then.total_cents,
        payees=_payees([*same, run], last) if before_month else (),
    )


def _payees(now: Sequence[Run], then: Sequence[Run]) -> list[PayeeChange]:
    sums: dict[int, list[int]] = {}
    for runs, offset in ((now, 0), (then, 1)):
        for run in runs:
            for row in payees_of(run):
                known = sums.setdefault(row.payee_id, [0, 0, 0, 0, 0])
                known[offset] += row.members
                known[2 + offset] += row.total_cents
                known[4] += row.retro_cents if not offset else 0
    changes = [PayeeChange(payee_id, *values) for payee_id, values in sums.items()]
    return sorted(changes, key=lambda row: (-abs(row.change_cents), row.payee_id))
