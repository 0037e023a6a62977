"""Remittances (835) that came in: files, payments, the claims in them, deposits, and each step."""

from django.db import models
from django.db.models import Q

from compliance.rules.remits import CLAIM_STATUS, QUEUES, REASONS, WORDS, Queue, State

STATES = [(str(state), words) for state, words in WORDS.items()]


class RemitFile(models.Model):
    """A file of remittances as it came; its bytes are kept, whatever became of it."""

    class Status(models.TextChoices):
        WAITING = "waiting", "waits to be read"
        READ = "read", "read"
        REFUSED = "refused", "refused whole"

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    plan_file = models.OneToOneField(
        "capitation.PlanFile", models.PROTECT, null=True, related_name="+"
    )
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    received_at = models.DateTimeField()
    received_by_id = models.BigIntegerField(null=True)
    received_by_name = models.CharField(max_length=200)
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    read_at = models.DateTimeField(null=True)
    problems = models.JSONField(default=list)
    payments = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["payer", "sha256"], name="compliance_remitfile_once")
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(status="waiting"), name="compliance_remits_wait"
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class RemitDeposit(models.Model):
    """Money of a payer that the bank shows; `remit` names what it paid, once that is known."""

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    day = models.DateField("at the bank on")
    cents = models.BigIntegerField()
    trace = models.CharField("trace number at the bank", max_length=50, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-day", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "trace"],
                condition=~Q(trace=""),
                name="compliance_remitdeposit_once",
            ),
            models.CheckConstraint(
                condition=Q(cents__gt=0), name="compliance_remitdeposit_is_money"
            ),
        ]

    def __str__(self) -> str:
        return f"deposit of {self.day}"


class Remit(models.Model):
    """One payment of a file: posted whole, or nothing of it."""

    file = models.ForeignKey(RemitFile, models.PROTECT, related_name="rows")
    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    segment_no = models.PositiveIntegerField()
    trace = models.CharField("trace number", max_length=50)
    payer_tin = models.CharField(max_length=30, blank=True)
    payer_name = models.CharField(max_length=100, blank=True)
    method = models.CharField(max_length=3, blank=True)
    paid_on = models.DateField(null=True)
    cents = models.BigIntegerField()
    payee_name = models.CharField(max_length=100, blank=True)
    payee_ref = models.CharField(max_length=80, blank=True)
    party = models.ForeignKey("identity.Party", models.PROTECT, null=True, related_name="+")
    claims = models.PositiveIntegerField()
    claim_cents = models.BigIntegerField()
    off_cents = models.BigIntegerField()
    # Provider, reason, reference, cents of each PLB.
    adjustments = models.JSONField(default=list)
    # Where and what, of everything that does not add up.
    differences = models.JSONField(default=list)
    state = models.CharField(max_length=7, choices=STATES)
    reason = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=500, blank=True)
    due_on = models.DateField(null=True)
    owner_id = models.BigIntegerField(null=True)
    owner_name = models.CharField(max_length=200, blank=True)
    posted_at = models.DateTimeField(null=True)
    entry = models.OneToOneField("ledger.Entry", models.PROTECT, null=True, related_name="+")
    deposit = models.OneToOneField(RemitDeposit, models.PROTECT, null=True, related_name="remit")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "trace"],
                condition=Q(state__in=["posted", "waiting"]),
                name="compliance_remit_trace_once",
            ),
            models.UniqueConstraint(fields=["file", "segment_no"], name="compliance_remit_once"),
            models.CheckConstraint(
                condition=~Q(state="posted")
                | Q(off_cents=0, differences=[], party__isnull=False, posted_at__isnull=False),
                name="compliance_remit_posted_adds_up",
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | ~Q(reason=""),
                name="compliance_remit_says_why",
            ),
        ]
        indexes = [models.Index(fields=["party", "-id"], name="compliance_remit_party")]

    def __str__(self) -> str:
        return self.trace

    @property
    def state_words(self) -> str:
        """Its state for people."""
        return WORDS[State(self.state)]

    @property
    def reason_words(self) -> str:
        """Why it waits, in a few words."""
        return REASONS[self.reason].words if self.reason in REASONS else ""


class RemitClaim(models.Model):
    """A claim as a posted payment tells it; `claim` is ours, `reverses` what it takes back."""

    remit = models.ForeignKey(Remit, models.PROTECT, related_name="rows")
    segment_no = models.PositiveIntegerField()
    claim_ref = models.CharField("claim number", max_length=50)
    payer_ref = models.CharField("the payer's number", max_length=50, blank=True)
    status = models.CharField(max_length=2)
    charge_cents = models.BigIntegerField()
    paid_cents = models.BigIntegerField()
    patient_cents = models.BigIntegerField()
    member_ref = models.CharField(max_length=80, blank=True)
    served_on = models.DateField(null=True)
    # Adjustments, and services with theirs, in one order (rules/remits.py: parts_of).
    parts = models.JSONField(default=list)
    remarks = models.JSONField(default=list)
    claim = models.ForeignKey("compliance.Claim", models.PROTECT, null=True, related_name="remits")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    queue = models.CharField(
        max_length=15, blank=True, choices=[(str(q), r.words) for q, r in QUEUES.items()]
    )
    at_stake_cents = models.BigIntegerField(default=0)
    due_on = models.DateField(null=True)
    owner_id = models.BigIntegerField(null=True)
    owner_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["remit", "segment_no"], name="compliance_remitclaim_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["queue", "due_on"],
                condition=~Q(queue=""),
                name="compliance_remitclaim_open",
            ),
            models.Index(fields=["claim_ref"], name="compliance_remitclaim_ref"),
            models.Index(fields=["payer_ref"], name="compliance_remitclaim_payer"),
        ]

    def __str__(self) -> str:
        return self.claim_ref

    @property
    def status_words(self) -> str:
        """What the payer says became of it."""
        return CLAIM_STATUS.get(self.status, f"status {self.status}")

    @property
    def queue_words(self) -> str:
        """Why somebody is to look at it."""
        return QUEUES[Queue(self.queue)].words if self.queue else ""


class RemitStep(models.Model):
    """What was done about a payment or a claim in it, by whom, and why; never changed."""

    remit = models.ForeignKey(Remit, models.PROTECT, related_name="steps")
    row = models.ForeignKey(RemitClaim, models.PROTECT, null=True, related_name="steps")
    what = models.CharField(max_length=40)
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.what} at {self.at:%Y-%m-%d}"
