"""Awards of closed group orders, purchase orders, what came of them, and shortages."""

from django.db import models
from django.db.models import Q


class Award(models.Model):
    """
    A proposal, with the certificate that nothing is cheaper; approved or refused once.

    `lines` is one row an item: contract, packs, price; `offices` what each office gets, or why it
    gets nothing.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "proposed"
        APPROVED = "approved", "approved"
        REFUSED = "refused", "refused"

    order = models.ForeignKey("purchasing.GroupOrder", models.PROTECT, related_name="awards")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=8, choices=Status, default=Status.PROPOSED)
    lines = models.JSONField()
    offices = models.JSONField()
    total_cents = models.BigIntegerField()
    certificate = models.TextField()
    verdict = models.JSONField()
    sha256 = models.CharField(max_length=64)
    proposed_by_id = models.BigIntegerField(null=True, blank=True)
    proposed_by_name = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_text = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="purchasing_award_number"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=["proposed", "approved"]),
                name="purchasing_one_award",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved")
                | Q(proposed_by_id__isnull=True)
                | ~Q(decided_by_id=models.F("proposed_by_id")),
                name="purchasing_second_person_awards",
            ),
        ]

    def __str__(self) -> str:
        return f"award {self.number}"


class PurchaseOrder(models.Model):
    """What is ordered from one supplier; each line has a practice as buyer and its own address."""

    class Status(models.TextChoices):
        APPROVED = "approved", "to be sent"
        SENT = "sent", "sent"
        RECEIVED = "received", "received"
        CANCELLED = "cancelled", "cancelled"

    order = models.ForeignKey("purchasing.GroupOrder", models.PROTECT, related_name="purchases")
    award = models.ForeignKey(Award, models.PROTECT, related_name="purchases")
    supplier = models.ForeignKey("purchasing.Supplier", models.PROTECT, related_name="purchases")
    number = models.CharField(max_length=20, unique=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.APPROVED)
    made_at = models.DateTimeField()
    sent_by_id = models.BigIntegerField(null=True, blank=True)
    sent_by_name = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    ipa_freight_cents = models.BigIntegerField(
        "freight of offices that were stopped, which the IPA bears", default=0
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ipa_freight_cents__gte=0), name="purchasing_ipa_freight_is_no_debt"
            )
        ]

    def __str__(self) -> str:
        return self.number


class PurchaseLine(models.Model):
    """Packs of an item for one office; `due` falls when less comes than was ordered."""

    purchase = models.ForeignKey(PurchaseOrder, models.PROTECT, related_name="lines")
    order_item = models.ForeignKey("purchasing.OrderItem", models.PROTECT, related_name="+")
    contract = models.ForeignKey("purchasing.SupplyContract", models.PROTECT, related_name="+")
    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    location = models.ForeignKey("credentialing.Location", models.PROTECT, related_name="+")
    commitment = models.ForeignKey("purchasing.Commitment", models.PROTECT, related_name="+")
    packs = models.PositiveIntegerField()
    due = models.PositiveIntegerField("packs still to be expected in all")
    price = models.DecimalField(max_digits=14, decimal_places=4)
    freight_cents = models.BigIntegerField("its part of the supplier's freight", default=0)
    blocked_because = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["purchase_id", "order_item_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["purchase", "order_item", "location"], name="purchasing_line_once"
            ),
            models.CheckConstraint(
                condition=Q(packs__gt=0, due__lte=models.F("packs"), price__gt=0)
                & (Q(blocked_because="") | Q(due=0)),
                name="purchasing_line_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.packs} for {self.location_id}"


class Receipt(models.Model):
    """What came for a line at one time, as the office counted it; never changed."""

    line = models.ForeignKey(PurchaseLine, models.PROTECT, related_name="receipts")
    packs = models.PositiveIntegerField("packs that are in order", default=0)
    damaged = models.PositiveIntegerField("packs damaged or wrong", default=0)
    lot = models.CharField(max_length=40, blank=True)
    expires_date = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(packs__gt=0) | Q(damaged__gt=0), name="purchasing_something_came"
            )
        ]
        indexes = [models.Index(fields=["lot"], name="purchasing_by_lot")]

    def __str__(self) -> str:
        return f"{self.packs} packs on line {self.line_id}"


class ReceiptSerial(models.Model):
    """
    One package that was scanned: no two packages have the same article and serial.

    A package that went back to its supplier may come again, to whomever; each coming is a row.
    """

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="serials")
    gtin = models.CharField("GTIN", max_length=14)
    serial = models.CharField(max_length=20)
    again_of = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="came_again"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["gtin", "serial"],
                condition=Q(again_of__isnull=True),
                name="purchasing_serial_once",
            ),
            models.CheckConstraint(
                condition=Q(gtin__regex=r"^\d{14}$") & ~Q(serial=""),
                name="purchasing_serial_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.serial


class Shortage(models.Model):
    """Less comes of an item than was ordered: how much in all, shared out by a published table."""

    purchase = models.ForeignKey(PurchaseOrder, models.PROTECT, related_name="shortages")
    order_item = models.ForeignKey("purchasing.OrderItem", models.PROTECT, related_name="+")
    supply = models.PositiveIntegerField("packs that come in all")
    reason = models.CharField(max_length=300)
    checksum = models.CharField(max_length=64)
    size = models.PositiveIntegerField("lines of the table")
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.supply} packs in all"


class ShortageLine(models.Model):
    """An office's own line of the table, with what proves that it lies under the checksum."""

    shortage = models.ForeignKey(Shortage, models.PROTECT, related_name="lines")
    line = models.ForeignKey(PurchaseLine, models.PROTECT, related_name="shortages")
    claim = models.PositiveIntegerField()
    floor = models.PositiveIntegerField()
    share = models.CharField("exact share", max_length=60)
    granted = models.PositiveIntegerField()
    place = models.PositiveIntegerField()
    text = models.TextField()
    salt = models.CharField(max_length=64)
    proof = models.JSONField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["shortage", "line"], name="purchasing_share_once")
        ]

    def __str__(self) -> str:
        return f"{self.granted} of {self.claim}"
