"""Money that payees still have for months after somebody was excluded."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted

VIEW = "compliance.view_paid_excluded"
# Months that begin on or after the first day excluded and before a reinstatement. What runs took
# back is in the same sums, so that what is left is what nobody has taken back yet.
PAID = """
    WITH excluded AS (
        SELECT split_part(m.subject_key, ':', 2)::bigint AS practitioner_id, m.label, m.list_code,
               coalesce(e.effective_date, m.opened_at::date) AS since, m.reinstated_date AS until
          FROM credentialing_screeningmatch AS m
          JOIN credentialing_listentry AS e ON e.id = m.entry_id
         WHERE m.subject_key LIKE 'practitioner:%%'
           AND (m.is_stopped OR m.reinstated_date IS NOT NULL)
    )
    SELECT x.practitioner_id, x.label, x.list_code, x.since, s.payee_id, p.name,
           min(s.coverage_month), max(s.coverage_month),
           sum(s.provider_cents - s.withhold_cents)::bigint
      FROM excluded AS x
      JOIN capitation_share AS s ON s.practitioner_id = x.practitioner_id
           AND s.coverage_month >= x.since
           AND (x.until IS NULL OR s.coverage_month < x.until)
      JOIN capitation_run AS r ON r.id = s.run_id AND r.status = 'posted'
      JOIN identity_party AS p ON p.id = s.payee_id
     GROUP BY x.practitioner_id, x.label, x.list_code, x.since, s.payee_id, p.name
    HAVING sum(s.provider_cents - s.withhold_cents) > 0
     ORDER BY 9 DESC, x.label, p.name"""


@dataclass(frozen=True)
class PaidExcluded:
    """One payee's money for months after one person's exclusion, in cents net of take-backs."""

    practitioner_id: int
    label: str
    list_code: str
    since: date
    payee_id: int
    payee: str
    first_month: date
    last_month: date
    cents: int


def paid_excluded(*, actor: Actor) -> list[PaidExcluded]:
    """Everybody who was excluded and for whom money is still out; one query."""
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    return _found()


def _found() -> list[PaidExcluded]:
    with connection.cursor() as cursor:
        cursor.execute(PAID)
        return [PaidExcluded(*row) for row in cursor.fetchall()]


def still_out() -> list[date]:
    """Since when each of them was excluded, for the nightly question."""
    return [one.since for one in _found()]
