"""Emergency access: somebody opened a record that their role does not show them."""

from django.db import models


class EmergencyAccess(models.Model):
    """One person, one record, one reason, for some minutes; looked at afterwards by another."""

    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    user_name = models.CharField(max_length=200)
    # What was opened, by its label and key: no foreign key points upward.
    subject_type = models.CharField(max_length=100)
    subject_id = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reviewed_by_id = models.BigIntegerField(null=True, blank=True)
    reviewed_by_name = models.CharField(max_length=200, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_text = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "emergency accesses"
        ordering = ["-began_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewed_by_id__isnull=True)
                | ~models.Q(reviewed_by_id=models.F("user_id")),
                name="identity_emergency_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("began_at")),
                name="identity_emergency_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_name} to {self.subject_type} {self.subject_id}"
