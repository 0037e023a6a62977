"""Who takes part on a day, of a whole network: judged by the database, read a page at a time."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from django.db import connection

from credentialing.queries.participation import Place, participation
from credentialing.rules.participation import TAKES_PART, Standing
from credentialing.rules.screening_decisions import UNDECIDED
from ipaportal.core.parts import PAGE_SIZE
from ipaportal.core.sql import statements

JUDGED = Path(__file__).parent.parent / "sql" / "participation" / "01_judge_standing.sql"
(QUERY,) = statements(JUDGED.read_text(encoding="utf-8"))
# Names are read of what is listed: of everybody only where a text is looked for in them.
NAMED = """
SELECT j.practitioner_id, j.payer_party_id, j.standing,
       w.last_name || ', ' || w.first_name AS name, w.npi,
       coalesce(r.name, '') AS practice, coalesce(p.name, '') AS plan
FROM judged AS j
JOIN credentialing_practitioner AS w ON w.id = j.practitioner_id
LEFT JOIN credentialing_practice AS r ON r.id = j.practice_id
LEFT JOIN identity_party AS p ON p.id = j.payer_party_id
"""
WANTED = """
CASE %(show)s
WHEN '' THEN true
WHEN 'stopped' THEN standing <> ALL (%(takes_part)s)
WHEN 'held' THEN coalesce(practice_id IN (
    SELECT held.id FROM credentialing_practice AS held
    JOIN ledger_hold AS h ON h.party_id = held.party_id AND h.released_at IS NULL
                         AND h.stops = 'all'), false)
ELSE standing = %(show)s END
"""
WITH_TEXT = """
position(%(text)s IN ' ' || lower(name)) > 0 OR position(%(text)s IN ' ' || npi) > 0
OR position(%(text)s IN ' ' || lower(practice)) > 0 OR position(%(text)s IN ' ' || lower(plan)) > 0
"""
# Everybody is judged once: for what stands above the list, and for the page of it.
PAGE = f"""
WITH judged AS MATERIALIZED ({QUERY}),
listed AS (SELECT * FROM ({NAMED} WHERE {WANTED}) AS named {{where}}),
told AS (
    SELECT count(*) AS everybody, count(*) FILTER (WHERE standing = ANY (%(takes_part)s)) AS taking,
           count(*) FILTER (WHERE standing = 'taken_over') AS unknown, {{found}} AS found
    FROM judged
), page AS (SELECT * FROM listed ORDER BY {{order}} LIMIT %(most)s OFFSET %(skip)s)
SELECT t.everybody, t.taking, t.unknown, t.found,
       p.practitioner_id, p.payer_party_id, p.standing
FROM told AS t LEFT JOIN page AS p ON true ORDER BY {{order}}
"""  # noqa: S608 - our own words only
# What is counted needs no names, unless a text is looked for.
WITHOUT_A_TEXT = {"where": "", "found": f"count(*) FILTER (WHERE {WANTED})"}
BY_A_TEXT = {"where": f"WHERE {WITH_TEXT}", "found": "(SELECT count(*) FROM listed)"}
TIE = "name, practitioner_id, plan, payer_party_id"
# The whole judgement once for each day, of those who are asked for.
BY_DAY = f"""
SELECT asked.day, j.practitioner_id
FROM unnest(%(days)s::date[]) AS asked(day)
CROSS JOIN LATERAL ({QUERY.replace("%(day)s", "asked.day")}) AS j
WHERE j.payer_party_id = %(payer)s AND j.standing = ANY (%(takes_part)s)
"""  # noqa: S608 - our own words only
ORDERS = {key: f"{key} {{0}}, {TIE}" for key in ("name", "practice", "plan", "standing")}
# What the judgement asks besides the day, of everybody there is.
EVERYBODYS = {
    "people": None,
    "undecided": [status.value for status in UNDECIDED],
    "takes_part": [standing.value for standing in TAKES_PART],
}
EVERYBODY = 1_000_000
SHOWN = frozenset({"stopped", "held", *(standing.value for standing in Standing)})


@dataclass(frozen=True)
class Told:
    """How many there are, how many take part or were taken over, how many are asked for."""

    everybody: int
    taking: int
    unknown: int
    found: int
    rows: tuple[tuple[int, int | None, str], ...]


@dataclass(frozen=True)
class Standings:
    """
    A network's places on a day; what `list_rows` takes.

    `page` is the one that is expected to be asked for: it is read with the counts, at once.
    """

    day: date
    show: str = ""
    text: str = ""
    page: int = 1
    order: str = TIE
    # What was counted, in whichever order: everybody is judged once a page.
    counted: list[Told] = field(default_factory=list, compare=False, repr=False)

    def order_by(self, key: str, *_tie: str) -> "Standings":
        """The same places in another order."""
        turned = "DESC" if key.startswith("-") else "ASC"
        return replace(self, order=ORDERS[key.removeprefix("-")].format(turned))

    @cached_property
    def told(self) -> Told:
        """The counts, and the page that is expected."""
        told = self._read((self.page - 1) * PAGE_SIZE, PAGE_SIZE)
        self.counted.append(told)
        return told

    @property
    def counts(self) -> Told:
        """The counts, which are the same in every order."""
        return self.counted[0] if self.counted else self.told

    def count(self) -> int:
        """How many places are asked for."""
        return self.told.found

    def __getitem__(self, cut: slice) -> list[Place]:
        start = int(cut.start or 0)
        if start == (self.page - 1) * PAGE_SIZE and cut.stop == start + PAGE_SIZE:
            return self._places(self.told.rows)
        size = EVERYBODY if cut.stop is None else int(cut.stop) - start
        return self._places(self._read(start, size).rows)

    def __iter__(self) -> Iterator[Place]:
        rows = self._read(0, EVERYBODY).rows
        for start in range(0, len(rows), 1000):
            yield from self._places(rows[start : start + 1000])

    def judged(self) -> list[tuple[int, int | None, str]]:
        """Practitioner, payer and standing of every place, without the words."""
        return list(self._read(0, EVERYBODY).rows)

    def _places(self, rows: tuple[tuple[int, int | None, str], ...]) -> list[Place]:
        """The words come from the rule itself, for those on the page only."""
        if not rows:
            return []
        found = participation(self.day, practitioner_ids={row[0] for row in rows})
        told = {_key(place): place for place in found}
        return [told[who, payer] for who, payer, _ in rows if (who, payer) in told]

    def _read(self, skip: int, most: int) -> Told:
        params = self._params(skip, most)
        parts = BY_A_TEXT if params["text"] else WITHOUT_A_TEXT
        with connection.cursor() as cursor:
            cursor.execute(PAGE.format(order=self.order, **parts), params)
            rows = cursor.fetchall()
        places = tuple(row[4:] for row in rows if row[4] is not None)
        return Told(*rows[0][:4], places)

    def _params(self, skip: int, most: int) -> Mapping[str, object]:
        text = self.text.strip().casefold()
        return {
            "day": self.day,
            **EVERYBODYS,
            "show": self.show if self.show in SHOWN else "",
            "text": f" {text}" if text else "",
            "most": most,
            "skip": skip,
        }


def _key(place: Place) -> tuple[int, int | None]:
    days = place.participation
    return place.practitioner.pk, days.payer_party_id if days else None


def who_takes_part(
    days: Collection[date], *, payer_party_id: int, practitioner_ids: Collection[int]
) -> set[tuple[int, date]]:
    """
    Who of some people takes part with a payer on which of some days: as `participation` says.

    One question for any number of days and people, where `participation` asks ten a day.
    """
    if not days or not practitioner_ids:
        return set()
    params = {
        **EVERYBODYS,
        "people": sorted(set(practitioner_ids)),
        "days": sorted(set(days)),
        "payer": payer_party_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_DAY, params)
        return {(who, day) for day, who in cursor.fetchall()}
