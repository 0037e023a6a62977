"""How many encounters are expected, from which month on: added to, never changed."""

from django.db import models
from django.db.models import Q

from compliance.rules.encounters import Expectation


class EncounterExpectation(models.Model):
    """Visits per 1,000 member-months and days to send them in; of a specialty, or of all others."""

    specialty = models.CharField(max_length=100, blank=True)
    effective_date = models.DateField("holds from the month of")
    per_1000 = models.DecimalField("visits per 1,000 member-months", max_digits=7, decimal_places=2)
    days = models.PositiveSmallIntegerField("days after the month to send them in")
    source = models.CharField("where the figure comes from", max_length=300)
    is_verified = models.BooleanField("somebody read the source")
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-effective_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(per_1000__gt=0, days__gte=1, days__lte=400),
                name="compliance_expectation_says_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.per_1000.normalize():f} per 1,000 from {self.effective_date:%Y-%m}"

    def rule(self) -> Expectation:
        """As the rule takes it."""
        return Expectation(
            self.effective_date, self.per_1000, self.days, self.source, self.specialty,
            self.is_verified,
        )  # fmt: skip
