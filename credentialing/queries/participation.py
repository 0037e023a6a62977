"""The one answer to who takes part on a day: what payout, purchasing, rosters and pages ask."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, F, IntegerField, Max, Q, QuerySet, Value, When

from credentialing.models import (
    Credential,
    Decision,
    EarlierDecision,
    Participation,
    Practitioner,
    ScreeningResult,
)
from credentialing.queries.earlier_decisions import told_in_words
from credentialing.queries.finality import Limits, denial_of, due_of, limits_on
from credentialing.queries.screening_matches import excluded_keys, standings
from credentialing.rules.participation import FINAL, REVERSED, WORDS, Known, Standing, judge
from ipaportal.audit.models import FactBatch
from ipaportal.ledger.models import Hold

LICENCE = Credential.Kind.LICENCE
WAITS = frozenset({ScreeningResult.Outcome.STOPPED.value, ScreeningResult.Outcome.OPEN.value})


@dataclass(frozen=True)
class Place:
    """
    Somebody's place with a payer on a day: through which practice, at which standing, why (not).

    `takes_part` is what rosters, agendas and orders ask; `is_paid` says that nothing holds the
    practice either; `takes_new` whether members may be assigned anew. A place without a payer is
    an approval that no network follows yet.
    """

    practitioner: Practitioner
    participation: Participation | None
    standing: Standing
    reasons: tuple[str, ...]
    holds: tuple[str, ...] = ()
    takes_part: bool = False
    takes_new: bool = True

    @property
    def is_paid(self) -> bool:
        return self.takes_part and not self.holds

    @property
    def word(self) -> str:
        return WORDS[self.standing]


def participation(
    as_of: date,
    *,
    payer_party_id: int | None = None,
    practitioner_ids: Collection[int] | None = None,
) -> list[Place]:
    """
    Everybody's place with each payer on a day, as facts stand now; who ended is told with the why.

    A fixed number of queries for any number of people.
    """
    rows = _rows(as_of)
    if payer_party_id is not None:
        rows = rows.filter(payer_party_id=payer_party_id)
    people = Practitioner.objects.order_by("last_name", "first_name", "pk")
    if practitioner_ids is not None:
        rows = rows.filter(practitioner_id__in=practitioner_ids)
        people = people.filter(pk__in=practitioner_ids)
    places: dict[int, list[Participation | None]] = {}
    for row in rows.select_related("practice", "payer_party"):
        places.setdefault(row.practitioner_id, []).append(row)
    decisions = _decisions(as_of, practitioner_ids)
    if payer_party_id is None:
        for key in decisions.keys() - places.keys():
            if decisions[key].outcome != "denied" or denial_of(decisions[key], as_of) == REVERSED:
                places[key] = [None]
    answer = _Answers(as_of, places, decisions)
    return [
        answer.place(who, row) for who in people.filter(pk__in=places) for row in places[who.pk]
    ]


def place_of(practitioner_id: int, payer_party_id: int, as_of: date) -> Place | None:
    """Somebody's place with one payer on a day, or None if they never had one."""
    found = participation(as_of, payer_party_id=payer_party_id, practitioner_ids=[practitioner_id])
    return found[0] if found else None


def _rows(as_of: date) -> QuerySet[Participation]:
    """For each person and payer the days that hold on a day; else the last before, or the next."""
    begun = Q(effective_date__lte=as_of)
    near = Case(
        When(begun & (Q(end_date=None) | Q(end_date__gt=as_of)), then=Value(0)),
        When(begun, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = Participation.objects.current().exclude(end_date__lte=F("effective_date"))
    rows = rows.annotate(near=near).order_by(
        "practitioner_id", "payer_party_id", "near", "-effective_date"
    )
    return rows.distinct("practitioner_id", "payer_party_id")


def _decisions(as_of: date, practitioner_ids: Collection[int] | None) -> dict[int, Decision]:
    """The newest decision by a day of some people, or of everybody."""
    rows = Decision.objects.filter(
        event__practitioner__isnull=False, decision_date__lte=as_of
    ).select_related("event", "adverse_action")
    if practitioner_ids is not None:
        rows = rows.filter(event__practitioner__in=practitioner_ids)
    rows = rows.order_by("event__practitioner_id", "-decision_date", "-pk")
    return {row.event.practitioner_id: row for row in rows.distinct("event__practitioner_id")}


class _Answers:
    """What is known of some people on a day, read once for all of them."""

    def __init__(self, as_of: date, places: dict, decisions: dict[int, Decision]) -> None:
        self.as_of, self.decisions = as_of, decisions
        self.excluded = excluded_keys(as_of, "practitioner")
        self.limits = limits_on(as_of, list(places))
        self.screened = standings(f"practitioner:{key}" for key in places)
        licences = Credential.objects.current().filter(kind=LICENCE, practitioner__in=list(places))
        self.licences = dict(
            licences.values_list("practitioner_id").annotate(last=Max("expires_date"))
        )
        taken_over = EarlierDecision.objects.filter(
            superseded_at=None, practitioner__in=places.keys() - decisions.keys()
        )
        self.earlier = {one.practitioner_id: one for one in taken_over}
        rows = [row for found in places.values() for row in found if row is not None]
        numbers = {row.fact_no for row in rows if row.end_date is not None}
        self.batches = dict(
            FactBatch.objects.filter(pk__in=numbers).values_list("pk", "description")
        )
        self.holds: dict[int, tuple[str, ...]] = {}
        parties = {row.practice.party_id for row in rows}
        for hold in Hold.objects.live().filter(party__in=parties).order_by("pk"):
            self.holds[hold.party_id] = (*self.holds.get(hold.party_id, ()), hold.text)

    def place(self, who: Practitioner, row: Participation | None) -> Place:
        key = f"practitioner:{who.pk}"
        screened, decision = self.screened[key], self.decisions.get(who.pk)
        excluded_by, earlier = self.excluded.get(key, ""), self.earlier.get(who.pk)
        limits = self.limits.get(who.pk, Limits())
        found = judge(
            Known(
                effective_date=row.effective_date if row else None,
                end_date=row.end_date if row else None,
                ended_by=self.batches.get(row.fact_no, "") if row else "",
                outcome=decision.outcome if decision else "",
                decision_date=decision.decision_date if decision else None,
                next_due_date=due_of(decision, self.as_of) if decision else None,
                denial=denial_of(decision, self.as_of) if decision else FINAL,
                limits=limits.words,
                closes_panel=limits.closes_panel,
                ends_date=decision.ends_date if decision else None,
                licensed_until=self.licences.get(who.pk),
                excluded_by=excluded_by.upper(),
                match_words=screened.words if screened.outcome in WAITS else "",
                earlier_words=told_in_words(earlier) if earlier else "",
                earlier_due_date=earlier.next_due_date if earlier else None,
            ),
            self.as_of,
        )
        holds = self.holds.get(row.practice.party_id, ()) if row else ()
        return Place(
            who, row, found.standing, found.reasons, holds, found.takes_part, found.takes_new
        )
