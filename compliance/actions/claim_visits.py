"""Beneath taking claims in: what they say of visits becomes care facts, and is taken back again."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

from compliance.models import CareBatch, CareFact, ClaimFile
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor

KIND = "encounters"
AT_ONCE = 5_000

# A visit is a day on which a claim that was not sent back says that the member's PCP of that day
# served them, however many claims and services tell of it. Asked for the members and months of one
# file, and of the claims that it replaces or voids; only what differs from the facts kept is told.
CHANGED = """
WITH told AS (
    SELECT id, member_id FROM compliance_claim
    WHERE file_id = %(file)s AND member_id IS NOT NULL AND state <> 'rejected'
    UNION
    SELECT o.id, o.member_id FROM compliance_claim AS c
    JOIN compliance_claim AS o ON o.id = c.original_id
    WHERE c.file_id = %(file)s AND c.state <> 'rejected'
),
touched AS (
    SELECT DISTINCT told.member_id, date_trunc('month', l.first_day)::date AS month
    FROM told JOIN compliance_claimline AS l ON l.claim_id = told.id
    WHERE l.first_day IS NOT NULL
),
wanted AS (
    SELECT t.member_id, t.month, c.practitioner_id, count(DISTINCT l.first_day) AS count
    FROM touched AS t
    JOIN compliance_claim AS c
      ON c.member_id = t.member_id AND c.state NOT IN ('rejected', 'replaced')
    JOIN compliance_claimline AS l
      ON l.claim_id = c.id AND l.first_day >= t.month
     AND l.first_day < (t.month + interval '1 month')::date
    JOIN capitation_pcpassignment AS a
      ON a.member_id = c.member_id AND a.practitioner_id = c.practitioner_id
     AND a.superseded_no IS NULL AND a.effective_date <= l.first_day
     AND (a.end_date IS NULL OR a.end_date > l.first_day)
    GROUP BY 1, 2, 3
),
kept AS (
    SELECT f.id, f.member_id, f.month, f.practitioner_id, f.count
    FROM compliance_carefact AS f
    JOIN compliance_carebatch AS b ON b.id = f.batch_id AND b.feed = 'encounters'
    JOIN touched AS t ON t.member_id = f.member_id AND t.month = f.month
    WHERE f.superseded_at IS NULL AND f.kind = 'encounters'
)
SELECT coalesce(w.member_id, k.member_id), coalesce(w.month, k.month),
       coalesce(w.practitioner_id, k.practitioner_id), coalesce(w.count, 0), k.id
FROM wanted AS w FULL JOIN kept AS k
  ON k.member_id = w.member_id AND k.month = w.month AND k.practitioner_id = w.practitioner_id
WHERE w.count IS DISTINCT FROM k.count
ORDER BY 1, 2, 3
"""


class Change(NamedTuple):
    """Visits of a member with a PCP in a month, as they are known now, and the fact that ends."""

    member: int
    month: date
    pcp: int
    count: int
    ends: int | None


def tell_visits(file: ClaimFile, actor: Actor, now: datetime) -> CareBatch | None:
    """
    Let care watch know what the claims of a file say of visits; None where it says nothing new.

    A replaced or voided claim takes its visits back: the fact ends, and one of what is left begins.
    """
    changes = list(_changes(file))
    if not changes:
        return None
    ends = [one.ends for one in changes if one.ends is not None]
    CareFact.objects.filter(pk__in=ends).update(superseded_at=now)
    begins = [one for one in changes if one.count]
    batch = CareBatch.objects.create(
        source_id=file.payer.party_id, feed=CareBatch.Feed.ENCOUNTERS, file_name=file.file_name,
        status=CareBatch.Status.APPLIED, figures=_figures(changes, begins, len(ends)),
        recorded_at=now, recorded_by_id=actor.user_id, recorded_by_name=actor.name,
        decided_at=now, decided_by_id=actor.user_id, decided_by_name=actor.name,
    )  # fmt: skip
    CareFact.objects.bulk_create(
        (CareFact(batch=batch, month=one.month, kind=KIND, practitioner_id=one.pcp,
                  member_id=one.member, count=one.count) for one in begins),
        batch_size=AT_ONCE,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.care.told_by_claims", subject=batch, claim_file=file.pk,
        facts=len(begins), replaced=len(ends),
    )  # fmt: skip
    return batch


def _changes(file: ClaimFile) -> Iterator[Change]:
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, {"file": file.pk})
        yield from map(Change._make, cursor.fetchall())


def _figures(changes: list[Change], begins: list[Change], replaced: int) -> dict[str, object]:
    """What the batch comes to, as files of care facts say it."""
    kinds = Counter({KIND: sum(one.count for one in begins)})
    return {
        "lines": len(begins), "refused": 0, "replaced": replaced,
        "months": sorted({f"{one.month:%Y-%m}" for one in changes}), "kinds": dict(kinds),
        "pcps": len({one.pcp for one in begins}),
        "members": len({one.member for one in begins}),
    }  # fmt: skip
