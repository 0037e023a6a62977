"""Applications: what a practitioner fills in, and what of it they signed."""

import uuid

from django.db import models
from django.db.models import Q

from credentialing.rules.application import SECTIONS
from ipaportal.audit.history import tracked
from ipaportal.core.actors import Actor

FILL, FILL_FOR_OTHERS = "credentialing.fill_application", "credentialing.fill_for_others"


class ApplicationQuerySet(models.QuerySet):
    def for_actor(self, actor: Actor) -> "ApplicationQuerySet":
        """A provider's own; a practice manager's practice's; staff see the file instead."""
        if actor.is_system:
            return self
        mine = Q(practitioner__user_id=actor.user_id) if actor.user_id else Q(pk=None)
        if actor.may(FILL_FOR_OTHERS):
            mine |= Q(party_id__in=actor.reach(FILL_FOR_OTHERS) or ())
        return self.filter(mine)


class Application(models.Model):
    """A practitioner's application in one credentialing event, for one practice."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.OneToOneField(
        "credentialing.CredentialingEvent", models.PROTECT, related_name="application"
    )
    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="applications"
    )
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    invitation_id = models.BigIntegerField(null=True, blank=True)
    begun_at = models.DateTimeField()

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_at", "-pk"]

    def __str__(self) -> str:
        return f"application of {self.practitioner}"


@tracked()
class ApplicationSection(models.Model):
    """One section as it was saved last; each save is a version in its history."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="sections")
    code = models.CharField(max_length=20, choices=[(s.code, s.name) for s in SECTIONS])
    data = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()
    saved_by_id = models.BigIntegerField(null=True, blank=True)
    saved_by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "code"], name="credentialing_section_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} of application {self.application_id}"


class Attestation(models.Model):
    """
    A signature under the whole application: its canonical text, the PDF of it, who, how, when.

    Only the practitioner signs, after confirming that it is them. A later edit of what was
    attested voids it; a trigger lets nothing else change.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="attestations")
    text_version = models.CharField(max_length=20)
    content = models.TextField()
    content_sha256 = models.CharField(max_length=64)
    pdf_sha256 = models.CharField(max_length=64)
    signed_name = models.CharField(max_length=200)
    signed_by_id = models.BigIntegerField()
    signed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField("when they last confirmed that it was them")
    confirmed_by = models.CharField(max_length=60)
    ip = models.GenericIPAddressField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by_name = models.CharField(max_length=200, blank=True)
    void_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-signed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(voided_at__isnull=True),
                name="credentialing_one_live_attestation",
            )
        ]

    def __str__(self) -> str:
        return f"signed by {self.signed_name} on {self.signed_at:%Y-%m-%d}"


class Profile(models.Model):
    """A row of NPPES or a CAQH roster about a practitioner, as it came; never changed."""

    class Source(models.TextChoices):
        NPPES = "nppes", "NPPES"
        CAQH = "caqh", "CAQH"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="profiles"
    )
    source = models.CharField(max_length=5, choices=Source)
    # What the row says of each field of the application, by `section.field`.
    says = models.JSONField()
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    as_of_date = models.DateField(null=True, blank=True)
    read_at = models.DateTimeField()
    read_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-read_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_source_display()} of {self.read_at:%Y-%m-%d}"
