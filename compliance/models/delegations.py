"""Delegation both ways: what plans gave to us, and what we gave to others."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from compliance.models.audits import Recorded
from compliance.rules.audits import FUNCTIONS
from compliance.rules.delegations import DIRECTIONS, EVERY_WORDS


class DelegationAgreement(Recorded):
    """Which functions are delegated, by whom to whom, from a day on; ended once, never changed."""

    direction = models.CharField(max_length=7, choices=list(DIRECTIONS.items()))
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    functions = ArrayField(models.CharField(max_length=13, choices=list(FUNCTIONS.items())))
    source = models.CharField("where it is written", max_length=300)
    effective_date = models.DateField("first day")
    end_date = models.DateField("first day no longer", null=True, blank=True)
    may_subdelegate = models.BooleanField(default=False)
    is_offshore = models.BooleanField("some of it is done offshore", default=False)
    baa_date = models.DateField("business associate agreement signed", null=True, blank=True)
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    evidence_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["direction", "party__name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date=None) | Q(end_date__gt=F("effective_date")),
                name="compliance_agreement_span",
            ),
            models.CheckConstraint(
                condition=Q(functions__len__gt=0), name="compliance_agreement_says_what"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party}, {self.source}"


class DueReport(Recorded):
    """One report of an agreement's calendar: how often, and how many days after."""

    agreement = models.ForeignKey(DelegationAgreement, models.PROTECT, related_name="reports")
    name = models.CharField(max_length=200)
    function = models.CharField(max_length=13, choices=list(FUNCTIONS.items()))
    every = models.CharField(max_length=7, choices=list(EVERY_WORDS.items()))
    days = models.PositiveSmallIntegerField("days after the period")
    layout = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ["agreement", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "name"], name="compliance_report_named_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ReportDelivery(Recorded):
    """A report of a period as it was sent or received; one sent anew adds, the newest counts."""

    report = models.ForeignKey(DueReport, models.PROTECT, related_name="deliveries")
    period_date = models.DateField("first day of its period")
    delivered_date = models.DateField()
    text = models.CharField("how, and to whom", max_length=500)
    file_sha256 = models.CharField(max_length=64)
    file_name = models.CharField(max_length=200)
    # [line, column, words]: only of what others sent; what has any is not sent by us.
    problems = models.JSONField(default=list)

    class Meta:
        ordering = ["-recorded_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.report}, {self.period_date:%Y-%m}"
