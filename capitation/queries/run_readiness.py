"""What opening a month would find: terms, money, files, and what still waits for somebody."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Q, Sum

from capitation.models import Contract, PlanFile, Receipt, Run, Terms
from capitation.queries.access import require_all
from capitation.queries.worklists import waiting_lines
from capitation.rules.calendar import next_month
from ipaportal.audit.models import Incident
from ipaportal.core.actors import Actor
from ipaportal.core.spans import Span

# Names of the incidents of a run that a worker could not take one step on.
NOT_TAKEN_ON, NOT_POSTED = "run {} cannot be taken on", "run {} cannot be posted"
ON_ITS_WAY = ("open", "calculated", "approved", "failed")


def stuck_since(run_id: int) -> datetime | None:
    """Since when a run waits because the worker could not take it on; None if it just waits."""
    names = [name.format(run_id) for name in (NOT_TAKEN_ON, NOT_POSTED)]
    opened = Incident.objects.filter(name__in=names, closed_at=None)
    return opened.values_list("opened_at", flat=True).order_by("opened_at").first()


@dataclass(frozen=True)
class MonthPreview:
    """A contract's month before it is opened."""

    contract: Contract
    month: date
    has_terms: bool
    received_cents: int
    members_paid_for: int
    unknown_members: int
    unknown_cents: int
    files_new: int
    files_waiting: int
    files_quarantined: int
    earlier_runs: int
    on_its_way: Run | None


def terms_spans(contract_ids: Iterable[int]) -> dict[int, list[Span]]:
    """The months that terms cover, by contract; one query."""
    rows = Terms.objects.filter(contract_id__in=list(contract_ids)).current()
    found: dict[int, list[Span]] = defaultdict(list)
    for contract_id, start, end in rows.values_list("contract_id", "effective_date", "end_date"):
        found[contract_id].append(Span(start, end))
    return found


def next_to_open(contract_id: str | None = None) -> dict[str, object] | None:
    """The contract and month that come next: the earliest after the last run, for a form."""
    contracts = Contract.objects.filter(is_active=True)
    if contract_id and contract_id.isascii() and contract_id.isdigit() and len(contract_id) < 18:
        contracts = contracts.filter(pk=int(contract_id))
    busy = Q(runs__status__in=ON_ITS_WAY)
    used = ~Q(runs__status="cancelled")
    found = contracts.annotate(
        last=Max("runs__month", filter=used), waiting=Count("runs", filter=busy)
    )
    terms = terms_spans(c.pk for c in found)
    nexts = [(c.waiting > 0, next_month(c.start_month, c.last, terms[c.pk]), c.pk) for c in found]
    if not nexts:
        return None
    _, month, pk = min(nexts)
    return {"contract": pk, "month": f"{month:%Y-%m}"}


def month_preview(*, actor: Actor, contract_id: int, month: date) -> MonthPreview:
    """What a run of the month would be made of, as known now; seven queries."""
    require_all(actor, "capitation.view_runs")
    contract = Contract.objects.select_related("payer__party").get(pk=contract_id)
    receipts = Receipt.objects.filter(contract=contract, coverage_month=month).aggregate(
        cents=Sum("amount_cents", default=0), members=Count("member_id", distinct=True)
    )
    waiting = (
        waiting_lines()
        .filter(contract=contract)
        .aggregate(cents=Sum("amount_cents", default=0), members=Count("member_ref", distinct=True))
    )
    posted = Run.objects.filter(contract=contract, status=Run.Status.POSTED)
    last = posted.aggregate(last=Max("snapshot_no"))["last"] or 0
    files = PlanFile.objects.filter(payer_id=contract.payer_id)
    by_status = dict(files.order_by().values_list("status").annotate(n=Count("pk")))
    return MonthPreview(
        contract=contract,
        month=month,
        has_terms=Terms.objects.filter(contract=contract).current().active_on(month).exists(),
        received_cents=int(receipts["cents"]),
        members_paid_for=receipts["members"],
        unknown_members=waiting["members"],
        unknown_cents=int(waiting["cents"]),
        files_new=files.filter(fact_no__gt=last).count(),
        files_waiting=by_status.get(PlanFile.Status.RECEIVED, 0),
        files_quarantined=by_status.get(PlanFile.Status.QUARANTINED, 0),
        earlier_runs=posted.filter(month=month).count(),
        on_its_way=Run.objects.filter(contract=contract, status__in=ON_ITS_WAY)
        .select_related("contract")
        .first(),
    )
