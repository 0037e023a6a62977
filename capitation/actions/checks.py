"""Checks: a register opened, a batch printed from it, paid ones cleared by the bank's list."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from capitation.actions.payments import (
    NoOrigin,
    SamePerson,
    book_release,
    check_unchanged,
    waiting_batch,
)
from capitation.formats.checks_csv import (
    ClearedLine,
    PrintedCheck,
    read_cleared,
    write_print_file,
)
from capitation.models import Check, CheckBook, ClearedFile, Payment, PaymentBatch
from capitation.queries.banking import origin_account
from capitation.queries.checks import book_of
from capitation.queries.sent_files import next_letter
from capitation.rules.checks import Known, why_not_cleared
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account


class NoCheckBook(Refused):
    """No register was opened for the account that payments leave from."""

    def __init__(self) -> None:
        super().__init__(
            "No check register was opened for the IPA's account. Nothing was printed. "
            "Open it under Payments, Checks, with the first number of your checks."
        )


class BookOpened(Refused):
    """The account has a register, or the number is none."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was changed.")


class NoChecks(Refused):
    """The batch is not one of checks."""

    def __init__(self, batch: PaymentBatch) -> None:
        super().__init__(f"Payment batch {batch.pk} pays into accounts. Nothing was printed.")


class ClearedRefused(Refused):
    """A list of paid checks that cannot be used; its bytes are kept."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"This list was kept and not used: {why}. Nothing was changed. Compare the names of "
            "its columns and how it writes days, or ask the bank for another."
        )


@action("capitation.release_payments")
def open_check_book(*, actor: Actor, first_number: int, now: datetime) -> CheckBook:
    """
    Open the register of the account that payments leave from.

    :raises NoOrigin: if there is no such account
    :raises BookOpened: if it has one, or the number is not one
    """
    lock("payments")
    origin = origin_account()
    if origin is None:
        raise NoOrigin
    if not 0 < first_number < 10**9:
        raise BookOpened("The first number has to have one to nine digits.")
    if CheckBook.objects.filter(origin=origin).exists():
        raise BookOpened("The account has a register already; its numbers go on by themselves.")
    book = CheckBook.objects.create(
        origin=origin,
        first_number=first_number,
        opened_by_id=actor.user_id,
        opened_by_name=actor.name,
        opened_at=now,
    )
    record(
        actor=actor,
        action="capitation.check_book.opened",
        subject=book,
        account_last4=origin.account_last4,
        first_number=first_number,
    )
    return book


@action("capitation.release_payments")
def release_checks(*, actor: Actor, batch_id: int, seen_digest: str, now: datetime) -> PaymentBatch:
    """
    Release a batch of checks that another person prepared: number, book and print them.

    :raises NotWaiting: if it was released or cancelled before
    :raises NoChecks: if it pays into accounts
    :raises SamePerson: if the actor prepared it or proposed one of its payees' details
    :raises PaymentsChanged: if balances, holds or details are not what they were
    :raises NoCheckBook: if no register was opened
    """
    lock("payments")
    batch = waiting_batch(batch_id)
    if batch.method != PaymentBatch.Method.CHECK:
        raise NoChecks(batch)
    lines = list(batch.payments.select_related("party", "bank_account").order_by("pk"))
    makers = {batch.prepared_by_id} | {line.bank_account.proposed_by_id for line in lines}
    if actor.user_id is None or actor.user_id in makers:
        raise SamePerson(batch)
    check_unchanged(batch, lines, seen_digest, now)
    book = CheckBook.objects.filter(origin=origin_account()).first()
    if book is None:
        raise NoCheckBook
    day = timezone.localdate(now)
    batch.file_date = batch.effective_entry_date = day
    batch.file_id_modifier = next_letter(day, of_checks=True)
    checks = _number(book, lines, batch)
    data = write_print_file([_printed(check) for check in checks])
    batch.file_sha256 = store(data).sha256
    batch.status = PaymentBatch.Status.RELEASED
    batch.released_by_id, batch.released_by_name = actor.user_id, actor.name
    batch.released_at = now
    batch.save(
        update_fields=[
            *("status", "released_by_id", "released_by_name", "released_at", "file_date"),
            *("effective_entry_date", "file_id_modifier", "file_sha256"),
        ]
    )
    book_release(lines, batch, actor, now)
    record(
        actor=actor,
        action="capitation.checks.released",
        subject=batch,
        digest=batch.digest,
        total_cents=batch.total_cents,
        numbers=[check.number for check in checks],
        file_sha256=batch.file_sha256,
    )
    return batch


@action("capitation.settle_payments")
def clear_checks(
    *,
    actor: Actor,
    data: bytes,
    columns: Mapping[str, str],
    date_format: str,
    now: datetime,
    origin_id: object = None,
) -> ClearedFile:
    """
    Settle the checks that the bank's list says it paid; each line that does not fit is named.

    `origin_id` names the account, where checks of one that is used no more are still out.

    :raises ClearedRefused: if no line can be read, or the same list was read before
    :raises NoCheckBook: if no register was opened
    """
    # Kept before anything else, so that a refused list is kept too.
    sha256 = store(data).sha256
    lines, fault = read_cleared(data, columns, date_format)
    if fault:
        raise ClearedRefused(fault)
    lock("payments")
    book = book_of(origin_id)
    if book is None:
        raise NoCheckBook
    if ClearedFile.objects.filter(sha256=sha256).exists():
        raise ClearedRefused("the same list was read before")
    checks = _checks_of(book, {line.number for line in lines})
    refused, cleared = [], []
    for line in lines:
        check = checks.get(line.number)
        why = line.fault or why_not_cleared(
            line.cents, line.day, _known(check), timezone.localdate(now)
        )
        if why:
            refused.append(_refused(line, why))
        else:
            _clear(check, line, actor, now)
            cleared.append(check)
    file = ClearedFile.objects.create(
        book=book,
        sha256=sha256,
        read_by_id=actor.user_id,
        read_by_name=actor.name,
        read_at=now,
        cleared_count=len(cleared),
        cleared_cents=sum(check.payment.amount_cents for check in cleared),
        refused=refused,
    )
    record(
        actor=actor,
        action="capitation.checks.cleared",
        subject=file,
        numbers=[check.number for check in cleared],
        cleared_cents=file.cleared_cents,
        refused=refused,
    )
    return file


def _number(book: CheckBook, lines: list[Payment], batch: PaymentBatch) -> list[Check]:
    """Give each payment the next number; the number of the row is its trace."""
    last = book.checks.aggregate(last=Max("number"))["last"] or book.first_number - 1
    checks = []
    for number, line in enumerate(lines, start=last + 1):
        check = Check.objects.create(
            book=book, number=number, payment=line, check_date=batch.file_date
        )
        line.trace_number = f"CK{check.pk:013d}"
        checks.append(check)
    return checks


def _printed(check: Check) -> PrintedCheck:
    payment = check.payment
    details = payment.bank_account
    return PrintedCheck(
        check.number,
        check.check_date,
        details.holder_name,
        tuple(details.mail_address.splitlines()[:3]),
        payment.amount_cents,
        f"Payment {payment.pk}",
    )


def _checks_of(book: CheckBook, numbers: set[int]) -> dict[int, Check]:
    found = book.checks.select_for_update(of=("self",)).filter(number__in=numbers)
    return {check.number: check for check in found.select_related("payment__party")}


def _known(check: Check | None) -> Known | None:
    return check and Known(check.status, check.payment.amount_cents, check.check_date)


def _refused(line: ClearedLine, why: str) -> dict[str, object]:
    return {"line": line.line_no, "number": line.number, "cents": line.cents, "why": why}


def _clear(check: Check, line: ClearedLine, actor: Actor, now: datetime) -> None:
    payment, ipa = check.payment, Party.objects.get(kind=Party.Kind.IPA)
    books.book(
        key=f"{payment.entry_key}:settled",
        date=line.day,
        description=f"Bank paid check {check.number} to {payment.party}",
        lines=[
            (books.account(ipa, Account.Kind.PAYMENTS_IN_TRANSIT), payment.amount_cents),
            (books.account(ipa, Account.Kind.CASH), -payment.amount_cents),
        ],
        actor=actor,
        now=now,
    )
    payment.status, payment.settled_at = Payment.Status.SETTLED, now
    payment.save(update_fields=["status", "settled_at"])
    check.status, check.cleared_on = Check.Status.CLEARED, line.day
    check.save(update_fields=["status", "cleared_on"])
