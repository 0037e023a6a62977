"""What runs paid for one member, month by month, to whom and why."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from capitation.models import Run, Share, Waterfall
from capitation.queries.access import require_all
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party


@dataclass(frozen=True)
class PaidLine:
    """A run's line of a member's month."""

    run: Run
    member_id: int
    coverage_month: date
    reason: str
    zero_reason: str
    received_cents: int
    provider_cents: int
    payees: str
    payee_id: int | None


def paid_lines(*, actor: Actor, member_id: int) -> list[PaidLine]:
    """Every line of a member, the newest run first; four queries."""
    require_all(actor, "capitation.view_members")
    rows = list(Waterfall.objects.filter(member_id=member_id))
    runs = Run.objects.select_related("contract").defer("report").in_bulk({r.run_id for r in rows})
    shares = Share.objects.filter(member_id=member_id).values_list(
        "run_id", "coverage_month", "payee_id"
    )
    payees: dict[tuple[int, date], list[int]] = {}
    for run_id, month, payee, _ in shares.annotate(cents=Sum("provider_cents")).order_by("-cents"):
        payees.setdefault((run_id, month), []).append(payee)
    ids = {payee for found in payees.values() for payee in found}
    names = dict(Party.objects.filter(pk__in=ids).values_list("pk", "name"))
    lines = [
        PaidLine(
            run=runs[row.run_id],
            member_id=member_id,
            coverage_month=row.coverage_month,
            reason=row.reason,
            zero_reason=row.zero_reason or "",
            received_cents=row.received_cents,
            provider_cents=row.provider_cents,
            payees=", ".join(names[p] for p in payees.get((row.run_id, row.coverage_month), [])),
            payee_id=next(iter(payees.get((row.run_id, row.coverage_month), [])), None),
        )
        for row in rows
        if row.run_id in runs
    ]
    return sorted(lines, key=lambda line: (line.coverage_month, line.run.pk), reverse=True)
