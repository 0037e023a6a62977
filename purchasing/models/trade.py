"""What suppliers sent back: files, the documents in them, and what each line was matched to."""

from django.db import models
from django.db.models import Q


class TradeFile(models.Model):
    """A file as it came; its bytes are kept, whatever became of it."""

    supplier = models.ForeignKey("purchasing.Supplier", models.PROTECT, related_name="trade_files")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "sha256"], name="purchasing_file_once")
        ]

    def __str__(self) -> str:
        return self.file_name


class TradeDocument(models.Model):
    """An acknowledgement, a ship notice or an invoice; of a refused file, what is wrong with it."""

    class Kind(models.TextChoices):
        ANSWER = "855", "answer (855)"
        NOTICE = "856", "ship notice (856)"
        INVOICE = "810", "invoice (810)"
        OTHER = "", "not read"

    class State(models.TextChoices):
        TAKEN = "taken", "taken"
        WAITING = "waiting", "waits for somebody"
        REFUSED = "refused", "refused"

    file = models.ForeignKey(TradeFile, models.PROTECT, related_name="documents")
    supplier = models.ForeignKey("purchasing.Supplier", models.PROTECT, related_name="+")
    purchase = models.ForeignKey(
        "purchasing.PurchaseOrder", models.PROTECT, null=True, blank=True, related_name="documents"
    )
    kind = models.CharField(max_length=3, choices=Kind, blank=True)
    number = models.CharField(max_length=60, blank=True)
    dated = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=7, choices=State)
    total_cents = models.BigIntegerField(null=True, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    content = models.JSONField(default=dict)
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "number"],
                condition=Q(kind="810") & ~Q(state="refused"),
                name="purchasing_invoice_once",
            ),
            models.UniqueConstraint(
                fields=["supplier", "content_sha256"],
                condition=Q(kind="810") & ~Q(state="refused"),
                name="purchasing_invoice_content_once",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.get_kind_display(), self.number]))


class TradeLine(models.Model):
    """A line as it was written, and the line of our order that it is about."""

    class State(models.TextChoices):
        TAKEN = "taken", "taken"
        WAITING = "waiting", "waits for somebody"
        REFUSED = "refused", "refused"
        ASIDE = "aside", "set aside"

    document = models.ForeignKey(TradeDocument, models.PROTECT, related_name="lines")
    segment_no = models.PositiveIntegerField()
    said = models.JSONField()
    order_item = models.ForeignKey(
        "purchasing.OrderItem", models.PROTECT, null=True, blank=True, related_name="+"
    )
    purchase_line = models.ForeignKey(
        "purchasing.PurchaseLine", models.PROTECT, null=True, blank=True, related_name="trade_lines"
    )
    packs = models.PositiveIntegerField(default=0)
    price = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    cents = models.BigIntegerField(default=0)
    state = models.CharField(max_length=7, choices=State)
    code = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    next_step = models.CharField(max_length=300, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_text = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["document_id", "segment_no", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="taken") | ~Q(reason=""), name="purchasing_line_has_a_reason"
            )
        ]
        indexes = [
            models.Index(
                fields=["document"], condition=Q(state="waiting"), name="purchasing_paper_waits"
            )
        ]

    def __str__(self) -> str:
        return f"line at segment {self.segment_no}"
