"""Policies by version, campaigns with their audience, and what each person attested."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from compliance.rules.attestations import KINDS
from ipaportal.core.roles import ROLE_NAMES


class Policy(models.Model):
    """What is agreed about one subject; its words are in its versions."""

    code = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class PolicyVersion(models.Model):
    """
    One wording. A trigger lets its words change only while it is a draft.

    In force is the newest approved one whose day has come (`rules.attestations.in_force`).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "draft"
        REVIEW = "review", "waits for two approvals"
        APPROVED = "approved", "approved"
        WITHDRAWN = "withdrawn", "withdrawn"

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    change = models.CharField("what is new in it", max_length=500, blank=True)
    sha256 = models.CharField(max_length=64)
    effective_date = models.DateField()
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    drafted_at = models.DateTimeField()
    drafted_by_id = models.BigIntegerField(null=True, blank=True)
    drafted_by_name = models.CharField(max_length=200)
    decided_at = models.DateTimeField(null=True, blank=True)
    withdraw_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["policy", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="compliance_policy_version"),
            models.UniqueConstraint(
                fields=["policy"],
                condition=Q(status__in=("draft", "review")),
                name="compliance_one_open_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy}, version {self.number}"


class PolicyApproval(models.Model):
    """One person's yes to exactly these words. A trigger refuses whoever wrote them."""

    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="approvals")
    content_sha256 = models.CharField(max_length=64)
    approved_at = models.DateTimeField()
    approved_by_id = models.BigIntegerField()
    approved_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "approved_by_id"], name="compliance_policy_approved_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.approved_by_name}, {self.approved_at:%Y-%m-%d}"


class Campaign(models.Model):
    """What a group of people is asked to attest until a day; frozen as it was launched."""

    kind = models.CharField(max_length=10, choices=list(KINDS.items()))
    title = models.CharField(max_length=200)
    version = models.ForeignKey(
        PolicyVersion, models.PROTECT, null=True, blank=True, related_name="campaigns"
    )
    text = models.TextField()
    # [{question, choices, right}]; asked where there are any, and all have to be right.
    questions = models.JSONField(default=list, blank=True)
    content_sha256 = models.CharField(max_length=64)
    roles = ArrayField(
        models.CharField(max_length=30, choices=[(r.value, n) for r, n in ROLE_NAMES.items()])
    )
    due_date = models.DateField("last day")
    launched_at = models.DateTimeField()
    launched_by_id = models.BigIntegerField(null=True, blank=True)
    launched_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-launched_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class CampaignPerson(models.Model):
    """Somebody who was asked, as it stood at the launch, and for which party."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="people")
    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    # Thresholds of `rules.attestations` that were sent, or passed over by an outage.
    reminded = ArrayField(models.SmallIntegerField(), default=list)

    class Meta:
        ordering = ["campaign", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "user"], name="compliance_asked_once")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.campaign}"


class Attestation(models.Model):
    """A yes to the exact bytes, by whom, when, and how they had signed in. Never changed."""

    person = models.OneToOneField(CampaignPerson, models.PROTECT, related_name="attestation")
    content_sha256 = models.CharField(max_length=64)
    answers = models.JSONField(default=dict, blank=True)
    statement = models.CharField(max_length=2000, blank=True)
    attested_at = models.DateTimeField()
    attested_by_name = models.CharField(max_length=200)
    signed_in_by = models.CharField("how they had signed in", max_length=60)

    class Meta:
        ordering = ["-attested_at"]

    def __str__(self) -> str:
        return f"{self.attested_by_name}, {self.attested_at:%Y-%m-%d}"
