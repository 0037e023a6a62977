"""Records of EHRs: where they come from, files as they came, each resource, and whose they are."""

import uuid

from django.db import models
from django.db.models import F, Q

from compliance.rules.health_records import STEPS, WORDS, State


class HealthSource(models.Model):
    """One EHR or plan that records come from; ids of resources are its own, and nobody else's."""

    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    recorded_at = models.DateTimeField()
    recorded_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["party", "name"], name="compliance_source_once")
        ]

    def __str__(self) -> str:
        return self.name


class HealthFile(models.Model):
    """A file of records as it came; its bytes are kept, whatever became of it."""

    class Status(models.TextChoices):
        WAITING = "waiting", "waits to be read"
        READ = "read", "read"
        REFUSED = "refused", "refused whole"

    source = models.ForeignKey(HealthSource, models.PROTECT, related_name="files")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    received_at = models.DateTimeField()
    received_by_id = models.BigIntegerField(null=True, blank=True)
    received_by_name = models.CharField(max_length=200)
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    read_at = models.DateTimeField(null=True, blank=True)
    # What is wrong and worth a note, as [where, code, words]: nothing of what lines hold.
    problems = models.JSONField(default=list)
    counts = models.JSONField("resources by type", default=dict)
    lines = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    older = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "sha256"], name="compliance_healthfile_once"),
            models.CheckConstraint(
                condition=~Q(status="read")
                | Q(lines=F("added") + F("changed") + F("known") + F("older")),
                name="compliance_records_in_are_kept",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(status="waiting"), name="compliance_records_wait"
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class HealthRecord(models.Model):
    """
    One version of one resource, down to its line: file, place, hash.

    What it holds stays in the file, which is encrypted; here stands what is asked for. `by_ref`,
    `patient_ref` and `encounter_ref` are ids of the source; `first_day` is its day.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey(HealthSource, models.PROTECT, related_name="+")
    file = models.ForeignKey(HealthFile, models.PROTECT, related_name="records")
    line_no = models.PositiveIntegerField()
    line_offset = models.PositiveBigIntegerField()
    line_size = models.PositiveIntegerField()
    line_sha256 = models.CharField(max_length=64)
    kind = models.CharField("type", max_length=64)
    ref = models.CharField("id of the source", max_length=64, blank=True)
    version = models.CharField(max_length=64, blank=True)
    updated_at = models.DateTimeField(null=True)
    patient_ref = models.CharField(max_length=64, blank=True)
    encounter_ref = models.CharField(max_length=64, blank=True)
    by_ref = models.CharField(max_length=64, blank=True)
    npi = models.CharField(max_length=10, blank=True)
    first_day = models.DateField(null=True)
    status = models.CharField(max_length=30, blank=True)
    setting = models.CharField(max_length=20, blank=True)
    code = models.CharField(max_length=40, blank=True)
    code_system = models.CharField(max_length=100, blank=True)
    # Name, birth date and numbers of a patient or coverage, as JSON.
    told_encrypted = models.BinaryField(null=True)
    superseded_at = models.DateTimeField(null=True)
    # When its source said that it deleted it.
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "line_sha256"], name="compliance_record_version_once"
            ),
            models.UniqueConstraint(
                fields=["source", "kind", "ref"],
                condition=Q(superseded_at=None) & ~Q(ref=""),
                name="compliance_record_counts_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["source", "patient_ref", "kind"],
                condition=Q(superseded_at=None),
                name="compliance_record_patient",
            ),
            models.Index(fields=["file", "line_no"], name="compliance_record_line"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on line {self.line_no} of file {self.file_id}"


class HealthPatient(models.Model):
    """A patient as a source has them, and whose records theirs are; never merged with another."""

    source = models.ForeignKey(HealthSource, models.PROTECT, related_name="patients")
    ref = models.CharField("id of the source", max_length=64)
    record = models.ForeignKey(HealthRecord, models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=9, choices=[(str(state), words) for state, words in WORDS.items()]
    )
    # Whose records they are, or, where that is only proposed, whose they may be.
    member = models.ForeignKey("capitation.Member", models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=200)
    since = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "ref"], name="compliance_patient_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["matched", "proposed"]) | Q(member__isnull=False),
                name="compliance_patient_is_somebody",
            ),
        ]
        indexes = [models.Index(fields=["member"], name="compliance_patient_member")]

    def __str__(self) -> str:
        return f"patient {self.pk} of source {self.source_id}"

    @property
    def state_words(self) -> str:
        """Where it stands, for people."""
        return WORDS[State(self.state)]


class PatientStep(models.Model):
    """What was said of whose records a patient's are, by whom, and why; never changed."""

    patient = models.ForeignKey(HealthPatient, models.PROTECT, related_name="steps")
    step = models.CharField(
        max_length=10, choices=[(str(step), words) for step, words in STEPS.items()]
    )
    member = models.ForeignKey("capitation.Member", models.PROTECT, null=True, related_name="+")
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_step_display()} at {self.at:%Y-%m-%d}"
