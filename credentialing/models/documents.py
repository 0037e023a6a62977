"""Documents: bytes kept encrypted under their hash, and what they are said to prove."""

from django.db import models

from credentialing.rules.documents import DOCUMENT_KINDS


class Document(models.Model):
    """
    One paper of a practitioner or a facility; a newer one supersedes it, none is replaced.

    The bytes are in the store of files (`core.files`) under `sha256`. A trigger lets nothing of a
    row change but its review and what superseded it, each once.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", "waits for a look"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
    )
    facility = models.ForeignKey(
        "credentialing.Facility", models.PROTECT, null=True, blank=True, related_name="documents"
    )
    kind = models.CharField(max_length=20, choices=[(k.code, k.name) for k in DOCUMENT_KINDS])
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    expires_date = models.DateField(null=True, blank=True)
    uploaded_by_id = models.BigIntegerField(null=True, blank=True)
    uploaded_by_name = models.CharField(max_length=200)
    uploaded_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Status, default=Status.RECEIVED)
    reviewed_by_id = models.BigIntegerField(null=True, blank=True)
    reviewed_by_name = models.CharField(max_length=200, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_text = models.CharField(max_length=500, blank=True)
    superseded_by = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes"
    )

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(practitioner__isnull=False, facility__isnull=True)
                | models.Q(practitioner__isnull=True, facility__isnull=False),
                name="credentialing_document_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(status="received", reviewed_by_id__isnull=True)
                | models.Q(reviewed_by_id__isnull=False, reviewed_at__isnull=False),
                name="credentialing_document_reviewed_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"
