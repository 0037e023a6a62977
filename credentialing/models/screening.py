"""Screening: runs, what each came to for everybody, matches, and who decided what about them."""

from django.db import models
from django.db.models import Q, Value

from credentialing.rules.screening import CATEGORY_WORDS, Category
from credentialing.rules.screening_decisions import DECISION_WORDS, UNDECIDED, Decision, Status


class ScreeningRun(models.Model):
    """One screening of everybody. The row is the job: it says how far it has come."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"

    class Cause(models.TextChoices):
        MONTHLY = "monthly", "the month's screening"
        LIST = "list", "a list was loaded"
        ASKED = "asked", "asked for"

    cause = models.CharField(max_length=8, choices=Cause)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    as_of = models.DateField()
    requested_by_id = models.BigIntegerField(null=True, blank=True)
    requested_by_name = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    # What it was screened against: [{key, code, version, source_date, sha256, rows, freshness}].
    lists = models.JSONField(default=list)
    algorithm = models.CharField(max_length=100)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    cursor = models.CharField(max_length=60, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    certificate_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                Value(1),
                condition=~Q(state="done"),
                name="credentialing_one_screening_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"screening of {self.as_of}"


class ScreeningResult(models.Model):
    """What a run came to for one subject; nobody is left out, whoever could not be says why."""

    class Outcome(models.TextChoices):
        CLEAR = "clear", "clear"
        CLEARED = "cleared", "clear, matches decided"
        STALE = "stale", "not clear: a list is too old or missing"
        OPEN = "open", "match to decide"
        STOPPED = "stopped", "excluded"
        NOT_SCREENED = "not_screened", "not screened"

    run = models.ForeignKey(ScreeningRun, models.PROTECT, related_name="results")
    subject_key = models.CharField(max_length=40)
    label = models.CharField(max_length=300)
    outcome = models.CharField(max_length=12, choices=Outcome)
    matches = models.PositiveIntegerField(default=0)
    refuted = models.PositiveIntegerField(default=0)
    # Why they were not screened, or what could not be compared.
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "subject_key"], name="credentialing_screened_once"
            )
        ]
        indexes = [
            models.Index(fields=["subject_key", "-id"], name="credentialing_result_newest"),
            models.Index(fields=["run", "outcome"], name="credentialing_result_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.outcome}"


class ScreeningMatchQuerySet(models.QuerySet):
    def undecided(self) -> "ScreeningMatchQuerySet":
        """Matches that wait for somebody, of rows that still stand on their list."""
        return self.filter(status__in=UNDECIDED, gone_at__isnull=True)


class ScreeningMatch(models.Model):
    """
    A subject and a row of a list that may be the same; one row however often it is found.

    Keyed by the content of both sides: a decision holds until either changes.
    """

    subject_key = models.CharField(max_length=40)
    label = models.CharField(max_length=300)
    list_key = models.CharField(max_length=40)
    list_code = models.CharField(max_length=20)
    entry = models.ForeignKey(
        "credentialing.ListEntry", models.PROTECT, related_name="screening_matches"
    )
    entry_hash = models.CharField(max_length=64)
    subject_hash = models.CharField(max_length=64)
    category = models.CharField(
        max_length=10, choices=[(c.value, words) for c, words in CATEGORY_WORDS.items()]
    )
    score = models.DecimalField(max_digits=4, decimal_places=3)
    reasons = models.JSONField(default=list)
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in Status], default=Status.OPEN
    )
    # Whether payments stop because of it: from the moment it is found until two people let go.
    is_stopped = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    due_date = models.DateField()
    reopened_because = models.CharField(max_length=300, blank=True)
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followed_by"
    )
    first_run = models.ForeignKey(ScreeningRun, models.PROTECT, related_name="+")
    last_run = models.ForeignKey(ScreeningRun, models.PROTECT, related_name="matches")
    gone_at = models.DateTimeField("no longer found", null=True, blank=True)
    reinstated_date = models.DateField(null=True, blank=True)

    objects = ScreeningMatchQuerySet.as_manager()

    class Meta:
        ordering = ["due_date", "-score", "pk"]
        verbose_name_plural = "screening matches"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_key", "list_key", "entry_hash"],
                name="credentialing_match_once",
            )
        ]
        indexes = [
            models.Index(fields=["status", "due_date"], name="credentialing_match_waiting"),
            models.Index(fields=["last_run"], name="credentialing_match_run"),
        ]

    def __str__(self) -> str:
        return f"{self.label} on {self.list_code}"

    @property
    def is_serious(self) -> bool:
        """Whether one person's word does not clear it."""
        return self.category in (Category.CONFIRMED, Category.PROBABLE)


class ScreeningDecision(models.Model):
    """What somebody decided about a match, on what it then said; never changed."""

    class Part(models.TextChoices):
        DECIDED = "decided", "decided"
        PROPOSED = "proposed", "proposed, a second person has to agree"
        AGREED = "agreed", "agreed as the second person"
        DECLINED = "declined", "did not agree"

    match = models.ForeignKey(ScreeningMatch, models.PROTECT, related_name="decisions")
    decision = models.CharField(
        max_length=14, choices=[(d.value, words) for d, words in DECISION_WORDS.items()]
    )
    part = models.CharField(max_length=8, choices=Part)
    reason_code = models.CharField(max_length=20)
    text = models.CharField(max_length=1000)
    category = models.CharField(max_length=10)
    subject_hash = models.CharField(max_length=64)
    reasons = models.JSONField(default=list)
    reinstated_date = models.DateField(null=True, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=200)
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.decision} ({self.part}) by {self.decided_by_name}"

    @property
    def words(self) -> str:
        """The decision as people say it."""
        return DECISION_WORDS[Decision(self.decision)]
