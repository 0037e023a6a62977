"""Beneath health records: visits, procedures and shots of matched patients become care facts."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from compliance.models import CareBatch, CareFact, HealthSource
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor

AT_ONCE = 5_000

# All that the records of one party say now, beside the facts that are kept of them: only what
# differs is told. Only patients who are matched count. A visit is a day on which the member's PCP
# of that day saw them, by the NPI of whoever the encounter names; two EHRs of one practice that
# tell of the same day tell of one visit. Procedures and shots count for the PCP of their day,
# whoever gave them: a day and a code once.
CHANGED = """
WITH mine AS (
    SELECT r.kind, r.first_day, r.code, r.source_id, p.member_id,
           coalesce(nullif(r.npi, ''), d.npi) AS npi
    FROM compliance_healthsource AS s
    JOIN compliance_healthpatient AS p ON p.source_id = s.id AND p.state = 'matched'
    JOIN compliance_healthrecord AS r
      ON r.source_id = s.id AND r.patient_ref = p.ref AND r.superseded_at IS NULL
     AND r.first_day IS NOT NULL AND r.first_day <= %(today)s
     AND (r.kind, r.status) IN
         (('Encounter', 'finished'), ('Procedure', 'completed'), ('Immunization', 'completed'))
    LEFT JOIN compliance_healthrecord AS d
      ON d.source_id = s.id AND d.kind = 'Practitioner' AND d.ref = r.by_ref AND r.by_ref <> ''
     AND d.superseded_at IS NULL
    WHERE s.party_id = %(party)s
),
told AS (
    SELECT m.member_id, date_trunc('month', m.first_day)::date AS month, a.practitioner_id,
           CASE m.kind WHEN 'Encounter' THEN 'encounters' WHEN 'Procedure' THEN 'procedures'
                       ELSE 'immunizations' END AS kind,
           m.first_day, CASE m.kind WHEN 'Encounter' THEN '' ELSE m.code END AS code
    FROM mine AS m
    JOIN capitation_pcpassignment AS a
      ON a.member_id = m.member_id AND a.superseded_no IS NULL AND a.effective_date <= m.first_day
     AND (a.end_date IS NULL OR a.end_date > m.first_day)
    JOIN credentialing_practitioner AS pcp ON pcp.id = a.practitioner_id
    WHERE m.kind <> 'Encounter' OR m.npi = pcp.npi
),
wanted AS (
    SELECT member_id, month, practitioner_id, kind, count(DISTINCT (first_day, code)) AS count
    FROM told GROUP BY 1, 2, 3, 4
),
kept AS (
    SELECT f.id, f.member_id, f.month, f.practitioner_id, f.kind, f.count
    FROM compliance_carefact AS f
    JOIN compliance_carebatch AS b
      ON b.id = f.batch_id AND b.feed = 'records' AND b.source_id = %(party)s
    WHERE f.superseded_at IS NULL
)
SELECT coalesce(w.member_id, k.member_id), coalesce(w.month, k.month),
       coalesce(w.practitioner_id, k.practitioner_id), coalesce(w.kind, k.kind),
       coalesce(w.count, 0), k.id
FROM wanted AS w FULL JOIN kept AS k
  ON k.member_id = w.member_id AND k.month = w.month AND k.kind = w.kind
 AND k.practitioner_id = w.practitioner_id
WHERE w.count IS DISTINCT FROM k.count
ORDER BY 1, 2, 3, 4
"""


class Change(NamedTuple):
    """What is known now of a member, a month, a PCP and a kind, and the fact that ends."""

    member: int
    month: date
    pcp: int
    kind: str
    count: int
    ends: int | None


def tell_care(
    source: HealthSource, actor: Actor, now: datetime, file_name: str = ""
) -> CareBatch | None:
    """
    Let care watch know what a party's records say now; None where it says nothing new.

    A match that was taken back takes its facts back: they end, and nothing begins.
    """
    changes = list(_changes(source, now))
    if not changes:
        return None
    ends = [one.ends for one in changes if one.ends is not None]
    CareFact.objects.filter(pk__in=ends).update(superseded_at=now)
    begins = [one for one in changes if one.count]
    batch = CareBatch.objects.create(
        source_id=source.party_id, feed=CareBatch.Feed.RECORDS, file_name=file_name[-200:],
        status=CareBatch.Status.APPLIED, figures=_figures(changes, begins, len(ends)),
        recorded_at=now, recorded_by_id=actor.user_id, recorded_by_name=actor.name,
        decided_at=now, decided_by_id=actor.user_id, decided_by_name=actor.name,
    )  # fmt: skip
    CareFact.objects.bulk_create(
        (CareFact(batch=batch, month=one.month, kind=one.kind, practitioner_id=one.pcp,
                  member_id=one.member, count=one.count) for one in begins),
        batch_size=AT_ONCE,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.care.told_by_records", subject=batch,
        health_source=source.pk, facts=len(begins), replaced=len(ends),
    )  # fmt: skip
    return batch


def _changes(source: HealthSource, now: datetime) -> Iterator[Change]:
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, {"party": source.party_id, "today": timezone.localdate(now)})
        yield from map(Change._make, cursor.fetchall())


def _figures(changes: list[Change], begins: list[Change], replaced: int) -> dict[str, object]:
    """What the batch comes to, as files of care facts say it."""
    kinds: Counter[str] = Counter()
    for one in begins:
        kinds[one.kind] += one.count
    return {
        "lines": len(begins), "refused": 0, "replaced": replaced,
        "months": sorted({f"{one.month:%Y-%m}" for one in changes}),
        "kinds": dict(sorted(kinds.items())), "pcps": len({one.pcp for one in begins}),
        "members": len({one.member for one in begins}),
    }  # fmt: skip
