"""How long files take from a complete application to the decision, by step, in percentiles."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from credentialing.models import CredentialingEvent
from credentialing.queries.cut import Cut
from credentialing.queries.files import VIEW
from credentialing.rules.turnaround import STEP_OF_STATUS, STEPS
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.sql import like_prefix

# A file's days in each step: from its first complete application (a facility's: from the first
# verifying) until it was decided. A status belongs to one step; what the provider kept is a step
# of its own and no part of the whole.
DAYS = """
WITH decided AS (
    SELECT d.event_id, d.decided_at, d.decision_date
    FROM credentialing_decision AS d
    JOIN credentialing_credentialingevent AS e ON e.id = d.event_id
    WHERE d.decision_date >= %(from_date)s AND d.decision_date < %(until_date)s
      AND (%(kind)s = '' OR e.kind = %(kind)s)
), stood AS (
    SELECT s.event_id, d.decision_date, m.step, s.at,
           coalesce(lead(s.at) OVER way, d.decided_at) AS left_at,
           min(s.at) FILTER (WHERE s.to_status IN ('submitted', 'verifying')) OVER whole AS begun
    FROM decided AS d
    JOIN credentialing_eventstep AS s ON s.event_id = d.event_id AND s.at <= d.decided_at
    LEFT JOIN unnest(%(statuses)s::text[], %(steps)s::text[]) AS m(status, step)
      ON m.status = s.to_status
    WINDOW way AS (PARTITION BY s.event_id ORDER BY s.at, s.id),
           whole AS (PARTITION BY s.event_id)
), kept AS (
    SELECT event_id, decision_date, step,
           extract(epoch FROM sum(left_at - at)) / 86400 AS days
    FROM stood WHERE at >= begun AND step IS NOT NULL GROUP BY event_id, decision_date, step
), told AS (
    SELECT event_id, decision_date, step, round(days, 1) AS days FROM kept
    UNION ALL
    SELECT event_id, decision_date, 'whole',
           round(coalesce(sum(days) FILTER (WHERE step <> 'provider'), 0), 1)
    FROM kept GROUP BY event_id, decision_date
)
"""
PERCENTILES = f"""{DAYS}
SELECT step, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY days),
       percentile_disc(0.9) WITHIN GROUP (ORDER BY days), max(days)
FROM told GROUP BY step
"""  # noqa: S608 - our own words only
FILES = f"""{DAYS}
SELECT t.event_id, e.practitioner_id, e.facility_id,
       coalesce(p.last_name || ', ' || p.first_name, nullif(f.dba_name, ''), f.legal_name) AS name,
       e.kind, t.decision_date, t.days
FROM told AS t
JOIN credentialing_credentialingevent AS e ON e.id = t.event_id
LEFT JOIN credentialing_practitioner AS p ON p.id = e.practitioner_id
LEFT JOIN credentialing_facility AS f ON f.id = e.facility_id
WHERE t.step = %(step)s AND t.days >= %(at_least)s
  AND (%(prefix)s = '' OR lower(coalesce(p.last_name, f.legal_name)) LIKE %(prefix)s)
"""  # noqa: S608 - our own words only


@dataclass(frozen=True)
class StepTime:
    """One step: how many files went through it, and the days that half and nine tenths took."""

    code: str
    files: int = 0
    median: Decimal | None = None
    ninetieth: Decimal | None = None
    longest: Decimal | None = None

    @property
    def name(self) -> str:
        return STEPS[self.code]


@dataclass(frozen=True)
class StepFile:
    """One decided file, and the days it spent in a step."""

    event_id: int
    practitioner_id: int | None
    facility_id: int | None
    name: str
    kind: str
    decision_date: date
    days: Decimal

    @property
    def kind_words(self) -> str:
        return CredentialingEvent.Kind(self.kind).label


def turnaround(
    *, actor: Actor, from_date: date, until_date: date, kind: str = ""
) -> list[StepTime]:
    """Every step's percentiles for files that were decided in a time; `until_date` is not in it."""
    with connection.cursor() as cursor:
        cursor.execute(PERCENTILES, _params(actor, from_date, until_date, kind))
        found = {code: StepTime(code, *row) for code, *row in cursor.fetchall()}
    return [found.get(code, StepTime(code)) for code in STEPS]


def turnaround_files(
    *,
    actor: Actor,
    from_date: date,
    until_date: date,
    step: str,
    at_least: Decimal = Decimal(0),
    kind: str = "",
    text: str = "",
) -> Cut:
    """The files behind a number: those that spent at least so many days in a step."""
    params = _params(actor, from_date, until_date, kind)
    return Cut(
        FILES,
        {
            **params,
            "step": step,
            "at_least": at_least,
            "prefix": like_prefix(text.casefold()) if text else "",
        },
        {"name": "name {0}", "days": "days {0}", "decision_date": "decision_date {0}"},
        StepFile,
        tie="event_id",
    )


def _params(actor: Actor, from_date: date, until_date: date, kind: str) -> dict[str, object]:
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    return {
        "from_date": from_date,
        "until_date": until_date,
        "kind": kind,
        "statuses": [status.value for status in STEP_OF_STATUS],
        "steps": list(STEP_OF_STATUS.values()),
    }
