"""Findings and what is done about them; whoever owns a correction never judges it."""

from django.db import models
from django.db.models import F, Q

from compliance.models.audits import Audit, AuditElement, Recorded
from compliance.rules.audits import KINDS, VERDICTS, standing_of
from compliance.rules.corrections import HANDED, JUDGED, WORDS, Done


class FindingQuerySet(models.QuerySet):
    def standing(self) -> "FindingQuerySet":
        """Those that no later draft took the place of."""
        return self.filter(replaced_by=None)


class Finding(Recorded):
    """
    One finding of an audit, in the words of CMS's program audits.

    A draft until another person read it; one that was returned is written anew, in another row.
    """

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="findings")
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=11, choices=list(KINDS.items()))
    title = models.CharField(max_length=200)
    condition = models.TextField("what was found", max_length=4000)
    element = models.ForeignKey(
        AuditElement, models.PROTECT, null=True, blank=True, related_name="findings"
    )

    # Those recorded before there was a second reader stand without one.
    needs_second = models.BooleanField(default=False)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["audit", "place"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "place"], name="compliance_finding_place")
        ]

    def __str__(self) -> str:
        return f"{self.place}. {self.title}"

    @property
    def standing(self) -> str:
        """draft, issued or returned."""
        review = getattr(self, "review", None)
        return standing_of(self.needs_second, review.verdict if review else "")


class FindingReview(models.Model):
    """
    What a second person said of a draft, once: it is issued, or returned with a reason.

    A trigger copies who wrote it, so that the constraint cannot be talked past.
    """

    finding = models.OneToOneField(Finding, models.PROTECT, related_name="review")
    author_id = models.BigIntegerField(null=True, blank=True)
    verdict = models.CharField(max_length=8, choices=list(VERDICTS.items()))
    text = models.CharField(max_length=2000, blank=True)
    by_id = models.BigIntegerField()
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(author_id=None) | ~Q(by_id=F("author_id")),
                name="compliance_author_issues_not",
            ),
            models.CheckConstraint(
                condition=Q(verdict="issued") | ~Q(text=""),
                name="compliance_returned_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.by_name}"


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

    @property
    def owner_now(self) -> tuple[int, str]:
        """Whose it is: who accepted it last, else whom the plan named."""
        taken = [one for one in self.handovers.all() if one.answer == "accepted"]
        return (taken[-1].to_id, taken[-1].to_name) if taken else (self.owner_id, self.owner_name)

    @property
    def owners_ever(self) -> set[int]:
        """Everybody who ever owned it: none of them judges it."""
        taken = {one.to_id for one in self.handovers.all() if one.answer == "accepted"}
        return {self.owner_id} | taken


class CorrectionHandover(Recorded):
    """One owner hands a correction to another, who takes it or not; its days go on as they were."""

    correction = models.ForeignKey(Correction, models.PROTECT, related_name="handovers")
    place = models.PositiveSmallIntegerField()
    from_id = models.BigIntegerField()
    from_name = models.CharField(max_length=200)
    to_id = models.BigIntegerField()
    to_name = models.CharField(max_length=200)
    reason = models.CharField(max_length=1000)
    answer = models.CharField(max_length=9, blank=True, choices=list(HANDED.items()))
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_text = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["correction", "place"]
        constraints = [
            models.UniqueConstraint(
                fields=["correction", "place"], name="compliance_handover_place"
            ),
            models.UniqueConstraint(
                fields=["correction"], condition=Q(answer=""), name="compliance_handover_one_waits"
            ),
            models.CheckConstraint(
                condition=~Q(to_id=F("from_id")), name="compliance_handover_to_another"
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="compliance_handover_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_name} to {self.to_name}"


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
