"""Care watch: facts as files or encounters told them, what they say of each PCP, and reviews."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from compliance.rules.care_watch import KINDS, SIGNS


class CareBatch(models.Model):
    """Facts that came together: a file, or encounters of a plan; applied once, or dropped."""

    class Feed(models.TextChoices):
        FILE = "file", "a file"
        ENCOUNTERS = "encounters", "encounters"
        RECORDS = "records", "health records"

    class Status(models.TextChoices):
        WAITING = "waiting", "waits for a look"
        APPLIED = "applied", "applied"
        DROPPED = "dropped", "dropped"

    source = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    feed = models.CharField(max_length=10, choices=Feed, default=Feed.FILE)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    # How many lines were taken and refused, months and kinds, and [line, column, words] of those
    # refused: no name and number of a member.
    figures = models.JSONField(default=dict)
    refused = models.JSONField(default=list)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "care batches"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "file_sha256"],
                condition=Q(status__in=("waiting", "applied")) & ~Q(file_sha256=""),
                name="compliance_care_file_once",
            ),
        ]

    def __str__(self) -> str:
        return f"care facts of {self.source_id}, {self.recorded_at:%Y-%m-%d}"


class CareFact(models.Model):
    """How many of one kind a member, or all of a PCP's, had in a month; superseded, not edited."""

    batch = models.ForeignKey(CareBatch, models.PROTECT, related_name="facts")
    month = models.DateField()
    kind = models.CharField(max_length=20, choices=list(KINDS.items()))
    practitioner = models.ForeignKey("credentialing.Practitioner", models.PROTECT, related_name="+")
    member = models.ForeignKey(
        "capitation.Member", models.PROTECT, null=True, blank=True, related_name="+"
    )
    count = models.PositiveIntegerField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="compliance_care_month"),
        ]
        indexes = [
            models.Index(
                fields=["kind", "month", "practitioner"],
                condition=Q(superseded_at=None),
                name="compliance_care_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.kind} of {self.month:%Y-%m}"


class CareRound(models.Model):
    """Twelve months read at once: what was known then of every PCP."""

    month = models.DateField("last month")
    batch = models.ForeignKey(CareBatch, models.PROTECT, null=True, related_name="rounds")
    # Kind → the months of the twelve that facts tell of.
    months_told = models.JSONField(default=dict)
    read_at = models.DateTimeField()
    read_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-month", "-pk"]

    def __str__(self) -> str:
        return f"twelve months to {self.month:%Y-%m}"


class CarePanel(models.Model):
    """Beside the money: how many members a PCP had over the year, and what was paid for them."""

    round = models.ForeignKey(CareRound, models.PROTECT, related_name="panels")
    practitioner = models.ForeignKey("credentialing.Practitioner", models.PROTECT, related_name="+")
    peer_group = models.CharField(max_length=100, blank=True)
    members = models.PositiveIntegerField()
    member_months = models.PositiveIntegerField()
    paid_cents = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "practitioner"], name="compliance_panel_once"),
        ]

    def __str__(self) -> str:
        return f"practitioner {self.practitioner_id}: {self.members} members"


class CareReading(models.Model):
    """One sign of one PCP with everything that its answer rests on."""

    round = models.ForeignKey(CareRound, models.PROTECT, related_name="readings")
    practitioner = models.ForeignKey("credentialing.Practitioner", models.PROTECT, related_name="+")
    sign = models.CharField(max_length=12, choices=[(one.key, one.name) for one in SIGNS])
    peers = models.PositiveIntegerField()
    members = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    base = models.PositiveIntegerField()
    expected = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    low = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    high = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    z = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    scatter = models.DecimalField(max_digits=14, decimal_places=4)
    state = models.CharField(max_length=24)
    why = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "practitioner", "sign"], name="compliance_reading_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sign} of practitioner {self.practitioner_id}: {self.state}"


class CareConcern(models.Model):
    """Two or more signs of one PCP: a question to the medical director, and a bonus that waits."""

    round = models.ForeignKey(CareRound, models.PROTECT, related_name="concerns")
    practitioner = models.ForeignKey("credentialing.Practitioner", models.PROTECT, related_name="+")
    signs = ArrayField(models.CharField(max_length=12))
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "practitioner"], name="compliance_concern_once"
            ),
            models.CheckConstraint(
                condition=Q(signs__len__gte=2), name="compliance_concern_has_two_signs"
            ),
        ]

    def __str__(self) -> str:
        return f"practitioner {self.practitioner_id}: {', '.join(self.signs)}"


class CareReview(models.Model):
    """What a medical director found, and why; kept for ever, the newest counts."""

    class Outcome(models.TextChoices):
        RELEASE = "release", "care was given: the bonus is released"
        KEEP = "keep", "the bonus stays held"

    concern = models.ForeignKey(CareConcern, models.PROTECT, related_name="reviews")
    outcome = models.CharField(max_length=7, choices=Outcome)
    reason = models.CharField(max_length=2000)
    reviewed_at = models.DateTimeField()
    reviewed_by_id = models.BigIntegerField()
    reviewed_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.reviewed_by_name}"
