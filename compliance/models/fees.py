"""What services are worth, and by which terms which practice is paid: added to, never changed."""

from django.db import models
from django.db.models import Q

from compliance.rules.prompt_pay import Regime

REGIMES = [
    (str(Regime.MEDICARE_NON_CONTRACTED), "Medicare Advantage, without a contract"),
    (str(Regime.CALIFORNIA), "California (AB 3275)"),
    (str(Regime.CONTRACT), "as the contract says"),
]


class FeeSchedule(models.Model):
    """A version of a list of prices, in force from a day until the next of its name."""

    name = models.CharField("called, with its locality", max_length=100)
    effective_date = models.DateField("in force from")
    source = models.CharField("where it comes from", max_length=300)
    # Of a schedule by relative values: the place's indices and the factor; else empty.
    work_index = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    expense_index = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    malpractice_index = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    factor = models.DecimalField("conversion factor", max_digits=8, decimal_places=4, null=True)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    prices = models.PositiveIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["name", "-effective_date", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} from {self.effective_date}"


class FeePrice(models.Model):
    """One unit of a service, in an office and in a facility, in cents."""

    schedule = models.ForeignKey(FeeSchedule, models.PROTECT, related_name="rows")
    procedure = models.CharField(max_length=10)
    modifier = models.CharField(max_length=2, blank=True)
    office_cents = models.BigIntegerField()
    facility_cents = models.BigIntegerField()

    class Meta:
        ordering = ["procedure", "modifier"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "procedure", "modifier"], name="compliance_price_once"
            ),
            models.CheckConstraint(
                condition=Q(office_cents__gte=0, facility_cents__gte=0),
                name="compliance_price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure} {self.modifier}".strip()


class ClaimTerms(models.Model):
    """By which schedule, at which share and within how many days claims are paid, from a day on."""

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    party = models.ForeignKey(
        "identity.Party", models.PROTECT, null=True, blank=True, related_name="+"
    )
    schedule_name = models.CharField("fee schedule", max_length=100)
    pct = models.DecimalField("share of it, in per cent", max_digits=6, decimal_places=2)
    effective_date = models.DateField("in force from")
    regime = models.CharField("to be paid in time by", max_length=25, choices=REGIMES)
    days = models.PositiveSmallIntegerField("days, of a contract", default=30)
    yearly_pct = models.DecimalField(
        "interest a year, of a contract", max_digits=5, decimal_places=2, default=0
    )
    citation = models.CharField("clause", max_length=300)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-effective_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(pct__gt=0, pct__lte=1000, days__gte=1),
                name="compliance_claim_terms_pay",
            )
        ]

    def __str__(self) -> str:
        return f"{self.schedule_name} at {self.pct.normalize():f} %"


class ClaimPayment(models.Model):
    """What a practice was paid of its claims at once: one entry in the books, one 835."""

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    trace = models.CharField(max_length=30, unique=True)
    paid_on = models.DateField()
    cents = models.BigIntegerField()
    interest_cents = models.BigIntegerField()
    entry = models.OneToOneField("ledger.Entry", models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64)
    seen_digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by_id = models.BigIntegerField()
    made_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cents__gte=0, interest_cents__gte=0),
                name="compliance_payment_not_negative",
            )
        ]

    def __str__(self) -> str:
        return self.trace
