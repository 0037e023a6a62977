"""How long a decided file stood in each step, kept with its decision because it never changes."""

from django.db import models

from credentialing.models.decisions import Decision
from credentialing.models.events import CredentialingEvent


def _days() -> models.DecimalField:
    return models.DecimalField(max_digits=7, decimal_places=1, null=True)


class FileDays(models.Model):
    """Days by step of rules/turnaround.py; nothing where the file was never there. Only added."""

    decision = models.OneToOneField(Decision, models.PROTECT, primary_key=True, related_name="days")
    decision_date = models.DateField()
    kind = models.CharField(max_length=11, choices=CredentialingEvent.Kind)
    look = _days()
    verify = _days()
    hand_on = _days()
    decide = _days()
    stopped = _days()
    provider = _days()
    whole = _days()

    class Meta:
        verbose_name_plural = "file days"
        indexes = [models.Index(fields=["decision_date"], name="credentialing_file_days")]

    def __str__(self) -> str:
        return f"{self.decision_id}: {self.whole} days"
