"""Forms that were sent: each takes effect once, however often it arrives."""

from django.db import models


class SentForm(models.Model):
    """
    One form of one person, by the hidden token of its page, and the answer it got.

    Written in the transaction of what the form did, so that neither is there without the other.
    """

    actor_id = models.BigIntegerField()
    token = models.CharField(max_length=32)
    view = models.CharField(max_length=100)
    # A keyed hash: what was typed (account numbers too) cannot be guessed from it.
    body_hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    status = models.SmallIntegerField(default=0)
    location = models.CharField(max_length=500, blank=True)
    said = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor_id", "token"], name="identity_form_sent_once")
        ]
        indexes = [models.Index(fields=["sent_at"], name="identity_form_sent_at")]

    def __str__(self) -> str:
        return f"{self.view} by {self.actor_id}"
