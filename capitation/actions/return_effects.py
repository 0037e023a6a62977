"""What the bank's lines do to payments, prenotes and bank details, beneath the actions."""

from datetime import datetime

from django.utils import timezone

from capitation.actions.banking import new_proposal
from capitation.models import BankAccount, Payment, Prenote, ReturnLine
from capitation.queries.banking import details_of
from capitation.rules.bank_returns import (
    CHANGE,
    NO_DETAILS,
    OTHER_CHANGE,
    PROPOSED,
    REPLACED,
    SAME,
    UNREADABLE,
)
from capitation.rules.notices import corrected, names_details
from capitation.rules.payments import return_reason
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party
from ipaportal.ledger import books, holds
from ipaportal.ledger.models import Account, Hold
from ipaportal.ledger.models import Entry as BookedEntry
from ipaportal.ledger.queries.balances import owed_cents


def take_back(payment: Payment, code: str, actor: Actor, now: datetime) -> None:
    """Book that a payment came back, and hold its payee."""
    key = f"{payment.entry_key}:returned"
    if payment.status == Payment.Status.RELEASED:
        released = BookedEntry.objects.get(key=payment.entry_key)
        books.reverse(released, key=key, actor=actor, now=now)
    else:
        _book(payment, key, f"Bank returned the payment to {payment.party}: {code}", 1, actor, now)
    payment.status, payment.return_code, payment.returned_at = Payment.Status.RETURNED, code, now
    payment.save(update_fields=["status", "return_code", "returned_at"])
    text = f"The bank returned {payment}: {code}, {return_reason(code)}"
    _hold(payment.party, text, payment.entry_key, actor, now)


def let_stand(payment: Payment, code: str, actor: Actor, now: datetime) -> None:
    """Book that our bank refused a return, so the payee has the money; the hold stays."""
    words = f"Return refused, the payment to {payment.party} stands: {code}"
    _book(payment, f"{payment.entry_key}:dishonoured", words, -1, actor, now)
    payment.status, payment.settled_at = Payment.Status.SETTLED, payment.settled_at or now
    payment.dishonour_code, payment.dishonoured_at = code, now
    payment.save(update_fields=["status", "settled_at", "dishonour_code", "dishonoured_at"])
    _record_dispute(payment, "return_dishonoured", code, actor)


def take_back_after_all(payment: Payment, code: str, actor: Actor, now: datetime) -> None:
    """Book that the payee's bank contested our bank's refusal: the return stands."""
    words = f"Return of the payment to {payment.party} stands after all: {code}"
    _book(payment, f"{payment.entry_key}:contested", words, 1, actor, now)
    payment.status = Payment.Status.RETURNED
    payment.contest_code, payment.contested_at = code, now
    payment.save(update_fields=["status", "contest_code", "contested_at"])
    text = f"The bank returned {payment} after all: {code}, {return_reason(code)}"
    _hold(payment.party, text, payment.entry_key, actor, now)
    _record_dispute(payment, "return_contested", code, actor)


def refuse_account(prenote: Prenote, code: str, actor: Actor, now: datetime) -> None:
    """Refuse the account whose prenote came back, and hold its payee."""
    prenote.status, prenote.return_code = Prenote.Status.RETURNED, code
    prenote.returned_at = now
    prenote.save(update_fields=["status", "return_code", "returned_at"])
    account = prenote.bank_account
    if account.status == BankAccount.Status.ACTIVE:
        account.status = BankAccount.Status.REFUSED
        account.save(update_fields=["status"])
    text = f"The bank sent the prenote to the {account} back: {code}, {return_reason(code)}"
    _hold(account.party, text, f"prenote:{prenote.pk}", actor, now)
    record(
        actor=actor,
        action="capitation.prenote.returned",
        subject=prenote,
        party_id=account.party_id,
        bank_account_id=str(account.pk),
        code=code,
    )


def propose_correction(
    line: ReturnLine, account: BankAccount, data: str, actor: Actor, now: datetime
) -> str:
    """
    Propose what a notice corrects, for a second person; why it waits, in a word.

    A machine proposes nothing: its notices wait until a person takes them up.
    """
    if not names_details(line.code):
        return NO_DETAILS
    change = corrected(line.code, data)
    if change is None:
        return UNREADABLE
    if account.status != BankAccount.Status.ACTIVE:
        return REPLACED
    before = details_of(account)
    after = before.corrected_by(change)
    if after == before:
        return SAME
    party = Party.objects.select_for_update().get(pk=account.party_id)
    if BankAccount.objects.filter(party=party, status=BankAccount.Status.PROPOSED).exists():
        return OTHER_CHANGE
    if actor.user_id is None:
        return CHANGE
    new_proposal(party=party, details=after, actor=actor, now=now, notice=line)
    return PROPOSED


def _book(payment: Payment, key: str, words: str, sign: int, actor: Actor, now: datetime) -> None:
    """Book money back into cash and owed again (1), or out of it and paid (-1)."""
    ipa, cents = Party.objects.get(kind=Party.Kind.IPA), sign * payment.amount_cents
    books.book(
        key=key,
        date=timezone.localdate(now),
        description=words[:300],
        lines=[
            (books.account(ipa, Account.Kind.CASH), cents),
            (books.account(payment.party, Account.Kind.PAYABLE), -cents),
        ],
        actor=actor,
        now=now,
    )


def _hold(party: Party, text: str, source: str, actor: Actor, now: datetime) -> None:
    holds.place(
        party=party,
        reason=Hold.Reason.BANK_RETURN,
        text=text[:500],
        source=source,
        actor=actor,
        now=now,
    )


def _record_dispute(payment: Payment, done: str, code: str, actor: Actor) -> None:
    record(
        actor=actor,
        action=f"capitation.payment.{done}",
        subject=payment,
        party_id=payment.party_id,
        amount_cents=payment.amount_cents,
        code=code,
        # Below zero is what the payee owes: it was paid anew meanwhile.
        owed_cents=owed_cents(payment.party),
    )
