"""Purchase orders as they went out, version by version, and under which identifiers."""

from django.db import models
from django.db.models import F, Q

QUALIFIERS = [
    ("ZZ", "ZZ, agreed between us"),
    ("01", "01, D-U-N-S number"),
    ("12", "12, telephone number"),
    ("14", "14, D-U-N-S number with suffix"),
    ("08", "08, UCC communications number"),
]


class TradeProfile(models.Model):
    """Under which identifiers a supplier and we exchange X12; a later one supersedes."""

    supplier = models.ForeignKey("purchasing.Supplier", models.PROTECT, related_name="profiles")
    our_qualifier = models.CharField("our qualifier", max_length=2, choices=QUALIFIERS)
    our_id = models.CharField("our identifier", max_length=15)
    their_qualifier = models.CharField("their qualifier", max_length=2, choices=QUALIFIERS)
    their_id = models.CharField("their identifier", max_length=15)
    account = models.CharField("our account number there", max_length=30, blank=True)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier"],
                condition=Q(superseded_at__isnull=True),
                name="purchasing_one_profile",
            )
        ]

    def __str__(self) -> str:
        return f"{self.our_id} to {self.their_id}"


class PurchaseVersion(models.Model):
    """A purchase order as it went out once, with the hashes of its bytes; never changed."""

    purchase = models.ForeignKey(
        "purchasing.PurchaseOrder", models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    reason = models.CharField(max_length=300, blank=True)
    content = models.JSONField()
    control_number = models.PositiveIntegerField("control number of the 850", unique=True)
    x12_sha256 = models.CharField(max_length=64)
    pdf_sha256 = models.CharField(max_length=64)
    made_by_id = models.BigIntegerField(null=True, blank=True)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["purchase", "number"], name="purchasing_order_version"),
            models.CheckConstraint(
                condition=Q(number=1) | ~Q(reason=""), name="purchasing_amended_because"
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"


class LineChange(models.Model):
    """What an amendment changed of an office's line, as its practice is shown it."""

    line = models.ForeignKey("purchasing.PurchaseLine", models.PROTECT, related_name="changes")
    version = models.ForeignKey(PurchaseVersion, models.PROTECT, related_name="changes")
    before = models.PositiveIntegerField()
    after = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["line", "version"], name="purchasing_change_once"),
            models.CheckConstraint(
                condition=~Q(before=F("after")), name="purchasing_change_is_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"

    @property
    def words(self) -> str:
        """What changed and why, as a practice reads it."""
        day = f"{self.changed_at:%b %-d, %Y}"
        return f"{self.before:,} packs became {self.after:,} on {day}: {self.reason}"
