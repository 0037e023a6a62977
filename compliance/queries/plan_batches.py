"""What waits to be passed on to a plan, and what became of what was."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from compliance.models import Claim, ClaimLine, PlanBatch, PlanBatchRow
from compliance.rules.claims import State
from compliance.rules.passing import (
    CODE_FIELD,
    KINDS,
    MOST_LINES,
    PASSED_ON,
    PLAN_REFUSED,
    PLANS_RISK,
    PROFESSIONAL,
    VOID,
    Stream,
    frequency,
)

Row = PlanBatchRow.State
LIVE = (Row.SENT, Row.ACCEPTED)
MOST = 5_000


@dataclass(frozen=True)
class ToPass:
    """One claim to be passed on: as an original, or in place of what the plan has accepted."""

    claim: Claim
    frequency: str
    plan_number: str = ""


def _may_go(payer_id: int, kind: str) -> QuerySet[Claim]:
    """Claims that no file holds for the plan, and none that was rejected before it is released."""
    live = PlanBatchRow.objects.filter(claim=OuterRef("pk"), state__in=LIVE)
    held = PlanBatchRow.objects.filter(claim=OuterRef("pk"), state=Row.REJECTED, again_at=None)
    asked = PlanBatchRow.objects.filter(claim=OuterRef("original"), state=Row.SENT)
    lines = ClaimLine.objects.filter(claim=OuterRef("pk"))
    bare = lines.filter(Q(**{CODE_FIELD[kind]: ""}))
    rows = Claim.objects.filter(payer=payer_id, kind=kind).exclude(party=None)
    if kind == PROFESSIONAL:
        bare = lines.filter(Q(first_day=None) | Q(procedure=""))
    else:
        rows = rows.filter(stay__isnull=False, first_day__isnull=False).select_related("stay")
    rows = rows.annotate(services=Count("lines")).filter(services__range=(1, MOST_LINES[kind]))
    return rows.filter(~Exists(live), ~Exists(held), ~Exists(asked), ~Exists(bare)).order_by("pk")


def to_pass_on(payer_id: int, stream: Stream = Stream.ENCOUNTERS) -> list[ToPass]:
    """
    What would go into the next file: encounters, paid claims, and voids of what was accepted; or
    claims that came here and are the plan's to pay, which go as they came.

    A claim that was replaced before it was passed on never is: only what stands is the plan's.
    """
    found, may_go = [], _may_go(payer_id, KINDS[stream].kind)
    rows = list(may_go.filter(_stands(stream)).prefetch_related("lines")[:MOST])
    voids = may_go.filter(state=State.REPLACED, frequency=VOID).exclude(original=None)
    rows += list(voids.prefetch_related("lines")[: MOST - len(rows)])
    accepted = _accepted_before([row.original_id for row in rows if row.original_id], stream)
    for claim in rows:
        number = accepted.get(claim.original_id or 0)
        kind = frequency(claim.frequency, plan_has_it=number is not None)
        if kind is not None:
            found.append(ToPass(claim, kind, number or ""))
    return found


def _stands(stream: Stream) -> Q:
    """What stands of a stream: of claims that are the plan's, those that wait or go again."""
    if not KINDS[stream].is_misdirected:
        return Q(state__in=[State.ENCOUNTER, State.PAID])
    waits = Q(state=State.WAITING, reason__in=[PLANS_RISK, PLAN_REFUSED])
    return waits | Q(state=State.DENIED, reason=PASSED_ON)


def _accepted_before(originals: Sequence[int], stream: Stream) -> dict[int, str]:
    """The plan's numbers of claims it accepted; of what never went, of what that replaced."""
    rows = PlanBatchRow.objects.filter(
        claim__in=originals, state=Row.ACCEPTED, batch__stream=stream
    )
    found = dict(rows.values_list("claim_id", "plan_number"))
    missing = [pk for pk in originals if pk not in found]
    if missing:
        further = dict(
            Claim.objects.filter(pk__in=missing).exclude(original=None)
            .values_list("pk", "original_id")
        )  # fmt: skip
        before = _accepted_before(list(further.values()), stream) if further else {}
        found |= {pk: before[one] for pk, one in further.items() if one in before}
    return found


def batch_digest(found: Sequence[ToPass]) -> str:
    """What somebody who looked at a file to be made has seen."""
    words = ",".join(f"{one.claim.pk}:{one.frequency}:{one.claim.charge_cents}" for one in found)
    return hashlib.sha256(words.encode()).hexdigest()


def batches() -> QuerySet[PlanBatch]:
    """Every file with how many of its claims were accepted, rejected, or wait."""
    counts = {
        name: Count("rows", filter=Q(rows__state=state))
        for name, state in (("accepted", Row.ACCEPTED), ("rejected", Row.REJECTED),
                            ("waiting", Row.SENT))
    }  # fmt: skip
    return PlanBatch.objects.select_related("payer__party").annotate(**counts)


def passed_counts(claims: QuerySet[Claim]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Of claims, how many were passed on and how many of them were accepted, with their charges."""
    rows = PlanBatchRow.objects.filter(claim__in=claims.order_by().values("pk"))
    found = []
    for states in (LIVE, (Row.ACCEPTED,)):
        cents = list(rows.filter(state__in=states).values_list("claim__charge_cents", flat=True))
        found.append((len(cents), sum(cents)))
    return found[0], found[1]
