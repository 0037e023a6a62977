"""Drafts of findings: another person issues them, or returns them to be written anew."""

from datetime import datetime

from compliance.actions.audits import NotOfAudit, by, locked
from compliance.models import Finding, FindingAnalysis, FindingReview
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class OwnWords(Refused):
    """Whoever wrote it issues it."""

    def __init__(self) -> None:
        super().__init__(
            "You wrote this finding, or said why it happened: another person issues it. Nothing "
            "was changed. Ask the medical director or another compliance officer to read it."
        )


class NoReason(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Say why it is returned: whoever writes it anew reads that. Nothing was changed."
        )


class ReadBefore(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This finding was issued or returned before. Nothing was changed. What was returned is "
            "written anew, and read as that."
        )


class NotReturned(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Only a finding that was returned is written anew, and once. Nothing was changed. A "
            "finding that was issued stays as it is; record another beside it."
        )


@action("compliance.review_findings")
def review_finding(
    *, actor: Actor, finding_id: int, is_good: bool, text: str = "", now: datetime
) -> FindingReview:
    """
    Issue a draft, or return it with a reason; once.

    :raises OwnWords: for whoever wrote it, or said why it happened
    :raises NoReason: if it is returned without one
    :raises ReadBefore: if it is no draft
    """
    finding = Finding.objects.get(pk=finding_id)
    audit = locked(finding.audit_id)
    if finding.standing != "draft":
        raise ReadBefore
    wrote = {finding.recorded_by_id, *finding.analyses.values_list("recorded_by_id", flat=True)}
    if actor.user_id is None or actor.user_id in wrote:
        raise OwnWords
    if not is_good and not text.strip():
        raise NoReason
    review = FindingReview.objects.create(
        finding=finding,
        author_id=finding.recorded_by_id,
        verdict="issued" if is_good else "returned",
        text=text.strip(),
        by_id=actor.user_id,
        by_name=actor.name,
        at=now,
    )
    record(
        actor=actor, action=f"compliance.finding.{review.verdict}", subject=audit,
        finding=finding.pk,
    )  # fmt: skip
    return review


@action("compliance.manage_audits")
def redraft_finding(
    *,
    actor: Actor,
    finding_id: int,
    kind: str,
    title: str,
    condition: str,
    element_id: int | None,
    now: datetime,
) -> Finding:
    """
    Write a returned finding anew, as a draft in its place; why it happened is carried over.

    :raises NotReturned: if it was not returned, or is written anew already
    :raises NotOfAudit: if the element is of another audit
    """
    old = Finding.objects.get(pk=finding_id)
    audit = locked(old.audit_id)
    if old.standing != "returned" or hasattr(old, "replaced_by"):
        raise NotReturned
    if element_id and not audit.elements.filter(pk=element_id).exists():
        raise NotOfAudit("This is not asked in this audit.")
    finding = Finding.objects.create(
        audit=audit,
        place=audit.findings.order_by("-place").values_list("place", flat=True)[0] + 1,
        kind=kind,
        title=title,
        condition=condition,
        element_id=element_id,
        needs_second=True,
        replaces=old,
        **by(actor, now),
    )
    if last := old.analyses.first():
        FindingAnalysis.objects.create(
            finding=finding,
            root_cause=last.root_cause,
            members=last.members,
            amount_cents=last.amount_cents,
            basis=last.basis,
            **by(actor, now),
        )
    record(
        actor=actor, action="compliance.finding.redrafted", subject=audit, finding=finding.pk,
        replaces=old.pk,
    )  # fmt: skip
    return finding
