"""Findings and what is done about them; whoever owns a correction never judges it."""

from django.db import models
from django.db.models import F, Q

from compliance.models.audits import Audit, AuditElement, Recorded
from compliance.rules.audits import KINDS
from compliance.rules.corrections import JUDGED, WORDS, Done


class Finding(Recorded):
    """One finding of an audit, in the words of CMS's program audits."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="findings")
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=11, choices=list(KINDS.items()))
    title = models.CharField(max_length=200)
    condition = models.TextField("what was found", max_length=4000)
    element = models.ForeignKey(
        AuditElement, models.PROTECT, null=True, blank=True, related_name="findings"
    )

    class Meta:
        ordering = ["audit", "place"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "place"], name="compliance_finding_place")
        ]

    def __str__(self) -> str:
        return f"{self.place}. {self.title}"


class FindingAnalysis(Recorded):
    """Why it happened, and how many members and dollars it touched; the newest counts."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="analyses")
    root_cause = models.TextField(max_length=4000)
    members = models.PositiveIntegerField()
    amount_cents = models.BigIntegerField()
    basis = models.CharField("how it was counted", max_length=1000)

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cents__gte=0), name="compliance_impact_not_negative"
            )
        ]

    def __str__(self) -> str:
        return f"{self.members} members"


class Correction(Recorded):
    """The plan of a finding: one owner, one day, and its milestones."""

    finding = models.OneToOneField(Finding, models.PROTECT, related_name="correction")
    owner_id = models.BigIntegerField()
    owner_name = models.CharField(max_length=200)
    text = models.TextField("what will be done", max_length=4000)
    due_date = models.DateField()

    class Meta:
        ordering = ["due_date", "pk"]
        constraints = [
            # What steps point to, so that the owner they name is this one.
            models.UniqueConstraint(fields=["id", "owner_id"], name="compliance_correction_owner")
        ]

    def __str__(self) -> str:
        return f"{self.owner_name}, until {self.due_date}"


class Milestone(models.Model):
    """One step of a plan with its day."""

    correction = models.ForeignKey(Correction, models.PROTECT, related_name="milestones")
    place = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    due_date = models.DateField()

    class Meta:
        ordering = ["correction", "place"]
        constraints = [
            models.UniqueConstraint(
                fields=["correction", "place"], name="compliance_milestone_place"
            )
        ]

    def __str__(self) -> str:
        return f"{self.text}, until {self.due_date}"


class CorrectionStep(models.Model):
    """
    One thing done about a correction: reached, handed in, validated, returned, reopened.

    The owner's number is copied, and a foreign key of two columns says that it is the plan's: so
    the database itself refuses an owner who judges, and a validation without evidence.
    """

    correction = models.ForeignKey(Correction, models.PROTECT, related_name="steps")
    owner_id = models.BigIntegerField()
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=9, choices=list(WORDS.items()))
    milestone = models.ForeignKey(
        Milestone, models.PROTECT, null=True, blank=True, related_name="steps"
    )
    due_date = models.DateField(null=True, blank=True)
    text = models.CharField(max_length=2000, blank=True)
    # Of a validation: what the validator read of what was handed in.
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    evidence_name = models.CharField(max_length=200, blank=True)
    by_id = models.BigIntegerField()
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["correction", "place"]
        constraints = [
            models.UniqueConstraint(
                fields=["correction", "place"], name="compliance_correction_step_place"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=JUDGED) | ~Q(by_id=F("owner_id")),
                name="compliance_owner_judges_not",
            ),
            models.CheckConstraint(
                condition=~Q(kind="validated") | (~Q(evidence_sha256="") & ~Q(text="")),
                name="compliance_validated_by_evidence",
            ),
            models.CheckConstraint(
                condition=Q(kind="extended", due_date__isnull=False)
                | (~Q(kind="extended") & Q(due_date__isnull=True)),
                name="compliance_extended_to_a_day",
            ),
            models.CheckConstraint(
                condition=Q(kind="reached", milestone__isnull=False)
                | (~Q(kind="reached") & Q(milestone__isnull=True)),
                name="compliance_reached_a_milestone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.by_name}"

    @property
    def done(self) -> Done:
        """What the rules read of it; a validation names evidence that others added."""
        added = self.evidence_sha256 if self.kind != "validated" else ""
        return Done(self.kind, self.by_id, self.milestone_id, self.due_date, added)
