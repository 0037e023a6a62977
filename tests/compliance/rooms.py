"""A plan's audit with its auditor in the room, for tests and attackers."""

from datetime import timedelta

from compliance.actions.audit_rooms import admit_guest, ask_for, release_parts, reply_to
from compliance.models import Audit, AuditRelease
from credentialing.models import CredentialingEvent, Element, Verification
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.roles import Role
from ipaportal.identity.models import Party, User
from tests.compliance.auditing import NOON, PDF, TODAY
from tests.people import actor_of, make_user


def answered_by_npdb(practitioner, evidence: bytes) -> None:
    """What the NPDB answered lies in somebody's file."""
    event = CredentialingEvent.objects.create(
        practitioner=practitioner, kind="initial", opened_at=NOON, opened_by_name="test"
    )
    element = Element.objects.create(event=event, code="malpractice_history", added_at=NOON)
    Verification.objects.create(
        element=element, source="npdb", method="web", as_of_date=TODAY, performed_at=NOON,
        recorded_at=NOON, result="clean", evidence_sha256=store(evidence).sha256,
        evidence_name="answer.pdf", collected_by_name="test",
    )  # fmt: skip


def auditor_of(plan: Party, email: str = "haldane@plan.example", name: str = "R. Haldane") -> User:
    """Somebody of a plan who may be let in."""
    return make_user(email, Role.PLAN_AUDITOR, party=plan, name=name)


def let_in(clerk: Actor, audit: Audit, user: User, days: int = 30, now=NOON):
    """Through a last day."""
    until = now.date() + timedelta(days=days)
    return admit_guest(actor=clerk, audit_id=audit.pk, user_id=user.pk, until_date=until, now=now)


def released(clerk: Actor, audit: Audit, **chosen) -> list[AuditRelease]:
    """What the plan's auditors may look at."""
    return release_parts(actor=clerk, audit_id=audit.pk, now=NOON, **chosen)


def make_room(audit_id: int, name: str) -> dict[str, object]:
    """A guest, a released paper, a request and its reply; gives what addresses may name."""
    clerk, audit = Actor.system("test"), Audit.objects.get(pk=audit_id)
    user = auditor_of(audit.party, "guest@audited.example", name[:200])
    guest = let_in(clerk, audit, user)
    answer = audit.draw.items.first().answers.exclude(evidence_sha256="").first()
    (paper,) = released(clerk, audit, answer_ids=[answer.pk])
    asked = ask_for(
        actor=actor_of(user), audit_id=audit.pk, text=name[:1000], due_date=TODAY, now=NOON
    )
    reply = reply_to(
        actor=clerk, request_id=asked.pk, is_given=True, text=name, file=PDF, file_name=name,
        now=NOON,
    )  # fmt: skip
    return {
        "audit_guest_id": guest.pk,
        "audit_release_id": paper.pk,
        "audit_request_id": asked.pk,
        "audit_reply_id": reply.pk,
    }
