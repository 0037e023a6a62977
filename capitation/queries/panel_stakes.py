"""What hangs on each doctor of a payer: members on a day, and what the last posted month paid."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Count, Max, Q, QuerySet, Sum

from capitation.models import PcpAssignment, Run, Share
from credentialing.queries.stakes import Stake


def panel_stakes(
    payer_party_id: int | None, day: date, practitioner_ids: Collection[int] | None = None
) -> dict[int, Stake]:
    """
    Members by PCP on a day, and the cents of the newest posted month's shares.

    Of one payer, or of all; of some doctors, then only what hangs on them is read.
    """
    assigned = PcpAssignment.objects.current().active_on(day)
    runs = Run.objects.filter(status="posted")
    if payer_party_id is not None:
        assigned = assigned.filter(member__payer__party_id=payer_party_id)
        runs = runs.filter(contract__payer__party_id=payer_party_id)
    if practitioner_ids is not None:
        assigned = assigned.filter(practitioner__in=practitioner_ids)
    members = assigned.values("practitioner_id").annotate(members=Count("member_id", distinct=True))
    counted = {row["practitioner_id"]: row["members"] for row in members}
    cents = _month_cents(runs, practitioner_ids)
    return {pk: Stake(counted.get(pk, 0), cents.get(pk, 0)) for pk in counted.keys() | cents.keys()}


def _month_cents(runs: QuerySet[Run], practitioner_ids: Collection[int] | None) -> dict[int, int]:
    """What the newest posted month of each payer paid for members of a doctor."""
    newest = runs.values("contract__payer_id").annotate(newest=Max("month"))
    months = dict(newest.values_list("contract__payer_id", "newest"))
    found: dict[int, int] = defaultdict(int)
    if not months:
        return found
    of_month = Q(pk=None)
    for payer_id, month in months.items():
        of_month |= Q(contract__payer_id=payer_id, month=month)
    by_month: dict[date, list[int]] = defaultdict(list)
    for pk, month in runs.filter(of_month).values_list("pk", "month"):
        by_month[month].append(pk)
    for month, keys in by_month.items():
        shares = Share.objects.filter(run__in=keys, coverage_month=month)
        if practitioner_ids is not None:
            shares = shares.filter(practitioner_id__in=practitioner_ids)
        for row in shares.values("practitioner_id").annotate(cents=Sum("provider_cents")):
            found[row["practitioner_id"]] += int(row["cents"])
    return found
