"""What others decided about somebody before they came: taken over, and no vote of our committee."""

from django.db import models
from django.db.models import Q

from credentialing.rules.decisions import OUTCOMES


class EarlierDecision(models.Model):
    """
    A decision of another committee, with the file and line that it came by.

    It says until when somebody stands who was never decided here. Replaced by a corrected line,
    and of no more use once our own committee has decided. `initial_date` is when they were first
    credentialed there, where the list says it; `basis` is what a facility was taken on.
    """

    practitioner = models.ForeignKey(
        "credentialing.Practitioner",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="earlier_decisions",
    )
    facility = models.ForeignKey(
        "credentialing.Facility",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="earlier_decisions",
    )
    outcome = models.CharField(max_length=19, choices=list(OUTCOMES.items()))
    initial_date = models.DateField("first credentialed", null=True, blank=True)
    decided_date = models.DateField()
    next_due_date = models.DateField()
    committee = models.CharField("who decided", max_length=200)
    basis = models.CharField("taken on", max_length=300, blank=True)
    source_name = models.CharField(max_length=255)
    source_sha256 = models.CharField(max_length=64)
    line_no = models.PositiveIntegerField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["next_due_date", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner"],
                condition=Q(superseded_at__isnull=True),
                name="credentialing_earlier_once",
            ),
            models.UniqueConstraint(
                fields=["facility"],
                condition=Q(superseded_at__isnull=True),
                name="credentialing_earlier_place",
            ),
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False, facility__isnull=True, basis="")
                | (Q(practitioner__isnull=True, facility__isnull=False) & ~Q(basis="")),
                name="credentialing_earlier_of_one",
            ),
            models.CheckConstraint(
                condition=Q(initial_date=None) | Q(initial_date__lte=models.F("decided_date")),
                name="credentialing_earlier_first",
            ),
            models.CheckConstraint(
                condition=Q(next_due_date__gt=models.F("decided_date")),
                name="credentialing_earlier_due_after",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="denied"), name="credentialing_earlier_stands"
            ),
        ]
        indexes = [models.Index(fields=["next_due_date"], name="credentialing_earlier_due")]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} by {self.committee} on {self.decided_date}"
