"""What left about whom: every disclosure, and the account that a member is given."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from capitation.models import Member, Payer
from capitation.queries.members import MemberRow, member_rows
from compliance.models import AccountRequest, Disclosure
from compliance.rules.clocks import due_date
from compliance.rules.disclosures import CLOCK, Line, account, first_day, is_told
from ipaportal.audit.models import AccessEvent
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import Party

VIEW = "compliance.view_disclosures"


@dataclass(frozen=True)
class Account:
    """A member's account as of a day: its lines, and how much of what left it does not tell."""

    member: MemberRow
    asked: date
    since: date
    lines: list[Line]
    counted: int
    exempt: int
    suspended: int
    ipa: str


def disclosures(*, actor: Actor) -> QuerySet[Disclosure]:
    """Every disclosure, the newest first."""
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    return Disclosure.objects.all()


def member_account(*, actor: Actor, member_id: int, asked: date) -> Account:
    """
    What a member is told who asks on a day; three queries.

    :raises LookupError: if there is no such member
    """
    rows = disclosures(actor=actor).filter(member_ids__contains=[member_id], voided_at=None)
    found = member_rows([member_id])
    if not found:
        raise LookupError
    since = first_day(asked)
    told = [row.told() for row in rows.filter(made_date__gte=since, made_date__lte=asked)]
    held = [one for one in told if one.suspended_until and asked < one.suspended_until]
    counted = sum(1 for one in told if is_told(one, asked))
    return Account(
        member=found[0], asked=asked, since=since, lines=account(told, asked), counted=counted,
        exempt=len(told) - counted - len(held), suspended=len(held),
        ipa=Party.objects.filter(kind=Party.Kind.IPA).values_list("name", flat=True).first() or "",
    )  # fmt: skip


def taken_file(*, actor: Actor, event_id: int) -> AccessEvent | None:
    """A file with members that somebody took, as the log has it."""
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    return AccessEvent.objects.filter(pk=event_id, kind=AccessEvent.Kind.EXPORT).first()


def numbered(payer: Payer, numbers: Iterable[str]) -> dict[str, int]:
    """Members of a plan by their numbers, as far as they are known."""
    known = Member.objects.filter(payer=payer, plan_member_id__in=set(numbers))
    return dict(known.values_list("plan_member_id", "pk"))


def account_requests(*, actor: Actor) -> QuerySet[AccountRequest]:
    """Every request of a member, the newest first."""
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    return AccountRequest.objects.select_related("member__payer__party")


def due_of(row: AccountRequest) -> date:
    """By when a request is answered."""
    return due_date(CLOCK, row.received_date, is_extended=row.extended_at is not None)
