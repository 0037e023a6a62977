"""What people ask of remittances that came in: payments, what waits, the bank's side."""

from datetime import date

from django.db.models import Count, Min, Q, QuerySet, Sum

from compliance.models import Remit, RemitClaim, RemitDeposit, RemitFile
from compliance.queries.claims import VIEW
from compliance.rules.remits import QUEUES, REASONS, State
from ipaportal.core.actors import Actor


def remits(actor: Actor, permission: str = VIEW) -> QuerySet[Remit]:
    """Payments that an actor may see, the newest first; of practices only what was posted."""
    reach = actor.reach(permission)
    rows = Remit.objects.select_related("party", "payer__party")
    return rows if reach is None else rows.filter(party_id__in=reach, state=State.POSTED)


def remit_files(actor: Actor) -> QuerySet[RemitFile]:
    """Files of remittances, the newest first."""
    assert actor.reach(VIEW) is None
    return RemitFile.objects.select_related("payer__party")


def open_rows(actor: Actor) -> QuerySet[RemitClaim]:
    """Claims of posted remittances that somebody is to look at, the earliest day first."""
    assert actor.reach(VIEW) is None
    rows = RemitClaim.objects.select_related("remit__payer__party", "remit__party", "claim")
    return rows.exclude(queue="").order_by("due_on", "pk")


def open_deposits(actor: Actor) -> QuerySet[RemitDeposit]:
    """What the bank shows and no remittance explains, the oldest first."""
    assert actor.reach(VIEW) is None
    return RemitDeposit.objects.filter(remit=None).select_related("payer__party").order_by("day")


def not_at_bank(actor: Actor) -> QuerySet[Remit]:
    """The IPA's own remittances whose money the bank did not show yet, the oldest first."""
    rows = remits(actor).filter(state=State.POSTED, party__kind="ipa", deposit=None, cents__gt=0)
    return rows.order_by("paid_on")


def remit_queues(actor: Actor, today: date) -> list[dict[str, object]]:
    """Of each thing to look at: how many, how many are late, whose, since when, and dollars."""
    found = []
    late = Count("pk", filter=Q(due_on__lt=today))
    free = Count("pk", filter=Q(owner_id=None))
    waiting = remits(actor).filter(state=State.WAITING).order_by().values("reason")
    for one in waiting.annotate(
        count=Count("pk"), late=late, free=free, cents=Sum("cents"), since=Min("paid_on")
    ):
        found.append({**one, "key": one["reason"], "rule": REASONS[one["reason"]]})
    rows = open_rows(actor).order_by().values("queue")
    for one in rows.annotate(
        count=Count("pk"), late=late, free=free, cents=Sum("at_stake_cents"),
        since=Min("remit__paid_on"),
    ):  # fmt: skip
        found.append({**one, "key": one["queue"], "rule": QUEUES[one["queue"]]})
    return sorted(found, key=lambda one: -one["cents"])
