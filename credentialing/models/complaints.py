"""Complaints about somebody of the network, as ongoing monitoring hears of them."""

from django.db import models
from django.db.models import Q


class Complaint(models.Model):
    """
    A complaint by its case number: never with a member's name or anything of their health.

    What was done about it lies with the plan or with compliance; the file counts it (NCQA CR 5).
    """

    class Kind(models.TextChoices):
        CARE = "care", "quality of care"
        ACCESS = "access", "access and waiting"
        MANNER = "manner", "manner of people"
        PLACE = "place", "condition of the office"
        BILLING = "billing", "billing"
        OTHER = "other", "other"

    class Source(models.TextChoices):
        MEMBER = "member", "a member"
        PLAN = "plan", "a plan"
        STAFF = "staff", "staff"
        AUTHORITY = "authority", "an authority"

    class Outcome(models.TextChoices):
        UPHELD = "upheld", "upheld"
        NOT_UPHELD = "not_upheld", "not upheld"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
    )
    facility = models.ForeignKey(
        "credentialing.Facility", models.PROTECT, null=True, blank=True, related_name="complaints"
    )
    case_number = models.CharField("number of the case", max_length=60)
    kind = models.CharField(max_length=8, choices=Kind)
    source = models.CharField(max_length=9, choices=Source)
    received_date = models.DateField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-received_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False, facility__isnull=True)
                | Q(practitioner__isnull=True, facility__isnull=False),
                name="credentialing_complaint_of_one",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at__isnull=True)
                | (~Q(outcome="") & Q(closed_at__isnull=False)),
                name="credentialing_complaint_closed",
            ),
            models.UniqueConstraint(
                fields=["practitioner", "facility", "case_number"],
                nulls_distinct=False,
                name="credentialing_complaint_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, case {self.case_number}"
