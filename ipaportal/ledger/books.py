"""
The books beneath every action that moves money: open an entry, post it, take it back.

These are not actions: they run inside one, which checks the permission and records the event.
A run of many postings opens its entry here, fills it with one `INSERT … SELECT` into
`ledger_posting`, then posts it here.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Account, Entry, Posting

Line = tuple[Account, int]


class KeyAlreadyUsed(Refused):
    """An entry with this key exists and books something else."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(
            f"“{entry.key}” is already in the books with other lines ({entry.description}). "
            "Nothing was changed. Reverse that entry, then book the correction under a new key."
        )


class NotPending(Refused):
    """The entry was already posted or made void."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(
            f"“{entry.key}” is {entry.status}; only a pending entry can be posted or made void. "
            "Nothing was changed. A posted entry is taken back by reversing it."
        )


class DoesNotBalance(Refused):
    """Debits and credits of the entry differ."""

    def __init__(self, entry: Entry, lines: int, over_cents: int) -> None:
        super().__init__(
            f"“{entry.key}” does not balance: {lines} lines, {over_cents} cents too much debit. "
            "Nothing was posted. Open it again with lines that sum to zero."
        )


class CannotReverse(Refused):
    """The entry is not posted, is itself a reversal, or was reversed before."""

    def __init__(self, entry: Entry, why: str) -> None:
        super().__init__(f"“{entry.key}” cannot be reversed: {why}. Nothing was changed.")


def account(party: Party | int, kind: str) -> Account:
    """
    The account of a party and kind, opened at first use; safe when two ask at once.

    :raises ValueError: if there is no such kind
    """
    kind = Account.Kind(kind)
    party_id = party.pk if isinstance(party, Party) else party
    found, _ = Account.objects.get_or_create(party_id=party_id, kind=kind)
    return found


def accounts(party_ids: Iterable[int], kind: str) -> dict[int, Account]:
    """The accounts of one kind of many parties, by party id, opened where missing."""
    wanted = set(party_ids)
    Account.objects.bulk_create(
        [Account(party_id=party_id, kind=Account.Kind(kind)) for party_id in sorted(wanted)],
        ignore_conflicts=True,
    )
    return {a.party_id: a for a in Account.objects.filter(kind=kind, party_id__in=wanted)}


def open_entry(
    *,
    key: str,
    date: date,
    description: str,
    lines: Iterable[Line] = (),
    actor: Actor,
    for_month: date | None = None,
    reverses: Entry | None = None,
) -> Entry:
    """
    Open a pending entry, or answer the one that has this key and the same lines.

    Lines of zero cents are left out: they move nothing.

    :raises KeyAlreadyUsed: if the key stands for other lines
    """
    wanted = [(acct, cents) for acct, cents in lines if cents]
    with transaction.atomic():
        entry, created = Entry.objects.get_or_create(
            key=key,
            defaults={
                "date": date,
                "description": description,
                "for_month": for_month,
                "reverses": reverses,
                "actor_id": actor.user_id,
                "actor_name": actor.name,
            },
        )
        if created:
            Posting.objects.bulk_create(
                [Posting(entry=entry, account=acct, amount_cents=cents) for acct, cents in wanted]
            )
            return entry
    asked = Counter((acct.pk, cents) for acct, cents in wanted)
    booked = Counter(entry.postings.values_list("account_id", "amount_cents"))
    if asked != booked:
        raise KeyAlreadyUsed(entry)
    return entry


def post(entry: Entry, now: datetime) -> Entry:
    """
    Post a pending entry, for good. Posting it again changes nothing.

    :raises DoesNotBalance: if debits and credits differ
    :raises NotPending: if it is void
    """
    locked = Entry.objects.select_for_update().get(pk=entry.pk)
    if locked.status == Entry.Status.VOID:
        raise NotPending(locked)
    if locked.status == Entry.Status.PENDING:
        sums = locked.postings.aggregate(lines=Count("pk"), cents=Sum("amount_cents", default=0))
        if sums["cents"] or sums["lines"] < 2:
            raise DoesNotBalance(locked, sums["lines"], int(sums["cents"]))
        locked.status, locked.posted_at = Entry.Status.POSTED, now
        locked.save(update_fields=["status", "posted_at"])
    return locked


def void(entry: Entry) -> Entry:
    """
    Make a pending entry void. Doing it again changes nothing.

    :raises NotPending: if it is posted
    """
    locked = Entry.objects.select_for_update().get(pk=entry.pk)
    if locked.status == Entry.Status.POSTED:
        raise NotPending(locked)
    if locked.status == Entry.Status.PENDING:
        locked.status = Entry.Status.VOID
        locked.save(update_fields=["status"])
    return locked


def book(
    *,
    key: str,
    date: date,
    description: str,
    lines: Iterable[Line],
    actor: Actor,
    now: datetime,
    for_month: date | None = None,
) -> Entry:
    """
    Open and post an entry in one go.

    :raises KeyAlreadyUsed: if the key stands for other lines
    :raises DoesNotBalance: if debits and credits differ
    """
    with transaction.atomic():
        entry = open_entry(
            key=key,
            date=date,
            description=description,
            lines=lines,
            actor=actor,
            for_month=for_month,
        )
        return post(entry, now)


def reverse(entry: Entry, *, key: str, actor: Actor, now: datetime) -> Entry:
    """
    Take back a posted entry whole, at most once; the same key answers the same reversal.

    :raises CannotReverse: if it is not posted, is a reversal itself, or was reversed before
    """
    with transaction.atomic():
        original = Entry.objects.select_for_update().get(pk=entry.pk)
        if original.status != Entry.Status.POSTED:
            raise CannotReverse(original, f"it is {original.status}, not posted")
        if original.reverses_id is not None:
            raise CannotReverse(original, "it is itself a reversal")
        before = Entry.objects.filter(reverses=original).first()
        if before is not None:
            if before.key == key:
                return before
            raise CannotReverse(original, f"“{before.key}” reversed it already")
        lines = [
            (posting.account, -posting.amount_cents)
            for posting in original.postings.select_related("account")
        ]
        reversal = open_entry(
            key=key,
            date=timezone.localdate(now),
            description=f"Reversal of {original.description}"[:300],
            lines=lines,
            actor=actor,
            for_month=original.for_month,
            reverses=original,
        )
        if reversal.reverses_id != original.pk:
            raise KeyAlreadyUsed(reversal)
        return post(reversal, now)
