"""The month-end: open, calculate, approve, post a run."""

from datetime import date, datetime

from django.db.models import Max, Sum
from django.utils import timezone

from capitation.actions.calculation import calculate, drop_rows, drop_stage
from capitation.models import Contract, Run, Share, Waterfall
from capitation.queries.proofs import makers, prove_run, sample_mismatches
from capitation.queries.run_figures import run_report
from capitation.queries.run_readiness import terms_spans
from capitation.rules import calendar, lifecycle
from ipaportal.audit.actions import action, record
from ipaportal.audit.batches import contract_scope, lock_scopes
from ipaportal.core.actors import Actor
from ipaportal.core.jobs import wake
from ipaportal.core.months import month_of
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from ipaportal.ledger import books


class MonthNotOpen(Refused):
    """The month cannot be opened for this contract."""


class SamePerson(Refused):
    """Somebody tried to approve what they had a hand in."""

    def __init__(self, run: Run) -> None:
        super().__init__(
            f"You started or calculated {run}, or entered something it is made of, so you cannot "
            "approve it. "
            "Nothing was changed. Ask another finance approver."
        )


class RunChanged(Refused):
    """The run was calculated again since the approver looked."""

    def __init__(self, run: Run) -> None:
        super().__init__(
            f"{run} was calculated again after you opened it. Nothing was approved. "
            "Look at it once more, then approve what you see."
        )


class RunBusy(Refused):
    """Somebody, most likely the worker, has the run in hand."""

    def __init__(self) -> None:
        super().__init__(
            "The run is being calculated or changed at this moment. Nothing was changed. "
            "Look again when that is done."
        )


class ProofFailed(Refused):
    """A proof of the run returned rows."""

    def __init__(self, run: Run, names: list[str]) -> None:
        super().__init__(
            f"{run} was stopped: {', '.join(names)} does not hold. Nothing was calculated. "
            "An incident was opened; the run can be calculated again once it is resolved."
        )
        self.names = names


@action("capitation.open_run")
def open_run(*, actor: Actor, contract_id: int, month: date, now: datetime) -> Run:
    """
    Open the next run of a contract's month and wake the worker that calculates it.

    :raises MonthNotOpen: if a run is on its way, a month comes first, or no terms cover it
    """
    lock_scopes([contract_scope(contract_id)])
    contract = Contract.objects.get(pk=contract_id)
    _check_order(contract, month, timezone.localdate(now))
    last = Run.objects.filter(contract=contract, month=month).aggregate(last=Max("sequence"))
    run = Run.objects.create(
        contract=contract,
        month=month,
        sequence=(last["last"] or 0) + 1,
        opened_at=now,
        opened_by_id=actor.user_id,
        opened_by_name=actor.name,
    )
    record(actor=actor, action="capitation.run.opened", subject=run, month=f"{month:%Y-%m}")
    wake("capitation.advance_run", run.pk)
    return run


def _check_order(contract: Contract, month: date, today: date) -> None:
    runs = Run.objects.filter(contract=contract)
    waiting = runs.exclude(status__in=[Run.Status.POSTED, Run.Status.CANCELLED]).first()
    if waiting is not None:
        raise MonthNotOpen(
            f"{waiting} comes first: {waiting.get_status_display()}. Nothing was opened. "
            "Post or cancel it first."
        )
    if month < contract.start_month:
        raise MonthNotOpen(
            f"{contract} starts with {contract.start_month:%B %Y}. Nothing was opened."
        )
    last = runs.filter(status=Run.Status.POSTED).order_by("-month").first()
    if last is not None and last.month > month:
        raise MonthNotOpen(
            f"{last} is already posted, so what changed for {month:%B %Y} comes out as a "
            "retroactive line of the next month. Nothing was opened."
        )
    terms = terms_spans([contract.pk])[contract.pk]
    following = calendar.next_month(contract.start_month, last and last.month, terms)
    # What was known of a month before the last run's snapshot would never come into a run. Only
    # what came before the first run of all comes out as its retroactive lines: it may be of any
    # month up to now, or of the first with terms.
    if month > (max(following, month_of(today)) if last is None else following):
        after = f"{last} is the last that was posted" if last else "no run was posted yet"
        raise MonthNotOpen(
            f"{following:%B %Y} comes first: {after}. Nothing was opened. "
            "Open the months one after the other."
        )
    if not calendar.has_terms(month, terms):
        comes = f" The next month to open is {following:%B %Y}." if following != month else ""
        raise MonthNotOpen(
            f"No terms of {contract} cover {month:%B %Y}. Nothing was opened. "
            f"Record terms for the month first.{comes}"
        )


def _locked(run_id: int) -> Run:
    # The run alone: its contract's row, locked too, would deadlock with who records facts of it.
    rows = Run.objects.select_for_update(of=["self"]).select_related("contract__payer")
    return rows.get(pk=run_id)


@action("capitation.calculate_run")
def calculate_run(*, actor: Actor, run_id: int, now: datetime, only_first: bool = False) -> Run:
    """
    Calculate a run from the facts known now; an approval given before is void.

    `only_first` is for whoever wakes by itself: it leaves a run alone that is calculated by now.

    :raises NotAllowed: if it is posted or cancelled, or calculated already and `only_first`
    :raises NoTerms: if the contract has no terms for the month
    :raises MissingInput: if an input is missing and the terms say to stop
    :raises ProofFailed: if a proof returns rows
    """
    run = _locked(run_id)
    if only_first and run.status != Run.Status.OPEN:
        raise lifecycle.NotAllowed(run.status, "calculate", lifecycle.RUN)
    run.status = lifecycle.after(run.status, "calculate")
    done = calculate(run)
    run.digest, run.totals = done.digest, done.totals
    run.calculated_at, run.problem = now, ""
    run.approved_by_id, run.approved_by_name, run.approved_at = None, "", None
    run.save()
    proofs = [*prove_run(run), sample_mismatches(run)]
    failed = [proof["name"] for proof in proofs if proof["rows"]]
    if failed:
        raise ProofFailed(run, failed)
    run.report = {
        "rows": done.rows,
        "shares": done.shares,
        "seconds": done.seconds,
        "proofs": proofs,
        "figures": run_report(run),
    }
    drop_stage(run)
    run.save()
    record(
        actor=actor,
        action="capitation.run.calculated",
        subject=run,
        digest=run.digest,
        rows=done.rows,
    )
    return run


@action("capitation.calculate_run")
def ask_calculation(*, actor: Actor, run_id: int) -> Run:
    """
    Put a run back among those that wait and wake the worker; an approval given before is void.

    :raises RunBusy: if it is being calculated at this moment
    :raises NotAllowed: if it waits already, is posted or cancelled
    """
    rows = Run.objects.select_for_update(of=["self"], skip_locked=True)
    run = rows.select_related("contract").filter(pk=run_id).first()
    if run is None:
        raise RunBusy
    run.status = lifecycle.after(run.status, "calculate again")
    run.problem = ""
    run.approved_by_id, run.approved_by_name, run.approved_at = None, "", None
    run.save(
        update_fields=["status", "problem", "approved_by_id", "approved_by_name", "approved_at"]
    )
    record(actor=actor, action="capitation.run.calculation_asked", subject=run)
    wake("capitation.advance_run", run.pk)
    return run


@action("capitation.approve_run")
def approve_run(*, actor: Actor, run_id: int, seen_digest: str, now: datetime) -> Run:
    """
    Approve a calculated run, so that it may be posted.

    :raises SamePerson: if the actor is one of its makers
    :raises RunChanged: if it was recalculated since the approver looked
    """
    run = _locked(run_id)
    if actor.user_id is None or actor.user_id in makers(run):
        raise SamePerson(run)
    if run.digest != seen_digest:
        raise RunChanged(run)
    run.status = lifecycle.after(run.status, "approve")
    run.approved_by_id, run.approved_by_name, run.approved_at = actor.user_id, actor.name, now
    run.save(update_fields=["status", "approved_by_id", "approved_by_name", "approved_at"])
    record(actor=actor, action="capitation.run.approved", subject=run, digest=run.digest)
    wake("capitation.advance_run", run.pk)
    return run


@action("capitation.post_run")
def post_run(*, actor: Actor, run_id: int, now: datetime) -> Run:
    """Post an approved run: one balanced entry, after which its rows never change."""
    run = _locked(run_id)
    run.status = lifecycle.after(run.status, "post")
    entry = books.open_entry(
        key=f"run:{run.pk}",
        date=timezone.localdate(now),
        description=str(run),
        lines=_entry_lines(run),
        actor=actor,
        for_month=run.month,
    )
    if entry.postings.exists():
        books.post(entry, now)
    else:
        books.void(entry)
    run.posted_at = now
    run.save(update_fields=["status", "posted_at"])
    record(actor=actor, action="capitation.run.posted", subject=run, entry=entry.key)
    return run


# Component of the waterfall → account of the IPA that it is credited to.
IPA_ACCOUNTS = {
    "admin_fee": "admin_fee_income",
    "reinsurance": "reinsurance_payable",
    "hospital_pool": "hospital_pool",
    "specialist_pool": "specialist_pool",
    "pharmacy_pool": "pharmacy_pool",
    "retained": "retained",
}


def _entry_lines(run: Run) -> list[tuple]:
    """Debit plan clearing with what was received; credit where every cent of it went."""
    ipa = Party.objects.get(kind=Party.Kind.IPA)
    payer = run.contract.payer.party_id
    sums = Waterfall.objects.filter(run_id=run.pk).aggregate(
        **{
            name: Sum(f"{name}_cents", default=0)
            for name in ("received", "suspense", *IPA_ACCOUNTS)
        }
    )
    lines = [(books.account(payer, "plan_clearing"), int(sums["received"]))]
    lines += [(books.account(ipa, kind), -int(sums[name])) for name, kind in IPA_ACCOUNTS.items()]
    lines.append((books.account(payer, "suspense"), -int(sums["suspense"])))
    shares = list(
        Share.objects.filter(run_id=run.pk)
        .values("payee_id")
        .annotate(provider=Sum("provider_cents"), withheld=Sum("withhold_cents"))
        .order_by("payee_id")
    )
    payees = [share["payee_id"] for share in shares]
    payable = books.accounts(payees, "payable")
    withheld = books.accounts(payees, "withhold_liability")
    for share in shares:
        held = int(share["withheld"])
        lines.append((payable[share["payee_id"]], held - int(share["provider"])))
        lines.append((withheld[share["payee_id"]], -held))
    return lines


@action("capitation.cancel_run")
def cancel_run(*, actor: Actor, run_id: int, reason: str, now: datetime) -> Run:
    """Cancel a run that is not posted; its facts belong to the next run of the contract."""
    run = Run.objects.select_for_update().get(pk=run_id)
    run.status = lifecycle.after(run.status, "cancel")
    run.problem = f"Cancelled by {actor.name} on {timezone.localdate(now)}: {reason}"
    run.save(update_fields=["status", "problem"])
    drop_rows(run)
    record(actor=actor, action="capitation.run.cancelled", subject=run, reason=reason)
    return run
