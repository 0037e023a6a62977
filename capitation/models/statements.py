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

    `opening + earned − withheld + other − paid − held = closing`, all in cents; `content` holds
    the frozen sections that the page, the PDF and the CSV all read.
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
        ]

    def __str__(self) -> str:
        return f"{self.payee} {self.month:%B %Y}"


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

    class Meta:
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return self.question[:60]
