"""The history of a case, as its hashes in the audit log have it."""

from datetime import UTC

from compliance.models import CaseEvent


def told_of(event: CaseEvent) -> dict[str, object]:
    """An event as its hash and a packet have it."""
    return {
        "id": f"{event.pk}",
        "case": f"{event.case_id}",
        "place": event.place,
        "kind": event.kind,
        "text": event.text,
        "by": event.by_name,
        "at": event.at.astimezone(UTC).isoformat(),
    }
