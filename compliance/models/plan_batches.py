"""Encounters and claims passed on to plans: what was sent, and what the plan answered of each."""

from django.db import models
from django.db.models import F, Q

from compliance.rules.passing import KINDS, Kind, Stream


class PlanBatch(models.Model):
    """One file to a plan; its bytes and its number are kept."""

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    stream = models.CharField(
        "what it holds",
        max_length=25,
        choices=[(str(one), kind.words) for one, kind in KINDS.items()],
        default=str(Stream.ENCOUNTERS),
        db_default=str(Stream.ENCOUNTERS),
    )
    number = models.PositiveIntegerField("interchange number", unique=True)
    file_name = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    claims = models.PositiveIntegerField()
    charge_cents = models.BigIntegerField()
    made_at = models.DateTimeField()
    made_by_id = models.BigIntegerField(null=True)
    made_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "plan batches"

    def __str__(self) -> str:
        return self.file_name

    @property
    def kind(self) -> Kind:
        """What its stream holds."""
        return KINDS[Stream(self.stream)]


class PlanBatchRow(models.Model):
    """One claim of a file: sent, then accepted or rejected; a rejected one may be sent again."""

    class State(models.TextChoices):
        SENT = "sent", "sent, no answer yet"
        ACCEPTED = "accepted", "accepted by the plan"
        REJECTED = "rejected", "rejected by the plan"

    batch = models.ForeignKey(PlanBatch, models.PROTECT, related_name="rows")
    claim = models.ForeignKey("compliance.Claim", models.PROTECT, related_name="passed")
    frequency = models.CharField(max_length=1)
    state = models.CharField(max_length=8, choices=State, default=State.SENT)
    codes = models.CharField(max_length=100, blank=True)
    words = models.CharField(max_length=300, blank=True)
    plan_number = models.CharField(max_length=50, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    again_at = models.DateTimeField(null=True, blank=True)
    again_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "claim"], name="compliance_batch_row_once"),
            # Never twice by accident: what waits for an answer or was accepted is not sent anew.
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(state__in=["sent", "accepted"]),
                name="compliance_passed_on_once",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", answered_at=None)
                | (~Q(state="sent") & Q(answered_at__isnull=False)),
                name="compliance_answer_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return f"claim {self.claim_id} in batch {self.batch_id}"


class PlanAnswerFile(models.Model):
    """A 999 or 277CA of a plan, once; how many claims it accepted, rejected, or did not name."""

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=3)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    named = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    problems = models.JSONField(default=list)
    received_at = models.DateTimeField()
    received_by_id = models.BigIntegerField(null=True)
    received_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["payer", "sha256"], name="compliance_answer_once"),
            models.CheckConstraint(
                condition=Q(named=F("accepted") + F("rejected") + F("unknown")),
                name="compliance_answers_in_are_out",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
