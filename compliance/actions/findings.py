"""Findings, why they happened, and corrections that somebody else than their owner validates."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Max

from compliance.actions.audits import NotOfAudit, OutOfOrder, by, enter, locked
from compliance.models import (
    Audit,
    Correction,
    CorrectionStep,
    Finding,
    FindingAnalysis,
    Milestone,
)
from compliance.queries.audits import state_of
from compliance.queries.findings import owners
from compliance.rules.audits import FINDABLE, KINDS
from compliance.rules.corrections import evidence_of, may, reached
from credentialing.actions.documents import checked_kind
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.refusals import Refused


class NeedsNoPlan(Refused):
    """A plan for a finding that needs none."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"This finding is an {KINDS[kind]}: only what requires corrective action has a plan. "
            "Nothing was recorded."
        )


class NotIssued(Refused):
    """A plan for a draft."""

    def __init__(self) -> None:
        super().__init__(
            "This finding is not issued: another person than who wrote it has to read it first. "
            "Nothing was recorded. Ask the medical director or another compliance officer."
        )


class PlannedBefore(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This finding has its plan. Nothing was recorded. Move its day, or reopen it."
        )


class NoAnalysis(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nobody said yet why it happened and whom it touched, and a plan answers that. "
            "Nothing was recorded. Record the root cause and the impact first."
        )


class NoOwner(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The owner has to be somebody on the staff who may work on corrections. Nothing was "
            "recorded. Choose another person."
        )


class BadMilestones(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A plan has at least one milestone, and none is due after the plan itself. Nothing was "
            "recorded. Look at the days."
        )


class NotYours(Refused):
    """Somebody else than the owner works on it."""

    def __init__(self, owner: str) -> None:
        super().__init__(
            f"{owner} owns this correction, and says what was done. Nothing was recorded."
        )


class OwnWork(Refused):
    """Whoever owns or supplied it judges it."""

    def __init__(self) -> None:
        super().__init__(
            "Nobody validates, returns, moves or reopens what they own or gave the evidence for. "
            "Nothing was recorded. Ask another person."
        )


class NotNow(Refused):
    def __init__(self) -> None:
        super().__init__(
            "That does not follow from where the correction is. Nothing was recorded. Look at the "
            "page again: somebody may have gone on meanwhile."
        )


class NotReady(Refused):
    """Handed in too early."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Nothing was handed in. Finish that first.")


@action("compliance.manage_audits")
def record_finding(
    *,
    actor: Actor,
    audit_id: int,
    kind: str,
    title: str,
    condition: str,
    element_id: int | None,
    now: datetime,
) -> Finding:
    """
    Draft a finding: corrective action required, an observation, or an invalid data submission.

    :raises OutOfOrder: before anything was sent in, and once the audit is closed
    :raises NotOfAudit: if the element is of another audit
    """
    audit = locked(audit_id)
    state = state_of(audit)
    if state not in FINDABLE:
        raise OutOfOrder(state)
    if element_id and not audit.elements.filter(pk=element_id).exists():
        raise NotOfAudit("This is not asked in this audit.")
    most = audit.findings.aggregate(most=Max("place"))["most"] or 0
    finding = Finding.objects.create(
        audit=audit,
        place=most + 1,
        kind=kind,
        title=title,
        condition=condition,
        element_id=element_id,
        needs_second=True,
        **by(actor, now),
    )
    record(
        actor=actor,
        action="compliance.finding.recorded",
        subject=audit,
        finding=finding.pk,
        kind=kind,
    )
    return finding


@action("compliance.manage_audits")
def analyse_finding(
    *,
    actor: Actor,
    finding_id: int,
    root_cause: str,
    members: int,
    amount_cents: int,
    basis: str,
    now: datetime,
) -> FindingAnalysis:
    """Say why it happened, and how many members and dollars it touched; the newest counts."""
    finding = Finding.objects.get(pk=finding_id)
    audit = locked(finding.audit_id)
    found = FindingAnalysis.objects.create(
        finding=finding,
        root_cause=root_cause,
        members=members,
        amount_cents=amount_cents,
        basis=basis,
        **by(actor, now),
    )
    record(
        actor=actor,
        action="compliance.finding.analysed",
        subject=audit,
        finding=finding.pk,
        members=members,
        amount_cents=amount_cents,
    )
    return found


@action("compliance.manage_audits")
def plan_correction(
    *,
    actor: Actor,
    finding_id: int,
    owner_id: int,
    text: str,
    due_date: date,
    milestones: Sequence[tuple[str, date]],
    now: datetime,
) -> Correction:
    """
    Give a finding its plan: an owner, a day, and milestones.

    :raises NeedsNoPlan: if it requires no corrective action
    :raises NotIssued: if no second person issued it
    :raises PlannedBefore: if it has one
    :raises NoAnalysis: if nobody said why it happened
    :raises NoOwner: if the owner may not work on it
    :raises BadMilestones: if there is none, or one is due after the plan
    """
    finding = Finding.objects.get(pk=finding_id)
    audit = locked(finding.audit_id)
    if finding.kind != "car":
        raise NeedsNoPlan(finding.kind)
    if finding.standing != "issued":
        raise NotIssued
    if hasattr(finding, "correction"):
        raise PlannedBefore
    if not finding.analyses.exists():
        raise NoAnalysis
    owner = owners(now.date()).filter(pk=owner_id).first()
    if owner is None:
        raise NoOwner
    if not milestones or any(day > due_date for _, day in milestones):
        raise BadMilestones
    plan = Correction.objects.create(
        finding=finding,
        owner_id=owner.pk,
        owner_name=owner.name,
        text=text,
        due_date=due_date,
        **by(actor, now),
    )
    Milestone.objects.bulk_create(
        Milestone(correction=plan, place=place, text=words, due_date=day)
        for place, (words, day) in enumerate(milestones, 1)
    )
    record(
        actor=actor,
        action="compliance.correction.planned",
        subject=audit,
        finding=finding.pk,
        owner=owner.pk,
        due_date=f"{due_date}",
    )
    return plan


@action("compliance.work_corrections")
def reach_milestone(
    *,
    actor: Actor,
    milestone_id: int,
    text: str,
    evidence: bytes = b"",
    evidence_name: str = "",
    now: datetime,
) -> CorrectionStep:
    """
    Say that a milestone was reached, with evidence if there is any.

    :raises NotYours: for anybody but the owner
    :raises NotNow: if it was reached, or the correction was handed in
    :raises WrongFile: if the evidence is no paper that is kept
    """
    milestone = Milestone.objects.get(pk=milestone_id)
    audit, plan = _plan(milestone.correction_id)
    _own(actor, plan)
    if milestone.pk in reached(done_of(plan)):
        raise NotNow
    return _step(
        actor, audit, plan, "reached", now, text=text, milestone=milestone,
        evidence=evidence, evidence_name=evidence_name,
    )  # fmt: skip


@action("compliance.work_corrections")
def add_evidence(
    *,
    actor: Actor,
    correction_id: int,
    text: str,
    evidence: bytes,
    evidence_name: str,
    now: datetime,
) -> CorrectionStep:
    """
    Add a paper that shows what was done.

    :raises NotYours: for anybody but the owner
    :raises NotNow: once the correction was handed in
    :raises WrongFile: if it is no paper that is kept
    """
    audit, plan = _plan(correction_id)
    _own(actor, plan)
    checked_kind(evidence)
    return _step(
        actor, audit, plan, "evidence", now, text=text,
        evidence=evidence, evidence_name=evidence_name,
    )  # fmt: skip


@action("compliance.work_corrections")
def submit_correction(
    *, actor: Actor, correction_id: int, text: str, now: datetime
) -> CorrectionStep:
    """
    Hand a correction in for validation.

    :raises NotYours: for anybody but the owner
    :raises NotReady: if a milestone is ahead, or there is no evidence
    """
    audit, plan = _plan(correction_id)
    _own(actor, plan)
    done = done_of(plan)
    ahead = plan.milestones.exclude(pk__in=reached(done)).count()
    if ahead:
        raise NotReady(f"{ahead} of its milestones are not reached.")
    if not evidence_of(done):
        raise NotReady("There is no evidence of what was done.")
    return _step(actor, audit, plan, "submitted", now, text=text)


@action("compliance.validate_corrections")
def judge_correction(
    *,
    actor: Actor,
    correction_id: int,
    is_good: bool,
    text: str,
    evidence_sha256: str = "",
    now: datetime,
) -> CorrectionStep:
    """
    Validate a correction by a paper that was handed in, or return it with a reason.

    :raises OwnWork: for its owner, and for whoever gave its evidence
    :raises NotReady: if the paper is none of those handed in
    :raises NotNow: if it was not handed in
    """
    audit, plan = _plan(correction_id)
    _of_others(actor, plan)
    if not is_good:
        return _step(actor, audit, plan, "returned", now, text=text)
    done = done_of(plan)
    if not may(done, "validated"):
        raise NotNow
    if evidence_sha256 not in evidence_of(done):
        raise NotReady("A validation names the evidence that was read.")
    named = plan.steps.filter(evidence_sha256=evidence_sha256).first()
    return _step(
        actor, audit, plan, "validated", now, text=text,
        read=(evidence_sha256, named.evidence_name),
    )  # fmt: skip


@action("compliance.validate_corrections")
def extend_correction(
    *, actor: Actor, correction_id: int, due_date: date, text: str, now: datetime
) -> CorrectionStep:
    """
    Move the day of a correction, with a reason; milestones ahead move by as many days.

    :raises OwnWork: for its owner
    :raises NotNow: once it was handed in
    """
    audit, plan = _plan(correction_id)
    _of_others(actor, plan)
    return _step(actor, audit, plan, "extended", now, text=text, due_date=due_date)


@action("compliance.validate_corrections")
def reopen_correction(
    *, actor: Actor, correction_id: int, due_date: date, text: str, now: datetime
) -> CorrectionStep:
    """
    Open a validated correction again, due anew; an audit that was closed is open again with it.

    :raises OwnWork: for its owner
    :raises NotNow: if it is not validated
    """
    audit, plan = _plan(correction_id)
    _of_others(actor, plan)
    step = _step(actor, audit, plan, "reopened", now, text=text)
    _step(actor, audit, plan, "extended", now, text="due anew", due_date=due_date)
    if state_of(audit) == "closed":
        enter(audit, "reopened", actor, now, text)
        record(actor=actor, action="compliance.audit.reopened", subject=audit)
    return step


def done_of(plan: Correction) -> list:
    """What was done about a correction, in order, as the rules read it."""
    return [step.done for step in plan.steps.order_by("place")]


def _plan(correction_id: int) -> tuple[Audit, Correction]:
    plan = Correction.objects.select_related("finding").get(pk=correction_id)
    return locked(plan.finding.audit_id), plan


def _own(actor: Actor, plan: Correction) -> None:
    owner_id, owner_name = plan.owner_now
    if actor.user_id != owner_id:
        raise NotYours(owner_name)


def _of_others(actor: Actor, plan: Correction) -> None:
    """Refuse whoever ever owned it or gave evidence, and whoever is nobody."""
    gave = plan.steps.filter(kind__in=["reached", "evidence", "submitted"], by_id=actor.user_id)
    if actor.user_id in {None, *plan.owners_ever} or gave.exists():
        raise OwnWork


def _step(
    actor: Actor,
    audit: Audit,
    plan: Correction,
    kind: str,
    now: datetime,
    *,
    text: str,
    milestone: Milestone | None = None,
    due_date: date | None = None,
    evidence: bytes = b"",
    evidence_name: str = "",
    read: tuple[str, str] = ("", ""),
) -> CorrectionStep:
    """Add a step where it may follow, and say so."""
    if not may(done_of(plan), kind):
        raise NotNow
    if evidence:
        checked_kind(evidence)
        read = store(evidence).sha256, evidence_name[-200:]
    step = CorrectionStep.objects.create(
        correction=plan,
        owner_id=plan.owner_id,
        place=(plan.steps.aggregate(most=Max("place"))["most"] or 0) + 1,
        kind=kind,
        milestone=milestone,
        due_date=due_date,
        text=text.strip(),
        evidence_sha256=read[0],
        evidence_name=read[1],
        by_id=actor.user_id,
        by_name=actor.name,
        at=now,
    )
    record(
        actor=actor,
        action=f"compliance.correction.{kind}",
        subject=audit,
        correction=plan.pk,
        evidence_sha256=read[0],
    )
    return step
