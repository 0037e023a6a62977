"""One entry, one account: what their pages show."""

from dataclasses import dataclass

from ipaportal.core.actors import Actor
from ipaportal.ledger.models import Account, Entry, Posting

VIEW = "ledger.view_accounts"


@dataclass(frozen=True)
class EntryPage:
    """An entry with its postings and what it reverses or was reversed by."""

    entry: Entry
    postings: list[Posting]
    reversed_by: Entry | None
    debit_cents: int


def entry_page(*, actor: Actor, entry_id: int) -> EntryPage:
    """
    An entry as its page shows it.

    :raises Entry.DoesNotExist: also for whom may not see the whole IPA
    """
    if actor.reach(VIEW) is not None:
        raise Entry.DoesNotExist
    entry = Entry.objects.select_related("reverses").get(pk=entry_id)
    postings = list(entry.postings.select_related("account__party").order_by("-amount_cents", "pk"))
    return EntryPage(
        entry=entry,
        postings=postings,
        reversed_by=Entry.objects.filter(reverses=entry).first(),
        debit_cents=sum(p.amount_cents for p in postings if p.amount_cents > 0),
    )


def account_of(*, actor: Actor, account_id: int) -> Account:
    """
    An account that an actor may see.

    :raises Account.DoesNotExist: also for whom may not see it
    """
    reach = actor.reach(VIEW)
    rows = Account.objects.select_related("party")
    if reach is not None:
        rows = rows.filter(party_id__in=reach)
    return rows.get(pk=account_id)
