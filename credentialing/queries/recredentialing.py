"""Recredentialing: who is due again, how urgently, and what has happened since the last cycle."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from credentialing.models import CredentialingEvent, Decision, Facility, Practitioner
from credentialing.rules.decisions import QUEUE_DAYS, queue_band, queue_opens
from credentialing.rules.events import OVER
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.words import plural

VIEW = "credentialing.view_files"


@dataclass(frozen=True)
class DueAgain:
    """Somebody whose next decision is due, with the cycle that is open for it, if any."""

    decision: Decision
    holder: Practitioner | Facility
    band: str
    opens: date
    open_event: CredentialingEvent | None
    since: str


def due_again(*, actor: Actor, today: date, text: str = "", show: str = "") -> list[DueAgain]:
    """
    Whoever is due within half a year, the lapsed first; `show` is "lapsed", "waiting" or all.

    :raises NotPermitted: whoever may not see files
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    rows = [_due(row, today) for row in newest_decisions(today)]
    if text:
        wanted = text.strip().casefold()
        rows = [row for row in rows if wanted in str(row.holder).casefold()]
    if show == "lapsed":
        rows = [row for row in rows if row.band == "lapsed"]
    if show == "waiting":
        rows = [row for row in rows if row.open_event is None]
    return sorted(rows, key=lambda row: (row.decision.next_due_date, row.decision.pk))


def newest_decisions(today: date) -> QuerySet[Decision]:
    """The newest decision of everybody that is due within half a year."""
    newest = (
        Decision.objects.order_by(
            "event__practitioner_id", "event__facility_id", "-decision_date", "-pk"
        )
        .distinct("event__practitioner_id", "event__facility_id")
        .values("pk")
    )
    rows = Decision.objects.filter(
        pk__in=newest, next_due_date__lte=today + timedelta(days=QUEUE_DAYS)
    )
    return rows.select_related("event__practitioner", "event__facility")


def _due(row: Decision, today: date) -> DueAgain:
    holder = row.event.practitioner or row.event.facility
    opened = holder.cycles.exclude(status__in=OVER).first()
    due = row.next_due_date
    return DueAgain(
        row, holder, queue_band(due, today), queue_opens(due), opened, _since(holder, row)
    )


def _since(holder: Practitioner | Facility, row: Decision) -> str:
    """What has happened since the last decision, as far as it stands in the files."""
    day = row.decision_date
    counts = [(holder.suspensions.filter(effective_date__gte=day).count(), "suspension")]
    if isinstance(holder, Practitioner):
        claims = holder.malpractice_claims.current().filter(occurred_date__gte=day)
        counts.append((claims.count(), "malpractice claim"))
    else:
        checks = holder.site_checks.filter(checked_date__gte=day)
        counts.append((checks.filter(result__in=("failed", "correction")).count(), "failed visit"))
    return ", ".join(plural(count, word) for count, word in counts if count)
