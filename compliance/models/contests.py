"""More that was asked for of a claim, and rates of interest as somebody entered them."""

from django.db import models
from django.db.models import Q


class ClaimContest(models.Model):
    """What was asked for of a claim, what the practice answered, and since when it is complete."""

    claim = models.ForeignKey("compliance.Claim", models.PROTECT, related_name="contests")
    reason = models.CharField(max_length=500)
    needed = models.CharField("what is needed", max_length=1000)
    asked_on = models.DateField()
    asked_by_id = models.BigIntegerField(null=True)
    asked_by_name = models.CharField(max_length=200)
    answer = models.CharField(max_length=2000, blank=True)
    answered_on = models.DateField(null=True)
    answered_by_name = models.CharField(max_length=200, blank=True)
    # The day on which what completes the claim had come: its clock starts anew there.
    complete_on = models.DateField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(complete_on__isnull=True),
                name="compliance_contest_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"asked for on {self.asked_on}"


class ContestPaper(models.Model):
    """A paper that a practice sent with its answer; its bytes are kept, and never changed."""

    contest = models.ForeignKey(ClaimContest, models.PROTECT, related_name="papers")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    sent_at = models.DateTimeField()
    sent_by_id = models.BigIntegerField(null=True)
    sent_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "sha256"], name="compliance_contestpaper_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class InterestRate(models.Model):
    """The Treasury's yearly rate of a half-year, with its source; the newest entry counts."""

    half_year = models.DateField("from")
    pct = models.DecimalField("per cent a year", max_digits=6, decimal_places=4)
    citation = models.CharField("where it was published", max_length=300)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-half_year", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(pct__gt=0, pct__lt=100), name="compliance_interest_is_a_rate"
            ),
            models.CheckConstraint(
                condition=Q(half_year__day=1, half_year__month__in=[1, 7]),
                name="compliance_interest_of_a_half_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pct.normalize():f} % from {self.half_year}"
