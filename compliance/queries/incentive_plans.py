"""What the IPA's books know of the pay of practices over twelve months, and CMS's table."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Sum

from capitation.models import Bonus, Statement
from compliance.models import StopLossRow
from compliance.rules.incentive_plans import Arrangement, Deductible
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import Party

VIEW = "compliance.view_incentives"
MONTHS = 12


@dataclass(frozen=True)
class PracticeRisk:
    """One practice: what the IPA could have paid it over twelve months, and what it withheld."""

    party_id: int
    name: str
    statement_id: int
    months: int
    arrangement: Arrangement


def table_rows() -> list[Deductible]:
    """The deductibles that were loaded and hold, as the rule wants them."""
    rows = StopLossRow.objects.filter(superseded_at=None).order_by("from_date", "panel_from")
    return [
        Deductible(row.kind, row.from_date, row.panel_from, row.deductible_cents, row.citation)
        for row in rows
    ]


def since(today: date) -> date:
    """The first month that counts."""
    return add_months(month_of(today), -MONTHS)


def practice_risks(*, actor: Actor, today: date) -> list[PracticeRisk]:
    """
    Every practice that had statements in twelve months, by name; four queries.

    Agreements with practices pay by capitation less a withhold, and bonuses beside it: of those
    only what rests on referrals counts, for quality does not. The panel is whom the newest
    statement paid for.
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    first = since(today)
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
    bonuses = _bonuses(first)
    found = [
        PracticeRisk(
            party_id=payee,
            name=names[payee],
            statement_id=row["newest"],
            months=row["months"],
            arrangement=Arrangement(
                panel=int(newest[row["newest"]].content.get("members_paid", 0)),
                potential_cents=max(0, row["all"]) + bonuses.get(payee, 0),
                withhold_cents=max(0, row["kept"]),
                bonus_cents=bonuses.get(payee, 0),
            ),
        )
        for payee, row in sums.items()
    ]
    return sorted(found, key=lambda one: one.name)


def paid_to(*, actor: Actor, party_id: int, today: date) -> tuple[list[Statement], list[Bonus]]:
    """The statements and the bonuses by referrals that a practice's figures are the sums of."""
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    first = since(today)
    statements = Statement.objects.filter(payee=party_id, month__gte=first)
    bonuses = Bonus.objects.filter(
        party=party_id, status=Bonus.Status.PAID, rests_on_referrals=True, last_month__gte=first
    )
    return list(statements.order_by("-month", "-pk")), list(bonuses.order_by("-last_month"))


def _bonuses(first: date) -> dict[int, int]:
    """What each practice was paid beside its capitation for months since a day, by referrals."""
    paid = Bonus.objects.filter(
        status=Bonus.Status.PAID, rests_on_referrals=True, last_month__gte=first
    )
    return dict(paid.order_by().values_list("party").annotate(Sum("amount_cents")))
