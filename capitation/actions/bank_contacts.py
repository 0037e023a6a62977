"""Who is told that a payee's bank details changed: the people they knew before the change."""

from datetime import date, datetime, timedelta
from functools import partial

from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ipaportal.core.roles import PARTY_ROLES
from ipaportal.identity.models import Grant, Party, User

SUBJECT = "Bank details were changed"
BODY = """The bank details of {party} were changed in the portal on {day:%B %-d, %Y}, and another
person of the IPA approved the change. The first payment by the new details leaves
{usable:%B %-d, %Y} at the earliest.

If you expected this, there is nothing to do. If not, call the IPA's finance department before
that day, by a number that you already have: a change that nobody asked for is how payments are
stolen.

No account is named here on purpose. What was changed, and by whom, stands in the portal.
"""
# Whoever takes over a practice's access puts its people out first: they are told as well.
STILL_TOLD = timedelta(days=30)


def contacts(party: Party, today: date) -> list[str]:
    """The addresses of a practice's people, with those who lost their role in the last days."""
    grants = Grant.objects.filter(
        Q(end_date__isnull=True) | Q(end_date__gt=today - STILL_TOLD),
        party=party,
        role__in=PARTY_ROLES,
        effective_date__lte=today,
    )
    people = User.objects.filter(pk__in=grants.values("user_id"))
    return sorted(people.values_list("email", flat=True))


def tell_of_change(party: Party, usable_from: datetime, now: datetime) -> int:
    """Mail the people of a payee once the change is committed, each alone; give how many."""
    today = timezone.localdate(now)
    told = contacts(party, today)
    body = BODY.format(party=party.name, day=today, usable=timezone.localdate(usable_from))
    for address in told:
        transaction.on_commit(partial(send_mail, SUBJECT, body, None, [address]), robust=True)
    return len(told)
