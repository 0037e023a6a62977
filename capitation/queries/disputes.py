"""Questions about lines of statements: who asked what, and how it ended."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from capitation.models import Dispute, MemberProfile, Share
from capitation.models.statements import DisputeQuerySet
from capitation.rules.statements import LineId
from ipaportal.core.actors import Actor

VIEW = "capitation.view_disputes"
STATES = Dispute.Status.choices


class NoSuchDispute(LookupError):
    """There is none, or the actor may not see it: both look the same."""


@dataclass(frozen=True)
class DisputePage:
    """A question with the line it is about."""

    dispute: Dispute
    line: LineId
    member_name: str
    cents: int


def dispute_list(*, actor: Actor, status: str = "") -> DisputeQuerySet:
    """Questions that an actor may see, the open ones first, then the newest."""
    rows = Dispute.objects.for_actor(actor, VIEW).select_related("statement__payee", "member")
    rows = rows.filter(status=status) if status in Dispute.Status.values else rows
    return rows.order_by("-opened_at", "-pk")


def dispute_page(*, actor: Actor, dispute_id: int) -> DisputePage:
    """
    One question.

    :raises NoSuchDispute: also for whom may not see it
    """
    dispute = dispute_list(actor=actor).filter(pk=dispute_id).first()
    if dispute is None:
        raise NoSuchDispute(dispute_id)
    payee = dispute.statement.payee_id
    return DisputePage(
        dispute=dispute,
        line=LineId(dispute.run_id, dispute.member_id, dispute.coverage_month, payee),
        member_name=member_names([dispute.member_id])[dispute.member_id],
        cents=line_cents(dispute.run_id, dispute.member_id, dispute.coverage_month, payee) or 0,
    )


def member_names(member_ids: list[int]) -> dict[int, str]:
    """Members' names as known now, "Last, First"."""
    rows = MemberProfile.objects.filter(member_id__in=member_ids).current()
    names = rows.values_list("member_id", "last_name", "first_name")
    known = {pk: f"{last}, {first}".strip(", ") for pk, last, first in names}
    return {pk: known.get(pk) or f"member {pk}" for pk in member_ids}


def line_cents(run_id: int, member_id: int, month: date, payee_id: int) -> int | None:
    """What a line paid; None if there is no such line."""
    shares = Share.objects.filter(
        run_id=run_id, member_id=member_id, coverage_month=month, payee_id=payee_id
    )
    sums = shares.aggregate(provider=Sum("provider_cents"), withheld=Sum("withhold_cents"))
    if sums["provider"] is None:
        return None
    return int(sums["provider"] - sums["withheld"])
