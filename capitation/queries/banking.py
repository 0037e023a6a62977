"""Bank accounts: whose is used, which wait for a second person, who has none."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from capitation.models import BankAccount, ReturnLine
from capitation.models.banking import BankAccountQuerySet
from capitation.queries.prenotes import prenote_states
from capitation.rules.notices import Details
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import decrypt, place
from ipaportal.core.parts import Change
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


def details_of(bank_account: BankAccount) -> Details:
    """A bank account as plain details, the number in clear: to compare, never to show."""
    return Details(
        bank_account.routing_number,
        account_number_of(bank_account),
        bank_account.account_type,
        bank_account.holder_name,
    )


def correction_of(proposed: BankAccount) -> list[Change]:
    """What a proposal from the bank's notice changes, field by field; numbers by their end."""
    before = proposed.notice.about.bank_account
    return [
        Change("Routing number", before.routing_number, proposed.routing_number),
        Change("Account number", *_endings(before, proposed)),
        Change(
            "Kind of account",
            before.get_account_type_display(),
            proposed.get_account_type_display(),
        ),
        Change("Name on the account", before.holder_name, proposed.holder_name),
    ]


def _endings(before: BankAccount, after: BankAccount) -> tuple[str, str]:
    told = f"ending in {before.account_last4}", f"ending in {after.account_last4}"
    if told[0] == told[1] and account_number_of(before) != account_number_of(after):
        return told[0], f"{told[1]}, another number before that"
    return told


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
        line.about.party_id: line
        for line in ReturnLine.objects.filter(
            Q(payment__party__in=practices) | Q(prenote__bank_account__party__in=practices),
            state=ReturnLine.State.WAITING,
            kind=ReturnLine.Kind.CHANGE,
        ).select_related("payment", "prenote__bank_account", "file")
    }
    states = prenote_states(
        [account for account in live.values() if account.status == "active"],
        timezone.localdate(now),
    )
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
        elif active.pk in states and not states[active.pk].is_clear:
            what = states[active.pk].text
        else:
            continue
        owed = -balances.get(party.pk, 0)
        work.append(BankWork(party.pk, party.name, owed, proposed, active, what, notice))
    return sorted(work, key=lambda row: -row.owed_cents)
