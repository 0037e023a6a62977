"""Batches of facts: who recorded what, in the order that runs see."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class FactBatch(models.Model):
    """
    One recording of facts. Its id is the fact number that the recorded rows carry.

    `scopes` name what it touches (`contract:7`, `network`); its id is taken under their locks.
    """

    scopes = ArrayField(models.CharField(max_length=40))
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    description = models.CharField(max_length=200)

    class Meta:
        verbose_name_plural = "fact batches"

    def __str__(self) -> str:
        return f"{self.description} by {self.actor_name}"
