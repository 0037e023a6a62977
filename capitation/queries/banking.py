"""Bank accounts: whose is used, which wait for a second person, who has none."""

from dataclasses import dataclass
from datetime import datetime

from capitation.models import BankAccount, ReturnLine
from capitation.models.banking import BankAccountQuerySet
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import decrypt, place
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Account
from ipaportal.ledger.queries.balances import balances_by_party

VIEW = "capitation.view_payments"
ACCOUNT_TYPES = BankAccount.Kind.choices


@dataclass(frozen=True)
class BankWork:
    """A practice whose bank details need somebody to do something."""

    party_id: int
    name: str
    owed_cents: int
    proposed: BankAccount | None
    active: BankAccount | None
    what: str
    # The bank's notice that the details changed, if one waits.
    notice: ReturnLine | None = None


def aad_of(bank_account: BankAccount) -> str:
    """What ties an encrypted account number to its row."""
    return place("capitation_bankaccount", "account_encrypted", bank_account.pk)


def account_number_of(bank_account: BankAccount) -> str:
    """
    The account number in clear, for the payment file only; pages show the last four.

    :raises EncryptionFailed: if it was altered or belongs to another row
    """
    return decrypt(bank_account.account_encrypted, aad_of(bank_account))


def origin_account() -> BankAccount | None:
    """The account that payments leave from."""
    return (
        BankAccount.objects.active()
        .filter(purpose=BankAccount.Purpose.ORIGIN)
        .select_related("party")
        .first()
    )


def bank_accounts(*, actor: Actor, party_id: int | None = None) -> BankAccountQuerySet:
    """Bank accounts that an actor may see, newest first."""
    rows = BankAccount.objects.for_actor(actor, VIEW).select_related("party")
    return rows if party_id is None else rows.filter(party_id=party_id)


def same_account_elsewhere(bank_account: BankAccount) -> list[str]:
    """Names of other parties whose live details hold the same account."""
    others = BankAccount.objects.filter(
        account_index=bank_account.account_index, status__in=["active", "proposed"]
    ).exclude(party_id=bank_account.party_id)
    return sorted(set(others.values_list("party__name", flat=True)))


def bank_work_list(*, actor: Actor, now: datetime) -> list[BankWork]:
    """Practices without usable bank details, and proposals that wait; what is owed comes first."""
    reach = actor.reach(VIEW)
    practices = Party.objects.filter(kind=Party.Kind.PRACTICE)
    if reach is not None:
        practices = practices.filter(pk__in=reach)
    live: dict[tuple[int, str], BankAccount] = {
        (account.party_id, account.status): account
        for account in BankAccount.objects.filter(
            status__in=["active", "proposed"], party__in=practices
        )
    }
    balances = balances_by_party(Account.Kind.PAYABLE)
    notices = {
        line.payment.party_id: line
        for line in ReturnLine.objects.filter(
            state=ReturnLine.State.WAITING,
            kind=ReturnLine.Kind.CHANGE,
            payment__party__in=practices,
        ).select_related("payment", "file")
    }
    work = []
    for party in practices.order_by("name", "pk"):
        active = live.get((party.pk, BankAccount.Status.ACTIVE))
        proposed = live.get((party.pk, BankAccount.Status.PROPOSED))
        notice = notices.get(party.pk)
        if proposed is not None:
            what = "Approve or reject the new bank account."
        elif notice is not None:
            what = f"The bank says that the details changed ({notice.code}): look at its notice."
        elif active is None:
            what = "Ask for bank details and propose them."
        elif active.usable_from > now:
            what = f"Wait: usable from {active.usable_from:%b %-d, %Y}."
        else:
            continue
        owed = -balances.get(party.pk, 0)
        work.append(BankWork(party.pk, party.name, owed, proposed, active, what, notice))
    return sorted(work, key=lambda row: -row.owed_cents)
