"""Divisions of financial responsibility, by contract: added from a day on, never changed."""

from django.db import models
from django.db.models import F, Q

from compliance.rules.responsibility import Kind, Range, Risk


class Division(models.Model):
    """Which services of a plan's members are whose to pay, from a day of service on."""

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    effective_date = models.DateField("for services from")
    citation = models.CharField("clause", max_length=300)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    ranges = models.PositiveIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-effective_date", "-pk"]

    def __str__(self) -> str:
        return f"division from {self.effective_date}"


class DivisionRange(models.Model):
    """Codes of one category, and who is at risk for it."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="rows")
    category = models.CharField(max_length=100)
    risk = models.CharField(max_length=8, choices=[(str(one), str(one)) for one in Risk])
    kind = models.CharField(max_length=9, choices=[(str(one), str(one)) for one in Kind])
    first = models.CharField(max_length=5)
    last = models.CharField(max_length=5)

    class Meta:
        ordering = ["category", "kind", "first"]
        constraints = [
            models.UniqueConstraint(
                fields=["division", "kind", "first", "last"], name="compliance_range_once"
            ),
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="compliance_range_runs"),
        ]

    def __str__(self) -> str:
        return f"{self.category}: {self.first} to {self.last}"

    def rule(self) -> Range:
        """As the rule takes it."""
        return Range(Kind(self.kind), self.first, self.last, self.category, Risk(self.risk))
