"""Prenotes: agreed with the bank or not, sent in a file of their own, taken to the bank."""

from datetime import date, datetime

from django.utils import timezone

from capitation.actions.payments import NoOrigin
from capitation.formats.nacha import read
from capitation.formats.nacha_writer import CannotWrite, Credit, Origin, trace_number, write
from capitation.models import BankAccount, BankAgreement, Prenote, PrenoteFile
from capitation.queries.banking import account_number_of, origin_account
from capitation.queries.prenotes import prenotes_to_send
from capitation.queries.sent_files import last_sequence, next_letter
from capitation.rules.bank_days import next_bank_day
from capitation.rules.prenotes import clear_date
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored, store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused


class NothingToTest(Refused):
    """No account waits for a prenote."""

    def __init__(self) -> None:
        super().__init__(
            "No bank account waits for a prenote. No file was written. New and changed accounts "
            "appear here once they are approved."
        )


class PrenotesRefused(Refused):
    """The file of prenotes could not be written by the rules of the network."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The file of prenotes cannot be written: {why}. Nothing was changed. "
            "Correct the bank details first."
        )


class AgreementRefused(Refused):
    """The setting has no words, or begins before today."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{why} Nothing was changed.")
        self.field = field


@action("capitation.set_bank_agreement")
def set_bank_agreement(
    *, actor: Actor, effective_date: date, sends_prenotes: bool, text: str, now: datetime
) -> BankAgreement:
    """
    Say from when on the IPA tests new and changed accounts by prenotes, or no longer does.

    :raises AgreementRefused: if no words say why, or the day has passed
    """
    if not text.strip():
        raise AgreementRefused("text", "Say in a few words what was agreed with the bank.")
    if effective_date < timezone.localdate(now):
        raise AgreementRefused(
            "effective_date", "A day that has passed cannot be changed any more."
        )
    agreement = BankAgreement.objects.create(
        effective_date=effective_date,
        sends_prenotes=sends_prenotes,
        text=text.strip(),
        set_by_id=actor.user_id,
        set_by_name=actor.name,
        set_at=now,
    )
    record(
        actor=actor,
        action="capitation.bank_agreement.set",
        subject=agreement,
        effective_date=effective_date.isoformat(),
        sends_prenotes=sends_prenotes,
        text=agreement.text,
    )
    return agreement


@action("capitation.send_prenotes")
def send_prenotes(*, actor: Actor, now: datetime) -> PrenoteFile:
    """
    Write the file that tests every account which waits for it; no money moves.

    :raises NothingToTest: if none waits
    :raises NoOrigin: if the IPA has no account to pay from
    :raises PrenotesRefused: if the file would break a rule
    """
    lock("payments")
    found = list(prenotes_to_send().select_for_update(of=("self",)))
    if not found:
        raise NothingToTest
    origin = origin_account()
    if origin is None:
        raise NoOrigin
    day = timezone.localdate(now)
    settles = next_bank_day(day)
    letter = next_letter(day)
    if not letter:
        raise PrenotesRefused("a bank takes 36 files of one company a day, and these were sent")
    data = _write(found, origin, letter, settles, now)
    file = PrenoteFile.objects.create(
        file_date=day,
        file_id_modifier=letter,
        effective_entry_date=settles,
        sha256=store(data).sha256,
        prenote_count=len(found),
        sent_by_id=actor.user_id,
        sent_by_name=actor.name,
        sent_at=now,
    )
    for prenote in found:
        prenote.status, prenote.file = Prenote.Status.SENT, file
        prenote.settlement_date, prenote.clears_on = settles, clear_date(settles)
    columns = ["status", "file", "trace_number", "settlement_date", "clears_on"]
    Prenote.objects.bulk_update(found, columns)
    record(
        actor=actor,
        action="capitation.prenotes.sent",
        subject=file,
        file_sha256=file.sha256,
        bank_accounts=[str(prenote.bank_account_id) for prenote in found],
        clears_on=clear_date(settles).isoformat(),
    )
    return file


@action("capitation.send_prenotes")
def take_prenote_file(*, actor: Actor, prenote_file_id: int) -> tuple[PrenoteFile, bytes]:
    """Hand out a file of prenotes for the bank, and keep who took it."""
    file = PrenoteFile.objects.get(pk=prenote_file_id)
    data = read_stored(file.sha256)
    record(
        actor=actor,
        action="capitation.prenotes.file_taken",
        subject=file,
        file_sha256=file.sha256,
    )
    return file, data


def _write(
    found: list[Prenote], origin: BankAccount, letter: str, settles: date, now: datetime
) -> bytes:
    first = last_sequence(origin.routing_number[:8]) + 1
    try:
        data = write(
            origin=Origin(
                routing_number=origin.routing_number,
                bank_name=origin.bank_name,
                company_name=origin.party.name,
                company_id=origin.company_id,
            ),
            credits=[_credit(prenote) for prenote in found],
            made_at=timezone.localtime(now),
            file_id_modifier=letter,
            effective_entry_date=settles,
            description="PRENOTE",
            first_sequence=first,
        )
        for sequence, prenote in enumerate(found, start=first):
            prenote.trace_number = trace_number(origin.routing_number, sequence)
    except CannotWrite as refusal:
        raise PrenotesRefused(str(refusal)) from refusal
    written = read(data)
    assert written.verdict == "ok"
    assert written.counted.credit_cents == 0
    return data


def _credit(prenote: Prenote) -> Credit:
    account = prenote.bank_account
    return Credit(
        routing_number=account.routing_number,
        account_number=account_number_of(account),
        account_type=account.account_type,
        amount_cents=0,
        receiver_id=f"P{account.party_id}",
        receiver_name=account.holder_name,
        addenda="PRENOTE, NO MONEY MOVES",
        is_prenote=True,
    )
