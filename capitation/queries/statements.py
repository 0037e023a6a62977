"""Statements as their readers see them: the list, the page, its lines, the year, the PDF."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from capitation.models import Dispute, Payment, Statement, StatementPosting
from capitation.models.statements import StatementQuerySet
from capitation.rules.reasons import CODES
from capitation.rules.statements import ZERO_WORDS, LineId, reason_words
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, parse_month
from ipaportal.core.sql import like_prefix, limit_of, turned

VIEW = "capitation.view_statements"
# Longer lists are left to the CSV: nobody reads them on paper.
PDF_LINES = 1500


class NoSuchStatement(LookupError):
    """There is none, or the actor may not see it: both look the same."""


@dataclass(frozen=True)
class Line:
    """One member's month on a statement."""

    line_id: str
    run_id: int
    member_id: int
    payee_id: int
    coverage_month: date
    member_number: str
    last_name: str
    first_name: str
    contract: str
    reason: str
    zero_reason: str
    days: int
    provider_cents: int
    withhold_cents: int

    @property
    def name(self) -> str:
        return f"{self.last_name}, {self.first_name}".strip(", ") or self.member_number

    @property
    def paid_cents(self) -> int:
        return self.provider_cents - self.withhold_cents

    @property
    def words(self) -> str:
        if self.zero_reason in ZERO_WORDS and not self.provider_cents:
            return ZERO_WORDS[self.zero_reason]
        return "This month" if self.reason == "CURRENT" else reason_words(self.reason)


@dataclass(frozen=True)
class LineFilter:
    """Which lines are asked for; empty fields ask for all."""

    search: str = ""
    show: str = ""  # current, retro, zero
    month: date | None = None
    reason: str = ""

    @classmethod
    def of(cls, params: Mapping[str, str]) -> "LineFilter":
        """Read an address's parameters; what is not understood asks for nothing in particular."""
        show, reason = params.get("show", ""), params.get("reason", "")
        try:
            month = parse_month(params.get("month", ""))
        except ValueError:
            month = None
        return cls(
            search=" ".join(params.get("q", "").replace(",", " ").split()),
            show=show if show in ("current", "retro", "zero") else "",
            month=month,
            reason=reason if reason in CODES or reason in ZERO_WORDS else "",
        )


# What lists can be ordered by; the joins that an order or a condition reads are found by its names.
ORDERS = {
    "member": "mine.member_id {0}",
    "name": "p.last_name {0}, p.first_name {0}",
    "month": "mine.coverage_month {0}, p.last_name, p.first_name",
    "amount": "mine.provider_cents - mine.withhold_cents {0}",
    "number": "m.plan_member_id {0}",
}
TAIL = ", mine.member_id, mine.coverage_month DESC, mine.run_id"
# By name the database reads every member of a list; by key only those that a page shows.
MOST_BY_NAME = 5000
MINE = """
WITH mine AS (
    SELECT run_id, member_id, coverage_month, sum(days)::int AS days,
           sum(provider_cents)::bigint AS provider_cents,
           sum(withhold_cents)::bigint AS withhold_cents
    FROM capitation_share
    WHERE run_id = ANY (%(runs)s::bigint[]) AND payee_id = %(payee)s AND {months}
    GROUP BY run_id, member_id, coverage_month
)
"""
JOINS = {
    "w": """
    JOIN capitation_waterfall AS w
      ON w.run_id = mine.run_id AND w.member_id = mine.member_id
     AND w.coverage_month = mine.coverage_month AND w.run_id = ANY (%(runs)s::bigint[])
    """,
    "m": "JOIN capitation_member AS m ON m.id = mine.member_id",
    "p": """
    LEFT JOIN capitation_memberprofile AS p
      ON p.member_id = mine.member_id AND p.superseded_no IS NULL
    """,
}
COLUMNS = """
SELECT mine.run_id, mine.member_id, mine.coverage_month, m.plan_member_id,
       COALESCE(p.last_name, ''), COALESCE(p.first_name, ''), c.name, w.reason,
       COALESCE(w.zero_reason, ''), mine.days, mine.provider_cents, mine.withhold_cents
"""
NAMED = """
JOIN capitation_run AS r ON r.id = mine.run_id
JOIN capitation_contract AS c ON c.id = r.contract_id
"""


@dataclass
class Lines:
    """The lines of a statement, sorted and cut by the database; what `list_rows` takes."""

    statement: Statement
    asked: LineFilter = field(default_factory=LineFilter)
    order: str = ORDERS["name"].format("ASC") + TAIL
    counted: int | None = None
    found: list[Line] | None = None

    def order_by(self, key: str, *_tie: str) -> "Lines":
        """The same lines in another order."""
        return replace(self, order=turned(ORDERS, key) + TAIL)

    def count(self) -> int:
        """How many lines there are; asked once."""
        if self.counted is None and self.asked.search:
            # Whom a name finds are few, and finding them is what takes time: read once, cut here.
            self.found = self[0:MOST_BY_NAME]
            self.counted = len(self.found)
        if self.counted is None:
            where = self._where()
            found = f"FROM mine {_joins(where)} WHERE {where}"
            query = f"{self._mine()} SELECT count(*) {found}"
            with connection.cursor() as cursor:
                cursor.execute(query, self._params())
                self.counted = cursor.fetchone()[0]
        return self.counted

    def __getitem__(self, cut: slice) -> list[Line]:
        if self.found is not None:
            return self.found[cut]
        where, query, source = self._where(), self._mine(), "mine"
        if cut.stop is not None:
            # The page's lines first, by what their order reads; names and reasons for them alone.
            shown = f"FROM mine {_joins(where + self.order)} WHERE {where} ORDER BY {self.order}"
            query += f", page AS MATERIALIZED (SELECT mine.* {shown}{limit_of(cut)})"
            where, source = "true", "page AS mine"
        query += f"{COLUMNS} FROM {source} {' '.join(JOINS.values())} {NAMED}"
        query += f"WHERE {where} ORDER BY {self.order}"
        with connection.cursor() as cursor:
            cursor.execute(query, self._params())
            return [self._line(row) for row in cursor.fetchall()]

    def __iter__(self) -> Iterator[Line]:
        return iter(self[:])

    def _line(self, row: tuple) -> Line:
        payee = self.statement.payee_id
        return Line(str(LineId(row[0], row[1], row[2], payee)), row[0], row[1], payee, *row[2:])

    def _mine(self) -> str:
        """Its shares as one row a line, of the months that are asked for."""
        asked = self.asked
        months = [
            "true",
            "coverage_month = %(month)s" if asked.show in ("current", "zero") else "",
            "coverage_month <> %(month)s" if asked.show == "retro" else "",
            "coverage_month = %(asked_month)s" if asked.month else "",
        ]
        return MINE.format(months=" AND ".join(filter(None, months)))

    def _where(self) -> str:
        """Conditions of our own words only; values go in as parameters."""
        asked = self.asked
        conditions = [
            "true",
            "mine.provider_cents = 0 AND w.zero_reason IS NOT NULL" if asked.show == "zero" else "",
            "(w.reason = %(reason)s OR w.zero_reason = %(reason)s)" if asked.reason else "",
            "(p.search_name LIKE %(prefix)s OR m.plan_member_id LIKE %(number)s)"
            if asked.search
            else "",
        ]
        return " AND ".join(filter(None, conditions))

    def _params(self) -> dict[str, object]:
        return {
            "runs": self.statement.run_ids,
            "payee": self.statement.payee_id,
            "month": self.statement.month,
            "asked_month": self.asked.month,
            "reason": self.asked.reason,
            "prefix": like_prefix(self.asked.search.lower()),
            "number": like_prefix(self.asked.search),
        }


def _joins(words: str) -> str:
    """The tables whose columns some words read."""
    return " ".join(join for name, join in JOINS.items() if f"{name}." in words)


def statement_list(*, actor: Actor, payee_id: int | None = None) -> StatementQuerySet:
    """Statements that an actor may see, newest first."""
    rows = Statement.objects.for_actor(actor, VIEW).select_related("payee")
    rows = rows.order_by("-month", "payee__name", "-sequence", "pk")
    return rows if payee_id is None else rows.filter(payee_id=payee_id)


def statement_of(*, actor: Actor, statement_id: int) -> Statement:
    """
    One statement.

    :raises NoSuchStatement: also for whom may not see it
    """
    found = statement_list(actor=actor).filter(pk=statement_id).first()
    if found is None:
        raise NoSuchStatement(statement_id)
    return found


def tellers_of(entry: str) -> QuerySet:
    """The statements that tell an entry of the books, named by a number in an address."""
    if not (entry.isascii() and entry.isdigit() and len(entry) < 18):
        return StatementPosting.objects.none().values("statement")
    return StatementPosting.objects.filter(posting__entry=int(entry)).values("statement")


@dataclass(frozen=True)
class MonthTold:
    """What a payee's statements of one month said together."""

    month: date
    current_cents: int
    retro_cents: int
    paid_cents: int
    statement_id: int


def twelve_months(*, actor: Actor, payee_id: int, until: date) -> list[MonthTold]:
    """Twelve months up to one, those without a statement as zero."""
    first = add_months(until, -11)
    rows = statement_list(actor=actor, payee_id=payee_id).filter(month__range=(first, until))
    told: dict[date, list[int]] = {}
    for month, current, retro, paid, pk in rows.order_by("month", "sequence").values_list(
        "month", "content__current_cents", "content__retro_cents", "paid_cents", "pk"
    ):
        sums = told.setdefault(month, [0, 0, 0, pk])
        sums[:3] = [a + b for a, b in zip(sums, (current, retro, paid), strict=False)]
    months = [add_months(first, i) for i in range(12)]
    return [MonthTold(m, *told.get(m, (0, 0, 0, 0))) for m in months if m >= min(told, default=m)]


def payment_states(statement: Statement) -> dict[int, str]:
    """What became of a statement's payments since it was published."""
    ids = [payment["payment_id"] for payment in statement.content["payment_list"]]
    return dict(Payment.objects.filter(pk__in=ids).values_list("pk", "status"))


def disputed_lines(statement: Statement) -> dict[tuple[int, int, date], str]:
    """Lines of a statement that were asked about, and how that stands."""
    rows = Dispute.objects.filter(statement=statement).order_by("opened_at")
    return {
        (run, member, month): status
        for run, member, month, status in rows.values_list(
            "run_id", "member_id", "coverage_month", "status"
        )
    }


def statement_of_line(*, actor: Actor, line: LineId) -> Statement | None:
    """The statement that tells a line, if it is published and the actor may see it."""
    rows = statement_list(actor=actor, payee_id=line.payee_id)
    return rows.filter(run_ids__contains=[line.run_id]).first()


@dataclass(frozen=True)
class PdfInput:
    """What a PDF is made from: the statement, its figures and lines, and whom it shows."""

    statement: Statement
    file_name: str
    data: dict[str, object]
    member_ids: list[int]


def pdf_input(*, actor: Actor, statement_id: int) -> PdfInput:
    """
    A statement's figures and lines, ready for its PDF.

    :raises NoSuchStatement: also for whom may not see it
    """
    statement = statement_of(actor=actor, statement_id=statement_id)
    lines = Lines(statement)
    count = lines.count()
    shown = lines[:PDF_LINES] if count <= PDF_LINES else []
    data = {
        **statement.content,
        **{name: getattr(statement, name) for name in FIGURES},
        "sequence": statement.sequence,
        "published": timezone.localdate(statement.published_at).isoformat(),
        "line_count": count,
        "lines": [
            {
                "id": line.line_id,
                "month": f"{line.coverage_month:%Y-%m}",
                "member": line.name,
                "number": line.member_number,
                "words": line.words,
                "cents": line.paid_cents,
            }
            for line in shown
        ],
    }
    name = f"statement-{statement.month:%Y-%m}-{statement.payee_id}-{statement.sequence}.pdf"
    return PdfInput(statement, name, data, sorted({line.member_id for line in shown}))


FIGURES = (
    *("opening_cents", "provider_cents", "withhold_cents", "other_cents", "paid_cents"),
    *("closing_cents", "held_cents", "carried_cents"),
)
