"""Legal holds, and what was deleted under which certificate."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from compliance.rules.retention import KINDS, PURGED

KIND_CHOICES = [(kind.key, kind.name) for kind in KINDS if kind.key in PURGED]


class LegalHold(models.Model):
    """From when on nothing of a matter may be deleted, whatever its years; released once."""

    matter = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    # Empty or null: of every kind, of everybody.
    kinds = ArrayField(models.CharField(max_length=10, choices=KIND_CHOICES), default=list)
    party = models.ForeignKey(
        "identity.Party", models.PROTECT, null=True, blank=True, related_name="legal_holds"
    )
    practitioner = models.ForeignKey(
        "credentialing.Practitioner",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="legal_holds",
    )
    placed_at = models.DateTimeField()
    placed_by_id = models.BigIntegerField(null=True, blank=True)
    placed_by_name = models.CharField(max_length=200)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by_id = models.BigIntegerField(null=True, blank=True)
    released_by_name = models.CharField(max_length=200, blank=True)
    release_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-placed_at", "-pk"]

    def __str__(self) -> str:
        return self.matter


class HoldCustodian(models.Model):
    """Somebody who was told of a hold, and when they said that they keep to it."""

    hold = models.ForeignKey(LegalHold, models.PROTECT, related_name="custodians")
    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    told_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["hold", "user"], name="compliance_custodian_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} of {self.hold}"


class Purge(models.Model):
    """A list of records whose years are over, to be deleted once two others have agreed."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "waits for approval"
        APPROVED = "approved", "approved"
        REJECTED = "rejected", "rejected"
        DONE = "done", "deleted"

    kind = models.CharField(max_length=10, choices=KIND_CHOICES)
    day = models.DateField("as of")
    items_sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=Status, default=Status.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by_id = models.BigIntegerField(null=True, blank=True)
    proposed_by_name = models.CharField(max_length=200)
    rejected_at = models.DateTimeField(null=True, blank=True)
    rejected_by_name = models.CharField(max_length=200, blank=True)
    reject_reason = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    certificate_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(status__in=("proposed", "approved")),
                name="compliance_one_open_purge_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(status="done", done_at__isnull=False) | Q(certificate_sha256=""),
                name="compliance_certificate_of_what_is_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of before {self.day}"


class PurgeApproval(models.Model):
    """One person's yes to exactly the list they saw. A trigger refuses the one who proposed it."""

    purge = models.ForeignKey(Purge, models.PROTECT, related_name="approvals")
    items_sha256 = models.CharField(max_length=64)
    approved_at = models.DateTimeField()
    approved_by_id = models.BigIntegerField()
    approved_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["purge", "approved_by_id"], name="compliance_approves_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.approved_by_name}, {self.approved_at:%Y-%m-%d}"


class PurgeItem(models.Model):
    """One file of a purge. A trigger lets it be purged only if two agreed and no hold covers it."""

    purge = models.ForeignKey(Purge, models.PROTECT, related_name="items")
    record_id = models.BigIntegerField()
    name = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    received_date = models.DateField()
    kept_until = models.DateField()
    party_ids = ArrayField(models.BigIntegerField(), default=list)
    practitioner_id = models.BigIntegerField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)
    spared_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["purge", "record_id"], name="compliance_purge_item_once"
            ),
            models.CheckConstraint(
                condition=Q(purged_at=None) | Q(spared_because=""),
                name="compliance_purged_or_spared",
            ),
            models.CheckConstraint(
                condition=Q(kept_until__gt=F("received_date")), name="compliance_kept_for_its_years"
            ),
        ]
        indexes = [models.Index(fields=["sha256"], name="compliance_purged_file")]

    def __str__(self) -> str:
        return self.name
