"""Parties: whoever can owe, be owed, or be logged in for."""

import pghistory
from django.db import models


@pghistory.track()
class Party(models.Model):
    """The IPA itself, a practice, a payer, a supplier, a reinsurer, or the unassigned account."""

    class Kind(models.TextChoices):
        IPA = "ipa", "the IPA"
        UNASSIGNED = "unassigned", "members without a PCP"
        PRACTICE = "practice", "practice"
        PAYER = "payer", "payer"
        SUPPLIER = "supplier", "supplier"
        REINSURER = "reinsurer", "reinsurer"

    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=200)
    # What people type and files name it by; payers have one (`receive --payer CODE`).
    code = models.CharField(max_length=20, null=True, blank=True, unique=True)

    class Meta:
        verbose_name_plural = "parties"
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(kind__in=["ipa", "unassigned"]),
                name="identity_one_ipa",
            )
        ]

    def __str__(self) -> str:
        return self.name
