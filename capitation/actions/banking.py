"""Bank details: one person proposes, another approves; a change waits before it is paid to."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from capitation.actions.bank_contacts import tell_of_change
from capitation.actions.return_lines import end_notice_of
from capitation.formats.nacha_writer import plain
from capitation.models import BankAccount, Prenote, ReturnLine
from capitation.queries.banking import aad_of, same_account_elsewhere
from capitation.queries.prenotes import sends_prenotes
from capitation.rules.aba import is_routing_number
from capitation.rules.notices import Details
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import blind_index, encrypt
from ipaportal.core.refusals import NotPermitted, Refused
from ipaportal.identity.models import Party

NO_ROUTING = "000000000"


class WrongBankDetails(Refused):
    """The details cannot be those of a bank account; `field` says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{message} Nothing was saved.")
        self.field = field


class AlreadyProposed(Refused):
    """Another change of this party's bank account waits for a second person."""

    def __init__(self, proposed: BankAccount) -> None:
        super().__init__(
            f"{proposed.proposed_by_name} already proposed the {proposed} for this payee. "
            "Nothing was saved. Have that one approved or rejected first."
        )


class NotProposed(Refused):
    """The bank account was decided on before."""

    def __init__(self, bank_account: BankAccount) -> None:
        super().__init__(
            f"The {bank_account} is {bank_account.get_status_display()} already. "
            "Nothing was changed. Look at the payee's bank accounts for the one that waits."
        )


class SecondPersonNeeded(Refused):
    """Whoever proposed a bank account does not approve it; neither does a machine."""

    def __init__(self, bank_account: BankAccount) -> None:
        super().__init__(
            f"{bank_account.proposed_by_name} proposed this bank account, so another person has "
            "to approve it. Nothing was changed. Ask a second finance approver."
        )


class ReasonNeeded(Refused):
    """A rejection without words."""

    def __init__(self) -> None:
        super().__init__("Say why in a few words. Nothing was changed.")


@action("capitation.propose_bank_account")
def propose_bank_account(
    *,
    actor: Actor,
    party_id: int,
    holder_name: str,
    now: datetime,
    routing_number: str = "",
    account_number: str = "",
    account_type: str = BankAccount.Kind.CHECKING,
    purpose: str = BankAccount.Purpose.PAYEE,
    bank_name: str = "",
    company_id: str = "",
    mail_address: str = "",
) -> BankAccount:
    """
    Propose how and where a party is paid (or, for the IPA, pays from); it counts once approved.

    :raises WrongBankDetails: naming the field
    :raises AlreadyProposed: if another proposal waits
    :raises NotPermitted: if the party is not one the actor speaks for
    """
    reach = actor.reach("capitation.propose_bank_account")
    if reach is not None and party_id not in reach:
        raise NotPermitted(actor.name, "capitation.propose_bank_account")
    party = Party.objects.select_for_update().get(pk=party_id)
    account_number = account_number.replace(" ", "")
    if account_type == BankAccount.Kind.CHECK:
        _check_mailed(holder_name, mail_address, purpose)
        routing_number, account_number = NO_ROUTING, ""
    else:
        _check(holder_name, routing_number, account_number)
        mail_address = ""
    _check_purpose(party, purpose, bank_name, company_id)
    waiting = BankAccount.objects.filter(party=party, status=BankAccount.Status.PROPOSED).first()
    if waiting is not None:
        raise AlreadyProposed(waiting)
    return new_proposal(
        party=party,
        details=Details(routing_number, account_number, account_type, holder_name),
        actor=actor,
        now=now,
        purpose=purpose,
        bank_name=bank_name,
        company_id=company_id,
        mail_address=mail_address,
    )


@action("capitation.approve_bank_account")
def approve_bank_account(
    *, actor: Actor, bank_account_id: object, now: datetime, text: str = ""
) -> BankAccount:
    """
    Approve a proposed bank account; a party that had one before is paid to it after its cool-off.

    The payee's people are told of a change by mail, without any number, while it waits.

    :raises NotProposed: if it was decided on before
    :raises SecondPersonNeeded: if the actor proposed it, or is no person
    """
    proposed = _locked(bank_account_id)
    if actor.user_id is None or actor.user_id == proposed.proposed_by_id:
        raise SecondPersonNeeded(proposed)
    earlier = BankAccount.objects.filter(
        party_id=proposed.party_id,
        status__in=[BankAccount.Status.ACTIVE, BankAccount.Status.REPLACED],
    )
    had_one, is_payee = earlier.exists(), proposed.purpose == BankAccount.Purpose.PAYEE
    # A bank that corrects a name or the kind of account leaves the money where it was.
    is_same = (
        proposed.notice_id
        and earlier.active().filter(account_index=proposed.account_index).exists()
    )
    earlier.active().update(status=BankAccount.Status.REPLACED)
    waits = had_one and is_payee and not is_same
    proposed.usable_from = now + timedelta(days=settings.BANK_COOL_OFF_DAYS) if waits else now
    _decide(proposed, actor, BankAccount.Status.ACTIVE, text, now)
    # What the bank itself corrected needs no test, see rules/prenotes.py.
    needs_prenote = (
        is_payee
        and not (proposed.is_check or proposed.notice_id)
        and sends_prenotes(timezone.localdate(now))
    )
    if needs_prenote:
        Prenote.objects.create(bank_account=proposed, needed_at=now)
    end_notice_of(proposed, "The correction was approved.", actor, now)
    _record(
        actor,
        "approved",
        proposed,
        usable_from=proposed.usable_from.isoformat(),
        replaces_another=had_one,
        needs_prenote=needs_prenote,
        people_told=tell_of_change(proposed.party, proposed.usable_from, now) if waits else 0,
        also_account_of=same_account_elsewhere(proposed),
    )
    return proposed


@action("capitation.approve_bank_account")
def reject_bank_account(
    *, actor: Actor, bank_account_id: object, text: str, now: datetime
) -> BankAccount:
    """
    Reject a proposed bank account, saying why.

    :raises NotProposed: if it was decided on before
    :raises ReasonNeeded: if no words say why
    """
    if not text.strip():
        raise ReasonNeeded
    proposed = _locked(bank_account_id)
    _decide(proposed, actor, BankAccount.Status.REJECTED, text, now)
    end_notice_of(proposed, f"The correction was rejected: {text.strip()}", actor, now)
    _record(actor, "rejected", proposed, text=text.strip())
    return proposed


def new_proposal(
    *,
    party: Party,
    details: Details,
    actor: Actor,
    now: datetime,
    purpose: str = BankAccount.Purpose.PAYEE,
    bank_name: str = "",
    company_id: str = "",
    mail_address: str = "",
    notice: ReturnLine | None = None,
) -> BankAccount:
    """Write proposed details that were checked, and their event; beneath people and notices."""
    routing_number, account_number = details.routing_number, details.account_number
    # Whoever is paid by check has no account that another could have too.
    indexed = f"{routing_number}:{account_number or f'check to {party.pk}'}"
    proposed = BankAccount(
        party=party,
        purpose=BankAccount.Purpose(purpose),
        holder_name=details.holder_name.strip(),
        routing_number=routing_number,
        account_type=BankAccount.Kind(details.account_type),
        account_last4=account_number[-4:],
        account_index=blind_index(indexed, "bank_account").hex(),
        bank_name=bank_name.strip(),
        company_id=company_id.strip(),
        mail_address="\n".join(mail_address.split("\n")).strip(),
        proposed_by_id=actor.user_id,
        proposed_by_name=actor.name,
        proposed_at=now,
        notice=notice,
    )
    proposed.account_encrypted = encrypt(account_number, aad_of(proposed))
    proposed.save(force_insert=True)
    _record(actor, "proposed", proposed, notice_id=str(notice.pk) if notice else "")
    return proposed


def _check(holder_name: str, routing_number: str, account_number: str) -> None:
    if not plain(holder_name):
        raise WrongBankDetails("holder_name", "Say whose account it is, in plain letters.")
    if not is_routing_number(routing_number):
        raise WrongBankDetails(
            "routing_number", "A routing number has nine digits, and these do not check out."
        )
    letters = account_number.replace("-", "")
    if not (len(letters) > 1 and len(account_number) <= 17 and letters.isascii()):
        raise WrongBankDetails("account_number", "An account number has 2 to 17 characters.")
    if not letters.isalnum():
        raise WrongBankDetails(
            "account_number", "An account number has digits, letters and hyphens only."
        )


def _check_mailed(holder_name: str, mail_address: str, purpose: str) -> None:
    if purpose != BankAccount.Purpose.PAYEE:
        raise WrongBankDetails("account_type", "The IPA pays from an account, not by check.")
    if not plain(holder_name):
        raise WrongBankDetails("holder_name", "Say whom the check is made out to.")
    lines = [line for line in mail_address.splitlines() if line.strip()]
    if not 0 < len(lines) <= 3 or len(mail_address) > 300:
        raise WrongBankDetails("mail_address", "A check is mailed to an address of 1 to 3 lines.")


def _check_purpose(party: Party, purpose: str, bank_name: str, company_id: str) -> None:
    if BankAccount.Purpose(purpose) == BankAccount.Purpose.PAYEE:
        return
    if party.kind != Party.Kind.IPA:
        raise WrongBankDetails("purpose", "Payments leave from an account of the IPA only.")
    if not plain(bank_name):
        raise WrongBankDetails("bank_name", "Payment files name the bank: fill in its name.")
    if not plain(company_id).strip("0 ") or len(plain(company_id)) > 10:
        raise WrongBankDetails(
            "company_id",
            "Payment files name the company by up to ten characters that the bank assigned.",
        )


def _locked(bank_account_id: object) -> BankAccount:
    found = (
        BankAccount.objects.select_for_update(of=("self",))
        .select_related("party")
        .get(pk=bank_account_id)
    )
    if found.status != BankAccount.Status.PROPOSED:
        raise NotProposed(found)
    return found


def _decide(proposed: BankAccount, actor: Actor, status: str, text: str, now: datetime) -> None:
    proposed.status = status
    proposed.decided_by_id, proposed.decided_by_name = actor.user_id, actor.name
    proposed.decided_at, proposed.decision_text = now, text.strip()
    proposed.save(
        update_fields=[
            "status",
            "decided_by_id",
            "decided_by_name",
            "decided_at",
            "decision_text",
            "usable_from",
        ]
    )


def _record(actor: Actor, done: str, bank_account: BankAccount, **details: object) -> None:
    record(
        actor=actor,
        action=f"capitation.bank_account.{done}",
        subject=bank_account,
        party_id=bank_account.party_id,
        party_name=bank_account.party.name,
        routing_number=bank_account.routing_number,
        account_last4=bank_account.account_last4,
        **details,
    )
