"""Positive pay: the bank is told once of each check issued and of each made void."""

from datetime import date, datetime

from capitation.actions.checks import NoCheckBook
from capitation.formats.positive_pay import (
    LAYOUTS,
    CannotTell,
    IssuedCheck,
    write_positive_pay,
)
from capitation.models import Check, PositivePayFile, PositivePayLine
from capitation.queries.banking import account_number_of
from capitation.queries.checks import book_of, untold
from capitation.rules.checks import ISSUED, VOIDED
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored, store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused


class NothingToTell(Refused):
    """The bank knows of every check of these days."""

    def __init__(self) -> None:
        super().__init__(
            "The bank was told already of every check of these days. No file was written. "
            "Take an earlier file again: its bytes are the same."
        )


class NotTold(Refused):
    """The file could not be written in the bank's layout."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The file cannot be written: {why}. Nothing was changed.")


@action("capitation.release_payments")
def export_positive_pay(
    *,
    actor: Actor,
    first_date: date,
    last_date: date,
    layout: str,
    now: datetime,
    origin_id: object = None,
) -> PositivePayFile:
    """
    Write what the bank has not been told of the checks of some days.

    :raises NoCheckBook: if no register was opened
    :raises NothingToTell: if the bank knows all of them
    :raises NotTold: if a value does not fit into the layout
    """
    lock("payments")
    book = book_of(origin_id)
    if book is None:
        raise NoCheckBook
    if layout not in LAYOUTS:
        raise NotTold("no such layout")
    told = untold(book, first_date, last_date)
    if not told:
        raise NothingToTell
    issued = [check for check, kind in told if kind == ISSUED]
    voided = [check for check, kind in told if kind == VOIDED]
    rows = [_told(check, kind) for check, kind in told]
    try:
        data = write_positive_pay(layout, account_number_of(book.origin), rows, now.date())
    except CannotTell as refusal:
        raise NotTold(str(refusal)) from refusal
    file = PositivePayFile.objects.create(
        book=book,
        first_date=first_date,
        last_date=last_date,
        layout=layout,
        sha256=store(data).sha256,
        issued_count=len(issued),
        issued_cents=sum(check.payment.amount_cents for check in issued),
        void_count=len(voided),
        void_cents=sum(check.payment.amount_cents for check in voided),
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        made_at=now,
    )
    PositivePayLine.objects.bulk_create(
        [PositivePayLine(file=file, check_told=check, kind=kind) for check, kind in told]
    )
    record(
        actor=actor,
        action="capitation.positive_pay.exported",
        subject=file,
        file_sha256=file.sha256,
        issued=[check.number for check in issued],
        voided=[check.number for check in voided],
    )
    return file


@action("capitation.release_payments")
def take_positive_pay(*, actor: Actor, positive_pay_id: int) -> tuple[PositivePayFile, bytes]:
    """Hand out a positive pay file, the same bytes each time, and keep who took it."""
    file = PositivePayFile.objects.get(pk=positive_pay_id)
    data = read_stored(file.sha256)
    record(
        actor=actor,
        action="capitation.positive_pay.taken",
        subject=file,
        file_sha256=file.sha256,
    )
    return file, data


def _told(check: Check, kind: str) -> IssuedCheck:
    payment = check.payment
    payee, cents = payment.bank_account.holder_name, payment.amount_cents
    return IssuedCheck(check.number, check.check_date, cents, payee, kind)
