"""Payer contracts: what the IPA agreed with a plan, in dated terms that are never edited."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ipaportal.core.constraints import no_overlap
from ipaportal.core.facts import Fact


class Contract(models.Model):
    """One contract with a payer; members are covered under it and its money runs monthly."""

    class Source(models.TextChoices):
        REMITTANCE = "820", "820 remittance"
        ROSTER = "roster", "roster with amounts"
        MMR = "mmr", "monthly membership report"

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="contracts")
    name = models.CharField(max_length=200)
    start_month = models.DateField("first month paid")
    # The one file whose lines count as received; the others only say what was expected.
    remittance_source = models.CharField(max_length=10, choices=Source, default=Source.REMITTANCE)
    run_day = models.PositiveSmallIntegerField("day the month opens", default=5)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["payer", "name"], name="capitation_contract_name")
        ]

    def __str__(self) -> str:
        return self.name


class RateTable(models.Model):
    """A version of a contract's rates; a change of rates is a new table in new terms."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="rate_tables")
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "name"], name="capitation_rate_table")
        ]

    def __str__(self) -> str:
        return self.name


class RateCell(models.Model):
    """
    A monthly rate in dollars for a plan, a sex and the ages `age_from` to `age_to`.

    With a county, the rate of the members who live there; without, of all who have none of theirs.
    """

    rate_table = models.ForeignKey(RateTable, models.PROTECT, related_name="cells")
    plan_code = models.CharField(max_length=20)
    sex = models.CharField(max_length=1, choices=[("F", "female"), ("M", "male")])
    age_from = models.PositiveSmallIntegerField()
    age_to = models.PositiveSmallIntegerField("age to (inclusive)")
    county_code = models.CharField(max_length=5, blank=True)
    rate_pmpm = models.DecimalField("rate $ per member and month", max_digits=10, decimal_places=4)

    class Meta:
        ordering = ["plan_code", "county_code", "sex", "age_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["rate_table", "plan_code", "county_code", "sex", "age_from"],
                name="capitation_rate_cell",
            ),
            models.CheckConstraint(
                condition=models.Q(age_to__gte=models.F("age_from"), age_to__lte=130),
                name="capitation_rate_ages",
            ),
        ]

    def __str__(self) -> str:
        where = f" in {self.county_code}" if self.county_code else ""
        ages = f"{self.sex} {self.age_from}–{self.age_to}"
        return f"{self.plan_code}{where} {ages}: {self.rate_pmpm}"


METHODS = [("none", "none"), ("pct", "percent"), ("pmpm", "dollars per member and month")]
BASES = [
    ("received", "received from the plan"),
    ("premium", "the CMS premium"),
    ("remaining", "what remains at this step"),
    ("admin_fee", "the administrative fee"),
    ("reinsurance", "the reinsurance premium"),
    ("hospital_pool", "the hospital pool"),
    ("specialist_pool", "the specialist pool"),
    ("pharmacy_pool", "the pharmacy pool"),
]
MISSING = [
    ("default", "use the default"),
    ("hold", "hold the payment"),
    ("zero", "pay zero"),
    ("fail", "stop the run"),
]


def _method() -> models.CharField:
    return models.CharField(max_length=4, choices=METHODS, default="none")


def _value() -> models.DecimalField:
    return models.DecimalField(max_digits=10, decimal_places=4, default=Decimal(0))


def _base() -> models.CharField:
    return models.CharField(max_length=15, choices=BASES, default="received")


def _percent(default: int = 0) -> models.DecimalField:
    return models.DecimalField(max_digits=7, decimal_places=4, default=Decimal(default))


class Terms(Fact):
    """
    The terms of a contract for a span of whole months; `rules/terms.py` says what each means.

    Percentages are in percent (8 is 8 %), PMPM values in dollars.
    """

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="terms")
    plan_share_pct = _percent(80)
    exclusivity_pct = _percent()
    sequestration_pct = _percent()
    sequestration_borne_by = models.CharField(
        max_length=4, choices=[("plan", "the plan"), ("ipa", "the IPA")], default="plan"
    )
    admin_fee_method = _method()
    admin_fee_value = _value()
    admin_fee_base = _base()
    reinsurance_method = _method()
    reinsurance_value = _value()
    reinsurance_base = _base()
    hospital_pool_method = _method()
    hospital_pool_value = _value()
    hospital_pool_base = _base()
    specialist_pool_method = _method()
    specialist_pool_value = _value()
    specialist_pool_base = _base()
    pharmacy_pool_method = _method()
    pharmacy_pool_value = _value()
    pharmacy_pool_base = _base()
    rate_model = models.CharField(
        max_length=10,
        choices=[
            ("percent", "percent of received"),
            ("flat", "flat rate"),
            ("age_sex", "age and sex table"),
        ],
        default="percent",
    )
    rate_pct = _percent()
    flat_pmpm = _value()
    rate_table = models.ForeignKey(
        RateTable, models.PROTECT, null=True, blank=True, related_name="+"
    )
    risk_adjusted = models.BooleanField(default=False)
    withhold_pct = _percent()
    assignment_rule = models.CharField(
        max_length=15,
        choices=[
            ("first_day", "whoever has the member on the first day"),
            ("as_of_day", "whoever has the member on a given day"),
            ("fifteen_thirty", "15/30: changes up to the boundary day count for the whole month"),
            ("daily", "by days"),
        ],
        default="first_day",
    )
    assignment_day = models.PositiveSmallIntegerField(default=15)
    pay_basis = models.CharField(
        max_length=10,
        choices=[
            ("received", "only where the plan paid"),
            ("eligible", "for every covered member"),
        ],
        default="received",
    )
    unpaid_statuses = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    lookback_months = models.PositiveSmallIntegerField(default=6)
    # Empty means no limit: the plan's own premium changes reach back as far as they go.
    premium_lookback_months = models.PositiveSmallIntegerField(null=True, blank=True)
    missing_rate = models.CharField(max_length=7, choices=MISSING, default="hold")
    missing_rate_default = _value()
    missing_risk = models.CharField(max_length=7, choices=MISSING, default="default")
    missing_risk_default = models.DecimalField(max_digits=7, decimal_places=4, default=Decimal(1))
    odd_cent_owner = models.CharField(
        max_length=20,
        choices=[
            ("largest_remainder", "the largest remainder"),
            ("most_days", "the PCP with the most days"),
        ],
        default="largest_remainder",
    )
    citation = models.CharField("contract clause", max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "terms"
        constraints = [
            no_overlap(
                name="capitation_one_terms",
                key="contract_id",
                start="effective_date",
                end="end_date",
            ),
            models.CheckConstraint(
                condition=models.Q(effective_date__day=1)
                & (models.Q(end_date__isnull=True) | models.Q(end_date__day=1)),
                name="capitation_terms_months",
            ),
        ]

    def __str__(self) -> str:
        return f"terms of contract {self.contract_id} from {self.effective_date}"
