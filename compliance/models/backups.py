"""How long backups are kept, and which are known; a backup that is gone is marked, once."""

from django.db import models
from django.db.models import Q

from compliance.models.audits import Recorded
from compliance.rules.backups import Keeping, Made


class BackupKeeping(Recorded):
    """Backups made from a day on are kept so many days, by whose word; added, never changed."""

    from_date = models.DateField("for backups made from", unique=True)
    days = models.PositiveIntegerField("days kept")
    words = models.CharField("where that is written", max_length=300)

    class Meta:
        ordering = ["-from_date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__range=(1, 36_500)), name="compliance_backup_days"
            )
        ]

    def __str__(self) -> str:
        return f"{self.days} days, from {self.from_date}"

    def rule(self) -> Keeping:
        """As the rule takes it."""
        return Keeping(self.from_date, self.days, self.words)


class KnownBackup(models.Model):
    """A backup that the portal's own command made, and when somebody destroyed it."""

    name = models.CharField(max_length=200, unique=True)
    made_at = models.DateTimeField()
    files = models.PositiveIntegerField()
    manifest_sha256 = models.CharField(max_length=64)
    destroyed_on = models.DateField(null=True, blank=True)
    destroyed_words = models.CharField("how it was destroyed", max_length=300, blank=True)
    destroyed_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(destroyed_on=None, destroyed_words="")
                | Q(destroyed_on__isnull=False) & ~Q(destroyed_words=""),
                name="compliance_backup_destroyed",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def rule(self) -> Made:
        """As the rule takes it."""
        return Made(self.name, self.made_at.date(), self.destroyed_on)
