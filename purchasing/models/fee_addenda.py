"""Addenda that state the most a supplier may pay the IPA, where that is above three per cent."""

from django.db import models
from django.db.models import F, Q


class FeeAddendum(models.Model):
    """A practice's signed word on one contract's fee; ended once, never edited."""

    practice = models.ForeignKey(
        "credentialing.Practice", models.PROTECT, related_name="fee_addenda"
    )
    contract = models.ForeignKey(
        "purchasing.SupplyContract", models.PROTECT, related_name="fee_addenda"
    )
    # Of the contract, which a practice may not see.
    supplier = models.ForeignKey("purchasing.Supplier", models.PROTECT, related_name="+")
    contract_number = models.CharField(max_length=60)
    most_pct = models.DecimalField("the most, in % of purchases", max_digits=5, decimal_places=2)
    effective_date = models.DateField("first day")
    end_date = models.DateField("first day no longer", null=True, blank=True)
    text = models.TextField()
    signed_name = models.CharField("name as signed", max_length=200)
    signed_by_id = models.BigIntegerField(null=True, blank=True)
    signed_by_name = models.CharField(max_length=200)
    signed_at = models.DateTimeField()
    ended_by_name = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["supplier__party__name", "-effective_date", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "contract"],
                condition=Q(end_date__isnull=True),
                name="purchasing_one_addendum",
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gte=F("effective_date")),
                name="purchasing_addendum_span",
            ),
            models.CheckConstraint(
                condition=Q(most_pct__gt=3, most_pct__lte=100), name="purchasing_addendum_states"
            ),
        ]

    def __str__(self) -> str:
        return f"at most {self.most_pct} % of {self.supplier_id}"
