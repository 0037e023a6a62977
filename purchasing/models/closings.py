"""What a group order froze when it closed that is not everybody's: packs in all, and by office."""

from django.db import models
from django.db.models import Q


class ItemClosing(models.Model):
    """How many packs of an item an order closed with; staff only: of few it tells the others."""

    order_item = models.OneToOneField(
        "purchasing.OrderItem", models.PROTECT, related_name="closing"
    )
    packs = models.PositiveIntegerField("packs in all")
    unfilled = models.PositiveIntegerField("packs asked for that fill no case")

    class Meta:
        ordering = ["order_item_id"]

    def __str__(self) -> str:
        return f"{self.packs} packs of {self.order_item_id}"


class OfficePart(models.Model):
    """What one office got of an item when its order closed; its practice sees it, and staff."""

    order_item = models.ForeignKey(
        "purchasing.OrderItem", models.PROTECT, related_name="office_parts"
    )
    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    location = models.ForeignKey("credentialing.Location", models.PROTECT, related_name="+")
    commitment = models.OneToOneField(
        "purchasing.Commitment", models.PROTECT, related_name="office_part"
    )
    asked = models.PositiveIntegerField("packs asked for")
    flex = models.PositiveIntegerField("more packs, if they fill a case")
    packs = models.PositiveIntegerField("packs it gets")
    released = models.CharField("why it was released", max_length=300, blank=True)

    class Meta:
        ordering = ["order_item_id", "location_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order_item", "location"], name="purchasing_office_closes_once"
            ),
            models.CheckConstraint(
                condition=Q(packs__lte=models.F("asked") + models.F("flex")),
                name="purchasing_part_within_the_word",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.packs} packs for {self.location_id}"
