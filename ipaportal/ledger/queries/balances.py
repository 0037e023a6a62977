"""
What accounts hold. Every amount here is in cents, a debit positive, a credit negative: what is
owed to a payee is therefore a negative balance of their payable account (see `owed_cents`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, Sum, Window
from django.db.models.functions import Coalesce

from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Account, Entry, Posting
from ipaportal.ledger.queries.words import begins, words_begin


@dataclass(frozen=True)
class StatementRow:
    """One posting of an account with the balance after it."""

    date: date
    entry_id: int
    key: str
    description: str
    reversed_by_key: str | None
    amount_cents: int
    balance_cents: int


@dataclass(frozen=True)
class AccountRow:
    """One account with its balance, for a list."""

    account_id: int
    party_id: int
    party_name: str
    kind: str
    kind_name: str
    balance_cents: int


def _posted(as_of: date | None) -> Q:
    posted = Q(entry__status=Entry.Status.POSTED)
    return posted if as_of is None else posted & Q(entry__date__lte=as_of)


def balance(party: Party | int, kind: str, as_of: date | None = None) -> int:
    """The balance of a party's account of one kind at the end of a day (or with all posted)."""
    party_id = party.pk if isinstance(party, Party) else party
    postings = Posting.objects.filter(
        _posted(as_of), account__party_id=party_id, account__kind=Account.Kind(kind)
    )
    return int(postings.aggregate(cents=Sum("amount_cents", default=0))["cents"])


def account_balance(account: Account, as_of: date | None = None) -> int:
    """The balance of one account at the end of a day (or with all posted)."""
    postings = account.postings.filter(_posted(as_of))
    return int(postings.aggregate(cents=Sum("amount_cents", default=0))["cents"])


def balances_by_party(
    kind: str, as_of: date | None = None, party_ids: Iterable[int] | None = None
) -> dict[int, int]:
    """Balances of one kind by party id; a party that never had a posting is not in the answer."""
    postings = Posting.objects.filter(_posted(as_of), account__kind=Account.Kind(kind))
    if party_ids is not None:
        postings = postings.filter(account__party_id__in=set(party_ids))
    rows = postings.values_list("account__party_id").annotate(cents=Sum("amount_cents"))
    return {party_id: int(cents) for party_id, cents in rows}


def owed_cents(party: Party | int, as_of: date | None = None) -> int:
    """What is owed to a payee: the credit balance of their payable account, as a positive sum."""
    return -balance(party, Account.Kind.PAYABLE, as_of)


def account_list(
    *, actor: Actor, kind: str = "", as_of: date | None = None, text: str = ""
) -> list[AccountRow]:
    """Every account with its balance, by kind and party; with a text those called so."""
    reach = actor.reach("ledger.view_accounts")
    found = Account.objects.select_related("party")
    if reach is not None:
        found = found.filter(party_id__in=reach)
    if kind:
        found = found.filter(kind=kind)
    if text := text.strip():
        kinds = words_begin(Account.Kind.choices, text)
        found = found.filter(begins("party__name", text) | Q(kind__in=kinds))
    counted = Q(postings__entry__status=Entry.Status.POSTED)
    if as_of is not None:
        counted &= Q(postings__entry__date__lte=as_of)
    rows = found.annotate(
        cents=Coalesce(Sum("postings__amount_cents", filter=counted), 0),
    ).order_by("kind", "party__name", "pk")
    return [
        AccountRow(
            account_id=row.pk,
            party_id=row.party_id,
            party_name=row.party.name,
            kind=row.kind,
            kind_name=row.get_kind_display(),
            balance_cents=int(row.cents),
        )
        for row in rows
    ]


def statement_of_account(
    *, actor: Actor, account_id: int, start: date | None = None, end: date | None = None
) -> list[StatementRow]:
    """
    The posted movements of one account in the order of the books, each with the balance after it.

    `start` and `end` (first day no longer shown) choose the rows; balances count from the first
    posting.
    """
    reach = actor.reach("ledger.view_accounts")
    postings = Posting.objects.filter(_posted(None), account_id=account_id)
    if reach is not None:
        postings = postings.filter(account__party_id__in=reach)
    rows = (
        postings.annotate(
            after=Window(Sum("amount_cents"), order_by=[F("entry__date"), F("pk")]),
        )
        .order_by("entry__date", "pk")
        .values_list(
            "entry__date",
            "entry_id",
            "entry__key",
            "entry__description",
            "entry__reversed_by__key",
            "amount_cents",
            "after",
        )
    )
    shown = [StatementRow(*row[:-1], balance_cents=int(row[-1])) for row in rows]
    return [
        row
        for row in shown
        if (start is None or row.date >= start) and (end is None or row.date < end)
    ]
