"""Audits: a notice, what was sent in, the sample that anybody can draw again, and its worksheet."""

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from compliance.rules.audits import ANSWERS, FUNCTIONS, STATES


class Recorded(models.Model):
    """Who wrote a row, and when. Every such row is its own history: it is never changed."""

    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)

    class Meta:
        abstract = True


class AuditQuerySet(models.QuerySet):
    def with_state(self) -> "AuditQuerySet":
        """Each with the state that its newest step has led to, and since when."""
        newest = AuditStep.objects.filter(audit=OuterRef("pk")).order_by("-place")
        return self.annotate(
            state=Subquery(newest.values("state")[:1]),
            state_at=Subquery(newest.values("recorded_at")[:1]),
        )


class Audit(Recorded):
    """What was announced: by whom, about what and which time, and when it is due."""

    class Kind(models.TextChoices):
        PLAN = "plan", "a plan audits us"
        DOWNSTREAM = "downstream", "we audit whom we delegated to"
        OWN = "own", "we audit ourselves"

    kind = models.CharField(max_length=10, choices=Kind)
    party = models.ForeignKey(
        "identity.Party", models.PROTECT, null=True, blank=True, related_name="+"
    )
    title = models.CharField(max_length=200)
    function = models.CharField(max_length=13, choices=list(FUNCTIONS.items()))
    scope = models.TextField(max_length=2000)
    first_date = models.DateField("reviewed from")
    last_date = models.DateField("reviewed until")
    notice_date = models.DateField()
    universe_due_date = models.DateField(null=True, blank=True)
    fieldwork_date = models.DateField(null=True, blank=True)
    contact_name = models.CharField(max_length=200)
    contact_email = models.EmailField(blank=True)
    letter_sha256 = models.CharField(max_length=64, blank=True)
    letter_name = models.CharField(max_length=200, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-notice_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="own", party__isnull=True)
                | (~Q(kind="own") & Q(party__isnull=False)),
                name="compliance_audit_of_whom",
            ),
            models.CheckConstraint(
                condition=Q(last_date__gte=F("first_date")), name="compliance_audit_span"
            ),
            # What visits point to, so that the plan they name is this one.
            models.UniqueConstraint(fields=["id", "party"], name="compliance_audit_of_party"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.notice_date})"


class AuditStep(Recorded):
    """A state that an audit entered; the newest is the state it is in."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="steps")
    place = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=list(STATES.items()))
    text = models.CharField(max_length=2000, blank=True)

    class Meta:
        ordering = ["audit", "place"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "place"], name="compliance_audit_step_place")
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}, {self.recorded_at:%Y-%m-%d}"


class AuditUniverse(Recorded):
    """A universe as it was taken: its bytes, its lines with their hash, what is wrong with it."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="universes")
    place = models.PositiveSmallIntegerField()
    layout = models.CharField(max_length=10)
    layout_version = models.CharField(max_length=20, blank=True)
    file_sha256 = models.CharField(max_length=64)
    file_name = models.CharField(max_length=200)
    rows = models.PositiveIntegerField()
    population = models.TextField()
    population_sha256 = models.CharField(max_length=64)
    # [line, column, words]; a universe that is wrong is kept, and refused as a sample's ground.
    problems = models.JSONField(default=list)

    class Meta:
        ordering = ["audit", "-place"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "place"], name="compliance_universe_place")
        ]

    def __str__(self) -> str:
        return f"universe {self.place}, {self.rows} rows"


class AuditDraw(Recorded):
    """The sample of an audit: drawn once, from the newest universe."""

    audit = models.OneToOneField(Audit, models.PROTECT, related_name="draw")
    universe = models.ForeignKey(AuditUniverse, models.PROTECT, related_name="+")
    seed = models.CharField(max_length=40)
    count = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.count} by seed {self.seed}"


class AuditItem(models.Model):
    """One row of a sample, in the order drawn; its cells stay in the stored universe."""

    draw = models.ForeignKey(AuditDraw, models.PROTECT, related_name="items")
    place = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=200)
    row_sha256 = models.CharField(max_length=64)
    member = models.ForeignKey(
        "capitation.Member", models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["draw", "place"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "place"], name="compliance_item_place"),
            models.UniqueConstraint(fields=["draw", "key"], name="compliance_item_once"),
        ]

    def __str__(self) -> str:
        return f"item {self.place}"


class AuditElement(Recorded):
    """One thing that every sampled item is asked."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="elements")
    place = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    citation = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["audit", "place"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "place"], name="compliance_element_place")
        ]

    def __str__(self) -> str:
        return self.text


class AuditAnswer(Recorded):
    """What was found of an element at an item, with evidence; the newest counts."""

    item = models.ForeignKey(AuditItem, models.PROTECT, related_name="answers")
    element = models.ForeignKey(AuditElement, models.PROTECT, related_name="answers")
    answer = models.CharField(max_length=7, choices=list(ANSWERS.items()))
    text = models.CharField(max_length=1000, blank=True)
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    evidence_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(answer="not_met") | ~Q(text=""), name="compliance_answer_says_why"
            )
        ]

    def __str__(self) -> str:
        return f"{self.element}: {self.get_answer_display()}"


class AuditOpening(Recorded):
    """That raters of an audit may see each other's answers before both have answered."""

    audit = models.OneToOneField(Audit, models.PROTECT, related_name="opening")
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="compliance_opening_says_why")
        ]

    def __str__(self) -> str:
        return self.reason


class AuditPacket(models.Model):
    """A packet of an audit as it stood when it was written. The row is the job."""

    class State(models.TextChoices):
        RUNNING = "running", "being written"
        DONE = "done", "done"

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="packets")
    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)
    asked_by_id = models.BigIntegerField(null=True, blank=True)
    asked_by_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", sha256="") | (Q(state="done") & ~Q(sha256="")),
                name="compliance_packet_done",
            ),
            models.UniqueConstraint(
                fields=["audit"], condition=Q(state="running"), name="compliance_packet_one_runs"
            ),
        ]

    def __str__(self) -> str:
        return f"packet of {self.asked_at:%Y-%m-%d}"
