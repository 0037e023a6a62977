"""Links to servers that export health records by themselves, and each import from them."""

import uuid

from django.db import models
from django.db.models import Q

from compliance.models.health_records import HealthFile, HealthSource
from compliance.rules.bulk_exports import JOB_WORDS, LIVE, FileKind, Job


class HealthLink(models.Model):
    """
    How a source is asked: its FHIR address, and as whom; a later link replaces an earlier one.

    The server knows the public key; what signs for this portal is encrypted for this row alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey(HealthSource, models.PROTECT, related_name="links")
    base_url = models.CharField("FHIR address", max_length=500)
    client_id = models.CharField(max_length=200)
    group = models.CharField(max_length=64, blank=True)
    scope = models.CharField(max_length=500)
    public_key = models.JSONField()
    key_encrypted = models.BinaryField()
    recorded_at = models.DateTimeField()
    recorded_by_name = models.CharField(max_length=200)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-recorded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(superseded_at=None), name="compliance_link_once"
            )
        ]

    def __str__(self) -> str:
        return self.base_url


class HealthJob(models.Model):
    """One import; the row is the job: each step of it is taken under its lock."""

    link = models.ForeignKey(HealthLink, models.PROTECT, related_name="jobs")
    state = models.CharField(
        max_length=9, choices=[(str(state), words) for state, words in JOB_WORDS.items()]
    )
    since = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    asked_by_name = models.CharField(max_length=200)
    next_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    status_url = models.CharField(max_length=2000, blank=True)
    progress = models.CharField(max_length=100, blank=True)
    as_of = models.DateTimeField(null=True)
    needs_token = models.BooleanField(default=True)
    problem = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["link"], condition=Q(state__in=LIVE), name="compliance_one_import"
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(problem=""), name="compliance_import_says_why"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(state__in=LIVE), name="compliance_imports_wait"
            )
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"

    @property
    def is_live(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in LIVE

    @property
    def state_words(self) -> str:
        """Where it stands, for people."""
        return JOB_WORDS[Job(self.state)]


class HealthJobFile(models.Model):
    """One file of an import: what it was said to hold, and the file it became."""

    job = models.ForeignKey(HealthJob, models.PROTECT, related_name="files")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=7, choices=[(str(one), str(one)) for one in FileKind])
    type = models.CharField(max_length=64, blank=True)
    url = models.CharField(max_length=2000)
    count = models.PositiveIntegerField("said to hold", null=True)
    file = models.ForeignKey(HealthFile, models.PROTECT, null=True, related_name="+")
    held = models.PositiveIntegerField("holds", null=True)
    loaded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["job_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="compliance_importfile_once")
        ]

    def __str__(self) -> str:
        return f"file {self.position} of import {self.job_id}"
