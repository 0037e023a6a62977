"""Members whom a plan put on a closed panel all the same: each stay, and what was done about it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from capitation.models import ClosedPanelNote, Member
from capitation.rules.closed_panels import Done, Noted, Word, word_of
from credentialing.queries.closures import Closure, closures
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted

# Days with one PCP without a gap are one stay, however many facts tell of them. It counts if it
# began once the panel was closed, and is not over yet.
STAYS = """
    WITH closed AS (
        SELECT * FROM unnest(%(pcps)s::bigint[], %(since)s::date[]) AS c (practitioner_id, closed)
    ), told AS (
        SELECT a.practitioner_id, a.member_id, closed, effective_date, end_date, file_id, line_no,
               assigned_by,
               max(COALESCE(end_date, 'infinity')) OVER (
                   PARTITION BY a.practitioner_id, a.member_id ORDER BY effective_date
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
               ) >= effective_date AS goes_on
        FROM capitation_pcpassignment AS a JOIN closed USING (practitioner_id)
        WHERE superseded_no IS NULL AND (end_date IS NULL OR end_date > effective_date)
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE goes_on IS NOT TRUE) OVER (
            PARTITION BY practitioner_id, member_id ORDER BY effective_date
        ) AS stay FROM told
    )
    SELECT practitioner_id, member_id, min(effective_date),
           NULLIF(max(COALESCE(end_date, 'infinity')), 'infinity'),
           (array_agg(file_id ORDER BY effective_date))[1],
           (array_agg(line_no ORDER BY effective_date))[1],
           (array_agg(assigned_by ORDER BY effective_date))[1]
    FROM numbered WHERE %(member)s::bigint IS NULL OR member_id = %(member)s
    GROUP BY practitioner_id, member_id, stay
    HAVING min(effective_date) >= min(closed)
       AND max(COALESCE(end_date, 'infinity')) > %(today)s
    ORDER BY 3, 2, 1
"""


@dataclass(frozen=True)
class Stay:
    """Days of one member with a PCP whose panel was closed when they began."""

    practitioner_id: int
    member_id: int
    since: date
    until: date | None
    file_id: int | None
    line_no: int | None
    assigned_by: str
    closure: Closure
    newest: ClosedPanelNote | None
    word: Word

    @property
    def key(self) -> tuple[int, int, date]:
        return self.practitioner_id, self.member_id, self.since


def stays(*, actor: Actor, today: date, member_id: int | None = None) -> list[Stay]:
    """Everybody on a panel that closed before they came, of all or of one member; two queries."""
    if not actor.may("capitation.view_members"):
        raise NotPermitted(actor.name, "capitation.view_members")
    closed = _closed(today)
    if not closed:
        return []
    found = _read(closed, today, member_id)
    newest = _newest(found, closed)
    return [
        Stay(
            *row,
            closure=closed[row[0]],
            newest=newest.get(row[:3]),
            word=word_of(_noted(newest.get(row[:3])), today),
        )
        for row in found
    ]


def by_word(found: Iterable[Stay]) -> Counter[str]:
    """How many stays there are of each word."""
    return Counter(one.word.value for one in found)


def _closed(today: date) -> dict[int, Closure]:
    """Whose panel is closed today, by the closure that began first."""
    found: dict[int, Closure] = {}
    for one in closures():
        known = found.get(one.practitioner_id)
        if one.holds(today) and (known is None or one.from_date < known.from_date):
            found[one.practitioner_id] = one
    return found


def _read(closed: dict[int, Closure], today: date, member_id: int | None) -> list[tuple]:
    values = {
        "pcps": list(closed),
        "since": [one.from_date for one in closed.values()],
        "today": today,
        "member": member_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(STAYS, values)
        return cursor.fetchall()


def _newest(found: list[tuple], closed: dict[int, Closure]) -> dict[tuple, ClosedPanelNote]:
    if not found:
        return {}
    rows = ClosedPanelNote.objects.filter(
        practitioner__in=list(closed), member__in={row[1] for row in found}
    )
    return {(row.practitioner_id, row.member_id, row.since): row for row in rows.order_by("pk")}


def _noted(note: ClosedPanelNote | None) -> Noted | None:
    return None if note is None else Noted(Done(note.done), note.again_date)


def notes_of(member: Member) -> list[ClosedPanelNote]:
    """All that was done about a member's stays on closed panels, the newest first."""
    return list(ClosedPanelNote.objects.filter(member=member).select_related("practitioner"))
