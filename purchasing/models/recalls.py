"""Recalls, and what they mean for each practice that received something."""

from django.db import models
from django.db.models import Q

from purchasing.models.apart import ApartReceipt
from purchasing.models.awards import Receipt
from purchasing.models.catalogue import ItemVersion


class Recall(models.Model):
    """A recall as FDA publishes it; what it says of codes and lots is read from its text too."""

    number = models.CharField("recall number", max_length=40, unique=True)
    classification = models.CharField(max_length=30, blank=True)
    status = models.CharField(max_length=20)
    firm = models.CharField("recalling firm", max_length=300, blank=True)
    description = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    code_info = models.TextField("codes and lots, as written", blank=True)
    ndcs = models.JSONField(default=list)
    lots = models.JSONField(default=list)
    is_all_lots = models.BooleanField(default=False)
    initiated_date = models.DateField(null=True, blank=True)
    content = models.JSONField("what it was matched by")
    matched_receipt = models.BigIntegerField("last receipt that was compared", default=0)
    matched_apart = models.BigIntegerField(
        "last receipt kept apart that was compared", default=0, db_default=0
    )
    file_sha256 = models.CharField(max_length=64)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["status"], name="purchasing_recall_status")]

    def __str__(self) -> str:
        return self.number


class RecallNotice(models.Model):
    """
    What a practice received that a recall may be of: how sure that is, and what it answered.

    It came with an order, or is stock of a programme that is kept apart: a recall asks neither.
    """

    class Status(models.TextChoices):
        SUGGESTED = "suggested", "to be looked at"
        DISMISSED = "dismissed", "not concerned"
        NOTIFIED = "notified", "practice is told"
        ACKNOWLEDGED = "acknowledged", "practice has read it"
        REPORTED = "reported", "answered"

    class Outcome(models.TextChoices):
        NONE = "none", "none on hand"
        QUARANTINED = "quarantined", "kept apart"
        USED = "used", "used or administered"

    recall = models.ForeignKey(Recall, models.PROTECT, related_name="notices")
    receipt = models.ForeignKey(
        "purchasing.Receipt", models.PROTECT, null=True, blank=True, related_name="recall_notices"
    )
    apart = models.ForeignKey(
        "purchasing.ApartReceipt", models.PROTECT, null=True, blank=True,
        related_name="recall_notices",
    )  # fmt: skip
    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    rung = models.PositiveSmallIntegerField()
    unknown = models.JSONField(default=list)
    status = models.CharField(max_length=12, choices=Status)
    answer_by = models.DateField(null=True, blank=True)
    notified_at = models.DateTimeField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    decision_text = models.CharField(max_length=300, blank=True)
    acknowledged_by_name = models.CharField(max_length=200, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=11, choices=Outcome, blank=True)
    on_hand = models.PositiveIntegerField("packs on hand", null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["answer_by", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["recall", "receipt"], name="purchasing_notice_once"),
            models.UniqueConstraint(
                fields=["recall", "apart"], name="purchasing_notice_once_apart"
            ),
            models.CheckConstraint(
                condition=Q(receipt__isnull=True) ^ Q(apart__isnull=True),
                name="purchasing_notice_of_one",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["suggested", "dismissed"], notified_at__isnull=True)
                | Q(notified_at__isnull=False, answer_by__isnull=False),
                name="purchasing_told_by_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recall} for {self.practice}"

    @property
    def came(self) -> Receipt | ApartReceipt:
        """What came: the lot, the packs, and when."""
        return self.apart if self.receipt is None else self.receipt

    @property
    def packs_came(self) -> int:
        """All packs of it, damaged ones too."""
        return self.came.packs + (0 if self.receipt is None else self.receipt.damaged)

    @property
    def version(self) -> ItemVersion:
        """The item, as it was known when it came."""
        return self.apart.version if self.receipt is None else self.receipt.line.order_item.version

    @property
    def goods(self) -> str:
        """The item in its pack, and whose stock it is where it is kept apart."""
        if self.receipt is not None:
            return str(self.receipt.line.order_item)
        return f"{self.version}, {self.apart.level} ({self.apart.get_ownership_display()})"
