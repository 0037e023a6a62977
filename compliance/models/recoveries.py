"""Claims against reinsurers and what was paid of them: added to, never changed."""

from django.db import models
from django.db.models import Q


class Recovery(models.Model):
    """One claim against a reinsurer: the difference of a member's year to what was asked before."""

    contract = models.ForeignKey(
        "compliance.ReinsuranceContract", models.PROTECT, related_name="recoveries"
    )
    member = models.ForeignKey("capitation.Member", models.PROTECT, related_name="+")
    number = models.CharField("our number", max_length=30, unique=True)
    counted_cents = models.BigIntegerField("paid of the year's claims by then")
    owed_cents = models.BigIntegerField("owed of the year by then")
    cents = models.BigIntegerField("asked with this claim")
    # Each claim that counted, with what was paid of it and whether it is an institution's.
    claims = models.JSONField()
    filed_at = models.DateTimeField()
    filed_by_id = models.BigIntegerField()
    filed_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "recoveries"
        constraints = [
            models.CheckConstraint(condition=~Q(cents=0), name="compliance_recovery_asks")
        ]

    def __str__(self) -> str:
        return self.number


class RecoveryPayment(models.Model):
    """What a reinsurer paid of one, in the books; or that such a payment was reversed."""

    recovery = models.ForeignKey(Recovery, models.PROTECT, related_name="payments")
    cents = models.BigIntegerField()
    paid_on = models.DateField()
    trace = models.CharField("the reinsurer's number", max_length=60)
    entry = models.OneToOneField("ledger.Entry", models.PROTECT, related_name="+")
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    reason = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    made_by_id = models.BigIntegerField()
    made_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(cents=0) & (Q(reverses=None) | ~Q(reason="")),
                name="compliance_recovery_payment_moves",
            )
        ]

    def __str__(self) -> str:
        return f"{self.trace}, {self.paid_on}"
