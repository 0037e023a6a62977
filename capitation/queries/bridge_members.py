"""Who stands behind a number of the membership bridge, sorted and cut by the database."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.db import connection

from capitation.queries.membership import COVERED
from capitation.rules.membership import PARTS
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.sql import like_prefix, limit_of, turned

ORDERS = {
    "name": "last_name {0}, first_name {0}",
    "number": "plan_member_id {0}",
    "before": "before {0}, last_name, first_name",
    "after": "after {0}, last_name, first_name",
}
NOBODY = 0
# `rules.membership.movement` for many: a test counts both and compares.
HOW = {
    "opening": "was IS NOT NULL",
    "adds": "was IS NULL AND NOT known_before",
    "reinstated": "was IS NULL AND known_before",
    "moved_in": "was <> now",
    "terms": "now IS NULL",
    "moved_out": "was <> now",
    "closing": "now IS NOT NULL",
}
SIDE = {part: "was" if part in ("opening", "terms", "moved_out") else "now" for part in PARTS}
MEMBERS = f"""
WITH previous AS ({COVERED.format(month="before")}),
current AS ({COVERED.format(month="month")}),
both_months AS (
    SELECT member_id, previous.pcp_id AS was, current.pcp_id AS now
    FROM previous FULL JOIN current USING (member_id)
),
moves AS (
    SELECT b.*, EXISTS (
        SELECT FROM capitation_coveragespan AS c
        WHERE c.member_id = b.member_id AND c.contract_id = %(contract_id)s
          AND c.fact_no <= %(fact_no)s
          AND (c.superseded_no IS NULL OR c.superseded_no > %(fact_no)s)
          AND c.effective_date < %(before)s
          AND (c.end_date IS NULL OR c.end_date > c.effective_date)) AS known_before
    FROM both_months AS b
)
"""  # noqa: S608 - the names of months are our own
ROWS = """
FROM moves AS v
JOIN capitation_member AS m ON m.id = v.member_id
LEFT JOIN capitation_memberprofile AS p ON p.member_id = v.member_id AND p.superseded_no IS NULL
LEFT JOIN credentialing_practitioner AS d ON d.id = v.was
LEFT JOIN credentialing_practitioner AS e ON e.id = v.now
"""
COLUMNS = """
SELECT v.member_id, m.plan_member_id, COALESCE(p.last_name, '') AS last_name,
       COALESCE(p.first_name, '') AS first_name,
       CASE WHEN v.was IS NULL THEN 'not covered' WHEN v.was = 0 THEN 'nobody assigned'
            ELSE d.first_name || ' ' || d.last_name END AS before,
       CASE WHEN v.now IS NULL THEN 'not covered' WHEN v.now = 0 THEN 'nobody assigned'
            ELSE e.first_name || ' ' || e.last_name END AS after
"""


@dataclass(frozen=True)
class MovedMember:
    """One member behind a number, and whose they were in both months."""

    member_id: int
    member_number: str
    last_name: str
    first_name: str
    before: str
    after: str

    @property
    def name(self) -> str:
        return f"{self.last_name}, {self.first_name}".strip(", ") or self.member_number


@dataclass(frozen=True)
class BridgeMembers:
    """Members behind one number of a bridge; what `list_rows` takes."""

    contract_id: int
    month: date
    part: str
    practitioner_id: int | None = None  # None: of the whole contract; NOBODY: nobody's
    search: str = ""
    fact_no: int = 2**62
    order: str = ORDERS["name"].format("ASC")

    def order_by(self, key: str, *_tie: str) -> "BridgeMembers":
        """The same members in another order."""
        return replace(self, order=turned(ORDERS, key))

    def count(self) -> int:
        """How many members are asked for."""
        with connection.cursor() as cursor:
            cursor.execute(f"{MEMBERS} SELECT count(*) {ROWS} {self._where()}", self._params())
            return cursor.fetchone()[0]

    def __getitem__(self, cut: slice) -> list[MovedMember]:
        query = f"{MEMBERS} {COLUMNS} {ROWS} {self._where()} ORDER BY {self.order}, v.member_id"
        query += limit_of(cut)
        with connection.cursor() as cursor:
            cursor.execute(query, self._params())
            return [MovedMember(*row) for row in cursor.fetchall()]

    def __iter__(self) -> Iterator[MovedMember]:
        return iter(self[:])

    def _where(self) -> str:
        found = f"WHERE {HOW[self.part]}"
        if self.practitioner_id is not None:
            found += f" AND {SIDE[self.part]} = %(practitioner_id)s"
        if self.search:
            found += " AND (p.search_name LIKE %(prefix)s OR m.plan_member_id LIKE %(number)s)"
        return found

    def _params(self) -> dict[str, object]:
        before = add_months(self.month, -1)
        return {
            "contract_id": self.contract_id,
            "before": before,
            "before_next": self.month,
            "month": self.month,
            "month_next": add_months(self.month, 1),
            "practitioner_id": self.practitioner_id,
            "fact_no": self.fact_no,
            "prefix": like_prefix(self.search.lower()),
            "number": like_prefix(self.search),
        }


def bridge_members(
    *,
    actor: Actor,
    contract_id: int,
    month: date,
    part: str,
    practitioner_id: int | None = None,
    search: str = "",
) -> BridgeMembers:
    """The members behind a part (`rules.membership.PARTS`) of a month's bridge, as known now."""
    if not actor.may("capitation.view_members"):
        raise NotPermitted(actor.name, "capitation.view_members")
    assert part in PARTS, "the parts are those of the rule"
    asked = " ".join(search.replace(",", " ").split())
    return BridgeMembers(contract_id, month, part, practitioner_id, asked)
