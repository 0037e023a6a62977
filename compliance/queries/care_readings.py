"""Reading twelve months of care: member-months, what was counted, and what peers make expected."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from compliance.rules.care_watch import (
    HIDDEN,
    MONTHS,
    NO_VISIT,
    PANEL_RISK,
    SIGNS,
    Reading,
    Sign,
    Taken,
    expected_leavers,
    expected_of,
    judge,
)
from credentialing.models import Practitioner
from ipaportal.core.months import add_months

ONE = Decimal(1)

# Whoever was a member's PCP on the first of a month, under any plan that covered the member then.
# Strata by age on the last month and sex, as they are known now.
PANELS = """
WITH months AS (
    SELECT generate_series(%(first)s::date, %(last)s::date, interval '1 month')::date AS month
),
days AS (
    SELECT DISTINCT a.practitioner_id, a.member_id, m.month
    FROM months AS m
    JOIN capitation_pcpassignment AS a
      ON a.superseded_no IS NULL AND a.effective_date <= m.month
     AND (a.end_date IS NULL OR a.end_date > m.month)
    JOIN capitation_coveragespan AS c
      ON c.member_id = a.member_id AND c.superseded_no IS NULL AND c.effective_date <= m.month
     AND (c.end_date IS NULL OR c.end_date > m.month)
),
profile AS (
    SELECT p.member_id,
           coalesce(nullif(p.sex, ''), '?') || CASE
               WHEN p.birth_date IS NULL THEN ' ?'
               WHEN age(%(last)s::date, p.birth_date) < interval '18 years' THEN ' 0-17'
               WHEN age(%(last)s::date, p.birth_date) < interval '65 years' THEN ' 18-64'
               WHEN age(%(last)s::date, p.birth_date) < interval '75 years' THEN ' 65-74'
               WHEN age(%(last)s::date, p.birth_date) < interval '85 years' THEN ' 75-84'
               ELSE ' 85+' END AS stratum
    FROM capitation_memberprofile AS p
    WHERE p.superseded_no IS NULL AND p.effective_date <= %(last)s::date
      AND (p.end_date IS NULL OR p.end_date > %(last)s::date)
)
"""
MEMBER_MONTHS = f"""{PANELS}
SELECT d.practitioner_id, coalesce(p.stratum, '? ?'), d.month, count(*)
FROM days AS d LEFT JOIN profile AS p ON p.member_id = d.member_id GROUP BY 1, 2, 3
"""  # noqa: S608 (our own words)
SIZES = f"""{PANELS},
visited AS (
    SELECT DISTINCT member_id FROM compliance_carefact
    WHERE superseded_at IS NULL AND kind = 'encounters' AND count > 0 AND member_id IS NOT NULL
      AND month BETWEEN %(first)s::date AND %(last)s::date
),
person AS (SELECT practitioner_id, member_id, count(*) AS months FROM days GROUP BY 1, 2)
SELECT person.practitioner_id, count(*), count(*) FILTER (WHERE person.months = %(months)s),
       count(*) FILTER (WHERE person.months = %(months)s AND visited.member_id IS NULL)
FROM person LEFT JOIN visited USING (member_id) GROUP BY 1
"""  # noqa: S608
NOT_SEEN = f"""{PANELS}
SELECT d.member_id FROM days AS d WHERE d.practitioner_id = %(pcp)s
GROUP BY d.member_id HAVING count(*) = %(months)s
   AND NOT EXISTS (
       SELECT FROM compliance_carefact AS f
       WHERE f.member_id = d.member_id AND f.superseded_at IS NULL AND f.kind = 'encounters'
         AND f.count > 0 AND f.month BETWEEN %(first)s::date AND %(last)s::date)
ORDER BY d.member_id
"""  # noqa: S608
# Several that tell of one member's month, as a file of visits and the claims for them do, are not
# added: each sees a part of the same visits, and the fullest counts.
TOLD = """
told AS (
    SELECT f.practitioner_id, f.kind, f.month, f.member_id, sum(f.count) AS count
    FROM compliance_carefact AS f JOIN compliance_carebatch AS b ON b.id = f.batch_id
    WHERE f.superseded_at IS NULL AND f.month BETWEEN %(first)s::date AND %(last)s::date
      AND (%(pcp)s::bigint IS NULL OR f.practitioner_id = %(pcp)s)
    GROUP BY 1, 2, 3, 4, b.source_id, b.feed
),
fact AS (
    SELECT practitioner_id, kind, month, member_id,
           CASE WHEN member_id IS NULL THEN sum(count) ELSE max(count) END AS count
    FROM told GROUP BY 1, 2, 3, 4
)"""
COUNTED = f"""{PANELS},{TOLD}
SELECT f.practitioner_id, f.kind, f.month,
       CASE WHEN f.member_id IS NULL THEN '' ELSE coalesce(p.stratum, '? ?') END, sum(f.count)
FROM fact AS f LEFT JOIN profile AS p ON p.member_id = f.member_id
GROUP BY 1, 2, 3, 4
"""  # noqa: S608

OPENED = f"""WITH {TOLD}
SELECT month, kind, member_id, sum(count)::bigint FROM fact WHERE kind = ANY(%(kinds)s)
GROUP BY 1, 2, 3
"""  # noqa: S608
# Thirds of risk by the newest score of everybody who had a PCP in the year; who is between the two
# edges is in the middle. Whoever had another PCP a month later, and this one no more, moved.
THIRDS = f"""{PANELS},
score AS (
    SELECT DISTINCT ON (r.member_id) r.member_id, r.score
    FROM capitation_riskscore AS r JOIN (SELECT DISTINCT member_id FROM days) AS d USING (member_id)
    WHERE r.superseded_no IS NULL AND r.effective_date <= %(last)s::date
    ORDER BY r.member_id, r.effective_date DESC
),
edge AS (
    SELECT percentile_disc(1 / 3.0) WITHIN GROUP (ORDER BY score) AS low,
           percentile_disc(2 / 3.0) WITHIN GROUP (ORDER BY score) AS high
    FROM score
),
third AS (
    SELECT member_id, CASE WHEN score <= low THEN 'low' ELSE 'high' END AS third
    FROM score CROSS JOIN edge WHERE score <= low OR score >= high
),
moved AS (
    SELECT DISTINCT d.practitioner_id, d.member_id
    FROM days AS d
    JOIN days AS n ON n.member_id = d.member_id AND n.practitioner_id <> d.practitioner_id
     AND n.month = (d.month + interval '1 month')::date
    LEFT JOIN days AS s ON s.member_id = d.member_id AND s.practitioner_id = d.practitioner_id
     AND s.month = (d.month + interval '1 month')::date
    WHERE s.member_id IS NULL
),
person AS (SELECT DISTINCT practitioner_id, member_id FROM days)
"""  # noqa: S608
LEAVING = f"""{THIRDS}
SELECT practitioner_id, third.third, count(*), count(moved.member_id)
FROM person JOIN third USING (member_id) LEFT JOIN moved USING (practitioner_id, member_id)
GROUP BY 1, 2
"""  # noqa: S608
MOVED = f"""{THIRDS}
SELECT moved.member_id FROM moved JOIN third USING (member_id)
WHERE moved.practitioner_id = %(pcp)s AND third.third = 'high' ORDER BY 1
"""  # noqa: S608
# Of posted runs, what members' PCPs were paid for these months; a withhold is a part of it.
PAID = """
SELECT s.practitioner_id, sum(s.provider_cents)::bigint
FROM capitation_share AS s JOIN capitation_run AS r ON r.id = s.run_id AND r.status = 'posted'
WHERE s.coverage_month BETWEEN %(first)s::date AND %(last)s::date
GROUP BY 1
"""


@dataclass
class Year:
    """What twelve months hold, by PCP; strata of facts that name no member are empty."""

    month: date
    months: list[tuple[int, str, date, int]] = field(default_factory=list)
    # PCP → members, of a whole year, of these without a visit.
    sizes: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    facts: dict[str, list[tuple[int, date, str, int]]] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)
    paid: dict[int, int] = field(default_factory=dict)
    # PCP → third of risk → members and those who moved to another PCP.
    thirds: dict[int, dict[str, tuple[int, int]]] = field(default_factory=dict)

    def told(self, kind: str) -> set[date]:
        return {month for _, month, _, _ in self.facts.get(kind, [])}


@contextmanager
def hashed() -> Iterator:
    """
    A cursor whose statements join by hashes.

    What a WITH gives has no statistics: beside a table that was just filled the planner takes it
    for a row, and reads everybody's profile anew for every member-month.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield cursor
        cursor.execute("SET LOCAL enable_nestloop = on")


def year_to(month: date) -> Year:
    """Read the twelve months to a month; six queries."""
    asked, year = _asked(month), Year(month)
    with hashed() as cursor:
        cursor.execute(MEMBER_MONTHS, asked)
        year.months = cursor.fetchall()
        cursor.execute(SIZES, asked)
        year.sizes = {pcp: tuple(sizes) for pcp, *sizes in cursor.fetchall()}
        cursor.execute(COUNTED, asked)
        for pcp, kind, of_month, stratum, count in cursor.fetchall():
            year.facts.setdefault(kind, []).append((pcp, of_month, stratum, int(count)))
        cursor.execute(PAID, asked)
        year.paid = dict(cursor.fetchall())
        cursor.execute(LEAVING, asked)
        for pcp, third, size, moved in cursor.fetchall():
            year.thirds.setdefault(pcp, {})[third] = (size, moved)
    rows = Practitioner.objects.filter(pk__in=year.sizes).values_list("pk", "specialty")
    year.groups = {pk: " ".join(said.split()).capitalize() for pk, said in rows}
    return year


def _asked(month: date, pcp: int | None = None) -> dict[str, object]:
    return {"first": add_months(month, 1 - MONTHS), "last": month, "months": MONTHS, "pcp": pcp}


def members_not_seen(practitioner_id: int, month: date) -> list[int]:
    """Members of a whole year whom no fact says that anybody saw."""
    return _members(NOT_SEEN, practitioner_id, month)


def members_moved(practitioner_id: int, month: date) -> list[int]:
    """Members of the highest third of risk who moved to another PCP within the year."""
    return _members(MOVED, practitioner_id, month)


def _members(statement: str, practitioner_id: int, month: date) -> list[int]:
    with hashed() as cursor:
        cursor.execute(statement, _asked(month, practitioner_id))
        return [pk for (pk,) in cursor.fetchall()]


def told_of(
    practitioner_id: int, month: date, kinds: Iterable[str]
) -> list[tuple[date, str, int | None, int]]:
    """What facts tell of one PCP today: month, kind, member where one is named, how many."""
    with connection.cursor() as cursor:
        cursor.execute(OPENED, _asked(month, practitioner_id) | {"kinds": list(kinds)})
        return cursor.fetchall()


def readings_of(year: Year) -> dict[str, list[Reading]]:
    """Judge every sign of every PCP that had a member within the year."""
    return {sign.key: _judged(sign, year) for sign in SIGNS}


def _judged(sign: Sign, year: Year) -> list[Reading]:
    if silent := _why_silent(sign, year):
        return [_silent(pcp, size[0], silent) for pcp, size in sorted(year.sizes.items())]
    if sign.key == PANEL_RISK:
        thirds = {pcp: year.thirds.get(pcp, {}) for pcp in year.sizes}
        expected = expected_leavers(thirds, year.groups)
        base = {pcp: sum(moved for _, moved in of.values()) for pcp, of in thirds.items()}
        count = {pcp: of.get("high", (0, 0))[1] for pcp, of in thirds.items()}
    else:
        cells = _cells(sign, year)
        expected = expected_of(cells, year.groups)
        base, count = _sums(cells, 0), _sums(cells, 1)
    by_group: dict[str, list[Taken]] = defaultdict(list)
    for pcp, (members, _, _) in sorted(year.sizes.items()):
        peers, mean = expected[pcp]
        by_group[year.groups[pcp]].append(Taken(pcp, members, count[pcp], base[pcp], peers, mean))
    return [reading for group in by_group.values() for reading in judge(sign, group)]


def _why_silent(sign: Sign, year: Year) -> str:
    if sign.key == PANEL_RISK:
        scored = any("high" in of for of in year.thirds.values())
        return "" if scored else "no risk scores that differ are known"
    kind = "encounters" if sign.key == NO_VISIT else sign.counted
    told = year.told(kind) | (year.told(sign.base) if sign.base in year.facts else set())
    if not told:
        return "no facts were told"
    if sign.key == NO_VISIT:
        if len(told) < MONTHS:
            return f"facts of {len(told)} of {MONTHS} months were told"
        if any(not stratum for _, _, stratum, _ in year.facts[kind]):
            return "some visits were told without the member"
    return ""


def _silent(pcp: int, members: int, why: str) -> Reading:
    return Reading(pcp, HIDDEN, members, 0, 0, 0, None, None, None, None, ONE, why)


def _cells(sign: Sign, year: Year) -> dict[tuple[int, str], tuple[int, int]]:
    """Base and count by PCP and stratum; everybody has a cell."""
    if sign.key == NO_VISIT:
        return {(pcp, ""): (whole, unseen) for pcp, (_, whole, unseen) in year.sizes.items()}
    facts, base = year.facts.get(sign.counted, []), year.facts.get(sign.base, [])
    if sign.is_rate:
        months = year.told(sign.counted)
        by_age = all(stratum for _, _, stratum, _ in facts)
        base = [(pcp, month, stratum, n) for pcp, stratum, month, n in year.months]
    else:
        months = year.told(sign.base)
        months = {max(months)} if sign.is_newest and months else months
        by_age = sign.by_age and all(stratum for _, _, stratum, _ in (*facts, *base))
    sums = {(pcp, ""): [0, 0] for pcp in year.sizes} if not by_age else {}
    for place, rows in enumerate((base, facts)):
        for pcp, month, stratum, count in rows:
            if month in months and pcp in year.sizes:
                cell = sums.setdefault((pcp, stratum if by_age else ""), [0, 0])
                cell[place] += count
    for pcp in year.sizes.keys() - {pcp for pcp, _ in sums}:
        sums[pcp, ""] = [0, 0]
    return {key: (base, count) for key, (base, count) in sums.items()}


def _sums(cells: Mapping[tuple[int, str], tuple[int, int]], place: int) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for (pcp, _), cell in cells.items():
        found[pcp] += cell[place]
    return found


def months_told(year: Year, kinds: Iterable[str]) -> dict[str, list[str]]:
    """Of which months facts tell, by kind."""
    return {kind: sorted(f"{month:%Y-%m}" for month in year.told(kind)) for kind in kinds}
