"""How visits to an audit end, beneath the actions that end them."""

from datetime import datetime

from compliance.models import Audit, AuditGuest
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor


def end_guest(actor: Actor, guest: AuditGuest, reason: str, now: datetime) -> None:
    """End one visit, and say so."""
    guest.ended_at, guest.ended_by_name, guest.end_reason = now, actor.name, reason[:500]
    guest.save(update_fields=["ended_at", "ended_by_name", "end_reason"])
    record(actor=actor, action="compliance.guest.ended", subject=guest.audit, guest=guest.user_id)


def end_visits(actor: Actor, audit: Audit, now: datetime) -> None:
    """End every visit to an audit, because it is closed."""
    for guest in audit.guests.select_for_update().filter(ended_at=None):
        end_guest(actor, guest, "the audit was closed", now)
