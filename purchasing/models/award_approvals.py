"""Approvals of awards: a row is the job; the award is worked out again before it counts."""

from django.db import models
from django.db.models import Q


class AwardApproval(models.Model):
    """What a second person signed; it waits, and then the award is approved or it says why not."""

    class State(models.TextChoices):
        WAITING = "waiting", "being checked"
        APPROVED = "approved", "approved"
        REFUSED = "refused", "refused"

    award = models.ForeignKey("purchasing.Award", models.PROTECT, related_name="approvals")
    seen_digest = models.CharField("what was seen", max_length=64)
    text = models.CharField("why", max_length=500)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    words = models.CharField("why it was not approved", max_length=2000, blank=True)
    took_ms = models.PositiveIntegerField(null=True, blank=True)
    asked_by_id = models.BigIntegerField(null=True, blank=True)
    asked_by_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["award"], condition=~Q(state="refused"), name="purchasing_approved_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "approved"], words="")
                | (Q(state="refused") & ~Q(words="")),
                name="purchasing_approval_ends_in_words",
            ),
        ]

    def __str__(self) -> str:
        return f"approval of {self.award} by {self.asked_by_name}"
