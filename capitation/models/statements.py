"""Statements: what a payee was told, frozen; and disputes of a line of one."""

from django.db import models

from ipaportal.core.actors import Actor


class StatementQuerySet(models.QuerySet):
    def for_actor(self, actor: Actor, permission: str) -> "StatementQuerySet":
        reach = actor.reach(permission)
        return self if reach is None else self.filter(payee_id__in=reach)


class Statement(models.Model):
    """
    A payee's month, frozen when published; equal to its payment to the cent.

    `opening + provider − withhold + other − paid = closing`, all in cents; what of the closing
    balance is held is `held_cents`, the rest is carried forward. `content` holds the frozen
    sections that the page, the PDF and the CSV all read.
    """

    payee = models.ForeignKey("identity.Party", models.PROTECT, related_name="statements")
    month = models.DateField()
    sequence = models.PositiveSmallIntegerField(default=1)
    run_ids = models.JSONField(default=list)
    payment_id = models.BigIntegerField(null=True, blank=True)
    opening_cents = models.BigIntegerField()
    provider_cents = models.BigIntegerField()
    withhold_cents = models.BigIntegerField()
    other_cents = models.BigIntegerField()
    paid_cents = models.BigIntegerField()
    closing_cents = models.BigIntegerField()
    held_cents = models.BigIntegerField(default=0)
    content = models.JSONField(default=dict)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "payee", "-sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["payee", "month", "sequence"], name="capitation_statement_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    closing_cents=models.F("opening_cents")
                    + models.F("provider_cents")
                    - models.F("withhold_cents")
                    + models.F("other_cents")
                    - models.F("paid_cents")
                ),
                name="capitation_statement_sums",
            ),
            models.CheckConstraint(
                condition=models.Q(held_cents=0)
                | models.Q(held_cents__gt=0, held_cents__lte=models.F("closing_cents")),
                name="capitation_statement_holds_what_is_owed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payee} {self.month:%B %Y}"

    @property
    def carried_cents(self) -> int:
        """What is neither paid nor held: it opens the next statement."""
        return self.closing_cents - self.held_cents

    @property
    def earned_cents(self) -> int:
        """What this month's runs brought to the payee now."""
        return self.provider_cents - self.withhold_cents


class StatementPosting(models.Model):
    """A posting on a payee's payable that a statement tells; each is told once, by one."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="postings")
    posting = models.OneToOneField(
        "ledger.Posting", models.PROTECT, related_name="on_statement", db_constraint=False
    )

    def __str__(self) -> str:
        return f"posting {self.posting_id} on statement {self.statement_id}"


class DisputeQuerySet(models.QuerySet):
    def for_actor(self, actor: Actor, permission: str) -> "DisputeQuerySet":
        reach = actor.reach(permission)
        return self if reach is None else self.filter(statement__payee_id__in=reach)


class Dispute(models.Model):
    """A payee's question about one line of a statement, and how it ended."""

    class Status(models.TextChoices):
        OPEN = "open", "open"
        UPHELD = "upheld", "upheld: corrected in a later run"
        DECLINED = "declined", "declined"

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="disputes")
    member = models.ForeignKey("capitation.Member", models.PROTECT, null=True, related_name="+")
    run_id = models.BigIntegerField()
    coverage_month = models.DateField()
    question = models.TextField()
    opened_by_id = models.BigIntegerField(null=True)
    opened_by_name = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    answer = models.TextField(blank=True)
    answered_by_id = models.BigIntegerField(null=True, blank=True)
    answered_by_name = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            # One open question a line: a second one would be answered twice.
            models.UniqueConstraint(
                fields=["statement", "run_id", "member", "coverage_month"],
                condition=models.Q(status="open"),
                name="capitation_dispute_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(status="open", answered_at__isnull=True)
                | (
                    models.Q(status__in=["upheld", "declined"], answered_at__isnull=False)
                    & ~models.Q(answer="")
                ),
                name="capitation_dispute_answered_in_words",
            ),
        ]

    def __str__(self) -> str:
        return self.question[:60]
