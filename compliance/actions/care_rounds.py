"""Beneath care facts: reading twelve months, and opening concerns where two signs ask."""

from datetime import datetime

from compliance.models import CareBatch, CareConcern, CarePanel, CareReading, CareReview, CareRound
from compliance.queries.care import concern_state, hold_source, practices_of
from compliance.queries.care_readings import months_told, readings_of, year_to
from compliance.rules.care_watch import KINDS, SIGNS, asks_for_review, signs_of
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from ipaportal.ledger.holds import place
from ipaportal.ledger.models import Hold


def read_round(*, month, batch: CareBatch | None, actor: Actor, now: datetime) -> CareRound:
    """Read the year to a month, keep what each sign says of each PCP, and open concerns."""
    year = year_to(month)
    found = readings_of(year)
    made = CareRound.objects.create(
        month=month, batch=batch, months_told=months_told(year, KINDS), read_at=now,
        read_by_name=actor.name,
    )  # fmt: skip
    CareReading.objects.bulk_create(
        CareReading(
            round=made, practitioner_id=one.pcp, sign=sign.key,
            peers=one.peers, members=one.members, count=one.count, base=one.base,
            expected=one.expected, low=one.low, high=one.high, z=one.z, scatter=one.scatter,
            state=one.state, why=one.why,
        )
        for sign in SIGNS
        for one in found[sign.key]
    )  # fmt: skip
    months: dict[int, int] = {}
    for pcp, _, _, count in year.months:
        months[pcp] = months.get(pcp, 0) + count
    CarePanel.objects.bulk_create(
        CarePanel(
            round=made, practitioner_id=pcp, peer_group=year.groups[pcp][:100], members=size[0],
            member_months=months[pcp], paid_cents=year.paid.get(pcp, 0),
        )
        for pcp, size in sorted(year.sizes.items())
    )  # fmt: skip
    by_pcp: dict[int, dict] = {}
    for key, readings in found.items():
        for one in readings:
            by_pcp.setdefault(one.pcp, {})[key] = one
    answered, waiting = _answered(), _waiting()
    opened = [
        CareConcern(round=made, practitioner_id=pcp, signs=signs, opened_at=now)
        for pcp, readings in sorted(by_pcp.items())
        if asks_for_review(signs := signs_of(readings), month, answered.get(pcp, ()))
        and not set(signs) <= waiting.get(pcp, set())
    ]
    CareConcern.objects.bulk_create(opened)
    for concern in opened:
        _hold_bonuses(concern, actor, now)
    record(
        actor=actor, action="compliance.care.read", subject=made, pcps=len(by_pcp),
        concerns=len(opened),
    )  # fmt: skip
    return made


def _hold_bonuses(concern: CareConcern, actor: Actor, now: datetime) -> None:
    """Stop the bonuses of the practices that are paid for the PCP's members; nothing else."""
    for practice in practices_of(concern.practitioner_id, concern.round.month):
        place(
            party=practice.party, stops=Hold.Stops.BONUS, reason=Hold.Reason.REVIEW,
            text="two or more signs of care wait for the medical director's review",
            source=hold_source(concern.practitioner_id), actor=actor, now=now,
        )  # fmt: skip


def _waiting() -> dict[int, set[str]]:
    """Signs of concerns that no review has released, by PCP."""
    found: dict[int, set[str]] = {}
    for concern in CareConcern.objects.prefetch_related("reviews"):
        if concern_state(concern) != "released":
            found.setdefault(concern.practitioner_id, set()).update(concern.signs)
    return found


def _answered() -> dict[int, list]:
    """Months and signs of concerns whose newest review released the bonus, by PCP."""
    found: dict[int, list] = {}
    newest: dict[int, CareReview] = {}
    rows = CareReview.objects.select_related("concern__round").order_by("pk")
    for review in rows:
        newest[review.concern_id] = review
    for review in newest.values():
        if review.outcome == CareReview.Outcome.RELEASE:
            concern = review.concern
            found.setdefault(concern.practitioner_id, []).append(
                (concern.round.month, concern.signs)
            )
    return found
