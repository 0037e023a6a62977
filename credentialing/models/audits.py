"""Audits of files: samples anybody can draw again, the files as shown, packets to hand over."""

from django.db import models
from django.db.models import Q

from ipaportal.core.actors import Actor


class AuditSampleQuerySet(models.QuerySet):
    def for_actor(self, actor: Actor, permission: str) -> "AuditSampleQuerySet":
        """All of them, or for a plan's auditor those of the plan."""
        reach = actor.reach(permission)
        return self if reach is None else self.filter(payer_party_id__in=reach)


class AuditSample(models.Model):
    """
    A sample of decisions: drawn by a seed from a universe whose lines are kept and hashed.

    For a plan's review of what it delegated (`payer_party`), or the IPA's own yearly audit.
    """

    class Kind(models.TextChoices):
        PLAN = "plan", "a plan's review, 8 of 30"
        INTEGRITY = "integrity", "information integrity"

    kind = models.CharField(max_length=9, choices=Kind)
    payer_party = models.ForeignKey(
        "identity.Party", models.PROTECT, null=True, blank=True, related_name="+"
    )
    first_date = models.DateField("decided from")
    last_date = models.DateField("decided until")
    seed = models.CharField(max_length=40)
    population = models.TextField()
    population_sha256 = models.CharField(max_length=64)
    drawn_by_id = models.BigIntegerField(null=True, blank=True)
    drawn_by_name = models.CharField(max_length=200)
    drawn_at = models.DateTimeField()

    objects = AuditSampleQuerySet.as_manager()

    class Meta:
        ordering = ["-drawn_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="plan", payer_party__isnull=False)
                | Q(kind="integrity", payer_party__isnull=True),
                name="credentialing_sample_of_whom",
            ),
            models.CheckConstraint(
                condition=Q(last_date__gte=models.F("first_date")),
                name="credentialing_sample_span",
            ),
        ]

    def __str__(self) -> str:
        return f"sample {self.pk} of {self.first_date} to {self.last_date}"


class SampledFile(models.Model):
    """One file of a sample, in the order drawn, with its cover grid as it was when drawn."""

    sample = models.ForeignKey(AuditSample, models.PROTECT, related_name="files")
    event = models.ForeignKey(
        "credentialing.CredentialingEvent", models.PROTECT, related_name="samples"
    )
    place = models.PositiveSmallIntegerField()
    cover = models.JSONField()

    class Meta:
        ordering = ["sample", "place"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "place"], name="credentialing_sample_place"),
            models.UniqueConstraint(fields=["sample", "event"], name="credentialing_sampled_once"),
        ]

    def __str__(self) -> str:
        return f"file {self.place}"


class AuditPacket(models.Model):
    """The packet of a sample. The row is the job: one file a step, then the zip, signed."""

    class State(models.TextChoices):
        RUNNING = "running", "being written"
        DONE = "done", "done"

    sample = models.OneToOneField(AuditSample, models.PROTECT, related_name="packet")
    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    total = models.PositiveSmallIntegerField()
    done = models.PositiveSmallIntegerField(default=0)
    # What is in it so far: [name in the packet, SHA-256].
    entries = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    asked_by_id = models.BigIntegerField(null=True, blank=True)
    asked_by_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", sha256="") | (Q(state="done") & ~Q(sha256="")),
                name="credentialing_packet_done",
            )
        ]

    def __str__(self) -> str:
        return f"packet of {self.sample}"


class AuditMark(models.Model):
    """What an auditor found of an element of a sampled file; never changed: the newest counts."""

    file = models.ForeignKey(SampledFile, models.PROTECT, related_name="marks")
    # As the worksheet names it: "State licence", of however many there are.
    element = models.CharField(max_length=200)
    passes = models.BooleanField()
    text = models.CharField("in words", max_length=500, blank=True)
    marked_by_id = models.BigIntegerField()
    marked_by_name = models.CharField(max_length=200)
    marked_at = models.DateTimeField()

    class Meta:
        ordering = ["-marked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(passes=True) | ~Q(text=""), name="credentialing_mark_says_why"
            )
        ]

    def __str__(self) -> str:
        return f"{self.element}: {'passes' if self.passes else 'fails'}"
