"""Work-lists of the intake: what came in and waits for a person, with months and money."""

from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum

from capitation.models import CoverageSpan, Receipt, RemittanceLine, UnmatchedRow
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months
from ipaportal.core.refusals import NotPermitted

MOST = 200


@dataclass(frozen=True)
class UnknownMember:
    """Somebody the plan pays for whom we do not know: their lines, months and money."""

    contract_id: int
    contract_name: str
    member_ref: str
    last_name: str
    first_name: str
    first_month: date
    last_month: date
    months: int
    lines: int
    amount_cents: int
    file_ids: tuple[int, ...]


@dataclass(frozen=True)
class MemberMoney:
    """A member's month with the money received for it: unassigned, or in suspense."""

    member_id: int
    plan_member_id: str
    name: str
    contract_id: int
    contract_name: str
    month: date
    amount_cents: int


def waiting_lines() -> QuerySet[RemittanceLine]:
    """Lines of money received that no member is matched to yet."""
    matched = Receipt.objects.filter(line_id=OuterRef("pk"))
    received = RemittanceLine.objects.filter(file__figures__contains={"is_source": True})
    return received.filter(~Exists(matched))


def unknown_members(
    *, actor: Actor, contract_id: int | None = None, file_id: int | None = None, limit: int = MOST
) -> list[UnknownMember]:
    """Members the plan pays for whom we do not know, most money first."""
    _may(actor, "capitation.view_members")
    lines = waiting_lines()
    if contract_id is not None:
        lines = lines.filter(contract_id=contract_id)
    if file_id is not None:
        lines = lines.filter(file_id=file_id)
    rows = (
        lines.values("contract_id", "contract__name", "member_ref")
        .annotate(
            last=Max("last_name"),
            first=Max("first_name"),
            begins=Min("coverage_month"),
            ends=Max("coverage_month"),
            months=Count("coverage_month", distinct=True),
            lines=Count("pk"),
            cents=Sum("amount_cents"),
            files=ArrayAgg("file_id", distinct=True),
        )
        .order_by("-cents", "member_ref")
    )
    return [
        UnknownMember(
            contract_id=row["contract_id"],
            contract_name=row["contract__name"],
            member_ref=row["member_ref"],
            last_name=row["last"],
            first_name=row["first"],
            first_month=row["begins"],
            last_month=row["ends"],
            months=row["months"],
            lines=row["lines"],
            amount_cents=int(row["cents"]),
            file_ids=tuple(row["files"]),
        )
        for row in rows[:limit]
    ]


def members_without_pcp(
    *, actor: Actor, month: date, contract_id: int | None = None, limit: int = MOST
) -> list[MemberMoney]:
    """Members covered in a month to whom nobody is assigned on any of its days, by money."""
    _may(actor, "capitation.view_members")
    return _money_rows(WITHOUT_PCP, month=month, contract_id=contract_id, limit=limit)


def suspense(
    *, actor: Actor, contract_id: int | None = None, limit: int = MOST
) -> list[MemberMoney]:
    """Money for months without coverage, by member and month; what came to nothing is left out."""
    _may(actor, "capitation.view_members")
    return _money_rows(IN_SUSPENSE, contract_id=contract_id, limit=limit)


def suspense_cents(contract_id: int, member_id: int, month: date) -> int:
    """What is in suspense for one member and month under a contract."""
    covered = CoverageSpan.objects.filter(member_id=member_id, contract_id=contract_id).current()
    covered = covered.filter(
        Q(end_date=None) | Q(end_date__gt=month), effective_date__lt=add_months(month, 1)
    )
    if covered.exists():
        return 0
    mine = Receipt.objects.filter(
        contract_id=contract_id, member_id=member_id, coverage_month=month
    )
    return int(mine.aggregate(cents=Sum("amount_cents", default=0))["cents"])


WITHOUT_PCP = """
    SELECT c.member_id, c.contract_id, %(month)s::date AS month,
           COALESCE((SELECT sum(r.amount_cents) FROM capitation_receipt AS r
                     WHERE r.member_id = c.member_id AND r.contract_id = c.contract_id
                       AND r.coverage_month = %(month)s), 0)::bigint AS cents
    FROM (
        SELECT DISTINCT member_id, contract_id FROM capitation_coveragespan
        WHERE superseded_no IS NULL AND effective_date < %(next_month)s
          AND (end_date IS NULL OR end_date > greatest(%(month)s, effective_date))
          AND (%(contract_id)s::bigint IS NULL OR contract_id = %(contract_id)s)
    ) AS c
    WHERE NOT EXISTS (
        SELECT FROM capitation_pcpassignment AS a
        WHERE a.member_id = c.member_id AND a.superseded_no IS NULL
          AND a.effective_date < %(next_month)s
          AND (a.end_date IS NULL OR a.end_date > greatest(%(month)s, a.effective_date))
    )
"""
IN_SUSPENSE = """
    SELECT r.member_id, r.contract_id, r.coverage_month AS month,
           sum(r.amount_cents)::bigint AS cents
    FROM capitation_receipt AS r
    WHERE (%(contract_id)s::bigint IS NULL OR r.contract_id = %(contract_id)s)
      AND NOT EXISTS (
        SELECT FROM capitation_coveragespan AS c
        WHERE c.member_id = r.member_id AND c.contract_id = r.contract_id
          AND c.superseded_no IS NULL
          AND c.effective_date < r.coverage_month + interval '1 month'
          AND (c.end_date IS NULL OR c.end_date > greatest(r.coverage_month, c.effective_date))
      )
    GROUP BY r.member_id, r.contract_id, r.coverage_month
    HAVING sum(r.amount_cents) <> 0
"""


def _money_rows(
    sql: str, *, contract_id: int | None, limit: int, month: date | None = None
) -> list[MemberMoney]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT found.member_id, m.plan_member_id,
                   concat_ws(', ', NULLIF(p.last_name, ''), NULLIF(p.first_name, '')),
                   found.contract_id, k.name, found.month, found.cents
            FROM ({sql}) AS found
            JOIN capitation_member AS m ON m.id = found.member_id
            JOIN capitation_contract AS k ON k.id = found.contract_id
            LEFT JOIN capitation_memberprofile AS p
                   ON p.member_id = found.member_id AND p.superseded_no IS NULL
            ORDER BY abs(found.cents) DESC, found.member_id, found.month LIMIT %(limit)s
            """,  # noqa: S608 - the inner query is one of the two above
            {
                "contract_id": contract_id,
                "limit": limit,
                "month": month,
                "next_month": add_months(month, 1) if month else None,
            },
        )
        return [MemberMoney(*row) for row in cursor.fetchall()]


def unmatched_rows(
    *, actor: Actor, kind: str = "", file_id: int | None = None, limit: int = MOST
) -> list[UnmatchedRow]:
    """Rows kept raw that nobody has decided yet, oldest first."""
    _may(actor, "capitation.view_members")
    rows = UnmatchedRow.objects.filter(resolved_at=None).select_related("file", "member")
    if kind:
        rows = rows.filter(kind=kind)
    if file_id is not None:
        rows = rows.filter(file_id=file_id)
    return list(rows[:limit])


def worklist_counts(*, actor: Actor, month: date) -> dict[str, tuple[int, int]]:
    """How many rows each work-list has and how much money is in it, in cents, by its name."""
    _may(actor, "capitation.view_members")
    waiting = waiting_lines().aggregate(
        count=Count("member_ref", distinct=True), cents=Sum("amount_cents", default=0)
    )
    counts = {"unknown_members": (waiting["count"], int(waiting["cents"]))}
    for name, sql in (("without_pcp", WITHOUT_PCP), ("suspense", IN_SUSPENSE)):
        params = {"contract_id": None, "month": month, "next_month": add_months(month, 1)}
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                SELECT count(*), COALESCE(sum(cents), 0)::bigint FROM ({sql}) AS found
                """,  # noqa: S608 - one of our own two queries
                params,
            )
            counts[name] = cursor.fetchone()
    rows = UnmatchedRow.objects.filter(resolved_at=None).order_by().values_list("kind")
    for kind in UnmatchedRow.Kind.values:
        counts[f"unmatched_{kind}"] = (0, 0)
    counts |= {f"unmatched_{kind}": (n, 0) for kind, n in rows.annotate(n=Count("pk"))}
    return counts


def _may(actor: Actor, permission: str) -> None:
    if not actor.may(permission):
        raise NotPermitted(actor.name, permission)
