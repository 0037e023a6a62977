"""What a quarter's books said, as somebody entered it; entered anew, the former stays."""

from django.db import models
from django.db.models import F, Q

from compliance.rules.solvency import Quarter


class SolvencyQuarter(models.Model):
    """The figures of one quarter, in cents; revenue and expense are of a whole year."""

    last_date = models.DateField("last day of the quarter")
    cash_cents = models.BigIntegerField()
    securities_cents = models.BigIntegerField()
    capitation_due_cents = models.BigIntegerField()
    claims_payable_cents = models.BigIntegerField()
    ibnr_cents = models.BigIntegerField()
    tne_cents = models.BigIntegerField()
    working_capital_cents = models.BigIntegerField()
    yearly_revenue_cents = models.BigIntegerField()
    yearly_expense_cents = models.BigIntegerField()
    claims_complete = models.PositiveIntegerField()
    claims_timely = models.PositiveIntegerField()
    ibnr_is_documented = models.BooleanField()
    source = models.CharField("where the figures come from", max_length=300)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-last_date", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["last_date"],
                condition=Q(superseded_at=None),
                name="compliance_quarter_once",
            ),
            models.CheckConstraint(
                condition=Q(claims_timely__lte=F("claims_complete"))
                & Q(claims_payable_cents__gte=0, ibnr_cents__gte=0, cash_cents__gte=0),
                name="compliance_quarter_says_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.last_date.year} Q{(self.last_date.month + 2) // 3}"

    def quarter(self) -> Quarter:
        """As the rule takes it."""
        return Quarter(**{name: getattr(self, name) for name in Quarter.__dataclass_fields__})
