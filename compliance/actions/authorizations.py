"""Authorizations: entered one by one or as a list, and which services need one."""

from datetime import date, datetime

from capitation.models import Member
from compliance.formats.authorizations import AuthorizationFile, AuthorizationRow, read
from compliance.models import Authorization, AuthorizationRule
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural

PERMISSION = "compliance.manage_authorizations"


class AuthorizationsUnusable(Refused):
    """A list, or an entry, with faults."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        told = "; ".join(f"{where}: {words}" for where, words in problems[:3])
        super().__init__(
            f"{plural(len(problems), 'problem')}, first {told} Nothing was recorded. Mend it, and "
            "send it again."
        )


@action(PERMISSION)
def load_authorizations(*, actor: Actor, payer_id: int, data: bytes, now: datetime) -> int:
    """
    Record a list of authorizations; one that is known by number and service is replaced.

    :raises AuthorizationsUnusable: if a line has a fault, or names nobody of the plan
    """
    found: AuthorizationFile = read(data)
    if found.problems:
        raise AuthorizationsUnusable(list(found.problems))
    return _record(actor, payer_id, found.rows, now)


@action(PERMISSION)
def enter_authorization(
    *, actor: Actor, payer_id: int, row: AuthorizationRow, now: datetime
) -> int:
    """
    Record one authorization; one that is known by number and service is replaced.

    :raises AuthorizationsUnusable: if the member is none of the plan
    """
    return _record(actor, payer_id, [row], now)


def _record(actor: Actor, payer_id: int, rows, now: datetime) -> int:
    lock("claims")
    refs = {row.member_ref for row in rows}
    members = dict(
        Member.objects.filter(payer=payer_id, plan_member_id__in=refs).values_list(
            "plan_member_id", "pk"
        )
    )
    unknown = [
        (row.where, f"member {row.member_ref} is none of this plan.")
        for row in rows
        if row.member_ref not in members
    ]
    if unknown:
        raise AuthorizationsUnusable(unknown)
    live = Authorization.objects.filter(payer=payer_id, superseded_at=None)
    for row in rows:
        live.filter(number=row.number, procedure=row.procedure).update(superseded_at=now)
    made = Authorization.objects.bulk_create(
        Authorization(
            payer_id=payer_id, number=row.number, member_id=members[row.member_ref],
            provider_npi=row.npi, procedure=row.procedure, units=row.units,
            effective_date=row.start, end_date=row.end, recorded_at=now,
            recorded_by_id=actor.user_id, recorded_by_name=actor.name,
        )
        for row in rows
    )  # fmt: skip
    record(actor=actor, action="compliance.authorizations.recorded", count=len(made))
    return len(made)


@action(PERMISSION)
def require_authorization(
    *, actor: Actor, payer_id: int, procedure: str, effective_date: date, citation: str,
    now: datetime, end_date: date | None = None,
) -> AuthorizationRule:  # fmt: skip
    """Say that a service needs an authorization from a day on, by which clause."""
    made = AuthorizationRule.objects.create(
        payer_id=payer_id, procedure=procedure, effective_date=effective_date, end_date=end_date,
        citation=citation, recorded_at=now, recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.authorization.required", subject=made,
        procedure=procedure,
    )  # fmt: skip
    return made
