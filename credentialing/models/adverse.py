"""Adverse actions: from the proposal to what is final, with hearings, notices and the NPDB."""

from django.db import models
from django.db.models import Q

from credentialing.rules.adverse import BASES, KINDS, WORDS


class AdverseAction(models.Model):
    """
    What is to be done about a practitioner or a facility against their will, and where it stands.

    Nothing of it takes effect before it is final, unless patients were in danger. `stage` repeats
    the newest step; days of stages are in the steps.
    """

    # One of both: a person, or a facility.
    practitioner = models.ForeignKey(
        "credentialing.Practitioner",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="adverse_actions",
    )
    facility = models.ForeignKey(
        "credentialing.Facility",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="adverse_actions",
    )
    decision = models.OneToOneField(
        "credentialing.Decision",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="adverse_action",
    )
    kind = models.CharField(max_length=11, choices=list(KINDS.items()))
    basis = models.CharField("rests on", max_length=9, choices=list(BASES.items()))
    reasons = models.CharField(max_length=1000)
    # Of a restriction: what they may not do.
    limits = models.CharField("limited to", max_length=300, blank=True)
    effective_date = models.DateField("proposed from")
    ends_date = models.DateField("first day no longer", null=True, blank=True)
    # Of a restriction: whether members may still be assigned anew; it is worded besides.
    closes_panel = models.BooleanField("takes no new members", db_default=False)
    # Patients may be in danger: suspended at once, with why.
    danger = models.CharField("imminent danger", max_length=500, blank=True)
    suspension = models.OneToOneField(
        "credentialing.Suspension", models.PROTECT, null=True, blank=True, related_name="+"
    )
    stage = models.CharField(max_length=17, choices=[(key.value, WORDS[key]) for key in WORDS])
    opened_date = models.DateField()
    opened_at = models.DateTimeField()
    opened_by_id = models.BigIntegerField(null=True, blank=True)
    opened_by_name = models.CharField(max_length=200)
    notice_date = models.DateField(null=True, blank=True)
    request_by_date = models.DateField("hearing to be asked for by", null=True, blank=True)
    hearing_date = models.DateField(null=True, blank=True)
    final_date = models.DateField(null=True, blank=True)
    report_due_date = models.DateField("NPDB report due", null=True, blank=True)
    reversed_date = models.DateField(null=True, blank=True)
    # A final restriction that was undone later: the first day without it.
    lifted_date = models.DateField(null=True, blank=True)
    # Of a denial that was reversed: until when the file stands as approved.
    next_due_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False, facility__isnull=True)
                | Q(practitioner__isnull=True, facility__isnull=False, closes_panel=False),
                name="credentialing_adverse_of_one",
            ),
            models.CheckConstraint(condition=~Q(reasons=""), name="credentialing_adverse_says_why"),
            models.CheckConstraint(
                condition=Q(decision__isnull=False, kind="denial")
                | (Q(decision__isnull=True) & ~Q(kind="denial")),
                name="credentialing_denial_was_decided",
            ),
            models.CheckConstraint(
                condition=~Q(kind="restriction") | ~Q(limits=""),
                name="credentialing_restriction_says_what",
            ),
            models.CheckConstraint(
                condition=Q(notice_date__isnull=True, request_by_date__isnull=True)
                | Q(request_by_date__gt=models.F("notice_date")),
                name="credentialing_notice_has_its_days",
            ),
            models.CheckConstraint(
                condition=Q(final_date__isnull=True) | Q(reversed_date__isnull=True),
                name="credentialing_final_or_reversed",
            ),
            models.CheckConstraint(
                condition=Q(closes_panel=False) | Q(kind="restriction"),
                name="credentialing_closing_is_a_restriction",
            ),
            models.CheckConstraint(
                condition=Q(lifted_date__isnull=True)
                | Q(kind="restriction", lifted_date__gte=models.F("final_date")),
                name="credentialing_lifts_what_is_final",
            ),
            models.CheckConstraint(
                condition=Q(final_date__isnull=True) | Q(notice_date__isnull=False),
                name="credentialing_final_after_notice",
            ),
        ]
        indexes = [models.Index(fields=["stage", "request_by_date"], name="credentialing_docket")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.who}"

    @property
    def who(self) -> models.Model:
        """Whom it is about: a practitioner or a facility."""
        return self.practitioner or self.facility


class AdverseStep(models.Model):
    """One step of an adverse action, on which day it was; only added."""

    adverse_action = models.ForeignKey(AdverseAction, models.PROTECT, related_name="steps")
    stage = models.CharField(max_length=17, choices=AdverseAction._meta.get_field("stage").choices)
    on_date = models.DateField()
    text = models.CharField(max_length=2000, blank=True)
    hearing_date = models.DateField(null=True, blank=True)
    place = models.CharField(max_length=200, blank=True)
    by_id = models.BigIntegerField(null=True, blank=True)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} on {self.on_date}"


class AdverseNotice(models.Model):
    """A letter of an adverse action as it left: its content and the PDF's hash; only added."""

    class Kind(models.TextChoices):
        ACTION = "action", "notice of the action"
        HEARING = "hearing", "notice of the hearing"
        DECISION = "decision", "decision in writing"

    adverse_action = models.ForeignKey(AdverseAction, models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=8, choices=Kind)
    content = models.JSONField()
    pdf_sha256 = models.CharField(max_length=64)
    tracking = models.CharField("tracking number", max_length=60, blank=True)
    issued_date = models.DateField()
    issued_at = models.DateTimeField()
    issued_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["issued_at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.issued_date}"


class HearingPanelist(models.Model):
    """Somebody on the panel of a hearing: who, whether a peer, and until when."""

    adverse_action = models.ForeignKey(AdverseAction, models.PROTECT, related_name="panel")
    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=200)
    specialty = models.CharField(max_length=100, blank=True)
    is_peer = models.BooleanField("of the same profession", default=True)
    added_by_name = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    excused_at = models.DateTimeField(null=True, blank=True)
    excused_by_name = models.CharField(max_length=200, blank=True)
    excused_for = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["adverse_action", "name"],
                condition=Q(excused_at__isnull=True),
                name="credentialing_on_the_panel_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


KINDS_OF_OTHERS = ["query", "continuous", "renewed", "cancelled", "report"]


class NpdbEntry(models.Model):
    """
    A line of the register of the NPDB: that somebody was asked about or reported, when, by whom.

    What the NPDB answered is in no column: the register may be shown to an auditor.
    """

    class Kind(models.TextChoices):
        QUERY = "query", "one-time query"
        CONTINUOUS = "continuous", "continuous query, enrolled"
        RENEWED = "renewed", "continuous query, renewed"
        CANCELLED = "cancelled", "continuous query, cancelled"
        REPORT = "report", "report of a final action"
        SUMMARY = "summary", "report of a suspension before it is final"
        REVISION = "revision", "revision of such a report"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="npdb_entries"
    )
    adverse_action = models.OneToOneField(
        AdverseAction, models.PROTECT, null=True, blank=True, related_name="npdb_report"
    )
    suspension = models.ForeignKey(
        "credentialing.Suspension",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="npdb_entries",
    )
    kind = models.CharField(max_length=10, choices=Kind)
    reference = models.CharField("DCN or number of the query", max_length=60)
    on_date = models.DateField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-on_date", "-pk"]
        verbose_name_plural = "NPDB entries"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "reference"], name="credentialing_npdb_reference_once"
            ),
            models.CheckConstraint(
                condition=Q(adverse_action__isnull=True) | Q(kind="report"),
                name="credentialing_npdb_report_of_an_action",
            ),
            models.CheckConstraint(
                condition=~Q(reference=""), name="credentialing_npdb_has_a_reference"
            ),
            models.UniqueConstraint(
                fields=["suspension", "kind"], name="credentialing_npdb_suspension_once"
            ),
            models.CheckConstraint(
                condition=Q(suspension__isnull=True, kind__in=KINDS_OF_OTHERS)
                | Q(suspension__isnull=False, kind__in=["summary", "revision"]),
                name="credentialing_npdb_of_a_suspension",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"
