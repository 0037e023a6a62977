"""What was found in the watched folder, and what became of it."""

from django.db import models


class InboxFile(models.Model):
    """One file that lay in the watched folder: seen, then taken or refused, once."""

    class Status(models.TextChoices):
        SEEN = "seen", "being received"
        TAKEN = "taken", "taken"
        REFUSED = "refused", "refused"
        GONE = "gone", "taken away"

    folder = models.CharField(max_length=40)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    # Together with the name they tell one file from another of the same name.
    modified_ns = models.BigIntegerField()
    inode = models.DecimalField(max_digits=20, decimal_places=0)
    first_seen_at = models.DateTimeField()
    unchanged_since = models.DateTimeField()
    status = models.CharField(max_length=7, choices=Status, default=Status.SEEN)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    plan_file = models.ForeignKey(
        "capitation.PlanFile", models.PROTECT, null=True, blank=True, related_name="sightings"
    )
    return_file = models.ForeignKey(
        "capitation.ReturnFile", models.PROTECT, null=True, blank=True, related_name="sightings"
    )
    # Where it lies now, within its folder; empty until it was moved.
    moved_to = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["folder", "name"],
                condition=models.Q(status="seen"),
                name="capitation_inbox_seen_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["seen", "gone"]) | models.Q(ended_at__isnull=False),
                name="capitation_inbox_ended_has_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="refused") | ~models.Q(reason=""),
                name="capitation_inbox_refused_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.folder}/{self.name}"
