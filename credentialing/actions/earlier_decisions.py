"""Taking over what others decided: previewed line by line, and never a vote of our committee."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from credentialing.formats.earlier_decisions_csv import read_earlier_decisions
from credentialing.models import EarlierDecision
from credentialing.queries.earlier_decisions import preview_of
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.refusals import Refused


class ListChanged(Refused):
    """What was seen is not what the list would do now."""

    def __init__(self) -> None:
        super().__init__(
            "The list would not do now what you looked at: somebody decided or imported meanwhile. "
            "Nothing was taken over. Look at the lines again and confirm."
        )


class NothingToTakeOver(Refused):
    """No line says anything new."""

    def __init__(self, refused: int) -> None:
        super().__init__(
            f"No line of this list says anything new, and {refused} cannot be used. Nothing was "
            "taken over."
        )


@dataclass(frozen=True)
class TakenOver:
    """What an import did."""

    new: int
    replaced: int
    refused: int


@action("credentialing.import_network")
def import_earlier_decisions(
    *, actor: Actor, data: bytes, name: str, seen_digest: str, now: datetime
) -> TakenOver:
    """
    Take over the decisions of a list as it was previewed; the lines left out stay out.

    :raises ListChanged: if it would do anything else now
    :raises NothingToTakeOver: if no line says anything new
    """
    found = preview_of(read_earlier_decisions(data), timezone.localdate(now))
    if found.digest != seen_digest:
        raise ListChanged
    changes = found.changes
    if not changes:
        raise NothingToTakeOver(len(found.refused))
    kept = store(data)
    replaced = [row.before.pk for row in changes if row.before is not None]
    EarlierDecision.objects.filter(pk__in=replaced).update(superseded_at=now)
    EarlierDecision.objects.bulk_create(
        [
            EarlierDecision(
                practitioner=row.who,
                outcome=row.decision.outcome,
                decided_date=row.decision.decided_date,
                next_due_date=row.decision.next_due_date,
                committee=row.decision.committee,
                source_name=name[:255],
                source_sha256=kept.sha256,
                line_no=row.line_no,
                recorded_by_id=actor.user_id,
                recorded_by_name=actor.name,
                recorded_at=now,
            )
            for row in changes
        ],
        batch_size=2000,
    )
    done = TakenOver(len(changes) - len(replaced), len(replaced), len(found.refused))
    record(
        actor=actor,
        action="credentialing.earlier_decisions.imported",
        file_sha256=kept.sha256,
        **vars(done),
    )
    return done
