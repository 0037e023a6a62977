"""What the portal found when it asked itself its questions, one row a night and question."""

from django.db import models

from compliance.rules.program import BY_KEY


class CheckResult(models.Model):
    """How many a question found on a day. Its own history: never changed, never deleted."""

    day = models.DateField()
    # Of `rules.program.CHECKS`; a question that is asked no more keeps its nights.
    key = models.CharField(max_length=30)
    count = models.PositiveIntegerField()
    oldest = models.DateField("since when the oldest", null=True, blank=True)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "day"], name="compliance_check_once_a_day")
        ]

    def __str__(self) -> str:
        check = BY_KEY.get(self.key)
        return f"{check.question if check else self.key}: {self.count}, {self.day}"
