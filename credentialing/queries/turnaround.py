"""How long files take from a complete application to the decision, by step, in percentiles."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from credentialing.models import CredentialingEvent
from credentialing.queries.cut import Cut
from credentialing.queries.files import VIEW
from credentialing.rules.turnaround import STEPS
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.sql import like_prefix

# What was kept of files that were decided in a time; the steps are columns, named by our own words.
OF_TIME = """
FROM credentialing_filedays AS f
WHERE f.decision_date >= %(from_date)s AND f.decision_date < %(until_date)s
  AND (%(kind)s = '' OR f.kind = %(kind)s)
"""
# Half of the files, nine tenths of them, all of them.
PARTS_OF_TEN = "percentile_disc(ARRAY[0.5, 0.9, 1]) WITHIN GROUP (ORDER BY f.{0})"
PERCENTILES = (
    "SELECT "
    + ", ".join(f"count(f.{step}), {PARTS_OF_TEN.format(step)}" for step in STEPS)
    + OF_TIME
)
FILES = """
SELECT d.event_id, e.practitioner_id, e.facility_id,
       coalesce(p.last_name || ', ' || p.first_name, nullif(o.dba_name, ''), o.legal_name) AS name,
       f.kind, f.decision_date, f.{step} AS days
FROM credentialing_filedays AS f
JOIN credentialing_decision AS d ON d.id = f.decision_id
JOIN credentialing_credentialingevent AS e ON e.id = d.event_id
LEFT JOIN credentialing_practitioner AS p ON p.id = e.practitioner_id
LEFT JOIN credentialing_facility AS o ON o.id = e.facility_id
WHERE f.decision_date >= %(from_date)s AND f.decision_date < %(until_date)s
  AND (%(kind)s = '' OR f.kind = %(kind)s) AND f.{step} >= %(at_least)s
  AND (%(prefix)s = '' OR lower(coalesce(p.last_name, o.legal_name)) LIKE %(prefix)s)
"""


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
        told = iter(cursor.fetchone())
    # The count and the three percentiles of a step stand beside each other; none if it has no file.
    counts = zip(STEPS, told, told, strict=True)
    return [StepTime(code, files, *(days or ())) for code, files, days in counts]


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
    assert step in STEPS, step
    return Cut(
        FILES.format(step=step),
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
    }
