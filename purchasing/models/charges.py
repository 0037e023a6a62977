"""Charges for what came, and what of them was taken from a payout."""

from django.db import models
from django.db.models import F, Q


class Charge(models.Model):
    """What a practice owes for one receipt of an order that the IPA bills; posted in the ledger."""

    receipt = models.OneToOneField("purchasing.Receipt", models.PROTECT, related_name="charge")
    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    cents = models.BigIntegerField()
    description = models.CharField(max_length=300)
    posted_date = models.DateField()
    posted_at = models.DateTimeField()
    entry = models.OneToOneField("ledger.Entry", models.PROTECT, related_name="+")
    disputed_by_name = models.CharField(max_length=200, blank=True)
    disputed_at = models.DateTimeField(null=True, blank=True)
    dispute_text = models.CharField(max_length=500, blank=True)
    settled_by_name = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settle_text = models.CharField(max_length=500, blank=True)
    is_reversed = models.BooleanField(default=False)

    class Meta:
        ordering = ["-posted_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(cents__gt=0), name="purchasing_charge_is_owed"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True) | Q(disputed_at__lte=F("settled_at")),
                name="purchasing_disputed_then_settled",
            ),
            models.CheckConstraint(
                condition=Q(is_reversed=False) | Q(settled_at__isnull=False),
                name="purchasing_reversed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def is_disputed(self) -> bool:
        """Whether a dispute is open: nothing is taken while it is."""
        return self.disputed_at is not None and self.settled_at is None


class NettingRun(models.Model):
    """One taking of charges from payouts; a month has one at most, so that the cap is a month's."""

    month = models.DateField(unique=True)
    digest = models.CharField(max_length=64)
    taken_cents = models.BigIntegerField()
    # Of runs before it was kept, nobody knows.
    carried_cents = models.BigIntegerField("what waited", null=True, blank=True)
    made_by_id = models.BigIntegerField(null=True, blank=True)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(
                condition=Q(month__day=1, taken_cents__gt=0), name="purchasing_netting_of_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"charges taken in {self.month:%B %Y}"


class NetLine(models.Model):
    """What one run took for one charge, as its own entry of the ledger."""

    run = models.ForeignKey(NettingRun, models.PROTECT, related_name="lines")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="net_lines")
    cents = models.BigIntegerField()
    payout_cents = models.BigIntegerField("what there was to pay")
    cap_cents = models.BigIntegerField("the most that might be taken")
    entry = models.OneToOneField("ledger.Entry", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "charge"], name="purchasing_taken_once"),
            models.CheckConstraint(
                condition=Q(
                    cents__gt=0, cents__lte=F("cap_cents"), cap_cents__lte=F("payout_cents")
                ),
                name="purchasing_taken_within_cap",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cents} of charge {self.charge_id}"


class NetCarried(models.Model):
    """What one run left of a charge for a later one, and why, as it was said then."""

    run = models.ForeignKey(NettingRun, models.PROTECT, related_name="carried")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="net_carried")
    cents = models.BigIntegerField()
    code = models.CharField(max_length=20)
    reason = models.CharField(max_length=200)
    payout_cents = models.BigIntegerField("what there was to pay")
    cap_cents = models.BigIntegerField("the most that might be taken")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "charge"], name="purchasing_carried_once"),
            models.CheckConstraint(
                condition=Q(cents__gt=0, cap_cents__gte=0, cap_cents__lte=F("payout_cents")),
                name="purchasing_carried_is_owed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cents} of charge {self.charge_id} waits"
