"""Files that plans send: the bytes are kept by hash, the row says what became of them."""

from django.db import models
from django.db.models.functions import Now


class PlanFile(models.Model):
    """One file of a payer; the same bytes are taken once (unique on payer and hash)."""

    class Status(models.TextChoices):
        RECEIVED = "received", "received"
        APPLIED = "applied", "applied"
        REJECTED = "rejected", "rejected"
        QUARANTINED = "quarantined", "quarantined"

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="files")
    contract = models.ForeignKey(
        "capitation.Contract", models.PROTECT, null=True, blank=True, related_name="files"
    )
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    format = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.RECEIVED)
    received_at = models.DateTimeField(db_default=Now())
    received_by_id = models.BigIntegerField(null=True)
    received_by_name = models.CharField(max_length=200)
    # "watched folder GOLD", where nobody sent it by hand.
    came_from = models.CharField(max_length=60, blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    # What the reader said: problems [{where, code, message}], figures and counts by name.
    problems = models.JSONField(default=list, blank=True)
    figures = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    fact_no = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["payer", "sha256"], name="capitation_file_once")
        ]

    def __str__(self) -> str:
        return self.name


class RosterMapping(models.Model):
    """How a payer's CSV columns are called: our field name → their column head."""

    payer = models.OneToOneField("capitation.Payer", models.PROTECT, related_name="roster_mapping")
    columns = models.JSONField(default=dict)
    date_format = models.CharField(max_length=20, default="%Y-%m-%d")

    def __str__(self) -> str:
        return f"roster of payer {self.payer_id}"
