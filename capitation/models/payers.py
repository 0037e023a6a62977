"""Payers: the plans that send members and money."""

from django.db import models


class Payer(models.Model):
    """A plan; its party owes and is owed. `party.code` is what files and commands call it."""

    party = models.OneToOneField("identity.Party", models.PROTECT, related_name="payer")
    contact_name = models.CharField(max_length=200, blank=True)
    contact_email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return self.party.name
