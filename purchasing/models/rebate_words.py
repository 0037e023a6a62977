"""What suppliers say that they owe of rebates, what was agreed on, and when the clock looked."""

from django.db import models
from django.db.models import F, Q, Value


class RebateLook(models.Model):
    """A day on which the clock booked what a contract's periods came to; a row a day at most."""

    contract = models.ForeignKey("purchasing.SupplyContract", models.PROTECT, related_name="+")
    looked_on = models.DateField()
    booked = models.PositiveIntegerField("periods of which something was booked")
    # Of each period what was earned, and what was paid above it: lists need not work it out again.
    found = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    looked_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "looked_on"], name="purchasing_rebates_looked_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"rebates of {self.contract_id} on {self.looked_on}"


class RebateStatement(models.Model):
    """
    A supplier's own figure for a period, which finance agreed on; the newest holds.

    What it differs by stands in its parts, and is booked by an accrual beside the others.
    """

    contract = models.ForeignKey("purchasing.SupplyContract", models.PROTECT, related_name="+")
    start_date = models.DateField("first day of the period")
    end_date = models.DateField("first day no longer in it")
    said_cents = models.BigIntegerField("what the supplier says that it owes")
    earned_cents = models.BigIntegerField("what was earned when it was agreed on")
    stated_date = models.DateField("the statement's day")
    reference = models.CharField("the supplier's reference", max_length=60)
    reason = models.CharField("why they differ", max_length=300, blank=True)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gt=F("start_date"), stated_date__gte=F("start_date")),
                name="purchasing_rebate_stated_in_time",
            ),
            models.CheckConstraint(
                condition=Q(said_cents__gte=0) & (Q(said_cents=F("earned_cents")) | ~Q(reason="")),
                name="purchasing_rebate_difference_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def apart_cents(self) -> int:
        """By how much the supplier said more."""
        return self.said_cents - self.earned_cents


class RebateAgreed(models.Model):
    """What a supplier's figure changes of what one practice earned."""

    statement = models.ForeignKey(RebateStatement, models.PROTECT, related_name="parts")
    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    cents = models.BigIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "practice"], name="purchasing_rebate_agreed_once"
            ),
            models.CheckConstraint(
                condition=~Q(cents=0), name="purchasing_rebate_agreed_changes_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cents} of {self.practice_id}"
