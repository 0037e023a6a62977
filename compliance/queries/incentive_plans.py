"""What each practice bore of risk over twelve months, and whether its stop-loss is enough."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q, Sum

from capitation.models import Bonus, Statement
from compliance.models import StopLossCover, StopLossRow
from compliance.rules.incentive_plans import (
    Arrangement,
    Deductible,
    Needed,
    Risk,
    deductible,
    substantial_risk,
)
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import Party

VIEW = "compliance.view_incentives"
MONTHS = 12


@dataclass(frozen=True)
class PracticeRisk:
    """One practice: what it could have been paid, what was withheld, and the answer."""

    party_id: int
    name: str
    statement_id: int
    months: int
    panel: int
    potential_cents: int
    withhold_cents: int
    bonus_cents: int
    risk: Risk
    needed: Needed
    cover: StopLossCover | None

    @property
    def answer(self) -> str:
        """The answer in words; `table missing` is never told as if all were well."""
        if not self.risk.is_substantial:
            return "no substantial risk"
        if self.needed.status == "table missing":
            return "table missing"
        if self.needed.status == "none":
            return "no cover needed"
        if self.cover is None:
            return "stop-loss missing"
        enough = self.cover.deductible_cents <= (self.needed.cents or 0)
        return "covered" if enough else "deductible too high"


def table_rows() -> list[Deductible]:
    """The deductibles that were loaded and hold, as the rule wants them."""
    rows = StopLossRow.objects.filter(superseded_at=None).order_by("from_date", "panel_from")
    return [
        Deductible(row.kind, row.from_date, row.panel_from, row.deductible_cents, row.citation)
        for row in rows
    ]


def practice_risks(*, actor: Actor, today: date) -> list[PracticeRisk]:
    """
    Every practice that had statements in twelve months, by name; six queries.

    Agreements with practices pay by capitation less a withhold, and bonuses beside it: of those
    only what rests on referrals counts, for quality does not. The panel is whom the newest
    statement paid for. A plan's own arrangement with the IPA is its own table of terms, and what a
    practice pays its physicians is not known here.
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    first = add_months(month_of(today), -MONTHS)
    statements = Statement.objects.filter(month__gte=first).order_by()
    sums = statements.values("payee").annotate(
        all=Sum("provider_cents"),
        kept=Sum("withhold_cents"),
        months=Count("month", distinct=True),
        newest=Max("pk"),
    )
    sums = {row["payee"]: row for row in sums}
    newest = Statement.objects.in_bulk([row["newest"] for row in sums.values()])
    names = dict(Party.objects.filter(pk__in=sums).values_list("pk", "name"))
    covers, bonuses = _covers(today), _bonuses(first)
    table = table_rows()
    found = []
    for payee, row in sums.items():
        content = newest[row["newest"]].content
        panel = int(content.get("members_paid", 0))
        bonus = bonuses.get(payee, 0)
        risk = substantial_risk(
            Arrangement(
                panel=panel,
                potential_cents=max(0, row["all"]) + bonus,
                withhold_cents=max(0, row["kept"]),
                bonus_cents=bonus,
            )
        )
        found.append(
            PracticeRisk(
                party_id=payee,
                name=names[payee],
                statement_id=row["newest"],
                months=row["months"],
                panel=panel,
                potential_cents=row["all"] + bonus,
                withhold_cents=row["kept"],
                bonus_cents=bonus,
                risk=risk,
                needed=deductible("combined", panel, today, table),
                cover=covers.get(payee),
            )
        )
    return sorted(found, key=lambda one: one.name)


def _bonuses(first: date) -> dict[int, int]:
    """What each practice was paid beside its capitation for months since a day, by referrals."""
    paid = Bonus.objects.filter(
        status=Bonus.Status.PAID, rests_on_referrals=True, last_month__gte=first
    )
    return dict(paid.order_by().values_list("party").annotate(Sum("amount_cents")))


def _covers(today: date) -> dict[int, StopLossCover]:
    """Each practice's combined cover in force with the lowest deductible."""
    rows = StopLossCover.objects.filter(
        Q(effective_date__lte=today, end_date__gt=today), kind="combined", superseded_at=None
    )
    return {row.party_id: row for row in rows.order_by("-deductible_cents")}
