"""What people do about posted remittances: claims to be looked at, and the bank's side."""

from datetime import date, datetime

from django.db.models import Q

from compliance.actions.remit_posting import book_deposit_of, is_ours
from compliance.models import Claim, Remit, RemitClaim, RemitDeposit, RemitStep
from compliance.rules.remits import State
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.money import dollars
from ipaportal.core.refusals import Refused


class NothingToLookAt(Refused):
    """A line that was dealt with."""

    def __init__(self, row: RemitClaim) -> None:
        super().__init__(
            f"Nothing is to be looked at of claim {row.claim_ref} any more. Nothing was changed."
        )


class NoSuchClaim(Refused):
    """A number that no claim of this payer and payee has."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"No claim of this plan and payee has the number {number}. Nothing was changed. Look "
            "it up in the list of claims."
        )


class SameDeposit(Refused):
    """A trace number that the bank showed before."""

    def __init__(self, known: RemitDeposit) -> None:
        super().__init__(
            f"A deposit with the trace number {known.trace} was recorded by "
            f"{known.recorded_by_name}, of {known.day:%b %-d, %Y}, over ${dollars(known.cents)}. "
            "Nothing was recorded twice."
        )


class DepositDiffers(Refused):
    """A deposit and a remittance that are not of one amount, or not both free."""

    def __init__(self, deposit: RemitDeposit, trace: str, why: str) -> None:
        super().__init__(
            f"The deposit of {deposit.day:%b %-d, %Y} over ${dollars(deposit.cents)} cannot be "
            f"that of remittance {trace}: {why}. Nothing was booked."
        )


def _step(remit: Remit, what: str, words: str, actor: Actor, now: datetime, row=None) -> None:
    RemitStep.objects.create(
        remit=remit, row=row, what=what, words=words[:500], at=now, by_id=actor.user_id,
        by_name=actor.name,
    )  # fmt: skip


def _open_row(row_id: int) -> RemitClaim:
    rows = RemitClaim.objects.select_for_update(of=("self",)).select_related("remit__party")
    row = rows.get(pk=row_id)
    if not row.queue:
        raise NothingToLookAt(row)
    return row


@action("compliance.take_remits")
def take_remit_claim(*, actor: Actor, remit_claim_id: int, now: datetime) -> RemitClaim:
    """
    Make oneself the owner of a claim that is to be looked at.

    :raises NothingToLookAt: if nothing is
    """
    row = _open_row(remit_claim_id)
    row.owner_id, row.owner_name = actor.user_id, actor.name
    row.save(update_fields=["owner_id", "owner_name"])
    _step(row.remit, "taken over", "", actor, now, row)
    record(actor=actor, action="compliance.remit_claim.taken", subject=row)
    return row


@action("compliance.take_remits")
def settle_remit_claim(
    *, actor: Actor, remit_claim_id: int, words: str, now: datetime, number: str = ""
) -> RemitClaim:
    """
    Say what was done about a claim that is to be looked at, and which claim of ours it is.

    :raises NothingToLookAt: if nothing is
    :raises NoSuchClaim: if no claim has that number
    """
    row = _open_row(remit_claim_id)
    if number.strip():
        row.claim = _claim(row, number.strip())
    row.queue, row.due_on = "", None
    row.save(update_fields=["claim", "queue", "due_on"])
    told = f"claim {row.claim.number}: {words}" if number.strip() else words
    _step(row.remit, "looked at", told, actor, now, row)
    record(
        actor=actor, action="compliance.remit_claim.settled", subject=row, words=words,
        claim_id=row.claim_id,
    )  # fmt: skip
    return row


def _claim(row: RemitClaim, number: str) -> Claim:
    rows = Claim.objects.filter(payer=row.remit.payer_id)
    if not is_ours(row.remit):
        rows = rows.filter(party=row.remit.party_id)
    found = list(rows.filter(Q(number=number) | Q(ref=number))[:2])
    if len(found) != 1:
        raise NoSuchClaim(number)
    return found[0]


# The bank's side --------------------------------------------------------------------------------


@action("compliance.take_remits")
def record_deposit(
    *, actor: Actor, payer_id: int, day: date, cents: int, trace: str, now: datetime
) -> RemitDeposit:
    """
    Record what the bank shows of a payer; a posted remittance of that trace and amount is it.

    :raises SameDeposit: if the bank showed this trace number before
    """
    lock("remits")
    trace = trace.strip()
    known = RemitDeposit.objects.filter(payer=payer_id, trace=trace).exclude(trace="").first()
    if known is not None:
        raise SameDeposit(known)
    deposit = RemitDeposit.objects.create(
        payer_id=payer_id, day=day, cents=cents, trace=trace[:50], recorded_at=now,
        recorded_by_id=actor.user_id, recorded_by_name=actor.name,
    )  # fmt: skip
    remit = _posted(payer_id).filter(trace=trace, cents=cents, deposit=None).first()
    if remit is not None and is_ours(remit):
        _tie(deposit, remit, "by its trace number", actor, now)
    record(
        actor=actor, action="compliance.remit_deposit.recorded", subject=deposit, cents=cents,
        remit_id=remit.pk if remit else None,
    )  # fmt: skip
    return deposit


@action("compliance.take_remits")
def tie_deposit(
    *, actor: Actor, remit_deposit_id: int, trace: str, words: str, now: datetime
) -> RemitDeposit:
    """
    Say that a deposit is the money of a remittance, where the bank gave another number or none.

    :raises DepositDiffers: if it cannot be
    """
    lock("remits")
    deposit = RemitDeposit.objects.get(pk=remit_deposit_id)
    remit = _posted(deposit.payer_id).filter(trace=trace.strip()).first()
    if remit is None or not is_ours(remit):
        why = "no remittance that was posted to the IPA has this trace number"
        raise DepositDiffers(deposit, trace, why)
    if Remit.objects.filter(deposit=deposit).exists() or remit.deposit_id:
        raise DepositDiffers(deposit, trace, "one of them has its counterpart already")
    if remit.cents != deposit.cents:
        why = f"that says ${dollars(remit.cents)}"
        raise DepositDiffers(deposit, trace, why)
    _tie(deposit, remit, words, actor, now)
    record(
        actor=actor, action="compliance.remit_deposit.tied", subject=deposit, remit_id=remit.pk,
        words=words,
    )  # fmt: skip
    return deposit


def _posted(payer_id: int):
    rows = Remit.objects.select_for_update(of=("self",)).select_related("party")
    return rows.filter(payer=payer_id, state=State.POSTED)


def _tie(deposit: RemitDeposit, remit: Remit, words: str, actor: Actor, now: datetime) -> None:
    remit.deposit = deposit
    remit.save(update_fields=["deposit"])
    book_deposit_of(remit, deposit, actor, now)
    _step(remit, "seen at the bank", words, actor, now)
