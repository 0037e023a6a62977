"""Who asked how physicians are paid, and the words they were given."""

from django.db import models
from django.db.models import Q


class IncentiveRequest(models.Model):
    """A plan, a member or CMS asked; what was given is kept as it was, and given once."""

    class Asker(models.TextChoices):
        PLAN = "plan", "a plan's survey"
        MEMBER = "member", "a member"
        CMS = "cms", "CMS"

    asker = models.CharField("who asked", max_length=6, choices=Asker)
    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    member = models.ForeignKey(
        "capitation.Member", models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_date = models.DateField("day it came")
    due_date = models.DateField("to be answered by", null=True, blank=True)
    words = models.CharField("how it was asked", max_length=300)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    given = models.JSONField(null=True, blank=True)
    given_sha256 = models.CharField(max_length=64, blank=True)
    given_at = models.DateTimeField(null=True, blank=True)
    given_by_name = models.CharField(max_length=200, blank=True)
    given_how = models.CharField("how it was given", max_length=300, blank=True)

    class Meta:
        ordering = ["-asked_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(asker="member", member__isnull=False)
                | ~Q(asker="member") & Q(member__isnull=True),
                name="compliance_incentive_asker",
            ),
            models.CheckConstraint(
                condition=Q(given_at=None, given=None, given_sha256="")
                | Q(given_at__isnull=False, given__isnull=False) & ~Q(given_sha256="")
                & ~Q(given_how=""),
                name="compliance_incentive_given",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_asker_display()}, {self.asked_date}"
