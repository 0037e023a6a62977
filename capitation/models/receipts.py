"""Money the plan stated, line by line, and its match to members; all of it append-only."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class PlanPayment(models.Model):
    """One payment, or notice of one, of an 820 that was applied: remembered, never taken twice."""

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    file = models.ForeignKey("capitation.PlanFile", models.PROTECT, related_name="payments")
    transaction_no = models.IntegerField()
    # TRN02; empty where the plan gives none. A longer one is kept cut, with its hash.
    trace_number = models.CharField(max_length=128, blank=True)
    # Not known of payments that were remembered before their amounts were.
    amount_cents = models.BigIntegerField(null=True)
    is_notice = models.BooleanField(default=False)
    payment_date = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "trace_number"],
                condition=~models.Q(trace_number=""),
                name="capitation_trace_once",
            ),
            models.UniqueConstraint(
                fields=["file", "transaction_no"], name="capitation_plan_payment_once"
            ),
        ]

    def __str__(self) -> str:
        return f"payment {self.trace_number or self.transaction_no} of file {self.file_id}"


class RemittanceLine(models.Model):
    """One line of a plan's file that states money, as it stood there (`raw`)."""

    contract = models.ForeignKey("capitation.Contract", models.PROTECT, related_name="+")
    file = models.ForeignKey("capitation.PlanFile", models.PROTECT, related_name="lines")
    line_no = models.IntegerField("segment or row number")
    member_ref = models.CharField("member number in the file", max_length=40)
    last_name = models.CharField(max_length=100, blank=True)
    first_name = models.CharField(max_length=100, blank=True)
    coverage_month = models.DateField()
    amount_cents = models.BigIntegerField()
    full_amount_cents = models.BigIntegerField(null=True)
    adjustment_cents = models.BigIntegerField(default=0)
    batch_ref = models.CharField(max_length=80, blank=True)
    rate_code = models.CharField(max_length=30, blank=True)
    aid_codes = ArrayField(models.CharField(max_length=80), default=list)
    raw = models.TextField()
    # The keyed hash of the MBI that the line carries, if it carries one.
    mbi_index = models.BinaryField(null=True, max_length=32)
    fact_no = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "line_no"], name="capitation_line_once")
        ]
        indexes = [
            models.Index(fields=["contract", "member_ref"], name="capitation_line_ref"),
            models.Index(
                fields=["mbi_index"],
                name="capitation_line_mbi",
                condition=models.Q(mbi_index__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line_no} of file {self.file_id}"


class Receipt(models.Model):
    """
    Money of one line matched to a member and a coverage month.

    A receipt without a line is a correction by a person (suspense applied elsewhere, returned).
    """

    contract = models.ForeignKey(
        "capitation.Contract", models.PROTECT, related_name="+", db_constraint=False
    )
    member = models.ForeignKey(
        "capitation.Member", models.PROTECT, related_name="receipts", db_constraint=False
    )
    coverage_month = models.DateField()
    amount_cents = models.BigIntegerField()
    line = models.OneToOneField(
        RemittanceLine, models.PROTECT, null=True, related_name="receipt", db_constraint=False
    )
    reason = models.CharField(max_length=200, blank=True)
    fact_no = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["member", "coverage_month"], name="capitation_receipt_member"),
            models.Index(
                fields=["contract", "coverage_month", "fact_no"], name="capitation_receipt_month"
            ),
            models.Index(fields=["contract", "fact_no"], name="capitation_receipt_fact"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} for member {self.member_id}"


class Premium(models.Model):
    """CMS premium of a member and month, or a later change of it, as the plan's MMR states it."""

    contract = models.ForeignKey(
        "capitation.Contract", models.PROTECT, related_name="+", db_constraint=False
    )
    member = models.ForeignKey(
        "capitation.Member", models.PROTECT, related_name="premiums", db_constraint=False
    )
    coverage_month = models.DateField()
    amount_cents = models.BigIntegerField()
    adjustment_code = models.CharField(max_length=2, blank=True)
    file = models.ForeignKey("capitation.PlanFile", models.PROTECT, related_name="+")
    line_no = models.IntegerField()
    fact_no = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "line_no"], name="capitation_premium_once")
        ]
        indexes = [
            models.Index(fields=["member", "coverage_month"], name="capitation_premium_member"),
            models.Index(fields=["contract", "fact_no"], name="capitation_premium_fact"),
            models.Index(
                fields=["contract", "coverage_month", "fact_no"], name="capitation_premium_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} for member {self.member_id}"
