"""Stock that is nobody's purchase here: public vaccines, and drugs of a 340B account."""

from django.db import models
from django.db.models import Q

from purchasing.rules.apart import OWNERSHIPS


class ApartReceipt(models.Model):
    """
    What came of a programme, counted apart: part of no order, never charged; never changed.

    It has no line, so that there is nothing by which it could be charged or netted.
    """

    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    location = models.ForeignKey("credentialing.Location", models.PROTECT, related_name="+")
    version = models.ForeignKey("purchasing.ItemVersion", models.PROTECT, related_name="+")
    level = models.ForeignKey("purchasing.PackLevel", models.PROTECT, related_name="+")
    ownership = models.CharField("whose stock", max_length=4, choices=list(OWNERSHIPS.items()))
    packs = models.PositiveIntegerField()
    lot = models.CharField(max_length=40)
    expires_date = models.DateField("expires")
    note = models.CharField(max_length=300, blank=True)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(packs__gt=0, ownership__in=list(OWNERSHIPS)) & ~Q(lot=""),
                name="purchasing_apart_is_whole",
            )
        ]
        indexes = [models.Index(fields=["lot"], name="purchasing_apart_by_lot")]

    def __str__(self) -> str:
        return f"{self.packs} packs, {self.get_ownership_display()}"
