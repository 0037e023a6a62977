"""Bonuses: proposed by one person with what was measured, paid by another out of a pool."""

from django.db import models
from django.db.models import F, Q


class Bonus(models.Model):
    """
    Money beyond capitation for a practice, out of a pool of the IPA, once two people agree.

    Nothing of it rests on one member's cost or on a denial (42 CFR 422.208(c)(1)): `measured` says
    what it is for, and whether referrals play a part, which counts toward financial risk.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "needs approval"
        PAID = "paid", "approved"
        REFUSED = "refused", "refused"

    class Source(models.TextChoices):
        RETAINED = "retained", "what the IPA retained"
        HOSPITAL_POOL = "hospital_pool", "hospital pool"
        SPECIALIST_POOL = "specialist_pool", "specialist pool"
        PHARMACY_POOL = "pharmacy_pool", "pharmacy pool"

    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="bonuses")
    first_month = models.DateField()
    last_month = models.DateField()
    amount_cents = models.BigIntegerField()
    source = models.CharField(max_length=20, choices=Source)
    measured = models.CharField("what was measured", max_length=500)
    rests_on_referrals = models.BooleanField()
    status = models.CharField(max_length=8, choices=Status, default=Status.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by_id = models.BigIntegerField()
    proposed_by_name = models.CharField(max_length=200)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    decision_text = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "bonuses"
        constraints = [
            models.UniqueConstraint(
                fields=["party", "first_month", "last_month", "source"],
                condition=~Q(status="refused"),
                name="capitation_bonus_once",
            ),
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0)
                & Q(first_month__day=1, last_month__day=1, last_month__gte=F("first_month")),
                name="capitation_bonus_says_something",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_at=None)
                | Q(status__in=("paid", "refused"), decided_at__isnull=False)
                & ~Q(decided_by_name=""),
                name="capitation_bonus_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid")
                | Q(decided_by_id__isnull=False) & ~Q(decided_by_id=F("proposed_by_id")),
                name="capitation_bonus_takes_two",
            ),
        ]

    def __str__(self) -> str:
        return f"bonus for {self.first_month:%Y-%m} to {self.last_month:%Y-%m}"

    @property
    def entry_key(self) -> str:
        return f"bonus:{self.pk}"
