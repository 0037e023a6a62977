"""Bank accounts: where a payee is paid, and where the IPA pays from."""

import uuid

from django.db import models

from ipaportal.core.actors import Actor


class BankAccountQuerySet(models.QuerySet):
    def for_actor(self, actor: Actor, permission: str) -> "BankAccountQuerySet":
        reach = actor.reach(permission)
        return self if reach is None else self.filter(party_id__in=reach)

    def active(self) -> "BankAccountQuerySet":
        return self.filter(status=BankAccount.Status.ACTIVE)


class BankAccount(models.Model):
    """
    A party's bank account: proposed by one person, approved by another, never edited.

    The number is encrypted for this row and column alone; a change is a new row that replaces
    the old one once approved, and is paid to only after its cool-off.
    """

    class Kind(models.TextChoices):
        CHECKING = "checking", "checking"
        SAVINGS = "savings", "savings"
        CHECK = "check", "check by mail"

    class Purpose(models.TextChoices):
        PAYEE = "payee", "paid to"
        ORIGIN = "origin", "paid from"

    class Status(models.TextChoices):
        PROPOSED = "proposed", "needs a second person"
        ACTIVE = "active", "active"
        REPLACED = "replaced", "replaced"
        REJECTED = "rejected", "rejected"
        REFUSED = "refused", "refused by the bank"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="bank_accounts")
    purpose = models.CharField(max_length=6, choices=Purpose, default=Purpose.PAYEE)
    holder_name = models.CharField(max_length=200)
    routing_number = models.CharField(max_length=9)
    account_type = models.CharField(max_length=8, choices=Kind, default=Kind.CHECKING)
    account_encrypted = models.BinaryField()
    account_last4 = models.CharField(max_length=4)
    # A keyed hash: the same account under two payees is found without decrypting anything.
    account_index = models.CharField(max_length=64, db_index=True)
    # Of a payee who is paid by check: where it is mailed to.
    mail_address = models.CharField(max_length=300, blank=True)
    # Of the account that payments leave from: what the file says of its bank and its company.
    bank_name = models.CharField(max_length=100, blank=True)
    company_id = models.CharField(max_length=10, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.PROPOSED)
    proposed_by_id = models.BigIntegerField(null=True, blank=True)
    proposed_by_name = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_text = models.CharField(max_length=500, blank=True)
    usable_from = models.DateTimeField(null=True, blank=True)
    # The bank's notice that these details correct, where they come from one.
    notice = models.ForeignKey(
        "capitation.ReturnLine", models.PROTECT, null=True, blank=True, related_name="proposals"
    )

    objects = BankAccountQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["party"],
                condition=models.Q(status="active"),
                name="capitation_one_active_bank_account",
            ),
            models.UniqueConstraint(
                fields=["party"],
                condition=models.Q(status="proposed"),
                name="capitation_one_proposed_bank_account",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by_id__isnull=True)
                | models.Q(proposed_by_id__isnull=True)
                | ~models.Q(decided_by_id=models.F("proposed_by_id"))
                | models.Q(status="rejected"),
                name="capitation_bank_second_person",
            ),
            models.CheckConstraint(
                condition=~models.Q(account_type="check")
                | models.Q(purpose="payee", routing_number="000000000")
                & ~models.Q(mail_address=""),
                name="capitation_check_has_an_address",
            ),
            models.CheckConstraint(
                condition=models.Q(routing_number__regex=r"^[0-9]{9}$"),
                name="capitation_bank_routing_digits",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["proposed", "rejected"])
                | models.Q(decided_at__isnull=False, usable_from__isnull=False),
                name="capitation_bank_active_was_approved",
            ),
        ]

    def __str__(self) -> str:
        if self.is_check:
            return "check by mail"
        return f"{self.get_account_type_display()} account ending in {self.account_last4}"

    @property
    def is_check(self) -> bool:
        """Whether the payee is paid by check, so that there is no account."""
        return self.account_type == self.Kind.CHECK
