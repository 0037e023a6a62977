"""Case rates by contract: lists added from a day on, never changed."""

from django.db import models
from django.db.models import F, Q

from compliance.rules.case_rates import (
    PER_WORDS,
    TRIGGER_WORDS,
    Codes,
    Per,
    Trigger,
)
from compliance.rules.case_rates import (
    CaseRate as Rule,
)

TRIGGERS = [(str(one), words) for one, words in TRIGGER_WORDS.items()]


class CaseRateList(models.Model):
    """Which cases have one price, for a practice or every one, from a day of service on."""

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    party = models.ForeignKey(
        "identity.Party", models.PROTECT, null=True, blank=True, related_name="+"
    )
    effective_date = models.DateField("for services from")
    citation = models.CharField("clause", max_length=300)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    rates = models.PositiveIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-effective_date", "-pk"]

    def __str__(self) -> str:
        return f"case rates from {self.effective_date}"


class CaseRate(models.Model):
    """One rate: the codes that call for it, its price, and what other lines it includes."""

    version = models.ForeignKey(CaseRateList, models.PROTECT, related_name="rows")
    name = models.CharField(max_length=100)
    trigger = models.CharField(max_length=9, choices=TRIGGERS)
    first = models.CharField(max_length=5)
    last = models.CharField(max_length=5)
    per = models.CharField(max_length=4, choices=[(str(k), v) for k, v in PER_WORDS.items()])
    cents = models.BigIntegerField()
    covers_all = models.BooleanField()
    includes = models.JSONField(default=list)

    class Meta:
        ordering = ["trigger", "first", "last"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "trigger", "first", "last"], name="compliance_case_rate_once"
            ),
            models.CheckConstraint(
                condition=Q(cents__gte=0, first__lte=F("last"))
                & (Q(per="case") | Q(per="day", trigger="revenue")),
                name="compliance_case_rate_is_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def included_words(self) -> str:
        """What other lines it includes, for people."""
        if self.covers_all:
            return "every other line"
        codes = (f"{kind} {first}" + (f" to {last}" if last != first else "")
                 for kind, first, last in self.includes)  # fmt: skip
        return "; ".join(codes) or "nothing else"

    def rule(self) -> Rule:
        """As the rule takes it."""
        includes = tuple(Codes(Trigger(kind), first, last) for kind, first, last in self.includes)
        return Rule(
            self.pk, self.name, Trigger(self.trigger), self.first, self.last, Per(self.per),
            self.cents, self.covers_all, includes,
        )  # fmt: skip
