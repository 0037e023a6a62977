"""What was incurred and not paid: estimates as they were made, and which of them a quarter took."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from compliance.rules.ibnr import Triangle, triangle


class IbnrEstimate(models.Model):
    """An estimate by the payments until the end of a month, with all it rests on; never changed."""

    as_of = models.DateField("last month of payments")
    # [month of service, month of payment, cents], as they were known.
    cells = models.JSONField()
    claims = models.PositiveIntegerField()
    paid_cents = models.BigIntegerField()
    outstanding_cents = models.BigIntegerField()
    # Of it what is received, priced and not paid: that is no estimate, and not unreported.
    known_cents = models.BigIntegerField()
    ibnr_cents = models.BigIntegerField()
    method = models.CharField(max_length=100)
    cautions = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by_id = models.BigIntegerField(null=True)
    made_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-as_of", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(as_of__day=1, ibnr_cents__gte=0, known_cents__gte=0)
                & Q(ibnr_cents__gte=F("outstanding_cents") - F("known_cents")),
                name="compliance_ibnr_says_something",
            )
        ]

    def __str__(self) -> str:
        return f"estimate to {self.as_of:%Y-%m}, number {self.pk}"

    def triangle(self) -> Triangle:
        """The triangle anew from what is kept: the same every time."""
        paid = [(date.fromisoformat(a), date.fromisoformat(b), c) for a, b, c in self.cells]
        return triangle(paid, self.as_of, claims=self.claims)


class IbnrAcceptance(models.Model):
    """Somebody took an estimate into a quarter's figures."""

    estimate = models.ForeignKey(IbnrEstimate, models.PROTECT, related_name="accepted")
    quarter = models.OneToOneField(
        "compliance.SolvencyQuarter", models.PROTECT, related_name="ibnr_accepted"
    )
    why = models.CharField(max_length=300)
    accepted_at = models.DateTimeField()
    accepted_by_id = models.BigIntegerField()
    accepted_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.estimate_id} in {self.quarter_id}"
