"""Checks: the register of numbers an account prints from, and what the bank was told and says."""

from django.db import models

from capitation.models.banking import BankAccount
from capitation.models.payments import Payment


class CheckBook(models.Model):
    """The account that checks are drawn on, and the number that its register begins with."""

    origin = models.OneToOneField(BankAccount, models.PROTECT, related_name="check_book")
    first_number = models.PositiveIntegerField()
    opened_by_id = models.BigIntegerField(null=True, blank=True)
    opened_by_name = models.CharField(max_length=200)
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"checks of the {self.origin}"


class Check(models.Model):
    """One number of the register: printed for one payment, and what became of it."""

    class Status(models.TextChoices):
        PRINTED = "printed", "printed"
        CLEARED = "cleared", "cleared"
        VOID = "void", "void"
        STOPPED = "stopped", "stopped"

    book = models.ForeignKey(CheckBook, models.PROTECT, related_name="checks")
    number = models.PositiveIntegerField()
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="check_paid_by")
    check_date = models.DateField()
    status = models.CharField(max_length=7, choices=Status, default=Status.PRINTED)
    cleared_on = models.DateField(null=True, blank=True)
    # When it was made void or stopped; both stay told if the bank paid it after all.
    ended_on = models.DateField(null=True, blank=True)
    ended_as = models.CharField(max_length=7, blank=True)

    class Meta:
        ordering = ["-book", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["book", "number"], name="capitation_check_number_once"),
            models.CheckConstraint(
                condition=models.Q(status="cleared") ^ models.Q(cleared_on__isnull=True),
                name="capitation_check_cleared_has_a_day",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["void", "stopped"])
                | models.Q(ended_on__isnull=False, ended_as=models.F("status")),
                name="capitation_check_ended_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"check {self.number}"


class ClearedFile(models.Model):
    """A list of paid checks that the bank sent, read once."""

    book = models.ForeignKey(CheckBook, models.PROTECT, related_name="cleared_files")
    sha256 = models.CharField(max_length=64, unique=True)
    read_by_id = models.BigIntegerField(null=True, blank=True)
    read_by_name = models.CharField(max_length=200)
    read_at = models.DateTimeField()
    cleared_count = models.PositiveIntegerField()
    cleared_cents = models.BigIntegerField()
    # [{line, number, cents, why}]: lines that were not taken, each with the reason.
    refused = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"paid checks of {self.read_at:%b %-d, %Y}"


class PositivePayFile(models.Model):
    """What the bank was told of checks, in its own bytes: they are the same whenever asked for."""

    book = models.ForeignKey(CheckBook, models.PROTECT, related_name="positive_pay_files")
    first_date = models.DateField()
    last_date = models.DateField()
    layout = models.CharField(max_length=10)
    sha256 = models.CharField(max_length=64)
    issued_count = models.PositiveIntegerField()
    issued_cents = models.BigIntegerField()
    void_count = models.PositiveIntegerField()
    void_cents = models.BigIntegerField()
    made_by_id = models.BigIntegerField(null=True, blank=True)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"positive pay of {self.first_date} to {self.last_date}"


class PositivePayLine(models.Model):
    """That the bank was told once of a check's issue, and once of its end."""

    file = models.ForeignKey(PositivePayFile, models.PROTECT, related_name="lines")
    check_told = models.ForeignKey(Check, models.PROTECT, related_name="positive_pay_lines")
    kind = models.CharField(max_length=1, choices=[("I", "issued"), ("V", "void")])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["check_told", "kind"], name="capitation_positive_pay_told_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.check_told} {self.get_kind_display()}"
