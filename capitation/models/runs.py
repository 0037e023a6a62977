"""Runs and their rows. The row tables are partitioned by run and written by `sql/run`."""

from django.db import models


class Run(models.Model):
    """One calculation of one contract's month; what it holds is a difference (`money.md`)."""

    class Status(models.TextChoices):
        OPEN = "open", "waiting to be calculated"
        CALCULATED = "calculated", "needs approval"
        APPROVED = "approved", "approved"
        POSTED = "posted", "posted"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    contract = models.ForeignKey("capitation.Contract", models.PROTECT, related_name="runs")
    month = models.DateField()
    sequence = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField()
    opened_by_id = models.BigIntegerField(null=True)
    opened_by_name = models.CharField(max_length=200)
    # Facts up to this number are in it; the run before it in this contract ended at the other.
    snapshot_no = models.BigIntegerField(null=True, blank=True)
    previous_snapshot_no = models.BigIntegerField(default=0)
    # The earliest coverage month it looked at; what lies before is out of look-back.
    reach_month = models.DateField(null=True, blank=True)
    calculated_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    # Whole cents by component name, row counts, seconds by step, proofs, variance.
    totals = models.JSONField(default=dict, blank=True)
    report = models.JSONField(default=dict, blank=True)
    problem = models.TextField(blank=True)
    approved_by_id = models.BigIntegerField(null=True, blank=True)
    approved_by_name = models.CharField(max_length=200, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    posted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-month", "contract", "-sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "month", "sequence"], name="capitation_run_once"
            ),
            # At most one run of a contract is on its way; the next waits until it is posted.
            models.UniqueConstraint(
                fields=["contract"],
                condition=models.Q(status__in=["open", "calculated", "approved", "failed"]),
                name="capitation_run_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(month__day=1), name="capitation_run_first_of_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.month:%B %Y} run {self.sequence}"


COMPONENTS = (
    "received",
    "admin_fee",
    "reinsurance",
    "hospital_pool",
    "specialist_pool",
    "pharmacy_pool",
    "provider",
    "retained",
    "suspense",
)


class Waterfall(models.Model):
    """Where one member's month went, as a difference to what earlier runs posted (cents)."""

    pk = models.CompositePrimaryKey("run_id", "member_id", "coverage_month")
    run = models.ForeignKey(Run, models.DO_NOTHING, related_name="rows", db_constraint=False)
    member = models.ForeignKey(
        "capitation.Member", models.DO_NOTHING, related_name="+", db_constraint=False
    )
    coverage_month = models.DateField()
    premium_cents = models.BigIntegerField()
    expected_cents = models.BigIntegerField()
    received_cents = models.BigIntegerField()
    admin_fee_cents = models.BigIntegerField()
    reinsurance_cents = models.BigIntegerField()
    hospital_pool_cents = models.BigIntegerField()
    specialist_pool_cents = models.BigIntegerField()
    pharmacy_pool_cents = models.BigIntegerField()
    provider_cents = models.BigIntegerField()
    retained_cents = models.BigIntegerField()
    suspense_cents = models.BigIntegerField()
    withhold_cents = models.BigIntegerField()
    # What was read to come to it, so that reasons can be found by comparing two runs.
    terms_id = models.BigIntegerField(null=True)
    plan_code = models.CharField(max_length=20, null=True)
    rate_pmpm = models.DecimalField(max_digits=10, decimal_places=4, null=True)
    risk = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    age = models.SmallIntegerField(null=True)
    sex = models.CharField(max_length=1, null=True)
    covered_days = models.SmallIntegerField()
    counted_days = models.SmallIntegerField()
    pcps = models.TextField(null=True)
    status = models.CharField(max_length=20, null=True)
    # Null for none; the county of a month's first rows only where a rate may depend on it.
    exclusive_days = models.SmallIntegerField(null=True)
    county_code = models.CharField(max_length=5, null=True)
    reason = models.CharField(max_length=12)
    zero_reason = models.CharField(max_length=20, null=True)

    class Meta:
        managed = False
        db_table = "capitation_waterfall"

    def __str__(self) -> str:
        return f"run {self.run_id}, member {self.member_id}, {self.coverage_month:%Y-%m}"


class Share(models.Model):
    """One payee's part of a member's month, as a difference (cents); practitioner 0 is nobody."""

    pk = models.CompositePrimaryKey(
        "run_id", "member_id", "coverage_month", "payee_id", "practitioner_id"
    )
    run = models.ForeignKey(Run, models.DO_NOTHING, related_name="shares", db_constraint=False)
    member = models.ForeignKey(
        "capitation.Member", models.DO_NOTHING, related_name="+", db_constraint=False
    )
    coverage_month = models.DateField()
    payee = models.ForeignKey(
        "identity.Party", models.DO_NOTHING, related_name="+", db_constraint=False
    )
    practitioner_id = models.BigIntegerField()
    days = models.SmallIntegerField()
    provider_cents = models.BigIntegerField()
    withhold_cents = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "capitation_share"

    def __str__(self) -> str:
        return f"run {self.run_id}, member {self.member_id}, payee {self.payee_id}"
