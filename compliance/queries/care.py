"""Care watch on pages: what each sign says of each PCP, the concerns, and who may see which."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from compliance.models import CareConcern, CarePanel, CareReading, CareRound
from compliance.rules.care_watch import LOOK, SIGNS
from credentialing.models import Participation, Practice, Practitioner
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted

VIEW = "compliance.view_care"
OWN = "compliance.view_own_care"


@dataclass(frozen=True)
class Watched:
    """One PCP of a round: the panel, its readings by sign, and the newest concern."""

    practitioner: Practitioner
    panel: CarePanel
    readings: dict[str, CareReading]
    practices: tuple[Practice, ...]
    concern: CareConcern | None

    @property
    def name(self) -> str:
        return f"{self.practitioner.last_name}, {self.practitioner.first_name}"

    @property
    def looks(self) -> list[str]:
        """Signs that ask for a look, in their order."""
        found = self.readings
        return [one.key for one in SIGNS if one.key in found and found[one.key].state == LOOK]

    @property
    def state(self) -> str:
        if self.concern is not None:
            return concern_state(self.concern)
        return "one sign" if len(self.looks) == 1 else "no concern"


def require(actor: Actor, permission: str) -> None:
    if not actor.may(permission):
        raise NotPermitted(actor.name, permission)


def newest_round(month: date | None = None) -> CareRound | None:
    """The newest reading of a month, or of the newest month."""
    rounds = CareRound.objects.all()
    if month is not None:
        rounds = rounds.filter(month=month)
    return rounds.order_by("-month", "-pk").first()


def months_read() -> list[date]:
    """Months up to which a year was read, the newest first."""
    return list(CareRound.objects.order_by("-month").values_list("month", flat=True).distinct())


def watched(
    *, actor: Actor, of_round: CareRound, practitioner_ids: Iterable[int] | None = None
) -> list[Watched]:
    """PCPs of a round by name, all or these; five queries."""
    require(actor, VIEW)
    return _watched(of_round, practitioner_ids)


def own_watched(*, actor: Actor, of_round: CareRound) -> list[Watched]:
    """PCPs of the actor's practices, as the round found them."""
    require(actor, OWN)
    rows = _taking_part(of_round.month).filter(practice__party_id__in=actor.reach(OWN) or ())
    return _watched(of_round, set(rows.values_list("practitioner_id", flat=True)))


def _watched(of_round: CareRound, wanted: Iterable[int] | None) -> list[Watched]:
    panels = CarePanel.objects.filter(round=of_round).select_related("practitioner")
    readings = CareReading.objects.filter(round=of_round)
    concerns = CareConcern.objects.filter(round__month__lte=of_round.month)
    if wanted is not None:
        wanted = list(wanted)
        panels = panels.filter(practitioner__in=wanted)
        readings = readings.filter(practitioner__in=wanted)
        concerns = concerns.filter(practitioner__in=wanted)
    by_pcp: dict[int, dict[str, CareReading]] = {}
    for reading in readings:
        by_pcp.setdefault(reading.practitioner_id, {})[reading.sign] = reading
    newest: dict[int, CareConcern] = {}
    for concern in concerns.prefetch_related("reviews").order_by("pk"):
        newest[concern.practitioner_id] = concern
    practices: dict[int, set[Practice]] = {}
    for row in _taking_part(of_round.month).select_related("practice"):
        practices.setdefault(row.practitioner_id, set()).add(row.practice)
    return [
        Watched(
            panel.practitioner, panel, by_pcp.get(panel.practitioner_id, {}),
            tuple(sorted(practices.get(panel.practitioner_id, ()), key=lambda one: one.name)),
            newest.get(panel.practitioner_id),
        )
        for panel in panels.order_by("practitioner__last_name", "practitioner__first_name", "pk")
    ]  # fmt: skip


def _taking_part(month: date):
    return Participation.objects.current().filter(
        Q(end_date=None) | Q(end_date__gt=month), effective_date__lte=month
    )


def practices_of(practitioner_id: int, month: date) -> list[Practice]:
    """The practices that are paid for a PCP's members of a month."""
    rows = _taking_part(month).filter(practitioner=practitioner_id).select_related("practice")
    return sorted({row.practice for row in rows}, key=lambda one: one.pk)


def hold_source(practitioner_id: int) -> str:
    """The name under which a PCP's signs hold bonuses: one live hold a practice."""
    return f"care:{practitioner_id}"


def is_newest(concern: CareConcern) -> bool:
    """Whether no newer concern of the PCP stands."""
    newer = CareConcern.objects.filter(practitioner=concern.practitioner_id, pk__gt=concern.pk)
    return not newer.exists()


def concern_state(concern: CareConcern) -> str:
    """Where a concern is: its newest review says."""
    reviews = sorted(concern.reviews.all(), key=lambda one: one.pk)
    if not reviews:
        return "waits for review"
    return "released" if reviews[-1].outcome == "release" else "stays held"
