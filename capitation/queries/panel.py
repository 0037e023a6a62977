"""A practice's panel: whose PCP it is today, who joined and who left since last month."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db import connection

from ipaportal.core.actors import Actor
from ipaportal.core.months import month_of
from ipaportal.core.sql import like_prefix, limit_of, turned

VIEW = "capitation.view_panel"
SHOWS = ("", "joined", "left")
BANDS = ((0, 17), (18, 34), (35, 49), (50, 64), (65, 69), (70, 74), (75, 79), (80, 84), (85, 150))
ORDERS = {
    "name": "last_name {0}, first_name {0}",
    "age": "age {0}",
    "since": "since {0}",
    "plan": "plan {0}, last_name, first_name",
    "pcp": "pcp {0}, last_name, first_name",
}
# Days that count: with the plan, with the PCP, and the PCP with the practice for that plan.
PANEL = """
WITH days AS (
    SELECT a.member_id, a.practitioner_id, payer.party_id AS payer_id,
           greatest(a.effective_date, c.effective_date, n.effective_date) AS from_day,
           least(a.end_date, c.end_date, n.end_date) AS to_day
    FROM credentialing_practice AS practice
    JOIN credentialing_participation AS n
      ON n.practice_id = practice.id AND n.superseded_no IS NULL
    JOIN capitation_pcpassignment AS a
      ON a.practitioner_id = n.practitioner_id AND a.superseded_no IS NULL
    JOIN capitation_coveragespan AS c ON c.member_id = a.member_id AND c.superseded_no IS NULL
    JOIN capitation_contract AS k ON k.id = c.contract_id
    JOIN capitation_payer AS payer ON payer.id = k.payer_id AND payer.party_id = n.payer_party_id
    WHERE practice.party_id = ANY (%(payees)s::bigint[])
),
standing AS (
    SELECT member_id, payer_id,
           (array_agg(practitioner_id ORDER BY from_day DESC))[1] AS practitioner_id,
           bool_or(from_day <= %(today)s AND (to_day IS NULL OR to_day > %(today)s)) AS is_now,
           bool_or(from_day < %(month)s AND (to_day IS NULL OR to_day >= %(month)s)) AS was_before,
           max(from_day) AS since, max(to_day) AS until
    FROM days WHERE to_day IS NULL OR to_day > from_day
    GROUP BY member_id, payer_id
)
"""
# What orders and searches read comes first, for all; the rest for the members of a page alone.
ROWS = """
FROM standing AS s
LEFT JOIN capitation_memberprofile AS p ON p.member_id = s.member_id AND p.superseded_no IS NULL
{more}
WHERE {where}
"""
DOCTOR = "LEFT JOIN credentialing_practitioner AS d ON d.id = s.practitioner_id"
PLAN = "JOIN identity_party AS plan ON plan.id = s.payer_id"
NUMBER = "JOIN capitation_member AS m ON m.id = s.member_id"
SHOWN = """
SELECT s.member_id, s.payer_id, s.practitioner_id, s.since, s.until,
       COALESCE(p.last_name, '') AS last_name,
       COALESCE(p.first_name, '') AS first_name, COALESCE(p.sex, '') AS sex,
       date_part('year', age(%(today)s::timestamp, p.birth_date::timestamp))::int AS age,
       plan.name AS plan, COALESCE(d.first_name || ' ' || d.last_name, '') AS pcp
"""
COLUMNS = """
SELECT s.member_id, m.plan_member_id, last_name, first_name, sex, age, plan, pcp, since, until
"""
KEEP = {
    "": "s.is_now",
    "joined": "s.is_now AND NOT s.was_before",
    "left": "s.was_before AND NOT s.is_now",
}


@dataclass(frozen=True)
class PanelMember:
    """One member of a panel."""

    member_id: int
    member_number: str
    last_name: str
    first_name: str
    sex: str
    age: int | None
    plan: str
    pcp: str
    since: date
    until: date | None

    @property
    def name(self) -> str:
        return f"{self.last_name}, {self.first_name}".strip(", ") or self.member_number


@dataclass(frozen=True)
class PanelCounts:
    """How a panel moved this month, and its people by age and sex."""

    now: int
    before: int
    joined: int
    left: int
    bands: tuple[tuple[str, int, int, int], ...]  # label, women, men, sex unknown

    @property
    def unknown(self) -> int:
        """Members whose sex or birth date the plan did not say: in no band's bars."""
        return self.now - sum(women + men for _, women, men, _ in self.bands)


@dataclass
class Panel:
    """A panel, sorted and cut by the database; what `list_rows` takes."""

    payees: list[int]
    today: date
    show: str = ""
    search: str = ""
    order: str = ORDERS["name"].format("ASC")
    counts: "PanelCounts | None" = None

    def order_by(self, key: str, *_tie: str) -> "Panel":
        """The same members in another order."""
        return replace(self, order=turned(ORDERS, key))

    def count(self) -> int:
        """How many members are asked for; taken from the panel's counts where they tell it."""
        if self.counts is not None and not self.search:
            return getattr(self.counts, self.show or "now")
        with connection.cursor() as cursor:
            cursor.execute(f"{PANEL} SELECT count(*) {self._rows()}", self._params())
            return cursor.fetchone()[0]

    def __getitem__(self, cut: slice) -> list[PanelMember]:
        shown = f"{SHOWN} {self._rows(DOCTOR, PLAN)} ORDER BY {self.order}, s.member_id"
        shown += limit_of(cut)
        query = f"{PANEL}, page AS MATERIALIZED ({shown}) {COLUMNS} FROM page AS s {NUMBER}"
        query += f" ORDER BY {self.order}, s.member_id"
        with connection.cursor() as cursor:
            cursor.execute(query, self._params())
            return [PanelMember(*row) for row in cursor.fetchall()]

    def __iter__(self) -> Iterator[PanelMember]:
        return iter(self[:])

    def _rows(self, *joins: str) -> str:
        """Who is asked for; conditions of our own words only, values go in as parameters."""
        found, more = KEEP[self.show], " ".join(joins)
        if self.search:
            found += " AND (p.search_name LIKE %(prefix)s OR m.plan_member_id LIKE %(number)s)"
            more += f" {NUMBER}"
        return ROWS.format(where=found, more=more)

    def _params(self) -> dict[str, object]:
        return {
            "payees": self.payees,
            "today": self.today,
            "month": month_of(self.today),
            "prefix": like_prefix(self.search.lower()),
            "number": like_prefix(self.search),
        }


def panel(*, actor: Actor, today: date, params: Mapping[str, str]) -> Panel:
    """The panel of the actor's practices, as an address asks for it."""
    reach = actor.reach(VIEW)
    assert reach is not None, "a panel is a practice's own"
    show = params.get("show", "")
    search = " ".join(params.get("q", "").replace(",", " ").split())
    return Panel(sorted(reach), today, show if show in SHOWS else "", search)


def panel_counts(rows: Panel) -> PanelCounts:
    """Members now and a month ago, who came and went, by age and sex."""
    sums = ", ".join(
        f"count(*) FILTER (WHERE s.is_now AND {sex} AND age BETWEEN {low} AND {high})"
        for low, high in BANDS
        for sex in ("sex = 'F'", "sex = 'M'", "sex NOT IN ('F', 'M')")
    )
    query = f"""
        {PANEL}
        SELECT count(*) FILTER (WHERE s.is_now), count(*) FILTER (WHERE s.was_before),
               count(*) FILTER (WHERE s.is_now AND NOT s.was_before),
               count(*) FILTER (WHERE s.was_before AND NOT s.is_now), {sums}
        FROM (
            SELECT standing.*, COALESCE(p.sex, '') AS sex,
                   date_part('year', age(%(today)s::timestamp, p.birth_date::timestamp)) AS age
            FROM standing
            LEFT JOIN capitation_memberprofile AS p
                   ON p.member_id = standing.member_id AND p.superseded_no IS NULL
        ) AS s
    """  # noqa: S608 - the bands are our own
    with connection.cursor() as cursor:
        cursor.execute(query, rows._params())
        now, before, joined, left, *counts = cursor.fetchone()
    bands = tuple(
        (f"{low}+" if high > 130 else f"{low}–{high}", *counts[i * 3 : i * 3 + 3])
        for i, (low, high) in enumerate(BANDS)
    )
    return PanelCounts(now, before, joined, left, bands)
