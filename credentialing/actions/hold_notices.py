"""Who is told that payments wait for a check of an exclusion list, and that the check ended."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from ipaportal.core.mailing import mail_later
from ipaportal.core.roles import PARTY_ROLES, Role
from ipaportal.identity.models import Grant, Party, User
from ipaportal.ledger.models import Hold

# Nobody is named, nor a list: an address may be read by people whom it does not concern.
WAITS = """Payments to {party} wait from {day:%B %-d, %Y} on, while the IPA checks a record that
concerns somebody paid through it. Nothing is lost: what is owed is paid once the check is over.

If you have questions, or papers that may help, call the IPA's compliance office by a number that
you already have. You need not do anything else.
"""
ENDED = """The check that we wrote about is over, and it no longer holds payments to {party}. What
is owed goes out with the next payments.
"""
OFFICE = """Screening {what} payments to {party} on {day:%B %-d, %Y}. Who it is about, the list and
the match stand in the portal, under Screening and under Holds.
"""


def tell_of_holds(new: Iterable[Hold], *, actor: Actor, now: datetime) -> None:
    """Tell payees, in neutral words, and compliance that payments wait."""
    for hold in new:
        _tell(hold, "Payments wait for a check", WAITS, "stopped", actor, now)


def tell_of_releases(released: Iterable[Hold], *, actor: Actor, now: datetime) -> None:
    """Tell them that the check is over, once no list holds the payee any more."""
    for hold in released:
        others = Hold.objects.live().filter(party=hold.party_id, reason=Hold.Reason.EXCLUSION)
        if not others.exists():
            _tell(hold, "The check is over", ENDED, "let go of", actor, now)


def _tell(hold: Hold, subject: str, body: str, what: str, actor: Actor, now: datetime) -> None:
    today, given = timezone.localdate(now), {"party": hold.party.name}
    payee, office = payees_of(hold.party, today), compliance_on(today)
    record(
        actor=actor, action="credentialing.hold.told", subject=hold, party_id=hold.party_id,
        what=what, payee=len(payee), compliance=len(office),
    )  # fmt: skip
    text = body.format(day=today, **given)
    ours = OFFICE.format(what=what, day=today, **given)
    for addresses, words in ((payee, text), (office, ours)):
        mail_later(addresses, subject, words)


def _on(today: date) -> Q:
    begun = Q(effective_date__lte=today, user__is_active=True)
    return begun & (Q(end_date=None) | Q(end_date__gt=today))


def payees_of(party: Party, today: date) -> list[str]:
    """The addresses of a payee's people."""
    grants = Grant.objects.filter(_on(today), party=party, role__in=PARTY_ROLES)
    return _addresses(grants)


def compliance_on(today: date) -> list[str]:
    """The addresses of the compliance officers."""
    return _addresses(Grant.objects.filter(_on(today), role=Role.COMPLIANCE_OFFICER))


def _addresses(grants) -> list[str]:
    people = User.objects.filter(pk__in=grants.values("user_id"))
    return sorted(people.values_list("email", flat=True))
