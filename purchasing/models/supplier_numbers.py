"""Suppliers' own item numbers, learnt from their papers once a person said what they mean."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class SupplierNumber(models.Model):
    """
    What a supplier means by a number of its own, from a day on; one without a pack means nothing.

    A later row for the same number supersedes: it was wrong, or the number means another thing now.
    """

    supplier = models.ForeignKey("purchasing.Supplier", models.PROTECT, related_name="own_numbers")
    number = models.CharField("its number, in small letters", max_length=80)
    level = models.ForeignKey(
        "purchasing.PackLevel", models.PROTECT, null=True, blank=True, related_name="+"
    )
    learnt_from = models.ForeignKey(
        "purchasing.TradeLine", models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "number"],
                condition=Q(superseded_at__isnull=True),
                name="purchasing_number_means_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(number="") & Q(number=Lower("number")),
                name="purchasing_number_is_folded",
            ),
        ]

    def __str__(self) -> str:
        return self.number
