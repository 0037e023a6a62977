"""Whom a person is at the IPA's own sign-in server."""

import pghistory
from django.db import models
from django.db.models import Q


@pghistory.track()
class SsoIdentity(models.Model):
    """One person's name at one server; ended, never deleted, and never moved to another person."""

    user = models.ForeignKey("identity.User", models.PROTECT, related_name="sso_identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()
    # The administrator; empty if it was linked by an address that the server had verified.
    linked_by_id = models.BigIntegerField(null=True, blank=True)
    linked_by_name = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "SSO identities"
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"],
                condition=Q(ended_at__isnull=True),
                name="identity_sso_one_person",
            ),
            models.UniqueConstraint(
                fields=["user", "issuer"],
                condition=Q(ended_at__isnull=True),
                name="identity_sso_one_name",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("linked_at")),
                name="identity_sso_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.issuer}"
