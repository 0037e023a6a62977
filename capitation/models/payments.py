"""Payments: a batch that one person prepares and another releases, and its lines."""

from django.db import models

from capitation.models.banking import BankAccount
from ipaportal.core.actors import Actor


class PaymentBatch(models.Model):
    """What is paid in one file to the bank, or printed; whom it leaves out stands in `skipped`."""

    class Status(models.TextChoices):
        PREPARED = "prepared", "needs release"
        RELEASED = "released", "released to the bank"
        CANCELLED = "cancelled", "cancelled"

    class Method(models.TextChoices):
        ACH = "ach", "into accounts"
        CHECK = "check", "by check"

    status = models.CharField(max_length=9, choices=Status, default=Status.PREPARED)
    method = models.CharField(max_length=5, choices=Method, default=Method.ACH)
    prepared_by_id = models.BigIntegerField(null=True, blank=True)
    prepared_by_name = models.CharField(max_length=200)
    prepared_at = models.DateTimeField()
    total_cents = models.BigIntegerField()
    payment_count = models.PositiveIntegerField()
    # [{party_id, name, code, text, cents}]: payees with a balance that this batch does not pay.
    skipped = models.JSONField(default=list)
    # What a releaser signs: the lines, their accounts and amounts.
    digest = models.CharField(max_length=64)
    released_by_id = models.BigIntegerField(null=True, blank=True)
    released_by_name = models.CharField(max_length=200, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    effective_entry_date = models.DateField(null=True, blank=True)
    # Together they make the file unique for the bank: the day it was made and a letter.
    file_date = models.DateField(null=True, blank=True)
    file_id_modifier = models.CharField(max_length=1, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    cancelled_by_name = models.CharField(max_length=200, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "payment batches"
        ordering = ["-prepared_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(released_by_id__isnull=True)
                | models.Q(prepared_by_id__isnull=True)
                | ~models.Q(released_by_id=models.F("prepared_by_id")),
                name="capitation_batch_second_person",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="released")
                | (
                    models.Q(
                        released_at__isnull=False,
                        effective_entry_date__isnull=False,
                        file_date__isnull=False,
                    )
                    & ~models.Q(file_sha256="")
                    & ~models.Q(file_id_modifier="")
                ),
                name="capitation_batch_released_has_a_file",
            ),
            models.UniqueConstraint(
                fields=["file_date", "file_id_modifier"],
                condition=models.Q(file_date__isnull=False),
                name="capitation_batch_file_once",
            ),
        ]

    def __str__(self) -> str:
        return f"payment batch {self.pk}"


class PaymentQuerySet(models.QuerySet):
    def for_actor(self, actor: Actor, permission: str) -> "PaymentQuerySet":
        reach = actor.reach(permission)
        return self if reach is None else self.filter(party_id__in=reach)


class Payment(models.Model):
    """
    One payee's money in a batch.

    Its entries in the ledger are found by `entry_key`: itself when released, `…:settled`,
    `…:returned`, `…:void`, `…:paid` (after it was made void), `…:dishonoured` and `…:contested`
    (about its return) when that happened.
    """

    class Status(models.TextChoices):
        PREPARED = "prepared", "prepared"
        RELEASED = "released", "on its way"
        SETTLED = "settled", "settled"
        RETURNED = "returned", "returned by the bank"
        VOID = "void", "void"

    batch = models.ForeignKey(PaymentBatch, models.PROTECT, related_name="payments")
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="payments")
    bank_account = models.ForeignKey(BankAccount, models.PROTECT, related_name="payments")
    amount_cents = models.BigIntegerField()
    status = models.CharField(max_length=8, choices=Status, default=Status.PREPARED)
    trace_number = models.CharField(max_length=15, null=True, blank=True, unique=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    return_code = models.CharField(max_length=3, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    void_text = models.CharField(max_length=500, blank=True)
    voided_by_id = models.BigIntegerField(null=True, blank=True)
    voided_by_name = models.CharField(max_length=200, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    # A payment made void that the bank paid after all: it is settled, and stays told as void.
    paid_after_all_by_id = models.BigIntegerField(null=True, blank=True)
    paid_after_all_by_name = models.CharField(max_length=200, blank=True)
    paid_after_all_at = models.DateTimeField(null=True, blank=True)
    paid_after_all_text = models.CharField(max_length=500, blank=True)
    # What the banks said of its return: ours refused it (the payment stands), the payee's
    # contested that (the return stands). Each once at most.
    dishonour_code = models.CharField(max_length=3, blank=True)
    dishonoured_at = models.DateTimeField(null=True, blank=True)
    contest_code = models.CharField(max_length=3, blank=True)
    contested_at = models.DateTimeField(null=True, blank=True)
    # The returned or void payment that this one pays anew; a payment is reissued at most once.
    reissues = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reissued_by"
    )

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["batch", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_cents__gt=0), name="capitation_payment_is_positive"
            ),
            models.UniqueConstraint(
                fields=["batch", "party"],
                condition=~models.Q(status="void"),
                name="capitation_one_payment_a_batch",
            ),
            # A balance that is on its way into one batch is not taken into another.
            models.UniqueConstraint(
                fields=["party"],
                condition=models.Q(status="prepared"),
                name="capitation_one_prepared_payment",
            ),
            models.UniqueConstraint(
                fields=["reissues"],
                condition=models.Q(voided_at__isnull=True),
                name="capitation_paid_anew_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["prepared", "void"])
                | models.Q(trace_number__isnull=False),
                name="capitation_payment_has_a_trace",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="returned") | ~models.Q(return_code=""),
                name="capitation_payment_return_has_a_code",
            ),
            models.CheckConstraint(
                condition=models.Q(dishonoured_at__isnull=True, contested_at__isnull=True)
                | models.Q(returned_at__isnull=False, dishonoured_at__isnull=False)
                & ~models.Q(dishonour_code=""),
                name="capitation_dishonoured_was_returned",
            ),
            models.CheckConstraint(
                condition=models.Q(paid_after_all_at__isnull=True)
                | (
                    models.Q(voided_at__isnull=False, trace_number__isnull=False)
                    & ~models.Q(paid_after_all_text="")
                ),
                name="capitation_paid_after_all_was_void",
            ),
            models.CheckConstraint(
                condition=models.Q(voided_by_id__isnull=True)
                | models.Q(paid_after_all_by_id__isnull=True)
                | ~models.Q(paid_after_all_by_id=models.F("voided_by_id")),
                name="capitation_paid_after_all_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk} to {self.party}"

    @property
    def entry_key(self) -> str:
        return f"payment:{self.pk}"
