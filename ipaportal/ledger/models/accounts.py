"""Accounts: one for each party and kind of money."""

from django.db import models

from ipaportal.identity.models import Party


class Account(models.Model):
    """The money of one kind that the IPA's books hold for, owe to, or are owed by one party."""

    class Kind(models.TextChoices):
        CASH = "cash", "cash"
        CASH_IN_TRANSIT = "cash_in_transit", "cash in transit"
        PLAN_RECEIVABLE = "plan_receivable", "plan receivable"
        PLAN_CLEARING = "plan_clearing", "plan clearing"
        ADMIN_FEE_INCOME = "admin_fee_income", "admin fee income"
        REINSURANCE_PAYABLE = "reinsurance_payable", "reinsurance premium payable"
        HOSPITAL_POOL = "hospital_pool", "hospital pool"
        SPECIALIST_POOL = "specialist_pool", "specialist pool"
        PHARMACY_POOL = "pharmacy_pool", "pharmacy pool"
        WITHHOLD_LIABILITY = "withhold_liability", "withhold liability"
        PAYABLE = "payable", "payable"
        PAYMENTS_IN_TRANSIT = "payments_in_transit", "payments in transit"
        RETAINED = "retained", "retained by the IPA"
        SUSPENSE = "suspense", "suspense"
        PURCHASING_CLEARING = "purchasing_clearing", "purchasing clearing"
        REBATE_RECEIVABLE = "rebate_receivable", "rebates owed by suppliers"
        REBATE_PAYABLE = "rebate_payable", "rebates owed to practices"

    party = models.ForeignKey(Party, models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=30, choices=Kind)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "kind"], name="ledger_one_account"),
        ]
        indexes = [models.Index(fields=["kind", "party"], name="ledger_account_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.party}"
