"""Prenotes: whether the IPA sends them, the files they went out in, and what became of each."""

from django.db import models

from capitation.models.banking import BankAccount
from ipaportal.core.actors import Actor


class BankAgreement(models.Model):
    """What the IPA agreed with its bank about payments, from a day on; a later row replaces it."""

    effective_date = models.DateField()
    sends_prenotes = models.BooleanField()
    text = models.CharField(max_length=500)
    set_by_id = models.BigIntegerField(null=True, blank=True)
    set_by_name = models.CharField(max_length=200)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-effective_date", "-pk"]

    def __str__(self) -> str:
        return f"bank agreement from {self.effective_date}"


class PrenoteFile(models.Model):
    """A file of prenotes for the bank; day and letter are no other file's, payments included."""

    file_date = models.DateField()
    file_id_modifier = models.CharField(max_length=1)
    effective_entry_date = models.DateField()
    sha256 = models.CharField(max_length=64, unique=True)
    prenote_count = models.PositiveIntegerField()
    sent_by_id = models.BigIntegerField(null=True, blank=True)
    sent_by_name = models.CharField(max_length=200)
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["file_date", "file_id_modifier"], name="capitation_prenote_file_once"
            )
        ]

    def __str__(self) -> str:
        return f"prenotes of {self.file_date} {self.file_id_modifier}"


class PrenoteQuerySet(models.QuerySet):
    def for_actor(self, actor: Actor, permission: str) -> "PrenoteQuerySet":
        reach = actor.reach(permission)
        return self if reach is None else self.filter(bank_account__party_id__in=reach)


class Prenote(models.Model):
    """The test of one bank account: needed once approved, sent, and perhaps sent back."""

    class Status(models.TextChoices):
        NEEDED = "needed", "to be sent"
        SENT = "sent", "sent"
        RETURNED = "returned", "sent back"

    bank_account = models.OneToOneField(BankAccount, models.PROTECT, related_name="prenote")
    status = models.CharField(max_length=8, choices=Status, default=Status.NEEDED)
    needed_at = models.DateTimeField()
    file = models.ForeignKey(
        PrenoteFile, models.PROTECT, null=True, blank=True, related_name="prenotes"
    )
    trace_number = models.CharField(max_length=15, null=True, blank=True, unique=True)
    settlement_date = models.DateField(null=True, blank=True)
    # The first day on which a payment may be sent, by the rule of the day it settled.
    clears_on = models.DateField(null=True, blank=True)
    return_code = models.CharField(max_length=3, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)

    objects = PrenoteQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="needed")
                | models.Q(
                    file__isnull=False,
                    trace_number__isnull=False,
                    settlement_date__isnull=False,
                    clears_on__gt=models.F("settlement_date"),
                ),
                name="capitation_prenote_sent_has_a_file",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="returned")
                | (models.Q(returned_at__isnull=False) & ~models.Q(return_code="")),
                name="capitation_prenote_return_has_a_code",
            ),
        ]

    def __str__(self) -> str:
        return f"prenote to the {self.bank_account}"

    @property
    def party(self):
        return self.bank_account.party

    @property
    def party_id(self) -> int:
        return self.bank_account.party_id
