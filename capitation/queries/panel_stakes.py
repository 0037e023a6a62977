"""What hangs on each doctor of a payer: members on a day, and what the last posted month paid."""

from collections import defaultdict
from datetime import date

from django.db.models import Count, Max, Sum

from capitation.models import PcpAssignment, Run, Share
from credentialing.queries.stakes import Stake


def panel_stakes(payer_party_id: int, day: date) -> dict[int, Stake]:
    """Members by PCP on a day, and the cents of the newest posted month's shares."""
    members = (
        PcpAssignment.objects.current()
        .active_on(day)
        .filter(member__payer__party_id=payer_party_id)
        .values("practitioner_id")
        .annotate(members=Count("member_id", distinct=True))
    )
    cents = _month_cents(payer_party_id)
    counted = {row["practitioner_id"]: row["members"] for row in members}
    return {pk: Stake(counted.get(pk, 0), cents.get(pk, 0)) for pk in counted.keys() | cents.keys()}


def _month_cents(payer_party_id: int) -> dict[int, int]:
    runs = Run.objects.filter(contract__payer__party_id=payer_party_id, status="posted")
    month = runs.aggregate(newest=Max("month"))["newest"]
    found: dict[int, int] = defaultdict(int)
    shares = Share.objects.filter(run__in=list(runs.filter(month=month)), coverage_month=month)
    for row in shares.values("practitioner_id").annotate(cents=Sum("provider_cents")):
        found[row["practitioner_id"]] += int(row["cents"])
    return found
