"""Obligations as a dated library says them, how each is proven, and the evidence."""

from django.db import models
from django.db.models import Q

from compliance.rules.obligations import FAMILIES, HOW, RESULTS


class ObligationLibrary(models.Model):
    """One version of the library as it was loaded; the same bytes are loaded once."""

    version = models.CharField(max_length=40)
    content_sha256 = models.CharField(max_length=64, unique=True)
    rows = models.PositiveIntegerField()
    loaded_at = models.DateTimeField()
    loaded_by_id = models.BigIntegerField(null=True, blank=True)
    loaded_by_name = models.CharField(max_length=200)
    # The portal's own as it was then: its next version comes by itself, somebody's own stays.
    is_shipped = models.BooleanField(default=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "obligation libraries"

    def __str__(self) -> str:
        return f"library {self.version}"


class Control(models.Model):
    """One way in which obligations are proven; `key` is that of a nightly question after q:."""

    key = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    how = models.CharField(max_length=8, choices=list(HOW.items()))
    every_days = models.PositiveIntegerField()

    class Meta:
        ordering = ["how", "key"]

    def __str__(self) -> str:
        return self.title


class Obligation(models.Model):
    """One obligation from a day on, as a library said it; another wording supersedes it."""

    library = models.ForeignKey(ObligationLibrary, models.PROTECT, related_name="obligations")
    code = models.CharField(max_length=20)
    family = models.CharField(max_length=14, choices=list(FAMILIES.items()))
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=1000)
    citation = models.CharField(max_length=300)
    is_sure = models.BooleanField()
    effective_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)
    clock = models.CharField(max_length=40, blank=True)
    days = models.PositiveSmallIntegerField(default=0)
    hours = models.PositiveSmallIntegerField(default=0)
    controls = models.ManyToManyField(Control, through="ObligationControl", related_name="+")
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["code", "effective_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "effective_date"],
                condition=Q(superseded_at=None),
                name="compliance_obligation_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class ObligationControl(models.Model):
    """That a control proves a part of an obligation."""

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="links")
    control = models.ForeignKey(Control, models.PROTECT, related_name="links")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["obligation", "control"], name="compliance_control_linked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation_id} by {self.control_id}"


class Evidence(models.Model):
    """A revision of what proves a control: a paper, or what a person saw, with its hash."""

    control = models.ForeignKey(Control, models.PROTECT, related_name="evidence")
    number = models.PositiveIntegerField()
    text = models.CharField(max_length=2000)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    # Of the file's bytes, or of the words where there is none.
    content_sha256 = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["control", "-number"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["control", "number"], name="compliance_evidence_revision"
            ),
            models.CheckConstraint(
                condition=Q(content_sha256__regex=r"^[0-9a-f]{64}$") & ~Q(text=""),
                name="compliance_evidence_has_a_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"revision {self.number} of {self.control}"


class ControlAnswer(models.Model):
    """What somebody else than who recorded it found of evidence; never changed."""

    control = models.ForeignKey(Control, models.PROTECT, related_name="answers")
    evidence = models.ForeignKey(
        Evidence, models.PROTECT, null=True, blank=True, related_name="answers"
    )
    result = models.CharField(max_length=14, choices=list(RESULTS.items()))
    text = models.CharField(max_length=1000)
    # As the control asked for then: another library does not change what was judged.
    lasts_days = models.PositiveIntegerField()
    answered_at = models.DateTimeField()
    answered_by_id = models.BigIntegerField()
    answered_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # Nobody is compliant by saying so: evidence stands behind it, or it is not true.
            models.CheckConstraint(
                condition=~Q(result__in=("compliant", "partial")) | Q(evidence__isnull=False),
                name="compliance_compliant_has_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(result="unknown"), name="compliance_answer_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_result_display()}: {self.answered_by_name}"
