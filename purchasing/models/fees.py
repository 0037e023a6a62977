"""What suppliers paid the IPA on practices' purchases, and what practices were told of it."""

from django.db import models
from django.db.models import ExpressionWrapper, F, Q


class FeeReceipt(models.Model):
    """A supplier's fee for a period that is over; taken back by a second row, never changed."""

    contract = models.ForeignKey(
        "purchasing.SupplyContract", models.PROTECT, related_name="fee_receipts"
    )
    start_date = models.DateField("first day of the period")
    end_date = models.DateField("first day no longer in it")
    bought_cents = models.BigIntegerField("what practices bought in it under the contract")
    cents = models.BigIntegerField()
    most_pct = models.DecimalField(
        "the most that practices signed for, in %", max_digits=5, decimal_places=2, default=3
    )
    received_date = models.DateField("received on")
    reference = models.CharField("the supplier's reference", max_length=60)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversal"
    )
    reason = models.CharField("why it was taken back", max_length=300, blank=True)
    entry = models.OneToOneField("ledger.Entry", models.PROTECT, related_name="+")
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-received_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gt=F("start_date"), received_date__gte=F("end_date")),
                name="purchasing_fee_period_is_over",
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, cents__gt=0, reason="")
                | (Q(reverses__isnull=False, cents__lt=0) & ~Q(reason="")),
                name="purchasing_fee_or_its_reversal",
            ),
            # 42 CFR 1001.952(j): at most three per cent, or what addenda state.
            models.CheckConstraint(
                condition=Q(
                    bought_cents__gte=0,
                    most_pct__gte=3,
                    cents__lte=ExpressionWrapper(
                        F("bought_cents") * F("most_pct") / 100, models.DecimalField()
                    ),
                ),
                name="purchasing_fee_within_what_was_signed",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class FeeShare(models.Model):
    """The part of a fee that was paid on one practice's purchases: what that practice is told."""

    receipt = models.ForeignKey(FeeReceipt, models.PROTECT, related_name="shares")
    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    supplier = models.ForeignKey("purchasing.Supplier", models.PROTECT, related_name="+")
    # Of the receipt, which a practice may not see: it would tell what others bought.
    start_date = models.DateField()
    end_date = models.DateField()
    received_date = models.DateField()
    bought_cents = models.BigIntegerField()
    cents = models.BigIntegerField()

    class Meta:
        ordering = ["-received_date", "supplier__party__name", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["receipt", "practice"], name="purchasing_fee_told_once")
        ]
        indexes = [
            models.Index(fields=["practice", "received_date"], name="purchasing_fees_of_practice")
        ]

    def __str__(self) -> str:
        return f"{self.cents} on purchases of {self.practice_id}"


class Disclosure(models.Model):
    """What a practice was told of a year in writing: frozen, and added to when it changes."""

    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    cents = models.BigIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    given_by_id = models.BigIntegerField(null=True, blank=True)
    given_by_name = models.CharField(max_length=200)
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["-year", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "year", "number"], name="purchasing_disclosed_once"
            )
        ]

    def __str__(self) -> str:
        return f"fees of {self.year}"
