"""Delegation: agreements, the rosters sent under them, payers' answers, and what payers have."""

from django.db import models
from django.db.models import F, Q

from credentialing.rules.roster_differences import KIND_WORDS, REMEDY_WORDS, Kind, Remedy
from credentialing.rules.rosters import ACTION_WORDS, DATE_FORMATS, FIELDS, Action


class Delegation(models.Model):
    """From when to when a payer leaves credentialing to the IPA, and where that is agreed."""

    payer_party = models.ForeignKey("identity.Party", models.PROTECT, related_name="delegations")
    effective_date = models.DateField()
    end_date = models.DateField("first day no longer", null=True, blank=True)
    source = models.CharField("where it is agreed", max_length=200)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["payer_party__name", "-effective_date", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payer_party"],
                condition=Q(end_date__isnull=True),
                name="credentialing_one_open_delegation",
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gt=F("effective_date")),
                name="credentialing_delegation_span",
            ),
        ]

    def __str__(self) -> str:
        return f"delegation by {self.payer_party}"


class RosterSpec(models.Model):
    """How a payer wants its roster, and how it answers; every version is kept."""

    class Sends(models.TextChoices):
        CHANGES = "changes", "additions, changes and terms"
        FULL = "full", "everybody, with what changed marked"

    delegation = models.ForeignKey(Delegation, models.PROTECT, related_name="specs")
    version = models.PositiveSmallIntegerField()
    columns = models.TextField()
    date_format = models.CharField(max_length=10, choices=[(f, f) for f in DATE_FORMATS])
    sends = models.CharField(max_length=7, choices=Sends, default=Sends.CHANGES)
    code_head = models.CharField("column of the answer's code", max_length=100)
    words_head = models.CharField("column of the answer's words", max_length=100, blank=True)
    accepted = models.CharField("codes that mean taken", max_length=200)
    saved_by_id = models.BigIntegerField(null=True, blank=True)
    saved_by_name = models.CharField(max_length=200)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["delegation", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["delegation", "version"], name="credentialing_roster_spec_version"
            )
        ]

    def __str__(self) -> str:
        return f"columns {self.version}"


class Roster(models.Model):
    """One roster as it was frozen: its bytes lie in the store of files under `sha256`."""

    delegation = models.ForeignKey(Delegation, models.PROTECT, related_name="rosters")
    spec = models.ForeignKey(RosterSpec, models.PROTECT, related_name="rosters")
    number = models.PositiveIntegerField()
    as_of_date = models.DateField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    # Of what the payer has been sent once it takes all of this.
    snapshot_sha256 = models.CharField(max_length=64)
    held_count = models.PositiveIntegerField()
    answer_due_date = models.DateField()
    made_by_id = models.BigIntegerField(null=True, blank=True)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["delegation", "number"], name="credentialing_roster_number"
            )
        ]

    def __str__(self) -> str:
        return f"roster {self.number} of {self.as_of_date}"


class RosterLine(models.Model):
    """One difference a roster told: the row as sent and as sent before; never a birth date."""

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="lines")
    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="roster_lines"
    )
    # Role and network, which no rename changes; and what finds it in the payer's files.
    key = models.CharField(max_length=40)
    plan_key = models.CharField(max_length=300)
    action = models.CharField(max_length=1, choices=[(a.value, w) for a, w in ACTION_WORDS.items()])
    content = models.JSONField()
    before = models.JSONField(null=True)
    content_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["roster", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["roster", "key"], name="credentialing_roster_line"),
            models.CheckConstraint(
                condition=~Q(action=Action.KEEP), name="credentialing_line_tells_something"
            ),
        ]
        indexes = [models.Index(fields=["roster", "plan_key"], name="credentialing_line_plan")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.content.get('npi', '')}"


class RosterAnswer(models.Model):
    """What the payer answered to one line; a later answer counts, none is changed."""

    line = models.ForeignKey(RosterLine, models.PROTECT, related_name="answers")
    is_accepted = models.BooleanField()
    code = models.CharField(max_length=40)
    words = models.CharField(max_length=500, blank=True)
    file_sha256 = models.CharField(max_length=64)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "file_sha256"], name="credentialing_answer_once"
            )
        ]

    def __str__(self) -> str:
        return f"{'taken' if self.is_accepted else 'refused'} ({self.code})"


class PlanRoster(models.Model):
    """A payer's own file of who it has, as it came."""

    delegation = models.ForeignKey(Delegation, models.PROTECT, related_name="plan_rosters")
    as_of_date = models.DateField("day of the plan's data")
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    # Lines that could not be read: [line number, words].
    faults = models.JSONField(default=list)
    received_by_id = models.BigIntegerField(null=True, blank=True)
    received_by_name = models.CharField(max_length=200)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["delegation", "sha256"], name="credentialing_plan_roster_once"
            )
        ]

    def __str__(self) -> str:
        return f"the plan's file of {self.as_of_date}"


class RosterDifference(models.Model):
    """One thing in which the payer's files differ from ours, from the file that showed it first."""

    class Outcome(models.TextChoices):
        GONE = "gone", "the plan's file agrees"
        EXPLAINED = "explained", "explained, both stand"

    delegation = models.ForeignKey(Delegation, models.PROTECT, related_name="differences")
    practitioner = models.ForeignKey(
        "credentialing.Practitioner",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="roster_differences",
    )
    label = models.CharField(max_length=300)
    plan_key = models.CharField(max_length=300)
    kind = models.CharField(max_length=7, choices=[(k.value, w) for k, w in KIND_WORDS.items()])
    field = models.CharField(max_length=30, blank=True)
    ours = models.CharField(max_length=300, blank=True)
    sent = models.CharField(max_length=300, blank=True)
    theirs = models.CharField(max_length=300, blank=True)
    remedy = models.CharField(
        max_length=11, choices=[(r.value, w) for r, w in REMEDY_WORDS.items()]
    )
    first_seen = models.ForeignKey(PlanRoster, models.PROTECT, related_name="+")
    last_seen = models.ForeignKey(PlanRoster, models.PROTECT, related_name="+")
    first_seen_date = models.DateField()
    asked_at = models.DateTimeField("plan asked", null=True, blank=True)
    asked_by_name = models.CharField(max_length=200, blank=True)
    asked_text = models.CharField("how it was asked", max_length=300, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_name = models.CharField(max_length=200, blank=True)
    closed_text = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["first_seen_date", "label", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["delegation", "plan_key", "kind", "field"],
                condition=Q(closed_at__isnull=True),
                name="credentialing_difference_once",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at__isnull=True)
                | (~Q(outcome="") & Q(closed_at__isnull=False)),
                name="credentialing_difference_closed",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="explained") | ~Q(closed_text=""),
                name="credentialing_difference_explained",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.get_kind_display()}"

    @property
    def words(self) -> str:
        """What differs, in words."""
        if self.kind in (Kind.MISSING, Kind.GHOST):
            return KIND_WORDS[Kind(self.kind)]
        return f"{self.field_words}: “{self.theirs}” at the plan, “{self.ours}” here"

    @property
    def field_words(self) -> str:
        """The field by its name."""
        return FIELDS.get(self.field, "")

    @property
    def remedy_words(self) -> str:
        """What ends it."""
        return REMEDY_WORDS[Remedy(self.remedy)]
