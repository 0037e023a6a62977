"""Where a booking comes from and where it is told: pages of apps that are strangers."""

from django.conf import settings
from django.urls import reverse

from ipaportal.core.actors import Actor
from ipaportal.ledger.models import Entry


def page_of_entry(actor: Actor, key: str) -> str:
    """The page of what an entry was booked for, if whoever looks may open it; else nothing."""
    kind, _, rest = key.partition(":")
    number = rest.partition(":")[0]
    if not number.isdigit():
        return ""
    for permission, name in settings.PAGES_OF_ENTRIES.get(kind, ()):
        if actor.may(permission):
            return reverse(name, args=[int(number)])
    return ""


def told_url(actor: Actor, entry_id: int | None) -> str:
    """The statements that tell an entry, if whoever looks may open them; else nothing."""
    permission, name = settings.STATEMENTS_OF_ENTRIES
    may = entry_id is not None and actor.may(permission)
    return f"{reverse(name)}?entry={entry_id}" if may else ""


def entry_url(actor: Actor, key: str) -> str:
    """The page of an entry by its key, if whoever looks may open it; else nothing."""
    if not actor.may("ledger.view_accounts"):
        return ""
    found = Entry.objects.filter(key=key).values_list("pk", flat=True).first()
    return reverse("ledger:entry_detail", args=[found]) if found else ""
