"""Leaves of events, the tree they are sealed into, and its checkpoints; migration 0005 makes them.

Triggers write leaves, salts and steps; nothing here is ever changed, and only salts are deleted.
"""

from django.db import models


class Leaf(models.Model):
    """One event's salted digest, written by a trigger in the event's own transaction."""

    id = models.BigIntegerField(primary_key=True)
    recorded_at = models.DateTimeField()
    source_id = models.IntegerField()
    kind = models.TextField()
    key = models.TextField()
    digest = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_leaf"
        verbose_name_plural = "leaves"

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Salt(models.Model):
    """What a leaf's digest was made with; without it the leaf says nothing any more."""

    leaf_id = models.BigIntegerField(primary_key=True)
    salt = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_salt"

    def __str__(self) -> str:
        return f"salt of leaf {self.leaf_id}"


class Step(models.Model):
    """What a row that goes on changing was at a step: a run, an entry, a payment batch."""

    at = models.DateTimeField()
    kind = models.TextField()
    subject = models.TextField()
    payload = models.JSONField()

    class Meta:
        managed = False
        db_table = "audit_step"

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class SealedLeaf(models.Model):
    """A leaf's place in the tree, and its hash there."""

    position = models.BigIntegerField(primary_key=True)
    leaf_id = models.BigIntegerField(unique=True)
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_sealedleaf"

    def __str__(self) -> str:
        return f"leaf {self.leaf_id} at {self.position}"


class Checkpoint(models.Model):
    """How a log stood after a seal: the signed note that also lies outside the database."""

    log = models.TextField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    sealed_at = models.DateTimeField()
    note = models.TextField()

    class Meta:
        managed = False
        db_table = "audit_checkpoint"

    def __str__(self) -> str:
        return f"{self.log} at {self.size}"
