"""The queue of credentialing staff: open files, what each waits on, since when, until when."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from credentialing.models import CredentialingEvent, Decision, EarlierDecision, EventStep
from credentialing.permissions import PERMISSIONS
from credentialing.queries.askings import askings_of, unanswered
from credentialing.queries.elements import ElementState, states_of
from credentialing.queries.files import VIEW
from credentialing.queries.stakes import NOTHING, Stake, stakes_of
from credentialing.rules.askings import Asked
from credentialing.rules.events import OVER, Status
from credentialing.rules.waiting import WAITS, Ball, Told, due_date, told_of
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import User
from ipaportal.identity.queries.actors import grants_in_force

WORK = "credentialing.work_files"


@dataclass(frozen=True)
class Waiting:
    """One open file: who has the ball and for what, since when, by when, and what hangs on it."""

    event: CredentialingEvent
    since: date
    due: date
    told: Told
    stake: Stake
    # Recredentialing: the day by which the decision has to stand. Else the planned day, if any.
    decide_by: date | None
    # The first day on which something that was verified does not hold any more.
    lapses: date | None
    # How often the applicant was asked, of a file that waits for them.
    far: Asked | None = None

    def days(self, today: date) -> int:
        """How long it has been where it is."""
        return (today - self.since).days

    def clock(self, today: date) -> str:
        """Whether it has been there too long, in a word."""
        if self.due < today:
            return "overdue"
        return "due today" if self.due == today else "in time"

    @property
    def wait(self):
        """What its status waits for."""
        return WAITS[Status(self.event.status)]


@dataclass(frozen=True)
class QueueCounts:
    """How many files are mine, of the team, late, nobody's, and whose move it is."""

    mine: int
    team: int
    late: int
    unowned: int
    unanswered: int
    provider: int
    committee: int


def workers(today: date) -> QuerySet[User]:
    """Active people whose role lets them work on files today."""
    roles = [role.value for role in PERMISSIONS[WORK]]
    grants = grants_in_force(today).filter(role__in=roles)
    return User.objects.filter(is_active=True, pk__in=grants.values("user_id")).order_by("name")


def queue(
    *, actor: Actor, today: date, show: str = "", ball: str = "", text: str = ""
) -> QuerySet[CredentialingEvent]:
    """
    Open files with when they came where they are (`since`) and when they are late (`due`).

    `show` is "mine", "late", "unowned", "unanswered" or everybody's; `ball` whose move it is by
    the status.
    """
    rows = _open(actor)
    if show == "mine":
        rows = rows.filter(owner=actor.user_id) if actor.user_id else rows.none()
    elif show == "late":
        rows = rows.filter(_late(today))
    elif show == "unowned":
        rows = rows.filter(owner=None)
    elif show == "unanswered":
        rows = rows.filter(pk__in=unanswered(today))
    if ball in {one.value for one in Ball}:
        rows = rows.filter(status__in=_statuses(Ball(ball)))
    if text:
        rows = rows.filter(
            Q(practitioner__last_name__istartswith=text)
            | Q(practitioner__npi__startswith=text)
            | Q(facility__legal_name__icontains=text)
            | Q(facility__npi__startswith=text)
            | Q(owner__name__istartswith=text)
        )
    return rows.select_related("practitioner", "facility", "owner")


def queue_counts(*, actor: Actor, today: date) -> QueueCounts:
    """The same files counted, in one question."""
    mine = Q(owner=actor.user_id) if actor.user_id else Q(pk=None)
    found = _open(actor).aggregate(
        mine=Count("pk", filter=mine),
        team=Count("pk"),
        late=Count("pk", filter=_late(today)),
        unowned=Count("pk", filter=Q(owner=None)),
        provider=Count("pk", filter=Q(status__in=_statuses(Ball.PROVIDER))),
        committee=Count("pk", filter=Q(status__in=_statuses(Ball.COMMITTEE))),
    )
    return QueueCounts(**found, unanswered=len(unanswered(today)))


def waiting(rows: Sequence[CredentialingEvent], today: date) -> list[Waiting]:
    """What the files of a page wait on, in a fixed number of questions."""
    days = {row.pk: max(row.planned_decision_date or today, today) for row in rows}
    checked = {row.pk: days[row.pk] for row in rows if row.status == Status.VERIFYING}
    states = states_of(checked) if checked else {}
    held = stakes_of([row.practitioner_id for row in rows if row.practitioner_id], today)
    due, far = _decisions_due(rows), askings_of(rows)
    told = {
        row.pk: told_of(
            row.status,
            Counter(state.word for state in states.get(row.pk, [])),
            far.get(row.pk),
            today,
        )
        for row in rows
    }
    return [
        _waiting(row, states.get(row.pk, []), told[row.pk], held, due, far.get(row.pk))
        for row in rows
    ]


def _waiting(
    row: CredentialingEvent,
    states: Sequence[ElementState],
    told: Told,
    held: dict[int, Stake],
    due: dict[tuple[int | None, int | None], date],
    far: Asked | None,
) -> Waiting:
    since = timezone.localdate(row.since)
    by = due.get((row.practitioner_id, row.facility_id)) or row.planned_decision_date
    last = [state.standing.last_day for state in states if state.is_done]
    lapses = min([day for day in last if day is not None], default=None)
    stake = held.get(row.practitioner_id, NOTHING)
    return Waiting(row, since, due_date(row.status, since), told, stake, by, lapses, far)


def _decisions_due(
    rows: Sequence[CredentialingEvent],
) -> dict[tuple[int | None, int | None], date]:
    """By when whoever was decided before, here or where they came from, is decided again."""
    people = [row.practitioner_id for row in rows if row.practitioner_id]
    places = [row.facility_id for row in rows if row.facility_id]
    taken_over = EarlierDecision.objects.filter(
        Q(practitioner__in=people) | Q(facility__in=places), superseded_at=None
    )
    newest = (
        Decision.objects.filter(
            Q(event__practitioner__in=people) | Q(event__facility__in=places),
            next_due_date__isnull=False,
        )
        .order_by("event__practitioner_id", "event__facility_id", "-decision_date", "-pk")
        .distinct("event__practitioner_id", "event__facility_id")
    )
    told = [
        *taken_over.values_list("practitioner_id", "facility_id", "next_due_date"),
        *newest.values_list("event__practitioner_id", "event__facility_id", "next_due_date"),
    ]
    return {(person, place): day for person, place, day in told}


def _open(actor: Actor) -> QuerySet[CredentialingEvent]:
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    steps = EventStep.objects.filter(event=OuterRef("pk")).order_by("-at", "-pk")
    since = Coalesce(Subquery(steps.values("at")[:1]), F("opened_at"))
    allowed = Case(
        *(When(status=status, then=Value(timedelta(days=wait.days)))
          for status, wait in WAITS.items()),
        default=Value(timedelta(0)),
        output_field=DurationField(),
    )  # fmt: skip
    late = ExpressionWrapper(F("since") + allowed, output_field=DateTimeField())
    rows = CredentialingEvent.objects.exclude(status__in=OVER)
    return rows.annotate(since=since).annotate(due=late)


def _late(today: date) -> Q:
    """Whose `due_date` is before today: they came before the last day that is still in time."""
    late = Q(pk=None)
    for status, wait in WAITS.items():
        last = datetime.combine(today - timedelta(days=wait.days), datetime.min.time())
        late |= Q(status=status, since__lt=timezone.make_aware(last))
    return late


def _statuses(ball: Ball) -> list[Status]:
    return [status for status, wait in WAITS.items() if wait.ball is ball]
