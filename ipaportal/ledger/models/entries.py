"""Entries and their postings. What must hold of them stands in migration 0002 as triggers."""

from django.db import models
from django.db.models.functions import Now

from ipaportal.ledger.models.accounts import Account


class Entry(models.Model):
    """
    One balanced booking, found again by its key (`run:7`, `payment:12`).

    It is opened pending, filled with postings, then posted (checked once, immutable from then
    on) or made void. A posted entry is corrected by one that reverses it, at most once.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "pending"
        POSTED = "posted", "posted"
        VOID = "void", "void"

    key = models.CharField(max_length=120, unique=True)
    date = models.DateField()
    description = models.CharField(max_length=300)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    for_month = models.DateField(null=True, blank=True)
    actor_id = models.BigIntegerField(null=True, blank=True)
    actor_name = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    posted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="posted", posted_at__isnull=False)
                | models.Q(status__in=["pending", "void"], posted_at__isnull=True),
                name="ledger_posted_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(for_month__isnull=True) | models.Q(for_month__day=1),
                name="ledger_month_is_its_first_day",
            ),
        ]
        indexes = [models.Index(fields=["date"], name="ledger_entry_date")]

    def __str__(self) -> str:
        return f"{self.key}: {self.description}"


class Posting(models.Model):
    """A part of an entry on one account: a debit is positive, a credit negative."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, models.PROTECT, related_name="postings")
    amount_cents = models.BigIntegerField()
    memo = models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(amount_cents=0), name="ledger_posting_moves_money"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} on account {self.account_id}"
