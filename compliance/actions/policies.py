"""Policies: drafted, reviewed by two others, in force from a day, withdrawn before that."""

from datetime import date, datetime

from django.db.models import Max

from compliance.models import Policy, PolicyApproval, PolicyVersion
from compliance.rules.attestations import APPROVALS, digest
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused

Status = PolicyVersion.Status


class CodeTaken(Refused):
    def __init__(self, policy: Policy) -> None:
        super().__init__(
            f"{policy} has this code. Nothing was changed. Give another, or draft a new version."
        )


class DraftWaits(Refused):
    """One wording at a time."""

    def __init__(self, version: PolicyVersion) -> None:
        super().__init__(
            f"{version} is a {version.get_status_display()}. Nothing was changed. Approve or "
            "withdraw it first."
        )


class NotThis(Refused):
    """A version is not where this step begins."""

    def __init__(self, version: PolicyVersion) -> None:
        super().__init__(
            f"{version} is {version.get_status_display()}. Nothing was changed. Look at it again."
        )


class OwnWords(Refused):
    def __init__(self) -> None:
        super().__init__("You wrote this. Nothing was changed. Two others have to approve it.")


class ApprovedBefore(Refused):
    def __init__(self) -> None:
        super().__init__("You approved this already. Nothing was changed. A second person has to.")


class OtherWords(Refused):
    def __init__(self) -> None:
        super().__init__("The words are others than you read. Nothing was changed. Read them anew.")


class InForceAlready(Refused):
    def __init__(self, day: date) -> None:
        super().__init__(
            f"It has been in force since {day}. Nothing was changed. Draft a new version instead."
        )


@action("compliance.write_policies")
def draft_version(
    *, actor: Actor, text: str, effective_date: date, change: str, now: datetime,
    policy_id: int | None = None, code: str = "", title: str = "",
) -> PolicyVersion:  # fmt: skip
    """
    Draft the first version of a new policy, or the next of one there is.

    :raises CodeTaken: if a new policy's code is another's
    :raises DraftWaits: if a draft or a version in review waits
    """
    if policy_id is None:
        if taken := Policy.objects.filter(code=code).first():
            raise CodeTaken(taken)
        policy = Policy.objects.create(code=code, title=title, made_at=now)
    else:
        policy = Policy.objects.select_for_update().get(pk=policy_id)
    waiting = policy.versions.filter(status__in=(Status.DRAFT, Status.REVIEW)).first()
    if waiting:
        raise DraftWaits(waiting)
    last = policy.versions.aggregate(n=Max("number"))["n"] or 0
    version = PolicyVersion.objects.create(
        policy=policy, number=last + 1, text=text, change=change, effective_date=effective_date,
        sha256=digest(title=policy.title, text=text), drafted_at=now,
        drafted_by_id=actor.user_id, drafted_by_name=actor.name,
    )  # fmt: skip
    record(actor=actor, action="compliance.policy.drafted", subject=version, sha256=version.sha256)
    return version


@action("compliance.write_policies")
def change_draft(
    *, actor: Actor, version_id: int, text: str, effective_date: date, change: str, now: datetime
) -> PolicyVersion:
    """
    Write a draft's words anew; who wrote last is whose words they are.

    :raises NotThis: if it is no draft any more
    """
    version = _version(version_id, Status.DRAFT)
    version.text, version.effective_date, version.change = text, effective_date, change
    version.sha256 = digest(title=version.policy.title, text=text)
    version.drafted_at, version.drafted_by_id = now, actor.user_id
    version.drafted_by_name = actor.name
    version.save()
    record(actor=actor, action="compliance.policy.redrafted", subject=version,
           sha256=version.sha256)  # fmt: skip
    return version


@action("compliance.write_policies")
def submit_version(*, actor: Actor, version_id: int, now: datetime) -> PolicyVersion:
    """
    Give a draft to review: its words stay as they are from now on.

    :raises NotThis: if it is no draft
    """
    version = _version(version_id, Status.DRAFT)
    version.status = Status.REVIEW
    version.save(update_fields=["status"])
    record(actor=actor, action="compliance.policy.submitted", subject=version, at=f"{now}")
    return version


@action("compliance.approve_policies")
def approve_version(
    *, actor: Actor, version_id: int, seen_digest: str, now: datetime
) -> PolicyVersion:
    """
    Approve exactly the words that were read; the second yes puts them in force from their day.

    :raises NotThis: if it is not in review
    :raises OwnWords: if the actor wrote them
    :raises ApprovedBefore: if the actor approved them before
    :raises OtherWords: if they are not what was read
    """
    version = _version(version_id, Status.REVIEW)
    if version.drafted_by_id == actor.user_id:
        raise OwnWords
    if version.approvals.filter(approved_by_id=actor.user_id).exists():
        raise ApprovedBefore
    if version.sha256 != seen_digest:
        raise OtherWords
    PolicyApproval.objects.create(
        version=version, content_sha256=seen_digest, approved_at=now,
        approved_by_id=actor.user_id, approved_by_name=actor.name,
    )  # fmt: skip
    agreed = version.approvals.count()
    if agreed >= APPROVALS:
        version.status, version.decided_at = Status.APPROVED, now
        version.save(update_fields=["status", "decided_at"])
    record(actor=actor, action="compliance.policy.approved", subject=version, agreed=agreed)
    return version


@action("compliance.write_policies")
def withdraw_version(
    *, actor: Actor, version_id: int, reason: str, now: datetime, today: date
) -> PolicyVersion:
    """
    Take a version back that is not in force yet.

    :raises NotThis: if it was taken back
    :raises InForceAlready: if its day has come; then a newer version replaces it
    """
    version = _version(version_id, Status.DRAFT, Status.REVIEW, Status.APPROVED)
    if version.status == Status.APPROVED and version.effective_date <= today:
        raise InForceAlready(version.effective_date)
    version.status, version.decided_at = Status.WITHDRAWN, now
    version.withdraw_reason = reason
    version.save(update_fields=["status", "decided_at", "withdraw_reason"])
    record(actor=actor, action="compliance.policy.withdrawn", subject=version, reason=reason)
    return version


def _version(version_id: int, *statuses: str) -> PolicyVersion:
    version = PolicyVersion.objects.select_for_update().get(pk=version_id)
    if version.status not in statuses:
        raise NotThis(version)
    return version
