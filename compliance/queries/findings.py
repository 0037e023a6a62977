"""The findings board: what was found, who owns its correction, and what is late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch

from compliance.models import Correction, CorrectionStep, Finding, FindingAnalysis
from compliance.rules.corrections import due_of, late_since, state_of
from ipaportal.core.actors import Actor
from ipaportal.core.permissions import roles_for
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import User
from ipaportal.identity.queries.actors import grants_in_force

VIEW = "compliance.view_audits"
WORK = "compliance.work_corrections"
NO_PLAN = "no plan"
DRAFTS = ("draft", "returned")
NEEDS_NONE = "needs none"


@dataclass(frozen=True)
class BoardRow:
    """One finding as the board shows it."""

    finding: Finding
    state: str  # draft, returned, no plan, needs none, open, submitted, validated
    owner_id: int | None
    owner_name: str
    due: date | None
    late: date | None
    owner_left: bool
    members: int | None
    amount_cents: int | None


def owners(today: date) -> Iterable[User]:
    """People who may own a correction, by name."""
    grants = grants_in_force(today).filter(role__in=roles_for(WORK))
    return User.objects.filter(is_active=True, pk__in=grants.values("user_id")).order_by("name")


def board(*, actor: Actor, today: date) -> list[BoardRow]:
    """
    Every finding, the late ones first, then by the day they are due.

    :raises NotPermitted: for whoever may see none
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = Finding.objects.standing().select_related(
        "audit", "audit__party", "correction", "review"
    )
    rows = board_rows(found, today)
    return sorted(rows, key=lambda row: (row.late is None, row.due or date.max, row.finding.pk))


def board_rows(findings, today: date) -> list[BoardRow]:
    """Findings as the board shows them; six queries."""
    working = set(owners(today).values_list("pk", flat=True))
    found = findings.select_related("review").prefetch_related(
        Prefetch("analyses", FindingAnalysis.objects.order_by("-recorded_at", "-pk")),
        Prefetch("correction__steps", CorrectionStep.objects.order_by("place")),
        "correction__milestones",
        "correction__handovers",
    )
    return [_row(one, today, working) for one in found]


def _row(finding: Finding, today: date, working: set[int]) -> BoardRow:
    analyses: Sequence[FindingAnalysis] = finding.analyses.all()
    impact = analyses[0] if analyses else None
    plan: Correction | None = getattr(finding, "correction", None)
    state, due, late = NO_PLAN if finding.kind == "car" else NEEDS_NONE, None, None
    if finding.standing in DRAFTS:
        state = finding.standing
    owner_id, owner_name = plan.owner_now if plan else (None, "")
    if plan is not None:
        done = [step.done for step in plan.steps.all()]
        days = {one.pk: one.due_date for one in plan.milestones.all()}
        state, due = state_of(done), due_of(plan.due_date, done)
        late = late_since(plan.due_date, days, done, today)
    return BoardRow(
        finding=finding,
        state=state,
        owner_id=owner_id,
        owner_name=owner_name,
        owner_left=owner_id not in working and state in ("open", "submitted"),
        due=due,
        late=late,
        members=impact.members if impact else None,
        amount_cents=impact.amount_cents if impact else None,
    )
