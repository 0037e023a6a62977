"""Whose claims in queues are: given to somebody, handed over, or put back for anybody."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone

from compliance.models import Claim, ClaimStep, RemitClaim, RemitStep
from compliance.queries.claim_queues import in_queues, workers
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import User

WORK, WORK_REMITS = "compliance.work_claims", "compliance.take_remits"
MOST = 500


class QueueChanged(Refused):
    """Something was decided, or taken by somebody, since the list was seen."""

    def __init__(self) -> None:
        super().__init__(
            "Something of this was decided since you looked. Nothing was handed over. Look at the "
            "list again."
        )


class CannotWorkIt(Refused):
    """Somebody whose role does not let them work on what they are to be given."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} may not work on all of this. Nothing was handed over. Choose somebody of "
            "finance, or hand over claims that came in without those of remittances."
        )


class TooManyAtOnce(Refused):
    def __init__(self, count: int) -> None:
        super().__init__(
            f"These are {count:,}; at most {MOST} are handed over at once. Nothing was handed "
            "over. Narrow the list."
        )


class NothingChosen(Refused):
    def __init__(self) -> None:
        super().__init__("Nothing is chosen. Nothing was handed over. Choose what to hand over.")


@action(WORK)
def assign_items(
    *, actor: Actor, claims: Sequence[int], remits: Sequence[int], to_id: int | None, words: str,
    now: datetime,
) -> int:  # fmt: skip
    """
    Give what stands in queues to somebody, or to nobody; each says so among its steps.

    :raises NothingChosen: if nothing is given
    :raises TooManyAtOnce: if it is more than can be looked over
    :raises CannotWorkIt: if their role, or the actor's, does not cover all of it
    :raises QueueChanged: if one of them stands in no queue any more
    """
    count = len(claims) + len(remits)
    if not count:
        raise NothingChosen
    if count > MOST:
        raise TooManyAtOnce(count)
    today = timezone.localdate(now)
    to = _worker(to_id, today, of_remits=bool(remits))
    if remits and not actor.may(WORK_REMITS):
        raise CannotWorkIt(actor.name)
    said = f"{to.name} looks after it" if to else "nobody looks after it"
    told = f"{said}: {words}" if words.strip() else said
    for claim in _claims(claims, today):
        _give(claim, to)
        ClaimStep.objects.create(
            claim=claim, state=claim.state, reason=claim.reason, words=told[:500], at=now,
            by_id=actor.user_id, by_name=actor.name,
        )  # fmt: skip
        record(actor=actor, action="compliance.claim.assigned", subject=claim, to=to_id)
    for row in _remits(remits):
        _give(row, to)
        RemitStep.objects.create(
            remit=row.remit, row=row, what="handed over", words=told[:500], at=now,
            by_id=actor.user_id, by_name=actor.name,
        )  # fmt: skip
        record(actor=actor, action="compliance.remit_claim.assigned", subject=row, to=to_id)
    return count


def _worker(to_id: int | None, today: date, *, of_remits: bool) -> User | None:
    if to_id is None:
        return None
    for permission in (WORK, WORK_REMITS) if of_remits else (WORK,):
        if not workers(permission, today).filter(pk=to_id).exists():
            raise CannotWorkIt(User.objects.get(pk=to_id).name)
    return User.objects.get(pk=to_id)


def _give(row: Claim | RemitClaim, to: User | None) -> None:
    row.owner_id, row.owner_name = (to.pk, to.name) if to else (None, "")
    row.save(update_fields=["owner_id", "owner_name"])


def _claims(keys: Sequence[int], today: date) -> list[Claim]:
    locked = list(Claim.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    standing = set(in_queues(Claim.objects.filter(pk__in=keys), today).values_list("pk", flat=True))
    if standing != set(keys):
        raise QueueChanged
    return locked


def _remits(keys: Sequence[int]) -> list[RemitClaim]:
    rows = RemitClaim.objects.select_for_update(of=("self",)).select_related("remit")
    found = list(rows.filter(pk__in=keys).exclude(queue="").order_by("pk"))
    if len(found) != len(set(keys)):
        raise QueueChanged
    return found
