"""Invitations: the only way to an account."""

import pghistory
from django.db import models
from django.db.models import Q

from ipaportal.core.roles import ROLE_NAMES


@pghistory.track()
class Invitation(models.Model):
    """An address invited to one role for one party; accepted once, before it expires."""

    email = models.EmailField()
    name = models.CharField(max_length=200)
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=[(r.value, n) for r, n in ROLE_NAMES.items()])
    grant_end_date = models.DateField(null=True, blank=True)
    invited_by_id = models.BigIntegerField(null=True)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="identity_one_open_invitation",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"
