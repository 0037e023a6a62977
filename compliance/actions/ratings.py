"""Letting the raters of an audit see each other's answers before both have answered."""

from datetime import datetime

from compliance.actions.audits import by, locked
from compliance.models import AuditOpening
from compliance.queries.ratings import are_apart
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class NotApart(Refused):
    """Raters of this audit see each other's answers already."""

    def __init__(self) -> None:
        super().__init__(
            "Raters of this audit see each other's answers already. Nothing was changed."
        )


class OpenedForNothing(Refused):
    """No reason was given."""

    def __init__(self) -> None:
        super().__init__("Say why raters may see each other's answers. Nothing was changed.")


@action("compliance.manage_audits")
def open_ratings(*, actor: Actor, audit_id: int, text: str, now: datetime) -> AuditOpening:
    """
    Let raters see each other's answers from now on; the page and the packet say who did, and why.

    :raises OpenedForNothing: without a reason
    :raises NotApart: if they do, or their work is over
    """
    if not text.strip():
        raise OpenedForNothing
    audit = locked(audit_id)
    if not are_apart(audit):
        raise NotApart
    made = AuditOpening.objects.create(audit=audit, reason=text.strip()[:300], **by(actor, now))
    record(actor=actor, action="compliance.audit.ratings_opened", subject=audit)
    return made
