"""Rebates: what a supplier owes for a period, what it paid, and what practices were given."""

from django.db import models
from django.db.models import F, Q


class RebateAccrual(models.Model):
    """
    What is owed anew for a period of a contract: the difference to all that was booked before.

    Its entry is found by `entry_key`; what is booked for whom stands in its parts.
    """

    contract = models.ForeignKey("purchasing.SupplyContract", models.PROTECT, related_name="+")
    start_date = models.DateField("first day of the period")
    end_date = models.DateField("first day no longer in it")
    cents = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gt=F("start_date")), name="purchasing_rebate_has_a_period"
            )
        ]

    def __str__(self) -> str:
        return f"rebate of {self.contract_id} from {self.start_date}"

    @property
    def entry_key(self) -> str:
        """Under which key it is booked."""
        return f"rebate-owed:{self.pk}"


class RebatePart(models.Model):
    """What of it is one practice's, with the lines that it comes from as they were then."""

    accrual = models.ForeignKey(RebateAccrual, models.PROTECT, related_name="parts")
    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    # Of the contract, which a practice may not see.
    supplier = models.ForeignKey("purchasing.Supplier", models.PROTECT, related_name="+")
    contract_number = models.CharField(max_length=60)
    start_date = models.DateField()
    end_date = models.DateField()
    cents = models.BigIntegerField("booked now")
    entitled_cents = models.BigIntegerField("owed in all")
    words = models.CharField("what it was booked for", max_length=300, blank=True, db_default="")
    basis = models.JSONField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["accrual", "practice"], name="purchasing_rebate_owed_once"
            ),
            models.CheckConstraint(
                condition=~Q(cents=0) & Q(entitled_cents__gte=0),
                name="purchasing_rebate_part_moves_money",
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "start_date"], name="purchasing_rebate_of_practice")
        ]

    def __str__(self) -> str:
        return f"{self.cents} owed to {self.practice_id}"


class RebateReceipt(models.Model):
    """
    A supplier's rebate for a period; taken back by a second row, never changed.

    Its entry is found by `entry_key`: cash in, what the supplier owes less, what each practice is
    given on its payable, and what the IPA keeps as the fee that it is.
    """

    contract = models.ForeignKey("purchasing.SupplyContract", models.PROTECT, related_name="+")
    start_date = models.DateField("first day of the period")
    end_date = models.DateField("first day no longer in it")
    cents = models.BigIntegerField()
    kept_cents = models.BigIntegerField("what the IPA keeps")
    received_date = models.DateField("received on")
    reference = models.CharField("the supplier's reference", max_length=60)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversal"
    )
    reason = models.CharField("why it was taken back", max_length=300, blank=True)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-received_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gt=F("start_date"), received_date__gte=F("start_date")),
                name="purchasing_rebate_received_in_time",
            ),
            models.CheckConstraint(
                condition=Q(
                    reverses__isnull=True,
                    cents__gt=0,
                    kept_cents__gte=0,
                    kept_cents__lte=F("cents"),
                    reason="",
                )
                | (
                    Q(
                        reverses__isnull=False,
                        cents__lt=0,
                        kept_cents__lte=0,
                        kept_cents__gte=F("cents"),
                    )
                    & ~Q(reason="")
                ),
                name="purchasing_rebate_or_its_reversal",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def entry_key(self) -> str:
        """Under which key it is booked."""
        return f"rebate:{self.pk}"


class RebateShare(models.Model):
    """What of a supplier's payment is one practice's, and what of that the IPA keeps."""

    receipt = models.ForeignKey(RebateReceipt, models.PROTECT, related_name="shares")
    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    # Of the receipt, which a practice may not see: it would tell what others bought.
    supplier = models.ForeignKey("purchasing.Supplier", models.PROTECT, related_name="+")
    contract_number = models.CharField(max_length=60)
    start_date = models.DateField()
    end_date = models.DateField()
    received_date = models.DateField()
    bought_cents = models.BigIntegerField("what it bought in the period")
    cents = models.BigIntegerField()
    kept_cents = models.BigIntegerField()

    class Meta:
        ordering = ["-received_date", "supplier__party__name", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["receipt", "practice"], name="purchasing_rebate_given_once"
            ),
            models.CheckConstraint(
                condition=Q(cents__gt=0, kept_cents__gte=0, kept_cents__lte=F("cents"))
                | Q(cents__lt=0, kept_cents__lte=0, kept_cents__gte=F("cents")),
                name="purchasing_rebate_share_is_kept_in_part",
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "received_date"], name="purchasing_rebates_given")
        ]

    def __str__(self) -> str:
        return f"{self.cents} to {self.practice_id}"

    @property
    def given_cents(self) -> int:
        """What the practice is given."""
        return self.cents - self.kept_cents
