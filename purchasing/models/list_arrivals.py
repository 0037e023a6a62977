"""Files with lists from outside that were sent: a row is the job, taken by a worker, once."""

from django.db import models
from django.db.models import Q


class ListArrival(models.Model):
    """A file as it was sent, packed or not; it waits, and then was read or it says why not."""

    class State(models.TextChoices):
        WAITING = "waiting", "being read"
        READ = "read", "read"
        REFUSED = "refused", "refused"

    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField("bytes")
    day = models.DateField("said to hold from")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    words = models.CharField("why nothing was taken", max_length=2000, blank=True)
    took_ms = models.PositiveIntegerField(null=True, blank=True)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sha256", "day"], condition=Q(state="waiting"),
                name="purchasing_list_arrives_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "read"], words="")
                | (Q(state="refused") & ~Q(words="")),
                name="purchasing_arrival_ends_in_words",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.file_name
