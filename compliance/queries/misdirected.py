"""Claims that came here and are the plan's to pay: how many came, went on, were kept, or wait."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum

from compliance.models import Claim, ClaimStep
from compliance.rules.claims import State
from compliance.rules.passing import PASSED_ON, PLAN_REFUSED, PLANS_RISK


@dataclass(frozen=True)
class Misdirected:
    """Of one plan: came = passed on + wait + kept here, and their charges."""

    payer_id: int
    payer: str
    came: int
    passed_on: int
    wait: int
    late: int
    kept: int
    charge_cents: int


def ever_the_plans() -> QuerySet:
    """Keys of claims that waited as the plan's, or were passed on."""
    return ClaimStep.objects.filter(reason__in=[PLANS_RISK, PASSED_ON]).values("claim")


def misdirected(today: date) -> list[Misdirected]:
    """Every plan that has had such claims; a claim that was replaced since is kept as such."""
    waits = Q(state=State.WAITING, reason__in=[PLANS_RISK, PLAN_REFUSED])
    gone = Q(state=State.DENIED, reason=PASSED_ON)
    rows = (
        Claim.objects.filter(pk__in=ever_the_plans())
        .order_by("payer")
        .values("payer", "payer__party__name")
        .annotate(
            came=Count("pk"), passed_on=Count("pk", filter=gone), wait=Count("pk", filter=waits),
            late=Count("pk", filter=waits & Q(due_on__lt=today)), cents=Sum("charge_cents"),
        )
    )  # fmt: skip
    return [
        Misdirected(
            one["payer"], one["payer__party__name"], one["came"], one["passed_on"], one["wait"],
            one["late"], one["came"] - one["passed_on"] - one["wait"], one["cents"],
        )
        for one in rows
    ]  # fmt: skip
