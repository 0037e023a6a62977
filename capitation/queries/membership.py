"""The membership bridge of a contract's month: who came and who went, by PCP."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from capitation.models import Contract
from capitation.rules.membership import Bridge, bridge
from credentialing.models import Practitioner
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months
from ipaportal.core.refusals import NotPermitted

LATEST = 2**62
# Members covered in a month (named by its parameter), with their PCP, 0 where nobody is.
COVERED = """
SELECT c.member_id, COALESCE((
    SELECT a.practitioner_id FROM capitation_pcpassignment AS a
    WHERE a.member_id = c.member_id AND a.fact_no <= %(fact_no)s
      AND (a.superseded_no IS NULL OR a.superseded_no > %(fact_no)s)
      AND a.effective_date <= c.day AND (a.end_date IS NULL OR a.end_date > c.day)
    LIMIT 1), 0) AS pcp_id
FROM (
    SELECT member_id, min(greatest(effective_date, %({month})s::date)) AS day
    FROM capitation_coveragespan
    WHERE contract_id = %(contract_id)s AND fact_no <= %(fact_no)s
      AND (superseded_no IS NULL OR superseded_no > %(fact_no)s)
      AND effective_date < %({month}_next)s
      AND (end_date IS NULL OR end_date > greatest(%({month})s::date, effective_date))
    GROUP BY member_id
) AS c
"""


@dataclass(frozen=True)
class BridgeRow:
    """One PCP's members from last month to this; the practitioner is None where nobody is."""

    practitioner_id: int | None
    name: str
    bridge: Bridge


@dataclass(frozen=True)
class BridgePage:
    """A contract's month: the whole, and the same by PCP."""

    contract: Contract
    month: date
    total: Bridge
    rows: list[BridgeRow]


def membership_bridge(
    *, actor: Actor, contract_id: int, month: date, fact_no: int = LATEST
) -> BridgePage:
    """
    Draw up a contract's bridge for a month, as known at a fact number (now, by default).

    A member counts where they are on the month's first day they are covered; four queries.
    """
    if not actor.may("capitation.view_members"):
        raise NotPermitted(actor.name, "capitation.view_members")
    contract = Contract.objects.select_related("payer__party").get(pk=contract_id)
    before = _groups(contract_id, add_months(month, -1), fact_no)
    after = _groups(contract_id, month, fact_no)
    known = _known_before(contract_id, add_months(month, -1), fact_no)
    by_pcp = bridge(before, after, known)
    names = {
        pcp.pk: str(pcp) for pcp in Practitioner.objects.filter(pk__in=[g for g in by_pcp if g])
    }
    rows = [
        BridgeRow(group or None, names.get(group, "nobody assigned"), one)
        for group, one in by_pcp.items()
    ]
    whole = bridge(dict.fromkeys(before, "all"), dict.fromkeys(after, "all"), known)
    rows.sort(key=lambda row: (row.practitioner_id is None, row.name))
    return BridgePage(contract, month, whole.get("all", Bridge()), rows)


def _groups(contract_id: int, month: date, fact_no: int) -> dict[int, Hashable]:
    """Each covered member's PCP in a month: who has them on their first covered day of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            COVERED.format(month="month"),
            {
                "contract_id": contract_id,
                "month": month,
                "month_next": add_months(month, 1),
                "fact_no": fact_no,
            },
        )
        return dict(cursor.fetchall())


def _known_before(contract_id: int, month: date, fact_no: int) -> set[int]:
    """Members covered on some day before a month."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT member_id FROM capitation_coveragespan
            WHERE contract_id = %s AND fact_no <= %s
              AND (superseded_no IS NULL OR superseded_no > %s)
              AND effective_date < %s AND (end_date IS NULL OR end_date > effective_date)
            """,
            [contract_id, fact_no, fact_no, month],
        )
        return {member for (member,) in cursor.fetchall()}
