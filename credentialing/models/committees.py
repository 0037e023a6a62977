"""The committee: who sits on it, when it meets, what is on its agenda."""

from django.db import models
from django.db.models import F, Q

from credentialing.rules.levels import LEVEL_WORDS
from credentialing.rules.quorum import MODES, QuorumRule
from ipaportal.audit.history import tracked


@tracked()
class Committee(models.Model):
    """A credentialing committee and the rule of its quorum, as its policy has it."""

    name = models.CharField(max_length=100, unique=True)
    least_voting = models.PositiveSmallIntegerField("voting members needed at least", default=3)
    needs_majority = models.BooleanField("more than half of the voting seats", default=True)
    needs_chair = models.BooleanField("the chair or a deputy", default=True)
    needs_external = models.BooleanField("a practitioner from outside the IPA", default=True)
    lock_days = models.PositiveSmallIntegerField("days before it that the agenda locks", default=3)
    # The words of the state's peer-review statute, over every discussion.
    protection_text = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(least_voting__gte=2), name="credentialing_two_or_more_decide"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def quorum_rule(self) -> QuorumRule:
        """The rule as it stands now; a locked meeting keeps its own."""
        return QuorumRule(
            self.least_voting, self.needs_majority, self.needs_chair, self.needs_external
        )


class SeatQuerySet(models.QuerySet):
    def on(self, day) -> "SeatQuerySet":
        return self.filter(Q(end_date=None) | Q(end_date__gt=day), effective_date__lte=day)


@tracked()
class Seat(models.Model):
    """Somebody's days on a committee; `user` where they sign in, `practitioner` for conflicts."""

    class Role(models.TextChoices):
        CHAIR = "chair", "chair"
        DEPUTY = "deputy", "deputy chair"
        MEMBER = "member", "member"
        STAFF = "staff", "staff, without a vote"

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="seats")
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=6, choices=Role, default=Role.MEMBER)
    specialty = models.CharField(max_length=100, blank=True)
    is_external = models.BooleanField("practises outside the IPA's own staff", default=False)
    user = models.ForeignKey(
        "identity.User", models.PROTECT, null=True, blank=True, related_name="seats"
    )
    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, null=True, blank=True, related_name="seats"
    )
    effective_date = models.DateField()
    end_date = models.DateField("first day no longer", null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["committee", "role", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gt=F("effective_date")),
                name="credentialing_seat_span",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_voting(self) -> bool:
        """Whether they have a vote."""
        return self.role != self.Role.STAFF

    @property
    def is_chair(self) -> bool:
        """Whether they chair, or stand in for the chair."""
        return self.role in (self.Role.CHAIR, self.Role.DEPUTY)


class Pledge(models.Model):
    """A member's yearly word to keep what is said and not to discriminate; never changed."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="pledges")
    text = models.TextField()
    signed_date = models.DateField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-signed_date", "-pk"]

    def __str__(self) -> str:
        return f"of {self.seat} on {self.signed_date}"


class Meeting(models.Model):
    """
    One meeting in real time; where it stands is told by the moments that were written, each once.

    `rule` is the quorum's rule as it was when the agenda was locked.
    """

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="meetings")
    starts_at = models.DateTimeField()
    mode = models.CharField(max_length=9, choices=list(MODES.items()))
    place = models.CharField("where, or the address of the call", max_length=200, blank=True)
    planned_by_name = models.CharField(max_length=200)
    planned_at = models.DateTimeField()
    rule = models.JSONField(default=dict)
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_by_name = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True) | Q(locked_at__isnull=False),
                name="credentialing_open_is_locked",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(opened_at__isnull=False),
                name="credentialing_closed_was_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.committee} of {self.starts_at:%b %-d, %Y}"

    @property
    def state(self) -> str:
        """Where it stands, in a word."""
        moments = (
            (self.cancelled_at, "cancelled"),
            (self.closed_at, "held"),
            (self.opened_at, "in session"),
            (self.locked_at, "agenda locked"),
        )
        return next((word for moment, word in moments if moment), "planned")

    @property
    def is_in_session(self) -> bool:
        """Whether it is being held now."""
        return self.opened_at is not None and self.closed_at is None

    @property
    def quorum_rule(self) -> QuorumRule:
        """The rule that holds for it."""
        return QuorumRule(**self.rule) if self.rule else self.committee.quorum_rule


class Attendance(models.Model):
    """A member's time in a meeting: come and gone, each written once."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="attendances")
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["arrived_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "seat"],
                condition=Q(left_at__isnull=True),
                name="credentialing_present_once",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("arrived_at")),
                name="credentialing_attendance_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat} at {self.meeting}"


class AgendaItem(models.Model):
    """
    A file on an agenda, with its level as computed when it was added.

    Locking freezes its packet: the canonical text of what is decided on, under a hash. It ends
    once: decided, deferred, or pulled because something would not hold on the day.
    """

    class End(models.TextChoices):
        DECIDED = "decided", "decided"
        DEFERRED = "deferred", "deferred"
        PULLED = "pulled", "taken off"

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items")
    event = models.ForeignKey(
        "credentialing.CredentialingEvent", models.PROTECT, related_name="agenda_items"
    )
    level = models.CharField(max_length=10, choices=[(c.value, w) for c, w in LEVEL_WORDS.items()])
    reasons = models.JSONField(default=list)
    late_reason = models.CharField(max_length=300, blank=True)
    added_by_name = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    packet = models.TextField(blank=True)
    packet_sha256 = models.CharField(max_length=64, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_kind = models.CharField(max_length=8, choices=End, blank=True)
    end_reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        # What needs discussion comes first.
        ordering = ["-level", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event"],
                condition=Q(ended_at__isnull=True),
                name="credentialing_on_one_agenda",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_kind="")
                | (Q(ended_at__isnull=False) & ~Q(end_kind="")),
                name="credentialing_item_end_has_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return str(self.event.practitioner or self.event.facility)
