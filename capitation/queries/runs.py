"""Runs: the months of every contract, and one run with everything an approver looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from capitation.models import Contract, PlanFile, Run
from capitation.queries.access import require_all
from capitation.queries.run_figures import PayeeSum, figures_of, payees_of
from capitation.queries.run_readiness import terms_spans
from capitation.queries.variance import Compared, compare
from capitation.rules.calendar import Missed, due_months, missed_runs, next_opening, opens_on
from ipaportal.audit.batches import NETWORK, contract_scope
from ipaportal.audit.models import FactBatch
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of, month_range
from ipaportal.core.parts import Step
from ipaportal.core.pictures import Branch, Picture, money_tree
from ipaportal.core.words import day_text, month_text, plural
from ipaportal.identity.models import Party

VIEW = "capitation.view_runs"
MONTHS_SHOWN = 14
PAYEES_DRAWN = 4
POOLS = ("hospital_pool", "specialist_pool", "pharmacy_pool")
NAMES = {
    "admin_fee": "Admin fee",
    "reinsurance": "Reinsurance premium",
    "hospital_pool": "Hospital pool",
    "specialist_pool": "Specialist pool",
    "pharmacy_pool": "Pharmacy pool",
}


@dataclass(frozen=True)
class MonthCell:
    """A contract's month: its latest run, or whether one is due, and what comes before it."""

    contract: Contract
    month: date
    run: Run | None
    count: int
    is_due: bool
    missed: Missed | None
    opens: date
    # The earlier month that is still on its way: months are posted one after the other.
    waits_for: date | None


@dataclass(frozen=True)
class MonthRow:
    """A month and its cell of each contract."""

    month: date
    cells: Sequence[MonthCell | None]


@dataclass(frozen=True)
class MonthEnd:
    """Months × contracts, newest first, and what the calendar misses."""

    contracts: Sequence[Contract]
    rows: Sequence[MonthRow]
    missed: Sequence[tuple[Contract, Missed]]
    opening: Sequence[tuple[Contract, date]]


@dataclass(frozen=True)
class RunPage:
    """One run with what its page says."""

    run: Run
    steps: Sequence[Step]
    tree: Picture
    compared: Compared
    figures: dict
    payees: Sequence[PayeeSum]
    names: dict[int, str]
    unassigned_id: int | None
    files: Sequence[PlanFile]


def month_end(*, actor: Actor, today: date) -> MonthEnd:
    """The months of every active contract, as far back as the page shows; three queries."""
    require_all(actor, VIEW)
    contracts = list(Contract.objects.filter(is_active=True).select_related("payer__party"))
    runs: dict[tuple[int, date], list[Run]] = {}
    for run in (
        Run.objects.exclude(status=Run.Status.CANCELLED).defer("report").order_by("sequence")
    ):
        runs.setdefault((run.contract_id, run.month), []).append(run)
    have = {c.pk: {m for pk, m in runs if pk == c.pk} for c in contracts}
    begun = {c.pk: _begun(c, have[c.pk]) for c in contracts}
    terms = terms_spans(c.pk for c in contracts)
    missed = {
        c.pk: missed_runs(begun[c.pk], today, c.run_day, have[c.pk], terms=terms[c.pk])
        for c in contracts
    }
    due = {
        c.pk: set(due_months(begun[c.pk], today, c.run_day, have[c.pk], terms[c.pk]))
        for c in contracts
    }
    first = min((c.start_month for c in contracts), default=month_of(today))
    newest = max([month_of(today), *(month for _, month in runs)])
    shown = max(first, add_months(newest, 1 - MONTHS_SHOWN))
    months = sorted(month_range(shown, add_months(newest, 1)), reverse=True)
    rows = [
        MonthRow(m, [_cell(c, m, runs, due[c.pk], missed[c.pk]) for c in contracts]) for m in months
    ]
    return MonthEnd(
        contracts=contracts,
        rows=rows,
        missed=[(c, one) for c in contracts for one in missed[c.pk]],
        opening=[(c, next_opening(today, c.run_day)) for c in contracts],
    )


def _begun(contract: Contract, have: set[date]) -> date:
    """Months before a contract's first run come out as retro lines of it: they are not missed."""
    return max(contract.start_month, min(have, default=contract.start_month))


def _cell(
    contract: Contract,
    month: date,
    runs: dict[tuple[int, date], list[Run]],
    due: set[date],
    missed: list[Missed],
) -> MonthCell | None:
    if month < contract.start_month:
        return None
    mine = runs.get((contract.pk, month), [])
    on_the_way = [
        m
        for (pk, m), some in runs.items()
        if pk == contract.pk and m < month and some[-1].status != Run.Status.POSTED
    ]
    return MonthCell(
        contract=contract,
        month=month,
        run=mine[-1] if mine else None,
        count=len(mine),
        is_due=month in due,
        missed=next((one for one in missed if one.month == month), None),
        opens=opens_on(month, contract.run_day),
        waits_for=max(on_the_way, default=None),
    )


def run_list(*, actor: Actor, status: str = "", contract_id: int | None = None) -> QuerySet[Run]:
    """Every run, newest month first."""
    require_all(actor, VIEW)
    runs = Run.objects.select_related("contract").defer("report")
    if status:
        runs = runs.filter(status=status)
    return runs.filter(contract_id=contract_id) if contract_id else runs


def run_of(*, actor: Actor, run_id: int) -> Run:
    """
    One run with its contract.

    :raises Run.DoesNotExist: if there is no such run
    """
    require_all(actor, VIEW)
    return Run.objects.select_related("contract__payer__party").get(pk=run_id)


def run_page(*, actor: Actor, run_id: int) -> RunPage:
    """
    One run, read from what was summed when it was calculated; five queries.

    :raises Run.DoesNotExist: if there is no such run
    """
    run = run_of(actor=actor, run_id=run_id)
    compared = compare(run, _posted_before(run))
    payees = payees_of(run)
    ids = {row.payee_id for row in payees} | {row.payee_id for row in compared.payees}
    parties = Party.objects.filter(Q(pk__in=ids) | Q(kind=Party.Kind.UNASSIGNED))
    found = list(parties.values_list("pk", "name", "kind"))
    names = {pk: name for pk, name, _ in found}
    unassigned = next((pk for pk, _, kind in found if kind == Party.Kind.UNASSIGNED), None)
    files = list(
        PlanFile.objects.filter(
            contract_id=run.contract_id,
            fact_no__gt=run.previous_snapshot_no,
            fact_no__lte=run.snapshot_no or 0,
        ).only("name", "status", "payer_id", "contract_id")[:50]
    )
    return RunPage(
        run=run,
        steps=_steps(run, files),
        tree=tree_of(run, payees, names, unassigned),
        compared=compared,
        figures=figures_of(run),
        payees=payees,
        names=names,
        unassigned_id=unassigned,
        files=files,
    )


def _posted_before(run: Run) -> list[Run]:
    """The posted runs of the month and of the last month before it that has any."""
    posted = Run.objects.filter(
        contract_id=run.contract_id, status=Run.Status.POSTED, month__lte=run.month
    ).exclude(pk=run.pk)
    earlier = posted.filter(month__lt=run.month).order_by("-month").values("month")[:1]
    return list(
        posted.filter(Q(month=run.month) | Q(month__in=earlier)).defer("digest").order_by("pk")
    )


def lines_url(run: Run, **filters: object) -> str:
    """Where a run's lines are, filtered."""
    query = urlencode({"tab": "lines", **{k: v for k, v in filters.items() if v not in ("", None)}})
    return f"{reverse('capitation:run_detail', args=[run.pk])}?{query}"


def tree_of(
    run: Run, payees: Sequence[PayeeSum], names: dict[int, str], unassigned_id: int | None
) -> Picture:
    """Where a run's dollars went; every branch leads to its lines."""
    totals = run.totals
    title = f"Where {month_text(run.month)} went"
    if not totals:
        return money_tree(Branch("Received", 0), title=title)
    received = totals.get("received", 0)
    withhold = totals.get("withhold", 0)
    here = lines_url(run)
    parts = [
        Branch(label, totals.get(name, 0), here, "soft")
        for name, label in NAMES.items()
        if totals.get(name)
    ]
    providers = totals.get("provider", 0) - withhold
    parts += [
        Branch("Withheld", withhold, here, "warm"),
        Branch("Practices", providers, here, parts=_payee_branches(run, payees, names)),
        Branch("Retained by the IPA", totals.get("retained", 0), here, "soft"),
        Branch("Suspense", totals.get("suspense", 0), lines_url(run, why="not_covered"), "warm"),
    ]
    shown = tuple(branch for branch in parts if branch.cents or branch.parts)
    ipa = Branch("Received from the plan", received, here, parts=shown)
    premium = totals.get("premium", 0)
    if premium <= received or received <= 0:
        return money_tree(ipa, title=title)
    keeps = Branch("The plan keeps", premium - received, here, "soft")
    return money_tree(Branch("CMS premium", premium, here, parts=(keeps, ipa)), title=title)


def _payee_branches(
    run: Run, payees: Sequence[PayeeSum], names: dict[int, str]
) -> tuple[Branch, ...]:
    """The largest payees by name, the others together, what is taken back apart."""
    net = sorted(
        ((row.total_cents - row.withhold_cents, row.payee_id) for row in payees), reverse=True
    )
    up = [(cents, pk) for cents, pk in net if cents > 0]
    down = [(cents, pk) for cents, pk in net if cents < 0]
    branches = [
        Branch(names.get(pk, f"Payee {pk}"), cents, lines_url(run, payee=pk))
        for cents, pk in up[:PAYEES_DRAWN]
    ]
    others = up[PAYEES_DRAWN:]
    if others:
        words = plural(len(others), "other practice")
        branches.append(Branch(words, sum(cents for cents, _ in others), lines_url(run)))
    if down:
        words = f"Taken back from {plural(len(down), 'practice')}"
        branches.append(Branch(words, sum(cents for cents, _ in down), lines_url(run)))
    return tuple(branches)


def _steps(run: Run, files: Sequence[PlanFile]) -> list[Step]:
    status = run.status
    is_calculated = bool(run.digest) and status not in ("open", "failed")
    done = {"posted": 5, "approved": 4, "calculated": 3}.get(status, 1)
    is_stopped = status in ("failed", "cancelled")
    names = ("File", "Run", "Proof", "Approval", "Payment")
    proofs = run.report.get("proofs", ())
    notes = (
        plural(len(files), "new file") if run.snapshot_no else "what is known when it runs",
        f"calculated {day_text(run.calculated_at)}" if run.calculated_at else status,
        f"{len(proofs)} proofs, 0 breaches" if is_calculated and proofs else "",
        f"{run.approved_by_name}, {day_text(run.approved_at)}" if run.approved_at else "",
        f"in the books {day_text(run.posted_at)}" if run.posted_at else "",
    )
    urls = (
        reverse("capitation:file_list"),
        "",
        "?tab=proof",
        "",
        reverse("capitation:payment_list"),
    )
    steps = []
    for i, name in enumerate(names):
        state = "done" if i < done else "now" if i == done else "wait"
        if is_stopped and i == 1:
            state = "blocked"
        if status == "posted" and i == 4:
            state = "now"
        is_open = state in ("done", "now")
        steps.append(Step(name, state, notes[i], urls[i] if is_open else ""))
    return steps


def new_facts(run: Run) -> list[FactBatch]:
    """What was recorded for the contract after the run was calculated: it is not in it."""
    if run.snapshot_no is None:
        return []
    scopes = [contract_scope(run.contract_id), NETWORK]
    later = FactBatch.objects.filter(pk__gt=run.snapshot_no, scopes__overlap=scopes)
    return list(later.order_by(F("pk").desc())[:20])
