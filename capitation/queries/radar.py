"""The unpaid-money radar: money that came and pays nobody, and members nobody pays for."""

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from capitation.models import Contract, Run
from capitation.queries.access import require_all
from capitation.queries.run_figures import figures_of
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of
from ipaportal.ledger.models import Account, Hold
from ipaportal.ledger.queries.balances import balances_by_party
from ipaportal.ledger.queries.holds import holds

MOST = 200


@dataclass(frozen=True)
class NotPaidFor:
    """A member with coverage and a PCP for whom the plan paid nothing this month."""

    member_id: int
    plan_member_id: str
    name: str
    contract_name: str
    month: date
    last_month_cents: int


@dataclass(frozen=True)
class HeldMoney:
    """A payee's payments stopped by a hold, with how long."""

    hold: Hold
    days: int
    owed_cents: int


@dataclass(frozen=True)
class Held:
    """Members of a run held because an input is missing."""

    run: Run
    why: str
    lines: int
    received_cents: int


@dataclass(frozen=True)
class Radar:
    """Everything that is not paid although it should be, for a month."""

    month: date
    not_paid_for: list[NotPaidFor]
    not_paid_count: int
    not_paid_cents: int
    held: list[Held]
    holds: list[HeldMoney]


NOT_PAID = """
    SELECT c.member_id, c.contract_id, COALESCE((
               SELECT sum(r.amount_cents) FROM capitation_receipt AS r
               WHERE r.member_id = c.member_id AND r.contract_id = c.contract_id
                 AND r.coverage_month = %(before)s), 0)::bigint AS cents
    FROM (
        SELECT DISTINCT member_id, contract_id FROM capitation_coveragespan
        WHERE superseded_no IS NULL AND effective_date < %(next_month)s
          AND (end_date IS NULL OR end_date > greatest(%(month)s, effective_date))
    ) AS c
    WHERE EXISTS (
        SELECT FROM capitation_pcpassignment AS a
        WHERE a.member_id = c.member_id AND a.superseded_no IS NULL
          AND a.effective_date < %(next_month)s
          AND (a.end_date IS NULL OR a.end_date > greatest(%(month)s, a.effective_date))
    ) AND NOT EXISTS (
        SELECT FROM capitation_receipt AS r
        WHERE r.member_id = c.member_id AND r.contract_id = c.contract_id
          AND r.coverage_month = %(month)s
    ) AND EXISTS (
        SELECT FROM capitation_receipt AS r
        WHERE r.contract_id = c.contract_id AND r.coverage_month = %(month)s
    )
"""


def radar_month(today: date) -> date:
    """The month to look at: the latest that a run paid, for the next one's money is still due."""
    latest = Run.objects.exclude(status=Run.Status.CANCELLED).aggregate(month=Max("month"))
    return latest["month"] or month_of(today)


def radar(*, actor: Actor, month: date, today: date, most: int | None = MOST) -> Radar:
    """Draw up the radar for a month; a contract whose money has not come at all is left out."""
    require_all(actor, "capitation.view_members")
    params = {"month": month, "next_month": add_months(month, 1), "before": add_months(month, -1)}
    with connection.cursor() as cursor:
        totals = "SELECT count(*), COALESCE(sum(cents), 0)::bigint"
        cursor.execute(f"{totals} FROM ({NOT_PAID}) AS found", params)
        count, cents = cursor.fetchone()
        cursor.execute(
            f"""
            SELECT found.member_id, m.plan_member_id,
                   concat_ws(', ', NULLIF(p.last_name, ''), NULLIF(p.first_name, '')),
                   k.name, %(month)s::date, found.cents
            FROM ({NOT_PAID}) AS found
            JOIN capitation_member AS m ON m.id = found.member_id
            JOIN capitation_contract AS k ON k.id = found.contract_id
            LEFT JOIN capitation_memberprofile AS p
                   ON p.member_id = found.member_id AND p.superseded_no IS NULL
            ORDER BY found.cents DESC, found.member_id LIMIT %(most)s
            """,  # noqa: S608 - the inner query is ours
            {**params, "most": most},
        )
        members = [NotPaidFor(*row) for row in cursor.fetchall()]
    return Radar(month, members, count, cents, _held(), _holds(actor, today))


def _held() -> list[Held]:
    """Held lines of each contract's latest run."""
    found = []
    for contract in Contract.objects.filter(is_active=True):
        runs = Run.objects.filter(contract=contract, digest__gt="").exclude(status="cancelled")
        run = runs.select_related("contract").order_by("-month", "-sequence").first()
        zeros = figures_of(run).get("zeros", {}) if run else {}
        for why in ("held_rate", "held_risk"):
            if why in zeros:
                found.append(Held(run, why, zeros[why][0], zeros[why][1]))
    return found


def _holds(actor: Actor, today: date) -> list[HeldMoney]:
    if not actor.may("ledger.view_accounts"):
        return []
    found = list(holds(actor=actor)[:MOST])
    balances = balances_by_party(Account.Kind.PAYABLE, party_ids=[hold.party_id for hold in found])
    return [
        HeldMoney(
            hold, (today - timezone.localdate(hold.placed_at)).days, -balances.get(hold.party_id, 0)
        )
        for hold in found
    ]
