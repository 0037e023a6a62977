"""Stop-loss: the tables of CMS as they were loaded, and the cover that practices have."""

from django.db import models
from django.db.models import F, Q

from compliance.models.incentives import TIERS
from compliance.rules.incentive_tiers import Cover, Tier

KINDS = (
    ("combined", "combined"),
    ("institutional", "institutional"),
    ("professional", "professional"),
)
COVERS = (
    ("combined", "each patient, all services"),
    ("institutional", "each patient, institutional services"),
    ("professional", "each patient, professional services"),
    ("aggregate", "all of a year's losses together"),
)


class StopLossRow(models.Model):
    """From a day and a panel size on: the deductible that CMS lists; null where none is asked."""

    kind = models.CharField(max_length=13, choices=KINDS)
    from_date = models.DateField()
    panel_from = models.PositiveIntegerField("patients from")
    deductible_cents = models.BigIntegerField(null=True, blank=True)
    citation = models.CharField("where it was published", max_length=300)
    loaded_at = models.DateTimeField()
    loaded_by_id = models.BigIntegerField(null=True, blank=True)
    loaded_by_name = models.CharField(max_length=200)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "from_date", "panel_from"],
                condition=Q(superseded_at=None),
                name="compliance_stop_loss_row_once",
            ),
            models.CheckConstraint(
                condition=Q(panel_from__gte=1)
                & (Q(deductible_cents=None) | Q(deductible_cents__gt=0)),
                name="compliance_stop_loss_row_says_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, from {self.panel_from} patients, from {self.from_date}"


class StopLossCover(models.Model):
    """
    A policy as somebody saw it, in whole days: it pays a part of what is above the deductible.

    It covers whoever bears the risk of a tier; `party` is the plan on the tier of plans, where the
    IPA bears it, else the practice.
    """

    tier = models.CharField(max_length=20, choices=TIERS, default=str(Tier.PRACTICE))
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="stop_loss")
    kind = models.CharField(max_length=13, choices=COVERS)
    deductible_cents = models.BigIntegerField()
    covered_pct = models.PositiveSmallIntegerField("pays of what is above it, %", default=90)
    file_name = models.CharField(max_length=200, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    carrier = models.CharField(max_length=200)
    policy_number = models.CharField(max_length=60)
    effective_date = models.DateField("first day")
    end_date = models.DateField("first day no longer")
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(deductible_cents__gt=0) & Q(end_date__gt=F("effective_date")),
                name="compliance_cover_says_something",
            ),
            models.CheckConstraint(
                condition=Q(covered_pct__range=(1, 100)), name="compliance_cover_pct"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.policy_number}, until before {self.end_date}"

    def rule(self) -> Cover:
        """As the rule takes it."""
        return Cover(self.kind, self.deductible_cents, self.covered_pct)
