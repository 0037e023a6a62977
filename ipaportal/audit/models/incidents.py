"""Breaches of what must always hold."""

from django.db import models
from django.db.models.functions import Now


class Incident(models.Model):
    """A breach of an invariant; written in a transaction of its own, so it survives a rollback."""

    opened_at = models.DateTimeField(db_default=Now())
    name = models.CharField(max_length=100)
    details = models.JSONField(default=dict)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_id = models.BigIntegerField(null=True, blank=True)
    resolution = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.opened_at}"
