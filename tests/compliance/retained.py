"""A legal hold, and a list that was deleted under a certificate."""

from datetime import UTC, date, datetime

from compliance.models import LegalHold, Purge, PurgeItem
from ipaportal.core.files import store

LONG_AGO = datetime(2026, 1, 5, 12, tzinfo=UTC)


def make_retained(name: str) -> dict[str, object]:
    """What addresses of records and holds may name."""
    hold = LegalHold.objects.create(
        matter=name[:200], reason=name, placed_at=LONG_AGO, placed_by_name=name[:200]
    )
    purge = Purge.objects.create(
        kind="document",
        day=LONG_AGO.date(),
        items_sha256="0" * 64,
        status=Purge.Status.DONE,
        proposed_at=LONG_AGO,
        proposed_by_name=name[:200],
        done_at=LONG_AGO,
        certificate_sha256=store(b"{}").sha256,
    )
    PurgeItem.objects.create(
        purge=purge,
        record_id=1,
        name=name[:300],
        sha256="1" * 64,
        received_date=date(2015, 1, 5),
        kept_until=date(2025, 1, 5),
    )
    return {"legal_hold_id": hold.pk, "purge_id": purge.pk, "record_kind": "document"}
