"""Interests that people disclosed: they bar whoever has them from a vote or an award."""

from django.db import models
from django.db.models import Q


class InterestQuerySet(models.QuerySet):
    def standing(self, at) -> "InterestQuerySet":
        """Those that were disclosed by a moment and had not ended."""
        ended = Q(ended_at=None) | Q(ended_at__gt=at)
        return self.filter(ended, disclosed_at__lte=at)


class Interest(models.Model):
    """
    One interest of one person in a party (a supplier, a practice), or in a practitioner by NPI.

    Whoever takes disclosures writes them here, and whoever lets people decide asks here, so that
    neither has to know the other. They end with the person's next disclosure, once.
    """

    user = models.ForeignKey("identity.User", models.PROTECT, related_name="interests")
    # For which party the person was asked; its people see the row.
    asked_for = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    party = models.ForeignKey(
        "identity.Party", models.PROTECT, null=True, blank=True, related_name="+"
    )
    npi = models.CharField("NPI", max_length=10, blank=True)
    # What took it, for example `attestation:12`.
    source = models.CharField(max_length=60)
    disclosed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=60, blank=True)

    objects = InterestQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(party__isnull=False, npi="")
                | Q(party__isnull=True, npi__regex=r"^[0-9]{10}$"),
                name="identity_interest_in_one",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="")
                | Q(ended_at__isnull=False) & ~Q(ended_by=""),
                name="identity_interest_ended_by_something",
            ),
        ]
        indexes = [
            models.Index(
                fields=["user"], condition=Q(ended_at=None), name="identity_interest_standing"
            ),
        ]

    def __str__(self) -> str:
        return f"interest of user {self.user_id}"
