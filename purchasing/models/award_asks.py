"""Askings for an award: a row is the job, taken by a worker while people go on."""

from django.db import models
from django.db.models import Q


class AwardAsk(models.Model):
    """What somebody asked for; it waits, and then an award was made or it says why none was."""

    class State(models.TextChoices):
        WAITING = "waiting", "being worked out"
        MADE = "made", "made"
        REFUSED = "refused", "refused"

    order = models.ForeignKey("purchasing.GroupOrder", models.PROTECT, related_name="award_asks")
    without = models.JSONField("suppliers left out")
    most_suppliers = models.PositiveSmallIntegerField(null=True, blank=True)
    why = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    words = models.CharField("why none was made", max_length=2000, blank=True)
    award = models.OneToOneField(
        "purchasing.Award", models.PROTECT, null=True, blank=True, related_name="ask"
    )
    took_ms = models.PositiveIntegerField(null=True, blank=True)
    asked_by_id = models.BigIntegerField(null=True, blank=True)
    asked_by_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="waiting"), name="purchasing_one_award_asked"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", award__isnull=True, words="")
                | Q(state="made", award__isnull=False, words="")
                | (Q(state="refused", award__isnull=True) & ~Q(words="")),
                name="purchasing_asking_ends_in_words",
            ),
        ]

    def __str__(self) -> str:
        return f"award asked for by {self.asked_by_name}"
