"""Encounters by PCP and month: members assigned, visits that claims told, and how far they came."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum

from compliance.models import Claim, EncounterExpectation
from compliance.queries.care_readings import MEMBER_MONTHS, PANELS, hashed
from compliance.queries.claims import VIEW, claims
from compliance.queries.plan_batches import passed_counts
from compliance.rules.claims import State
from compliance.rules.encounters import MONTHS, Expectation, PcpMonth, expectation_on, pcp_month
from credentialing.models import Participation, Practitioner
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of

# A visit as `actions.claim_visits` tells it: a day on which the member's PCP of that day served.
TOLD = """
FROM compliance_claim AS c
JOIN compliance_claimline AS l ON l.claim_id = c.id
JOIN capitation_pcpassignment AS a
  ON a.member_id = c.member_id AND a.practitioner_id = c.practitioner_id
 AND a.superseded_no IS NULL AND a.effective_date <= l.first_day
 AND (a.end_date IS NULL OR a.end_date > l.first_day)
WHERE c.state NOT IN ('rejected', 'replaced') AND l.first_day >= %(first)s::date
  AND l.first_day < (%(last)s::date + interval '1 month')::date
"""
VISITS = f"""
SELECT c.practitioner_id, date_trunc('month', l.first_day)::date,
       count(DISTINCT (c.member_id, l.first_day)), count(DISTINCT c.member_id)
{TOLD} GROUP BY 1, 2
"""
CLAIMS = f"SELECT DISTINCT c.id {TOLD} AND c.practitioner_id = %(pcp)s"
# Whom a PCP had on the first of every month of a year, and whom no claim shows with them.
UNSEEN = f"""{PANELS},
whole AS (
    SELECT practitioner_id, member_id FROM days GROUP BY 1, 2 HAVING count(*) = %(months)s
),
seen AS (SELECT DISTINCT c.practitioner_id, c.member_id {TOLD})
SELECT whole.practitioner_id, whole.member_id FROM whole
LEFT JOIN seen USING (practitioner_id, member_id)
WHERE seen.member_id IS NULL ORDER BY 1, 2
"""  # noqa: S608


def months_to(today: date) -> list[date]:
    """The twelve months that are over, the oldest first."""
    last = add_months(month_of(today), -1)
    return [add_months(last, back) for back in range(1 - MONTHS, 1)]


def _asked(today: date) -> dict[str, object]:
    months = months_to(today)
    return {"first": months[0], "last": months[-1], "months": MONTHS}


def expectations() -> list[Expectation]:
    """Every rule that was entered, the newest first."""
    return [row.rule() for row in EncounterExpectation.objects.order_by("-effective_date", "-pk")]


def pcp_months(today: date, pcps: Collection[int] | None = None) -> list[PcpMonth]:
    """Twelve months of everybody who had members, or of these PCPs; four queries."""
    members: dict[tuple[int, date], int] = defaultdict(int)
    with hashed() as cursor:
        cursor.execute(MEMBER_MONTHS, _asked(today))
        for pcp, _, month, count in cursor.fetchall():
            members[pcp, month] += count
        cursor.execute(VISITS, _asked(today))
        visits = {(pcp, month): (count, seen) for pcp, month, count, seen in cursor.fetchall()}
    wanted = {pcp for pcp, _ in members}
    wanted &= wanted if pcps is None else set(pcps)
    rows = Practitioner.objects.filter(pk__in=wanted).values_list("pk", "specialty")
    rules, specialties = expectations(), dict(rows.order_by("last_name", "first_name", "pk"))
    return [
        pcp_month(
            pcp, month, (members.get((pcp, month), 0), *visits.get((pcp, month), (0, 0))),
            expectation_on(rules, month, specialty), today,
        )
        for pcp, specialty in specialties.items()
        for month in months_to(today)
    ]  # fmt: skip


def by_pcp(found: Iterable[PcpMonth]) -> dict[int, list[PcpMonth]]:
    """The months of each PCP, the oldest first."""
    rows: dict[int, list[PcpMonth]] = defaultdict(list)
    for one in found:
        rows[one.pcp].append(one)
    return dict(rows)


def members_unseen(today: date) -> dict[int, list[int]]:
    """Of each PCP the members of a whole year of whom no claim tells a visit."""
    found: dict[int, list[int]] = defaultdict(list)
    with hashed() as cursor:
        cursor.execute(UNSEEN, _asked(today))
        for pcp, member in cursor.fetchall():
            found[pcp].append(member)
    return dict(found)


def own_pcps(actor: Actor, permission: str, today: date) -> set[int]:
    """Who took part through the actor's practices within the year."""
    rows = Participation.objects.current().filter(
        Q(end_date=None) | Q(end_date__gt=months_to(today)[0]),
        practice__party_id__in=actor.reach(permission) or (),
    )
    return set(rows.values_list("practitioner_id", flat=True))


def visit_claims(actor: Actor, permission: str, pcp: int, month: date) -> QuerySet[Claim]:
    """The claims that tell a PCP's visits of a month."""
    with hashed() as cursor:
        cursor.execute(CLAIMS, {"first": month, "last": month, "pcp": pcp})
        keys = [pk for (pk,) in cursor.fetchall()]
    return claims(actor, permission).filter(pk__in=keys)


def funnel(actor: Actor, today: date, permission: str = VIEW) -> list[tuple[str, int, int]]:
    """How far what was received for the twelve months came: key, claims, cents."""
    months, taken = months_to(today), ~Q(state=State.REJECTED)
    rows = claims(actor, permission).filter(
        first_day__gte=months[0], first_day__lt=add_months(months[-1], 1)
    )
    said = rows.order_by().aggregate(
        n=Count("pk"), cents=Sum("charge_cents"),
        taken=Count("pk", filter=taken), taken_cents=Sum("charge_cents", filter=taken),
    )  # fmt: skip
    passed, accepted = passed_counts(rows)
    return [("received", said["n"], int(said["cents"] or 0)),
            ("taken", said["taken"], int(said["taken_cents"] or 0)),
            ("passed", *passed), ("accepted", *accepted)]  # fmt: skip
