"""The bank's files of returns: every line of them is applied, or waits for somebody."""

import uuid

from django.db import models

from capitation.models.payments import Payment
from capitation.models.prenotes import Prenote


class ReturnFile(models.Model):
    """A file of returns that was read, once; what it holds stands in its lines."""

    sha256 = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField()
    received_by_id = models.BigIntegerField(null=True, blank=True)
    received_by_name = models.CharField(max_length=200)
    came_from = models.CharField(max_length=60, blank=True)
    line_count = models.PositiveIntegerField()
    total_cents = models.BigIntegerField()

    class Meta:
        ordering = ["-received_at", "-pk"]

    def __str__(self) -> str:
        return f"returns of {self.received_at:%b %-d, %Y}"


class ReturnLine(models.Model):
    """
    One line of a file of returns: a payment or prenote that comes back, what banks say of a
    return, or notice of changed details.

    The corrected details of a notice may be an account number: they are encrypted.
    """

    class Kind(models.TextChoices):
        RETURN = "return", "return"
        CHANGE = "change", "notice of change"
        DISHONOUR = "dishonour", "our bank's refusal of a return"
        CONTEST = "contest", "contest of that refusal"
        OTHER = "other", "neither a return nor a notice"

    class State(models.TextChoices):
        APPLIED = "applied", "applied"
        WAITING = "waiting", "waiting"
        CLOSED = "closed", "closed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.ForeignKey(ReturnFile, models.PROTECT, related_name="lines")
    line = models.PositiveIntegerField()
    kind = models.CharField(max_length=9, choices=Kind)
    code = models.CharField(max_length=3, blank=True)
    trace_number = models.CharField(max_length=15, blank=True)
    amount_cents = models.BigIntegerField()
    name = models.CharField(max_length=22, blank=True)
    corrected_encrypted = models.BinaryField(null=True, blank=True)
    # The payment of this trace number, also if the line is not applied to it.
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, blank=True, related_name="return_lines"
    )
    prenote = models.ForeignKey(
        Prenote, models.PROTECT, null=True, blank=True, related_name="return_lines"
    )
    # In what banks say of a return: the two digits of the return's own code.
    stated_code = models.CharField(max_length=2, blank=True)
    state = models.CharField(max_length=7, choices=State)
    # Why it was not applied when it came; see rules/bank_returns.py.
    why = models.CharField(max_length=12, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_text = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["file", "line"]
        constraints = [
            models.UniqueConstraint(fields=["file", "line"], name="capitation_return_line_once"),
            models.UniqueConstraint(
                fields=["payment", "kind"],
                condition=models.Q(state="applied"),
                name="capitation_applied_by_one_line",
            ),
            models.UniqueConstraint(
                fields=["prenote"],
                condition=models.Q(state="applied"),
                name="capitation_prenote_back_by_one_line",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="applied")
                | models.Q(kind="return", prenote__isnull=False)
                | models.Q(kind__in=["return", "dishonour", "contest"], payment__isnull=False),
                name="capitation_applied_line_has_what_it_is_about",
            ),
            models.CheckConstraint(
                condition=models.Q(state="applied") | ~models.Q(why=""),
                name="capitation_waiting_line_says_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="closed")
                | models.Q(decided_at__isnull=False) & ~models.Q(decision_text=""),
                name="capitation_closed_line_has_words",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state"],
                condition=models.Q(state="waiting"),
                name="capitation_lines_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line} of the {self.file}"

    @property
    def about(self) -> Payment | Prenote | None:
        """The payment or the prenote of its trace number, if there is one."""
        return self.payment or self.prenote
