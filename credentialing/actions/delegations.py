"""Delegation agreements, and in which columns a payer wants its roster."""

from datetime import date, datetime

from credentialing.models import Delegation, RosterSpec
from credentialing.rules.rosters import BadColumns, read_columns, write_columns
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party


class DelegatedAlready(Refused):
    """Two agreements with a payer must not share a day."""

    def __init__(self, other: Delegation) -> None:
        until = f"until before {other.end_date}" if other.end_date else "until further notice"
        super().__init__(
            f"{other.payer_party} delegates from {other.effective_date} {until} already. Nothing "
            "was recorded. End that agreement first, or choose other days."
        )


class EndsBeforeItBegins(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The first day no longer is not after the first day. Nothing was recorded."
        )


class EndedAlready(Refused):
    def __init__(self, delegation: Delegation) -> None:
        super().__init__(
            f"This agreement ends on {delegation.end_date} already. Nothing was changed."
        )


class ColumnsRefused(Refused):
    """The columns cannot be read."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was saved.")


@action("credentialing.set_delegation")
def record_delegation(
    *,
    actor: Actor,
    payer_party_id: int,
    effective_date: date,
    end_date: date | None,
    source: str,
    now: datetime,
) -> Delegation:
    """
    Record that a payer leaves credentialing to the IPA from a day on.

    :raises DelegatedAlready: if it does on one of these days by another agreement
    :raises EndsBeforeItBegins: if no day is left
    """
    payer = Party.objects.get(pk=payer_party_id, kind=Party.Kind.PAYER)
    lock("delegation", payer.pk)
    if end_date is not None and end_date <= effective_date:
        raise EndsBeforeItBegins
    for other in Delegation.objects.filter(payer_party=payer).select_related("payer_party"):
        begins_later = end_date is not None and other.effective_date >= end_date
        ended_before = other.end_date is not None and other.end_date <= effective_date
        if not begins_later and not ended_before:
            raise DelegatedAlready(other)
    delegation = Delegation.objects.create(
        payer_party=payer,
        effective_date=effective_date,
        end_date=end_date,
        source=source,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    record(actor=actor, action="credentialing.delegation.recorded", subject=delegation)
    return delegation


@action("credentialing.set_delegation")
def end_delegation(*, actor: Actor, delegation_id: int, end_date: date) -> Delegation:
    """
    Record from which day on a payer no longer delegates.

    :raises EndedAlready: if that is recorded
    :raises EndsBeforeItBegins: if no day would be left
    """
    delegation = Delegation.objects.select_for_update().get(pk=delegation_id)
    if delegation.end_date is not None:
        raise EndedAlready(delegation)
    if end_date <= delegation.effective_date:
        raise EndsBeforeItBegins
    delegation.end_date = end_date
    delegation.save(update_fields=["end_date"])
    record(
        actor=actor,
        action="credentialing.delegation.ended",
        subject=delegation,
        end_date=end_date.isoformat(),
    )
    return delegation


@action("credentialing.set_delegation")
def save_roster_spec(
    *,
    actor: Actor,
    delegation_id: int,
    columns: str,
    date_format: str,
    sends: str,
    code_head: str,
    words_head: str,
    accepted: str,
    now: datetime,
) -> RosterSpec:
    """
    Save a new version of a payer's columns; rosters sent before keep theirs.

    :raises ColumnsRefused: if they cannot be read
    """
    delegation = Delegation.objects.select_for_update().get(pk=delegation_id)
    try:
        read = read_columns(columns)
    except BadColumns as bad:
        raise ColumnsRefused(str(bad)) from bad
    newest = delegation.specs.first()
    spec = RosterSpec.objects.create(
        delegation=delegation,
        version=newest.version + 1 if newest else 1,
        columns=write_columns(read),
        date_format=date_format,
        sends=RosterSpec.Sends(sends),
        code_head=code_head,
        words_head=words_head,
        accepted=accepted,
        saved_by_id=actor.user_id,
        saved_by_name=actor.name,
        saved_at=now,
    )
    record(
        actor=actor,
        action="credentialing.roster_spec.saved",
        subject=delegation,
        version=spec.version,
        columns=len(read),
    )
    return spec
