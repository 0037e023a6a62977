"""Practices' record systems, projects that bring them, what was given for them, what is heard."""

from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThanOrEqual

from compliance.models.audits import Recorded
from compliance.rules.ehr import CONTRIBUTION_PCT, HOSTING, KINDS, LEAST_WEEKS, MOST_WEEKS, TEMPLATE


class RecordSystem(Recorded):
    """What a practice keeps its records in, as it was known; another row supersedes it."""

    practice = models.ForeignKey(
        "credentialing.Practice", models.PROTECT, related_name="record_systems"
    )
    product = models.CharField(max_length=120)
    vendor = models.CharField(max_length=120)
    version = models.CharField(max_length=40, blank=True)
    listing = models.CharField("number in the product list", max_length=60, blank=True)
    certified_until = models.DateField(null=True, blank=True)
    hosting = models.CharField(max_length=6, choices=list(HOSTING.items()))
    modules = models.CharField(max_length=300, blank=True)
    fhir_base_url = models.CharField(max_length=300, blank=True)
    direct_address = models.CharField(max_length=254, blank=True)
    exchange = models.CharField("health information exchange", max_length=120, blank=True)
    agreement_date = models.DateField(null=True, blank=True)
    since_date = models.DateField()
    contract_end = models.DateField(null=True, blank=True)
    yearly_cents = models.BigIntegerField(default=0)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice"],
                condition=Q(superseded_at=None),
                name="compliance_one_record_system",
            ),
            models.CheckConstraint(
                condition=Q(contract_end=None) | Q(contract_end__gt=F("since_date")),
                name="compliance_record_system_span",
            ),
            models.CheckConstraint(
                condition=Q(yearly_cents__gte=0) & ~Q(product=""),
                name="compliance_record_system_said",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.version}".strip()


class GoLive(Recorded):
    """A project that brings a practice onto a system."""

    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="go_lives")
    product = models.CharField(max_length=120)
    leader = models.CharField("physician who leads it", max_length=120)
    start_date = models.DateField()
    weeks = models.PositiveSmallIntegerField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_words = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice"], condition=Q(ended_at=None), name="compliance_one_go_live"
            ),
            models.CheckConstraint(
                condition=Q(weeks__range=(LEAST_WEEKS, MOST_WEEKS)),
                name="compliance_go_live_weeks",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} at {self.practice}"


class GoLiveStep(models.Model):
    """A step of a project: due on a day, and done once."""

    project = models.ForeignKey(GoLive, models.PROTECT, related_name="steps")
    place = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=12, choices=[(one.key, one.title) for one in TEMPLATE])
    due_date = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by_name = models.CharField(max_length=200, blank=True)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["project", "place"]
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="compliance_go_live_step_once"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by_name="", words="")
                | (Q(done_at__isnull=False) & ~Q(done_by_name="") & ~Q(words="")),
                name="compliance_go_live_step_says_how",
            ),
        ]

    def __str__(self) -> str:
        return self.get_key_display()


class RecordInterface(Recorded):
    """What a system exchanges with others, and by what secret it says that it lives."""

    practice = models.ForeignKey(
        "credentialing.Practice", models.PROTECT, related_name="record_interfaces"
    )
    kind = models.CharField(max_length=13, choices=list(KINDS.items()))
    partner = models.CharField(max_length=120)
    silent_hours = models.PositiveSmallIntegerField()
    secret_sha256 = models.CharField(max_length=64, unique=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["practice", "kind", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(silent_hours__range=(1, 24 * 31)), name="compliance_interface_hours"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.partner}"


class InterfaceBeat(models.Model):
    """What an interface told of itself: how many messages since it last did, how many failed."""

    interface = models.ForeignKey(RecordInterface, models.PROTECT, related_name="beats")
    heard_at = models.DateTimeField()
    messages = models.PositiveIntegerField()
    errors = models.PositiveIntegerField()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["interface", "-heard_at"], name="compliance_beats_of_interface")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(errors__lte=F("messages")), name="compliance_beat_errors"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.messages} messages, {self.errors} failed"


class Subsidy(Recorded):
    """
    What the IPA gives towards a practice's system, under an agreement in writing.

    It is released once the practice has attested and paid its part, by somebody else than who
    recorded it: the row cannot be otherwise.
    """

    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="subsidies")
    what = models.CharField(max_length=300)
    cost_cents = models.BigIntegerField()
    contribution_cents = models.BigIntegerField()
    signed_date = models.DateField()
    paper_sha256 = models.CharField(max_length=64)
    paper_name = models.CharField(max_length=200)
    attested_at = models.DateTimeField(null=True, blank=True)
    attested_by_id = models.BigIntegerField(null=True, blank=True)
    attested_by_name = models.CharField(max_length=200, blank=True)
    paid_date = models.DateField(null=True, blank=True)
    paid_reference = models.CharField(max_length=60, blank=True)
    paid_recorded_by_name = models.CharField(max_length=200, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by_id = models.BigIntegerField(null=True, blank=True)
    released_by_name = models.CharField(max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_words = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "subsidies"
        constraints = [
            models.CheckConstraint(
                condition=Q(cost_cents__gt=0, contribution_cents__lte=F("cost_cents"))
                & Q(
                    GreaterThanOrEqual(
                        F("contribution_cents") * 100, F("cost_cents") * CONTRIBUTION_PCT
                    )
                ),
                name="compliance_subsidy_contribution",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None)
                | Q(
                    attested_at__isnull=False,
                    paid_date__isnull=False,
                    released_by_id__isnull=False,
                    withdrawn_at=None,
                )
                & ~Q(released_by_id=F("recorded_by_id")),
                name="compliance_subsidy_released_rightly",
            ),
            models.CheckConstraint(
                condition=Q(paper_sha256__regex=r"^[0-9a-f]{64}$"),
                name="compliance_subsidy_in_writing",
            ),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def given_cents(self) -> int:
        return self.cost_cents - self.contribution_cents


class HelpTicket(Recorded):
    """What a practice asks for help with."""

    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="tickets")
    subject = models.CharField(max_length=120)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.subject


class HelpNote(Recorded):
    """What was said about a ticket."""

    ticket = models.ForeignKey(HelpTicket, models.PROTECT, related_name="notes")
    text = models.CharField(max_length=2000)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="compliance_help_says")]

    def __str__(self) -> str:
        return self.text[:60]
