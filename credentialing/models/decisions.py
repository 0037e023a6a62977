"""What the committee did: recusals, motions, votes, decisions, letters, minutes, discussions."""

import uuid

from django.db import models
from django.db.models import Q

from credentialing.models.committees import AgendaItem, Meeting, Seat
from credentialing.rules.decisions import DENIALS, OUTCOMES


class Recusal(models.Model):
    """A member takes no part in an item, and why; never changed."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="recusals")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="recusals")
    reason = models.CharField(max_length=300)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "seat"], name="credentialing_recused_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="credentialing_recusal_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.reason}"


class Motion(models.Model):
    """What a member moved and another seconded; closed once, with what the votes came to."""

    class Kind(models.TextChoices):
        APPROVE = "approved", "approve"
        CONDITIONS = "approved_conditions", "approve with conditions"
        DENY = "denied", "deny"
        DEFER = "deferred", "defer"

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="motions")
    kind = models.CharField(max_length=19, choices=Kind)
    text = models.CharField("reasons", max_length=1000)
    reason_code = models.CharField(max_length=10, choices=list(DENIALS.items()), blank=True)
    conditions = models.JSONField(default=list)
    mover = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    seconder = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    is_carried = models.BooleanField(null=True, blank=True)
    result = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(closed_at__isnull=True),
                name="credentialing_one_open_motion",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="credentialing_motion_says_why"),
            models.CheckConstraint(
                condition=~Q(mover=models.F("seconder")), name="credentialing_another_seconds"
            ),
            models.CheckConstraint(
                condition=~Q(kind="denied") | ~Q(reason_code=""),
                name="credentialing_denial_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"to {self.get_kind_display()}"


class Vote(models.Model):
    """A member's vote on a motion, given while present; never changed."""

    class Choice(models.TextChoices):
        FOR = "for", "for"
        AGAINST = "against", "against"
        ABSTAIN = "abstain", "abstains"

    motion = models.ForeignKey(Motion, models.PROTECT, related_name="votes")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="votes")
    choice = models.CharField(max_length=7, choices=Choice)
    voted_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["motion", "seat"], name="credentialing_vote_once")
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.choice}"


class Decision(models.Model):
    """
    How an event was decided, by the committee or the medical director alone; never changed.

    It names what it was decided on: the hash of the packet as it then was.
    """

    event = models.OneToOneField(
        "credentialing.CredentialingEvent", models.PROTECT, related_name="decision"
    )
    motion = models.OneToOneField(
        Motion, models.PROTECT, null=True, blank=True, related_name="decision"
    )
    outcome = models.CharField(max_length=19, choices=list(OUTCOMES.items()))
    text = models.CharField("reasons", max_length=1000)
    reason_code = models.CharField(max_length=10, choices=list(DENIALS.items()), blank=True)
    level = models.CharField(max_length=10)
    packet_sha256 = models.CharField(max_length=64)
    decision_date = models.DateField()
    decided_at = models.DateTimeField()
    # Who signed, where no committee voted.
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=200)
    notice_due_date = models.DateField("letter due by")
    next_due_date = models.DateField(null=True, blank=True)
    # Of a provisional decision: the first day on which it no longer holds.
    ends_date = models.DateField(null=True, blank=True)
    lapse = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-decision_date", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="credentialing_decision_says_why"),
            models.CheckConstraint(
                condition=Q(motion__isnull=False)
                | Q(decided_by_id__isnull=False, level="clean", outcome="approved"),
                name="credentialing_alone_only_clean",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="denied") | Q(next_due_date__isnull=True),
                name="credentialing_denied_has_no_next",
            ),
        ]
        indexes = [models.Index(fields=["next_due_date"], name="credentialing_next_due")]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} on {self.decision_date}"


class Condition(models.Model):
    """One condition of an approval: by when, and once how it was met."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="conditions")
    text = models.CharField(max_length=300)
    due_date = models.DateField()
    met_at = models.DateTimeField(null=True, blank=True)
    met_text = models.CharField("how it was met", max_length=300, blank=True)
    met_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["due_date", "pk"]

    def __str__(self) -> str:
        return self.text


class DecisionLetter(models.Model):
    """The letter of a decision as it left: its content, the PDF's hash, how it went; kept."""

    class Channel(models.TextChoices):
        PORTAL = "portal", "portal and e-mail"
        CERTIFIED = "certified", "certified mail"

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="letter")
    content = models.JSONField()
    pdf_sha256 = models.CharField(max_length=64)
    channel = models.CharField(max_length=9, choices=Channel, default=Channel.PORTAL)
    tracking = models.CharField("tracking number", max_length=60, blank=True)
    due_date = models.DateField()
    issued_date = models.DateField()
    issued_at = models.DateTimeField()
    issued_by_id = models.BigIntegerField(null=True, blank=True)
    issued_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-issued_at", "-pk"]

    def __str__(self) -> str:
        return f"of {self.issued_date}"


class Minutes(models.Model):
    """The first part of a meeting's minutes: attendance and decisions, signed; addenda follow."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="minutes")
    version = models.PositiveSmallIntegerField(default=1)
    content = models.TextField()
    content_sha256 = models.CharField(max_length=64)
    signed_by_id = models.BigIntegerField(null=True, blank=True)
    signed_by_name = models.CharField(max_length=200)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["meeting", "version"]
        verbose_name_plural = "minutes"
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "version"], name="credentialing_minutes_version"
            )
        ]

    def __str__(self) -> str:
        return f"of {self.meeting}"


class Discussion(models.Model):
    """
    The second part: what was said, protected as peer review, encrypted for its row.

    Behind a permission of its own. Nothing reads this table but `queries/discussions.py`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="discussions")
    item = models.ForeignKey(
        AgendaItem, models.PROTECT, null=True, blank=True, related_name="discussions"
    )
    text_encrypted = models.BinaryField()
    written_by_id = models.BigIntegerField(null=True, blank=True)
    written_by_name = models.CharField(max_length=200)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return f"discussion {self.pk}"
