"""What a plan's auditor may see of its audit, and what may be released to them at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Q, QuerySet

from capitation.models import Member
from compliance.models import (
    Audit,
    AuditAnswer,
    AuditGuest,
    AuditItem,
    AuditPacket,
    AuditRelease,
    AuditReply,
    AuditRequest,
    AuditUniverse,
    CorrectionStep,
)
from compliance.models.audits import AuditQuerySet
from compliance.queries.audits import newest_answers, rows_of
from compliance.rules.audit_rooms import is_open, request_state
from compliance.rules.universes import member_column
from ipaportal.audit.models import DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.identity.models import Invitation, User
from ipaportal.identity.queries.actors import grants_in_force

VISIT = "compliance.visit_audits"
LOOKED = "compliance.guest.looked"
# Where a paper must not come from: what peers said of each other, what the NPDB answered, what
# was written of whom a hearing is about. Cases answer for themselves, behind a wall of their own.
PROTECTED = """
SELECT EXISTS (SELECT FROM credentialing_verification AS v
                 JOIN credentialing_element AS e ON e.id = v.element_id
                WHERE v.evidence_sha256 = ANY (%(papers)s::text[])
                  AND (v.source = 'npdb' OR e.code = 'malpractice_history'))
    OR EXISTS (SELECT FROM credentialing_adversenotice WHERE pdf_sha256 = ANY (%(papers)s::text[]))
    OR EXISTS (SELECT FROM unnest(%(papers)s::text[]) AS one WHERE compliance_is_case_file(one))
"""


@dataclass(frozen=True)
class Asked:
    """A request with how it stands today."""

    request: AuditRequest
    state: str  # waits, overdue, given, not given
    replies: tuple[AuditReply, ...]


def guests_of_plan(audit: Audit, today: date) -> QuerySet[User]:
    """Auditors of the plan that audits, by name: who may be let in."""
    grants = grants_in_force(today).filter(role=Role.PLAN_AUDITOR, party_id=audit.party_id)
    return User.objects.filter(is_active=True, pk__in=grants.values("user_id")).order_by("name")


def open_invitations(audit: Audit, now: datetime) -> QuerySet[Invitation]:
    """Who was invited as an auditor of the plan that audits, and has not accepted yet."""
    return Invitation.objects.filter(
        role=Role.PLAN_AUDITOR, party_id=audit.party_id, accepted_at=None, withdrawn_at=None,
        expires_at__gt=now,
    ).order_by("invited_at")  # fmt: skip


def visited(*, actor: Actor, today: date) -> AuditQuerySet:
    """
    Audits that are open to a guest today; closed ones are not, whatever a visit says.

    :raises NotPermitted: for whoever is no guest
    """
    if not actor.may(VISIT):
        raise NotPermitted(actor.name, VISIT)
    visits = AuditGuest.objects.of(actor, VISIT, today)
    plans = Audit.objects.filter(kind=Audit.Kind.PLAN, pk__in=visits.values("audit_id"))
    return plans.with_state().exclude(state="closed").select_related("party")


def visit_of(actor: Actor, audit: Audit, state: str, today: date) -> AuditGuest | None:
    """The visit by which somebody is in an audit today; None if they are not."""
    for visit in AuditGuest.objects.of(actor, VISIT, today).filter(audit=audit):
        if is_open(state, visit.until_date, today):
            return visit
    return None


def released(audit: Audit) -> QuerySet[AuditRelease]:
    """What guests of an audit may look at now."""
    return audit.releases.filter(withdrawn_at=None)


def shown_answers(item: AuditItem) -> list[AuditAnswer]:
    """The answers of an item as guests see them: the newest of each element, if released."""
    if not released(item.draw.audit).filter(item=item).exists():
        return []
    given = newest_answers(item.draw.audit)
    mine = [row for (no, _), row in given.items() if no == item.pk]
    return sorted(mine, key=lambda row: row.element.place)


def asked(audit: Audit, today: date) -> list[Asked]:
    """Every request of an audit with how it stands."""
    rows = []
    for one in audit.requests.prefetch_related("replies"):
        replies = tuple(one.replies.all())
        last = replies[-1].answer if replies else ""
        rows.append(Asked(one, request_state(one.due_date, last, today), replies))
    return rows


def looks_at(audit: Audit) -> QuerySet[DomainEvent]:
    """Every look of a guest at an audit, the newest first."""
    of = {"subject_type": audit._meta.label, "subject_id": str(audit.pk)}
    return DomainEvent.objects.filter(action=LOOKED, **of).order_by("-pk")


def is_protected(papers: Iterable[str]) -> bool:
    """Whether a paper is one of those that no auditor is ever shown."""
    with connection.cursor() as cursor:
        cursor.execute(PROTECTED, {"papers": list(papers)})
        return cursor.fetchone()[0]


def of_other_plans(universe: AuditUniverse, keys: set[str] | None = None) -> int:
    """How many rows name a member of another plan, and none of whoever audits."""
    rows = rows_of(universe)
    column = member_column(list(next(iter(rows.values()), {})))
    if not column:
        return 0
    numbers = {row[column].strip() for key, row in rows.items() if keys is None or key in keys}
    known = Member.objects.filter(plan_member_id__in=numbers)
    theirs = known.filter(payer__party_id=universe.audit.party_id)
    others = known.exclude(plan_member_id__in=theirs.values("plan_member_id"))
    return others.values("plan_member_id").distinct().count()


def papers_of(audit: Audit) -> set[str]:
    """The papers that a packet of an audit holds."""
    answers = AuditAnswer.objects.filter(item__draw__audit=audit)
    steps = CorrectionStep.objects.filter(correction__finding__audit=audit)
    found = {audit.letter_sha256}
    found |= set(answers.values_list("evidence_sha256", flat=True))
    found |= set(steps.values_list("evidence_sha256", flat=True))
    return found - {""}


def unreleased(audit: Audit) -> tuple[list[AuditItem], list[AuditAnswer], list[AuditPacket]]:
    """Worksheets that are answered, their papers, and packets, that guests do not see yet."""
    now = released(audit)
    given = newest_answers(audit)
    worked = {item for item, _ in given}
    have = set(now.values_list("item_id", "answer_id", "packet_id"))
    items = AuditItem.objects.filter(pk__in=worked - {one[0] for one in have})
    papers = [
        row for row in given.values()
        if row.evidence_sha256 and row.pk not in {one[1] for one in have}
    ]  # fmt: skip
    packets = audit.packets.filter(~Q(pk__in=[one[2] for one in have if one[2]]), state="done")
    papers.sort(key=lambda row: (row.item_id, row.element.place))
    return list(items), papers, list(packets)


def unanswered() -> set[int]:
    """Audits in which a plan's auditor waits for an answer."""
    return set(AuditRequest.objects.filter(replies=None).values_list("audit_id", flat=True))
