"""Plan files: received once, processed whole or not at all, deposits seen."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone

from capitation.actions.enrolments import apply_enrolment
from capitation.actions.facts import start_recording
from capitation.actions.intake import Intake
from capitation.actions.premiums import apply_premiums
from capitation.actions.remittances import MoneyTwice, apply_remittance
from capitation.actions.rosters import apply_roster
from capitation.actions.stored import (
    MAX_ROSTER,
    StoredSource,
    TooLarge,
    content_of,
    made_on,
    roster_of,
)
from capitation.formats import roster_csv
from capitation.formats.enrolment_834 import EnrolmentReader
from capitation.formats.inspection import inspect_file
from capitation.formats.mmr import MmrReader
from capitation.formats.remittance_820 import RemittanceReader
from capitation.models import Contract, PlanFile, RosterMapping
from capitation.rules import lifecycle
from capitation.rules.sources import is_source
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.jobs import wake
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Entry, Posting

MAX_PROBLEMS = 200


class DuplicateFile(Refused):
    """The payer sent these very bytes before."""

    def __init__(self, file: PlanFile) -> None:
        super().__init__(
            f"These bytes were received before as {file.name} on "
            f"{timezone.localdate(file.received_at)} ({file.get_status_display()}). "
            "Nothing was changed."
        )
        self.file = file


class ContractUnclear(Refused):
    """It is not clear which contract a file belongs to."""

    def __init__(self, payer: object, count: int) -> None:
        what = "no active contract" if count == 0 else f"{count} active contracts"
        super().__init__(
            f"{payer} has {what}, so it is not clear where the file belongs. "
            "Nothing was received. Name the contract."
        )


class DepositRefused(Refused):
    """A deposit does not fit what the file says was paid."""


class Unusable(Exception):
    """A file that reads well but cannot be applied; its problems say why."""

    def __init__(self, problems: list[dict[str, str]]) -> None:
        super().__init__(problems)
        self.problems = problems

    @classmethod
    def one(cls, where: str, code: str, message: str) -> "Unusable":
        return cls([{"where": where, "code": code, "message": message}])


@action("capitation.receive_file")
def receive_file(
    *,
    actor: Actor,
    payer_id: int,
    name: str,
    data: bytes | Iterable[bytes],
    now: datetime,
    contract_id: int | None = None,
    came_from: str = "",
) -> PlanFile:
    """
    Keep a payer's file, once, and wake the worker that processes it.

    :raises DuplicateFile: if these bytes were received before
    :raises ContractUnclear: if no contract is named and the payer has not exactly one
    """
    contract = _contract(payer_id, contract_id)
    stored = store(data)
    file, is_new = PlanFile.objects.get_or_create(
        payer_id=payer_id,
        sha256=stored.sha256,
        defaults={
            "contract": contract,
            "name": name[:255],
            "size": stored.size,
            "received_at": now,
            "received_by_id": actor.user_id,
            "received_by_name": actor.name,
            "came_from": came_from,
        },
    )
    if not is_new:
        raise DuplicateFile(file)
    record(actor=actor, action="capitation.file.received", subject=file, sha256=stored.sha256)
    wake("capitation.process_file", file.pk)
    return file


@action("capitation.receive_file")
def ask_to_read(*, actor: Actor, file_id: int) -> PlanFile:
    """
    Wake the worker once more for a file that waits; the file's page shows how it goes.

    :raises NotAllowed: if it was processed already
    """
    file = PlanFile.objects.select_for_update().get(pk=file_id)
    lifecycle.after(file.status, "apply", lifecycle.FILE)
    record(actor=actor, action="capitation.file.asked_for", subject=file)
    wake("capitation.process_file", file.pk)
    return file


def _contract(payer_id: int, contract_id: int | None) -> Contract:
    active = Contract.objects.filter(payer_id=payer_id, is_active=True).select_related("payer")
    if contract_id is not None:
        return active.get(pk=contract_id)
    found = list(active[:10])
    if len(found) != 1:
        payer = Party.objects.get(payer__pk=payer_id)
        raise ContractUnclear(payer, len(found))
    return found[0]


@action("capitation.receive_file")
def process_file(*, actor: Actor, file_id: int, now: datetime) -> PlanFile:
    """
    Read a received file and apply it whole; what is not safe to use is refused whole.

    :raises NotAllowed: if it was processed already
    """
    file = (
        PlanFile.objects.select_for_update(of=["self"])
        .select_related("contract__payer")
        .get(pk=file_id)
    )
    lifecycle.after(file.status, "apply", lifecycle.FILE)
    source = StoredSource(file.sha256)
    found = inspect_file(source, name=file.name)
    file.format, file.figures = found["format"], found["figures"]
    event = _event(found["verdict"])
    file.problems = found["problems"]
    if event != "reject" and (fault := _fault_of_kind(file, found["notes"])):
        file.problems, event = [fault, *file.problems], "reject"
    # Kept with the file: a contract may choose another source of money later.
    pays = is_source(file.contract.remittance_source, file.format)
    file.figures = {**file.figures, "is_source": pays}
    file.save(update_fields=["format", "figures"])
    if event == "apply":
        try:
            with transaction.atomic():
                _apply(file, source, now)
        except Unusable as unusable:
            file.problems, event, file.fact_no, file.counts = unusable.problems, "reject", None, {}
    file.status = lifecycle.after(file.status, event, lifecycle.FILE)
    file.processed_at = now
    file.save()
    record(
        actor=actor,
        action=f"capitation.file.{file.status}",
        subject=file,
        problems=len(file.problems),
        counts=file.counts,
    )
    return file


def _event(verdict: str) -> str:
    return {"ok": "apply", "unbalanced": "quarantine", "refused": "reject"}[verdict]


def _fault_of_kind(file: PlanFile, notes: list[dict[str, str]]) -> dict[str, str] | None:
    """Say why a file that reads well is still none to apply: its kind, its mix, a test."""
    if file.format not in _APPLIERS:
        words = f"The file is {file.format}; plan files are 820, 834, rosters (CSV) and MMR."
        if file.format == "x12-835":
            words = "The file says what was paid of claims (835): it is read among the remittances."
        return {"where": "file", "code": "wrong_kind", "message": words}
    if len(file.figures.get("transactions", ())) > 1:
        words = "The file mixes several kinds of transactions; ask for one file a kind."
        return {"where": "file", "code": "mixed", "message": words}
    # What a sender marks as a test moves no member and no money.
    return next((note for note in notes if note["code"] == "test_file"), None)


def _apply(file: PlanFile, source: StoredSource, now: datetime) -> None:
    """
    Apply a file whose reading showed no fault.

    :raises Unusable: if it cannot be applied all the same
    """
    # Whoever brought the file is a maker of what it says, not the clock that processes it.
    uploader = Actor(file.received_by_id, file.received_by_name)
    recorder = start_recording(
        actor=uploader,
        payer_id=file.payer_id,
        description=f"file {file.name}",
        now=now,
        file=file,
    )
    made = made_on(file, source) or timezone.localdate(now)
    intake = Intake(file, file.contract, recorder, made)
    try:
        _APPLIERS[file.format](intake, content_of(source), uploader)
    except MoneyTwice as twice:
        raise Unusable.one("segment (TRN)", "paid_before", str(twice)) from twice
    intake.flush()
    file.fact_no, file.counts = recorder.fact_no, dict(recorder.counts)


def _apply_820(intake: Intake, source: BinaryIO, uploader: Actor) -> None:
    apply_remittance(intake, RemittanceReader(source), uploader)


def _apply_834(intake: Intake, source: BinaryIO, _uploader: Actor) -> None:
    apply_enrolment(intake, EnrolmentReader(source))


def _apply_mmr(intake: Intake, source: BinaryIO, uploader: Actor) -> None:
    apply_premiums(intake, MmrReader(source), uploader)


def _apply_csv(intake: Intake, source: BinaryIO, uploader: Actor) -> None:
    try:
        read = roster_of(intake.file, source)
    except TooLarge:
        words = f"A roster may hold {MAX_ROSTER >> 20} MB; ask for it in parts."
        raise Unusable.one("file", "too_large", words) from None
    # Lines that cannot be read are left out by name, but money is taken whole or not at all.
    if read.refused and (intake.is_source or not read.rows):
        raise Unusable([_problem(problem) for problem in read.refused[:MAX_PROBLEMS]])
    for problem in read.refused:
        intake.keep("row", problem.line_no, f"{problem.column}: {problem.message}", problem.value)
    intake.file.problems = [_problem(problem) for problem in read.refused[:MAX_PROBLEMS]]
    apply_roster(intake, read.rows, uploader)


_APPLIERS: dict[str, Callable[[Intake, BinaryIO, Actor], None]] = {
    "x12-820": _apply_820,
    "x12-834": _apply_834,
    "csv": _apply_csv,
    "mmr": _apply_mmr,
}


def _problem(problem: roster_csv.RosterProblem) -> dict[str, str]:
    where = f"line {problem.line_no}" + (f", {problem.column}" if problem.column else "")
    return {"where": where, "code": problem.code, "message": problem.message}


@action("capitation.receive_file")
def save_roster_mapping(
    *, actor: Actor, payer_id: int, columns: dict[str, str], date_format: str, now: datetime
) -> RosterMapping:
    """Keep how a payer's roster columns are called; later rosters are read by it."""
    mapping, _ = RosterMapping.objects.update_or_create(
        payer_id=payer_id, defaults={"columns": columns, "date_format": date_format}
    )
    record(actor=actor, action="capitation.roster_mapping.saved", subject=mapping, columns=columns)
    return mapping


@action("capitation.receive_file")
def reject_file(*, actor: Actor, file_id: int, reason: str, now: datetime) -> PlanFile:
    """
    Put a quarantined file aside for good; the plan is asked for a right one.

    :raises NotAllowed: if it is not waiting
    """
    file = PlanFile.objects.select_for_update().get(pk=file_id)
    file.status = lifecycle.after(file.status, "reject", lifecycle.FILE)
    told = {"where": "file", "code": "rejected", "message": f"{actor.name}: {reason}"}
    file.problems, file.processed_at = [*file.problems, told], now
    file.save(update_fields=["status", "problems", "processed_at"])
    record(actor=actor, action="capitation.file.rejected", subject=file, reason=reason)
    return file


@action("capitation.book_deposit")
def book_deposit(
    *, actor: Actor, file_id: int, day: date, amount_cents: int, now: datetime
) -> Entry:
    """
    Book that the bank shows a file's money; the same day and amount again change nothing.

    :raises DepositRefused: if the file is not in the books or less than this is still open
    """
    file = PlanFile.objects.select_for_update().get(pk=file_id)
    claim = Entry.objects.filter(key=f"file:{file.pk}", status=Entry.Status.POSTED).first()
    if claim is None or amount_cents <= 0:
        raise DepositRefused(
            f"{file} is not in the books, or the amount is not above zero. Nothing was booked."
        )
    key = f"deposit:{file.pk}:{day:%Y%m%d}:{amount_cents}"
    due = _due(claim)
    before = Entry.objects.filter(key__startswith=f"deposit:{file.pk}:").exclude(key=key)
    seen = sum(int(entry.key.rpartition(":")[2]) for entry in before)
    if due is None or seen + amount_cents > due.amount_cents:
        raise DepositRefused(
            f"{file} does not have so much still to come. Nothing was booked. "
            "Check the amount against the bank's statement."
        )
    ipa = Party.objects.get(kind=Party.Kind.IPA)
    entry = books.book(
        key=key,
        date=day,
        description=f"Deposit for {file.name}"[:300],
        lines=[(books.account(ipa, "cash"), amount_cents), (due.account, -amount_cents)],
        actor=actor,
        now=now,
    )
    record(actor=actor, action="capitation.deposit.booked", subject=file, entry=entry.key)
    return entry


def _due(claim: Entry) -> Posting | None:
    """
    What the bank is to show of a file: its payments; where it has notices alone, what they say.

    Money that a notice announces beside payments comes with a payment of its own.
    """
    kinds = claim.postings.select_related("account").filter(
        account__kind__in=("cash_in_transit", "plan_receivable")
    )
    by_kind = {posting.account.kind: posting for posting in kinds}
    return by_kind.get("cash_in_transit") or by_kind.get("plan_receivable")
