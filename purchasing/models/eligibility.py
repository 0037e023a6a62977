"""Who may buy under which contract of a supplier, and from when."""

from django.db import models
from django.db.models import F, Q


class ContractReach(models.Model):
    """Whether a contract is for everybody or for named practices; a later word supersedes."""

    class OpenTo(models.TextChoices):
        EVERYBODY = "everybody", "every practice"
        NAMED = "named", "practices that the supplier has loaded"

    contract = models.ForeignKey("purchasing.SupplyContract", models.PROTECT, related_name="reach")
    open_to = models.CharField("who may buy under it", max_length=9, choices=OpenTo)
    source = models.CharField("where it says so", max_length=200)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(superseded_at__isnull=True),
                name="purchasing_one_reach",
            )
        ]

    def __str__(self) -> str:
        return self.get_open_to_display()


class Eligibility(models.Model):
    """How a practice stands with a contract since it was recorded; a later row supersedes it."""

    class State(models.TextChoices):
        ASKED = "asked", "asked for"
        SENT = "sent", "sent to the supplier"
        ACCEPTED = "accepted", "accepted, not loaded"
        LOADED = "loaded", "loaded"
        VERIFIED = "verified", "loaded, and invoiced at its price"
        DECLINED = "declined", "declined"
        ENDED = "ended", "ended"

    class Trade(models.TextChoices):
        PRACTICE = "practice", "physician practice"
        SURGERY = "surgery", "surgery centre"
        CLINIC = "clinic", "community clinic"
        PHARMACY = "pharmacy", "pharmacy in an office"

    contract = models.ForeignKey(
        "purchasing.SupplyContract", models.PROTECT, related_name="eligibilities"
    )
    practice = models.ForeignKey(
        "credentialing.Practice", models.PROTECT, related_name="eligibilities"
    )
    state = models.CharField(max_length=8, choices=State)
    class_of_trade = models.CharField(max_length=8, choices=Trade, default=Trade.PRACTICE)
    effective_date = models.DateField("may buy from", null=True, blank=True)
    end_date = models.DateField("first day no longer", null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["practice__name", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "practice"],
                condition=Q(superseded_at__isnull=True),
                name="purchasing_one_standing",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["loaded", "verified", "ended"])
                | Q(effective_date__isnull=False),
                name="purchasing_loaded_from_a_day",
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gte=F("effective_date")),
                name="purchasing_eligible_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practice_id} under {self.contract_id}: {self.get_state_display()}"
