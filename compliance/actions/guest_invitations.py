"""An auditor of a plan who has no account yet is invited by the officer who manages the audit."""

from datetime import date, datetime, timedelta

from compliance.actions.audit_rooms import BadLastDay, of_a_plan
from compliance.rules.audit_rooms import visit_fault
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.core.roles import Role
from ipaportal.identity.actions.invitations import make_invitation
from ipaportal.identity.models import Invitation

GUEST = frozenset({Role.PLAN_AUDITOR})


class InvitedOtherwise(Refused):
    """An address that somebody else invited to something else."""

    def __init__(self) -> None:
        super().__init__(
            "This address is invited to another role or for somebody else. Nobody was invited, "
            "and that invitation stands. Ask a system administrator."
        )


@action("compliance.manage_audits")
def invite_guest(
    *, actor: Actor, audit_id: int, email: str, name: str, until_date: date, now: datetime
) -> Invitation:
    """
    Invite somebody as an auditor of the plan that audits, through a last day, and as nothing else.

    Plan and role are the audit's, never asked for. Who accepts sees nothing before they are let in.

    :raises NotAPlans: if no plan makes this audit, or it is closed
    :raises BadLastDay: if it is over, or too far away
    :raises AlreadyAUser: if the address has an account, whose roles stay as they are
    :raises InvitedOtherwise: if it is invited to anything else
    """
    audit = of_a_plan(audit_id)
    if fault := visit_fault(until_date, now.date()):
        raise BadLastDay(fault)
    open_ = Invitation.objects.select_for_update().filter(
        email=email.strip().lower(), accepted_at=None, withdrawn_at=None, expires_at__gt=now
    )
    if any((one.role, one.party_id) != (Role.PLAN_AUDITOR, audit.party_id) for one in open_):
        raise InvitedOtherwise
    made = make_invitation(
        actor=actor, email=email, name=name, party_id=audit.party_id, role=Role.PLAN_AUDITOR,
        now=now, grant_end_date=until_date + timedelta(days=1), gives=GUEST,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.guest.invited", subject=audit, invitation=made.pk,
        until=f"{until_date}",
    )  # fmt: skip
    return made
