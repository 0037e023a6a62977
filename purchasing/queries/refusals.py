"""What gates refused practices, for whoever buys and for compliance."""

from django.db.models import Count, Q, QuerySet

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from purchasing.models import GateRefusal

VIEW = "purchasing.view_refusals"


def gate_refusals(
    *, actor: Actor, text: str = "", stage: str = "", code: str = ""
) -> QuerySet[GateRefusal]:
    """
    What gates refused, the newest first.

    :raises NotPermitted: whoever may not see it
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = GateRefusal.objects.select_related(
        "practice__party", "location", "order_item__version", "order_item__level",
        "order_item__order",
    )  # fmt: skip
    if text:
        found = found.filter(
            Q(practice__name__icontains=text)
            | Q(order_item__version__name__icontains=text)
            | Q(reason__icontains=text)
        )
    if stage:
        found = found.filter(stage=stage)
    return found.filter(code=code) if code else found


def counts_by_gate(found: QuerySet[GateRefusal]) -> list[tuple[str, int]]:
    """How often each gate refused, the most first."""
    rows = found.order_by().values_list("code").annotate(times=Count("pk"))
    return sorted(rows, key=lambda row: (-row[1], row[0]))
