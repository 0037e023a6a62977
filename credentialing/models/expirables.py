"""What expires: reminders that were sent, what stands in for a renewal, and who was suspended."""

from django.db import models
from django.db.models import Q

from credentialing.rules.adverse import BASES


class ExpirableNotice(models.Model):
    """A reminder about one version of a credential at one threshold: sent, or passed over, once."""

    credential = models.ForeignKey(
        "credentialing.Credential", models.PROTECT, related_name="notices"
    )
    # Days before its last day; 0 once it is over.
    threshold = models.PositiveSmallIntegerField()
    # A later one was due when this one's turn came: after an outage one goes out, not seven.
    is_skipped = models.BooleanField(default=False)
    readers = models.JSONField(default=list)
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["credential", "threshold"], name="credentialing_reminded_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.threshold} days before"


class Allowance(models.Model):
    """What stands in for a renewal: a grace of the issuer with its paper, or a waiver of ours."""

    class Kind(models.TextChoices):
        GRACE = "grace", "grace period of the issuer"
        WAIVED = "waived", "waived"

    credential = models.ForeignKey(
        "credentialing.Credential", models.PROTECT, related_name="allowances"
    )
    kind = models.CharField(max_length=6, choices=Kind)
    until_date = models.DateField("last day of the grace", null=True, blank=True)
    reason = models.CharField(max_length=500)
    document = models.ForeignKey(
        "credentialing.Document", models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["credential"],
                condition=Q(ended_at__isnull=True),
                name="credentialing_one_allowance",
            ),
            models.CheckConstraint(
                condition=~Q(kind="grace") | Q(until_date__isnull=False, document__isnull=False),
                name="credentialing_grace_has_its_paper",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="credentialing_allowed_for"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Suspension(models.Model):
    """
    Somebody takes no part from a day on, and why; lifted once.

    `ended` says which participations and listings it ended, so that lifting it gives them back.
    """

    practitioner = models.ForeignKey(
        "credentialing.Practitioner",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="suspensions",
    )
    facility = models.ForeignKey(
        "credentialing.Facility", models.PROTECT, null=True, blank=True, related_name="suspensions"
    )
    credential = models.ForeignKey(
        "credentialing.Credential",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="suspensions",
    )
    reason = models.CharField(max_length=500)
    # Of one by a person: whether it rests on competence or conduct, which is reported if it lasts.
    basis = models.CharField(
        "rests on", max_length=9, choices=list(BASES.items()), blank=True, db_default=""
    )
    effective_date = models.DateField("first day without a part")
    ended = models.JSONField(default=dict)
    placed_by_name = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by_name = models.CharField(max_length=200, blank=True)
    lift_text = models.CharField(max_length=500, blank=True)
    back_date = models.DateField("first day with a part again", null=True, blank=True)

    class Meta:
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False, facility__isnull=True)
                | Q(practitioner__isnull=True, facility__isnull=False),
                name="credentialing_suspension_of_one",
            ),
            models.UniqueConstraint(
                fields=["practitioner", "facility"],
                condition=Q(lifted_at__isnull=True),
                nulls_distinct=False,
                name="credentialing_suspended_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner or self.facility}: {self.reason}"
