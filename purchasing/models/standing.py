"""What an office wants again and again, what it should have, and what it counted."""

from django.db import models
from django.db.models import F, Q


class StandingOrder(models.Model):
    """Packs that an office wants of each group order that has the item; superseded, not edited."""

    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    location = models.ForeignKey("credentialing.Location", models.PROTECT, related_name="+")
    level = models.ForeignKey("purchasing.PackLevel", models.PROTECT, related_name="+")
    packs = models.PositiveIntegerField("packs of each group order")
    ceiling = models.DecimalField("the most a pack may cost", max_digits=14, decimal_places=4)
    any_equivalent = models.BooleanField("any equivalent will do", default=False, db_default=False)
    registrant = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, null=True, blank=True, related_name="+"
    )
    effective_date = models.DateField("from")
    end_date = models.DateField("first day no longer", null=True, blank=True)
    is_paused = models.BooleanField("paused", default=False)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["location", "level"],
                condition=Q(superseded_at__isnull=True),
                name="purchasing_one_standing_order",
            ),
            models.CheckConstraint(
                condition=Q(packs__gt=0, ceiling__gt=0), name="purchasing_standing_asks"
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gt=F("effective_date")),
                name="purchasing_standing_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.packs} packs of each order for {self.location_id}"


class StandingUse(models.Model):
    """What came of a standing order in one group order: once an item and an office."""

    class Outcome(models.TextChoices):
        COMMITTED = "committed", "committed"
        WAITS = "waits", "waits for a word"
        NOT = "not", "not committed"

    standing = models.ForeignKey(StandingOrder, models.PROTECT, related_name="uses")
    order_item = models.ForeignKey("purchasing.OrderItem", models.PROTECT, related_name="+")
    location = models.ForeignKey("credentialing.Location", models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=9, choices=Outcome)
    words = models.CharField(max_length=600)
    used_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order_item", "location"], name="purchasing_standing_used_once"
            )
        ]

    def __str__(self) -> str:
        return self.words


class ParLevel(models.Model):
    """The least that an office should have of an item, and up to what it is filled."""

    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    location = models.ForeignKey("credentialing.Location", models.PROTECT, related_name="+")
    level = models.ForeignKey("purchasing.PackLevel", models.PROTECT, related_name="+")
    minimum = models.PositiveIntegerField("ask again at so many packs")
    target = models.PositiveIntegerField("fill up to")
    any_equivalent = models.BooleanField("any equivalent will do", default=False, db_default=False)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["location", "level"],
                condition=Q(superseded_at__isnull=True),
                name="purchasing_one_par_level",
            ),
            models.CheckConstraint(
                condition=Q(target__gte=F("minimum"), target__gt=0),
                name="purchasing_par_fills_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minimum} to {self.target} for {self.location_id}"


class StockCount(models.Model):
    """What an office counted of an item at one time; the newest counts, none is changed."""

    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    location = models.ForeignKey("credentialing.Location", models.PROTECT, related_name="+")
    level = models.ForeignKey("purchasing.PackLevel", models.PROTECT, related_name="+")
    packs = models.PositiveIntegerField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["location", "level", "-id"], name="purchasing_newest_count")
        ]

    def __str__(self) -> str:
        return f"{self.packs} counted for {self.location_id}"
