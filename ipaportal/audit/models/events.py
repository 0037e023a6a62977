"""What was done and what was looked at: append-only (triggers refuse the rest), a table a month."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """Who, when, from where. The actor's id and name are copied: no foreign key points upward."""

    at = models.DateTimeField(db_default=Now())
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    actor_roles = ArrayField(models.CharField(max_length=40), default=list)
    request_id = models.CharField(max_length=64, blank=True)
    task_id = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True


class DomainEvent(Event):
    """One thing that was done, named `app.noun.verb_in_past`, with its subject and its facts."""

    action = models.CharField(max_length=100)
    subject_type = models.CharField(max_length=100, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="audit_event_subject"),
            models.Index(fields=["at"], name="audit_event_at"),
            # Holds all that pages of one person pass over, so that they read no row for it.
            models.Index(fields=["actor_id", "at"], include=["id"], name="audit_event_of"),
            # Of millions, the few pages that were refused.
            models.Index(
                fields=["at"],
                name="audit_event_refused",
                condition=models.Q(action="audit.page.refused"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_name}"


class AccessEvent(Event):
    """One page, export or refusal that showed (or would have shown) members' data."""

    class Kind(models.TextChoices):
        VIEW = "view", "viewed"
        EXPORT = "export", "exported"
        REFUSED = "refused", "refused"

    kind = models.CharField(max_length=10, choices=Kind)
    view_name = models.CharField(max_length=100)
    member_ids = ArrayField(models.BigIntegerField(), default=list)
    ip = models.GenericIPAddressField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="audit_access_at"),
            # Holds all that pages of one person pass over, so that they read no row for it.
            models.Index(
                fields=["actor_id", "at"],
                include=["id", "kind", "view_name"],
                name="audit_access_by_one",
            ),
            models.Index(
                fields=["kind", "at"],
                name="audit_access_rare",
                condition=~models.Q(kind="view"),
            ),
            GinIndex(fields=["member_ids"], name="audit_access_members"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.kind} {self.view_name}"
