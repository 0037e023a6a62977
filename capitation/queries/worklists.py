"""Work-lists of the intake: what came in and waits for a person, with months and money."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Generic, TypeVar

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import (
    Count,
    Exists,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce, Concat

from capitation.models import (
    Contract,
    CoverageSpan,
    Receipt,
    RemittanceLine,
    Run,
    Terms,
    UnmatchedRow,
    Waterfall,
)
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months
from ipaportal.core.refusals import NotPermitted

MOST = 200
T = TypeVar("T")


@dataclass(frozen=True)
class Rows(Generic[T]):
    """A work-list to page through: it counts, sorts and reads only what a page shows."""

    counted: Callable[[], int]
    read: Callable[[str, int, int | None], list[T]]
    sort: str = ""

    def count(self) -> int:
        return self.counted()

    def order_by(self, sort: str, *_more: str) -> "Rows[T]":
        """The same rows in another order; the list itself keeps equal ones in their place."""
        return replace(self, sort=sort)

    def __getitem__(self, part: slice) -> list[T]:
        return self.read(self.sort, part.start or 0, part.stop)


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
    # One of their lines, by which an address can name them without their number.
    line_id: int


@dataclass(frozen=True)
class UnknownSum:
    """How many members of a contract are not known, and how much money waits for them."""

    contract_id: int
    name: str
    count: int
    cents: int


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


def in_doubt() -> Exists:
    """Whether a line's number and MBI wait for a person to say whom they mean together."""
    index = Func(
        Coalesce(OuterRef("mbi_index"), Value(b"")),
        Value("hex"),
        function="encode",
        output_field=TextField(),
    )
    rows = UnmatchedRow.objects.filter(
        kind=UnmatchedRow.Kind.IDENTITY,
        resolved_at=None,
        payer_id=OuterRef("contract__payer_id"),
        key=Concat(OuterRef("member_ref"), Value("|"), index, output_field=TextField()),
    )
    return Exists(rows)


def doubted_cents(row: UnmatchedRow) -> int:
    """What waits under a row's number and MBI until somebody says whom they mean."""
    number, _, index = row.key.rpartition("|")
    lines = waiting_lines().filter(contract__payer_id=row.payer_id, member_ref=number)
    lines = lines.filter(mbi_index=bytes.fromhex(index)) if index else lines.filter(mbi_index=None)
    return int(lines.aggregate(cents=Sum("amount_cents", default=0))["cents"])


def _unknown(
    contract_id: int | None, file_id: int | None = None, member_ref: str | None = None
) -> QuerySet:
    lines = waiting_lines().filter(~in_doubt())
    if contract_id is not None:
        lines = lines.filter(contract_id=contract_id)
    if file_id is not None:
        lines = lines.filter(file_id=file_id)
    if member_ref is not None:
        lines = lines.filter(member_ref=member_ref)
    return lines.values("contract_id", "contract__name", "member_ref").annotate(
        last=Max("last_name"),
        first=Max("first_name"),
        begins=Min("coverage_month"),
        ends=Max("coverage_month"),
        months=Count("coverage_month", distinct=True),
        lines=Count("pk"),
        cents=Sum("amount_cents"),
        files=ArrayAgg("file_id", distinct=True),
        line=Min("pk"),
    )


def unknown_members(
    *,
    actor: Actor,
    contract_id: int | None = None,
    file_id: int | None = None,
    member_ref: str | None = None,
    limit: int = MOST,
) -> list[UnknownMember]:
    """Members the plan pays for whom we do not know, most money first."""
    _may(actor, "capitation.view_members")
    found = _unknown(contract_id, file_id, member_ref).order_by("-cents", "member_ref")
    return [_unknown_member(row) for row in found[:limit]]


def unknown_list(*, actor: Actor, text: str = "") -> Rows[UnknownMember]:
    """Everybody the plan pays for and we do not know, searched, to page through."""
    _may(actor, "capitation.view_members")
    found = _unknown(None)
    if text:
        found = found.filter(
            Q(member_ref__istartswith=text)
            | Q(last__istartswith=text)
            | Q(first__istartswith=text)
            | Q(contract__name__istartswith=text)
        )

    def read(sort: str, start: int, stop: int | None) -> list[UnknownMember]:
        order = (sort or "-cents", "member_ref", "contract_id")
        return [_unknown_member(row) for row in found.order_by(*order)[start:stop]]

    return Rows(found.count, read)


def unknown_sums(*, actor: Actor, contract_id: int | None = None) -> list[UnknownSum]:
    """How many unknown members with a number each contract has, and how much money waits."""
    _may(actor, "capitation.view_members")
    lines = waiting_lines().filter(~in_doubt()).exclude(member_ref="")
    if contract_id is not None:
        lines = lines.filter(contract_id=contract_id)
    rows = lines.values_list("contract_id", "contract__name").order_by("contract__name")
    rows = rows.annotate(count=Count("member_ref", distinct=True), cents=Sum("amount_cents"))
    return [UnknownSum(pk, name, count, int(cents)) for pk, name, count, cents in rows]


def _unknown_member(row: dict) -> UnknownMember:
    return UnknownMember(
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
        line_id=row["line"],
    )


def members_without_pcp(
    *, actor: Actor, month: date, contract_id: int | None = None, limit: int = MOST
) -> list[MemberMoney]:
    """Members covered in a month to whom nobody is assigned on any of its days, by money."""
    _may(actor, "capitation.view_members")
    return _Money(WITHOUT_PCP, month, contract_id).read("", 0, limit)


def without_pcp_list(*, actor: Actor, month: date, text: str = "") -> Rows[MemberMoney]:
    """Everybody covered in a month without a PCP, searched, to page through."""
    _may(actor, "capitation.view_members")
    found = _Money(WITHOUT_PCP, month, text=text)
    return Rows(found.count, found.read)


def suspense(
    *, actor: Actor, contract_id: int | None = None, limit: int = MOST
) -> list[MemberMoney]:
    """Money for months without coverage, by member and month; what came to nothing is left out."""
    _may(actor, "capitation.view_members")
    return _Money(IN_SUSPENSE, None, contract_id).read("", 0, limit)


def suspense_list(*, actor: Actor, text: str = "") -> Rows[MemberMoney]:
    """All money in suspense, searched, to page through."""
    _may(actor, "capitation.view_members")
    found = _Money(IN_SUSPENSE, None, text=text)
    return Rows(found.count, found.read)


def without_terms_list(*, actor: Actor, text: str = "") -> Rows[MemberMoney]:
    """Money for months that no terms cover, by member and month: no run takes it as it is."""
    _may(actor, "capitation.view_members")
    found = _Money(WITHOUT_TERMS, None, text=text)
    return Rows(found.count, found.read)


def terms_cover(contract_id: int, month: date) -> bool:
    """Say whether a contract has terms for a month, as known now."""
    return Terms.objects.filter(contract_id=contract_id).current().active_on(month).exists()


def next_reach(contract_id: int) -> tuple[date, date]:
    """The month of a contract's next run, and the first month in which it looks for money."""
    contract = Contract.objects.get(pk=contract_id)
    runs = Run.objects.filter(contract_id=contract_id).exclude(status=Run.Status.CANCELLED)
    last = runs.order_by("-month", "-sequence").first()
    if last is None:
        month = contract.start_month
    else:
        is_posted = last.status == Run.Status.POSTED
        month = add_months(last.month, 1) if is_posted else last.month
    terms = Terms.objects.filter(contract_id=contract_id).current().active_on(month).first()
    months = terms.premium_lookback_months if terms else None
    if months is None:
        return month, contract.start_month
    return month, max(contract.start_month, add_months(month, -months))


def suspense_cents(contract_id: int, member_id: int, month: date) -> int:
    """What waits for one member and month under a contract: without coverage, or without terms."""
    covered = CoverageSpan.objects.filter(member_id=member_id, contract_id=contract_id).current()
    covered = covered.filter(
        Q(end_date=None) | Q(end_date__gt=month), effective_date__lt=add_months(month, 1)
    )
    if covered.exists() and terms_cover(contract_id, month):
        return 0
    mine = Receipt.objects.filter(
        contract_id=contract_id, member_id=member_id, coverage_month=month
    )
    return int(mine.aggregate(cents=Sum("amount_cents", default=0))["cents"])


def posted_suspense_cents(contract_id: int, member_id: int, month: date) -> int:
    """What posted runs hold in suspense for one member and month."""
    rows = Waterfall.objects.filter(
        run__contract_id=contract_id,
        run__status=Run.Status.POSTED,
        member_id=member_id,
        coverage_month=month,
    )
    return int(rows.aggregate(cents=Sum("suspense_cents", default=0))["cents"])


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
      AND EXISTS (
        SELECT FROM capitation_terms AS t
        WHERE t.contract_id = r.contract_id AND t.superseded_no IS NULL
          AND t.effective_date <= r.coverage_month
          AND (t.end_date IS NULL OR t.end_date > r.coverage_month)
      )
    GROUP BY r.member_id, r.contract_id, r.coverage_month
    HAVING sum(r.amount_cents) <> 0
"""
WITHOUT_TERMS = """
    SELECT r.member_id, r.contract_id, r.coverage_month AS month,
           sum(r.amount_cents)::bigint AS cents
    FROM capitation_receipt AS r
    WHERE (%(contract_id)s::bigint IS NULL OR r.contract_id = %(contract_id)s)
      AND NOT EXISTS (
        SELECT FROM capitation_terms AS t
        WHERE t.contract_id = r.contract_id AND t.superseded_no IS NULL
          AND t.effective_date <= r.coverage_month
          AND (t.end_date IS NULL OR t.end_date > r.coverage_month)
      )
    GROUP BY r.member_id, r.contract_id, r.coverage_month
    HAVING sum(r.amount_cents) <> 0
"""
# Name of a work-list of money → the query behind it.
MONEY_LISTS = {
    "without_pcp": WITHOUT_PCP,
    "suspense": IN_SUSPENSE,
    "without_terms": WITHOUT_TERMS,
}


SORTS = {
    "number": "m.plan_member_id",
    "name": "p.search_name",
    "contract": "k.name",
    "month": "found.month",
    "cents": "found.cents",
}


@dataclass(frozen=True)
class _Money:
    """One of the two queries above with its members and contracts, searched, sorted and cut."""

    sql: str
    month: date | None
    contract_id: int | None = None
    text: str = ""

    def count(self) -> int:
        return self._rows("SELECT count(*)", "")[0][0]

    def read(self, sort: str, start: int, stop: int | None) -> list[MemberMoney]:
        key = SORTS.get(sort.removeprefix("-"), "")
        order = f"{key} {'DESC' if sort.startswith('-') else 'ASC'} NULLS LAST," if key else ""
        rows = self._rows(
            """SELECT found.member_id, m.plan_member_id,
                      concat_ws(', ', NULLIF(p.last_name, ''), NULLIF(p.first_name, '')),
                      found.contract_id, k.name, found.month, found.cents""",
            f"""ORDER BY {order} abs(found.cents) DESC, found.member_id, found.month,
                         found.contract_id
                LIMIT %(limit)s OFFSET %(start)s""",
            limit=None if stop is None else max(stop - start, 0),
            start=start,
        )
        return [MemberMoney(*row) for row in rows]

    def _rows(self, select: str, tail: str, **more: object) -> list[tuple]:
        like = self.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                {select} FROM ({self.sql}) AS found
                JOIN capitation_member AS m ON m.id = found.member_id
                JOIN capitation_contract AS k ON k.id = found.contract_id
                LEFT JOIN capitation_memberprofile AS p
                       ON p.member_id = found.member_id AND p.superseded_no IS NULL
                WHERE %(like)s = '' OR m.plan_member_id ILIKE %(like)s
                   OR concat_ws(', ', p.last_name, p.first_name) ILIKE %(like)s
                   OR k.name ILIKE %(like)s
                {tail}
                """,
                {
                    "contract_id": self.contract_id,
                    "month": self.month,
                    "next_month": add_months(self.month, 1) if self.month else None,
                    "like": f"{like}%" if like else "",
                    **more,
                },
            )
            return cursor.fetchall()


def unmatched_list(*, actor: Actor, kind: str, text: str = "") -> QuerySet[UnmatchedRow]:
    """Rows of a kind that nobody has decided yet, oldest first, searched, to page through."""
    _may(actor, "capitation.view_members")
    rows = UnmatchedRow.objects.filter(resolved_at=None, kind=kind)
    if text:
        rows = rows.filter(
            Q(reason__istartswith=text)
            | Q(member__plan_member_id__istartswith=text)
            | Q(file__name__istartswith=text)
            | Q(values__npi__istartswith=text)
            | Q(values__name__istartswith=text)
            | Q(values__member_ref__istartswith=text)
        )
    return rows.select_related("file", "member").order_by("pk")


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
    whose = Concat("contract_id", Value("|"), "member_ref", output_field=TextField())
    waiting = (
        waiting_lines()
        .annotate(in_doubt=in_doubt())
        .aggregate(
            count=Count(whose, distinct=True, filter=Q(in_doubt=False)),
            cents=Sum("amount_cents", default=0, filter=Q(in_doubt=False)),
            doubted=Sum("amount_cents", default=0, filter=Q(in_doubt=True)),
        )
    )
    counts = {"unknown_members": (waiting["count"], int(waiting["cents"]))}
    sums = " UNION ALL ".join(
        f"SELECT '{name}', count(*), "  # noqa: S608 - our own names and queries
        f"COALESCE(sum(cents), 0)::bigint FROM ({sql}) AS found"
        for name, sql in MONEY_LISTS.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sums, {"contract_id": None, "month": month, "next_month": add_months(month, 1)}
        )
        counts |= {name: (count, cents) for name, count, cents in cursor.fetchall()}
    rows = UnmatchedRow.objects.filter(resolved_at=None).order_by().values_list("kind")
    for kind in UnmatchedRow.Kind.values:
        counts[f"unmatched_{kind}"] = (0, 0)
    counts |= {f"unmatched_{kind}": (n, 0) for kind, n in rows.annotate(n=Count("pk"))}
    counts["unmatched_identity"] = (counts["unmatched_identity"][0], int(waiting["doubted"]))
    return counts


def _may(actor: Actor, permission: str) -> None:
    if not actor.may(permission):
        raise NotPermitted(actor.name, permission)
