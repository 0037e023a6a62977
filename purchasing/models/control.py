"""A practice's own control over what it buys: budgets, whose word is asked, what was refused."""

from django.db import models
from django.db.models import Q

from purchasing.models.catalogue import ItemVersion
from purchasing.rules.budgets import MONTH, QUARTER


class BuyingControl(models.Model):
    """Who commits for a practice and who is asked above what amount; superseded, never edited."""

    practice = models.ForeignKey(
        "credentialing.Practice", models.PROTECT, related_name="buying_controls"
    )
    committer_ids = models.JSONField("who commits (nobody named: everybody)", default=list)
    approver_ids = models.JSONField("who is asked (nobody named: anybody)", default=list)
    above_cents = models.BigIntegerField("asked above", null=True, blank=True)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice"],
                condition=Q(superseded_at__isnull=True),
                name="purchasing_one_control",
            ),
            models.CheckConstraint(
                condition=Q(above_cents__isnull=True) | Q(above_cents__gte=0),
                name="purchasing_asked_above_an_amount",
            ),
        ]

    def __str__(self) -> str:
        return f"control of {self.practice_id}"


class Budget(models.Model):
    """What a practice may commit in a month or a quarter, for a kind of item or for all."""

    class Period(models.TextChoices):
        MONTH = MONTH, "a month"
        QUARTER = QUARTER, "a quarter"

    practice = models.ForeignKey(
        "credentialing.Practice", models.PROTECT, related_name="buying_budgets"
    )
    category = models.CharField(
        "for", max_length=9, blank=True, choices=[("", "everything"), *ItemVersion.Kind.choices]
    )
    period = models.CharField(max_length=7, choices=Period)
    cents = models.BigIntegerField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["practice_id", "category", "period", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "category", "period"],
                condition=Q(superseded_at__isnull=True),
                name="purchasing_one_budget",
            ),
            models.CheckConstraint(condition=Q(cents__gte=0), name="purchasing_budget_is_money"),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}, {self.get_period_display()}"


class CommitmentRequest(models.Model):
    """
    What an office would be in for, and whose word it waits for; nothing of it counts before.

    When it is given, a commitment is made as it was asked. When the order closes without one, it
    has lapsed.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waits for a word"
        APPROVED = "approved", "approved"
        REFUSED = "refused", "refused"
        LAPSED = "lapsed", "not counted: nobody said a word in time"
        REPLACED = "replaced", "replaced by a newer one"

    order_item = models.ForeignKey("purchasing.OrderItem", models.PROTECT, related_name="requests")
    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    location = models.ForeignKey("credentialing.Location", models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField("packs")
    flex = models.PositiveIntegerField("more packs, if they fill a case", default=0)
    max_price = models.DecimalField(max_digits=14, decimal_places=4)
    pays_now = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    any_equivalent = models.BooleanField("any equivalent will do", default=False, db_default=False)
    registrant = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, null=True, blank=True, related_name="+"
    )
    cents = models.BigIntegerField("the most it may cost")
    reasons = models.JSONField("why it waits")
    asked_by_id = models.BigIntegerField(null=True, blank=True)
    asked_by_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_text = models.CharField(max_length=300, blank=True)
    commitment = models.ForeignKey(
        "purchasing.Commitment", models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order_item", "location"],
                condition=Q(state="waiting"),
                name="purchasing_one_request_waits",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, cents__gt=0), name="purchasing_request_asks"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True)
                | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="purchasing_request_decided_once",
            ),
            models.CheckConstraint(
                condition=Q(state="approved", commitment__isnull=False)
                | (~Q(state="approved") & Q(commitment__isnull=True)),
                name="purchasing_approved_is_committed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} packs asked for {self.location_id}"


class GateRefusal(models.Model):
    """What a gate refused an office, and why; written although nothing else was."""

    class Stage(models.TextChoices):
        COMMIT = "commit", "when committing"
        ORDER = "order", "when ordering"
        RECEIPT = "receipt", "at receipt"

    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    location = models.ForeignKey("credentialing.Location", models.PROTECT, related_name="+")
    order_item = models.ForeignKey("purchasing.OrderItem", models.PROTECT, related_name="+")
    stage = models.CharField(max_length=7, choices=Stage)
    packs = models.PositiveIntegerField()
    code = models.CharField("gate", max_length=40)
    reason = models.CharField("why", max_length=600)
    next_step = models.CharField("what to do", max_length=600)
    citation = models.CharField(max_length=200, blank=True)
    asked_by_id = models.BigIntegerField(null=True, blank=True)
    asked_by_name = models.CharField(max_length=200)
    refused_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["refused_at"], name="purchasing_refused_since")]

    def __str__(self) -> str:
        return self.reason
