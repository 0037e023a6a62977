"""Claims and encounters as they came, what became of each, and the steps to it."""

from django.db import models
from django.db.models import F, Q

from compliance.rules.claims import OPEN, REASONS, WORDS, State
from compliance.rules.passing import PASSED_ON

PASSED_WORDS = "passed on to the plan"
STATES = [(str(state), words) for state, words in WORDS.items()]


def state_words(state: str, reason: str) -> str:
    """A state for people; what is the plan's to pay is denied here, and says where it went."""
    is_passed = state == State.DENIED and reason == PASSED_ON
    return PASSED_WORDS if is_passed else WORDS[State(state)]


class ClaimFile(models.Model):
    """A file of claims as it came; its bytes are kept, whatever became of it."""

    class Status(models.TextChoices):
        WAITING = "waiting", "waits to be read"
        READ = "read", "read"
        REFUSED = "refused", "refused whole"

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    received_at = models.DateTimeField()
    received_by_id = models.BigIntegerField(null=True, blank=True)
    received_by_name = models.CharField(max_length=200)
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    read_at = models.DateTimeField(null=True, blank=True)
    sender = models.CharField(max_length=15, blank=True)
    control = models.CharField("interchange number", max_length=9, blank=True)
    problems = models.JSONField(default=list)
    claims = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    charge_cents = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["payer", "sha256"], name="compliance_claimfile_once"),
            models.UniqueConstraint(
                fields=["sender", "control"],
                condition=Q(status="read"),
                name="compliance_interchange_once",
            ),
            models.CheckConstraint(
                condition=Q(claims=F("accepted") + F("rejected")),
                name="compliance_claims_in_are_out",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(status="waiting"), name="compliance_claims_wait"
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class Claim(models.Model):
    """One claim; `party` and `practitioner` are ours where they are known, days are inclusive."""

    file = models.ForeignKey(ClaimFile, models.PROTECT, related_name="rows")
    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    segment_no = models.PositiveIntegerField()
    number = models.CharField("our number", max_length=30, unique=True)
    ref = models.CharField("their number", max_length=50, blank=True)
    kind = models.CharField(max_length=13)
    frequency = models.CharField(max_length=2, blank=True)
    original = models.ForeignKey("self", models.PROTECT, null=True, related_name="later")
    billing_npi = models.CharField(max_length=20, blank=True)
    billing_name = models.CharField(max_length=100, blank=True)
    party = models.ForeignKey("identity.Party", models.PROTECT, null=True, related_name="+")
    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, null=True, related_name="+"
    )
    member = models.ForeignKey("capitation.Member", models.PROTECT, null=True, related_name="+")
    member_ref = models.CharField(max_length=50, blank=True)
    place = models.CharField("place of service", max_length=3, blank=True)
    authorization = models.CharField(max_length=50, blank=True)
    diagnoses = models.JSONField(default=list)
    drg = models.CharField("DRG", max_length=4, blank=True, default="", db_default="")
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    charge_cents = models.BigIntegerField()
    is_encounter = models.BooleanField(default=False)
    received_on = models.DateField()
    likeness = models.CharField(max_length=32, blank=True)
    state = models.CharField(max_length=9, choices=STATES)
    reason = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    due_on = models.DateField(null=True)
    allowed_cents = models.BigIntegerField(null=True)
    denial = models.CharField("reason code of a denial", max_length=5, blank=True, db_default="")
    payment = models.ForeignKey(
        "compliance.ClaimPayment", models.PROTECT, null=True, related_name="claims"
    )
    taken_back = models.ForeignKey(
        "compliance.ClaimPayment", models.PROTECT, null=True, related_name="taken_back"
    )
    owner_id = models.BigIntegerField(null=True)
    owner_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["likeness"],
                condition=~Q(state__in=["rejected", "replaced"]) & ~Q(likeness=""),
                name="compliance_claim_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["rejected", "waiting"]) | ~Q(reason=""),
                name="compliance_claim_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state="rejected") | Q(member__isnull=False),
                name="compliance_claim_of_a_member",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                condition=Q(state__in=sorted(map(str, OPEN))),
                name="compliance_claim_open",
            ),
            models.Index(fields=["party", "-id"], name="compliance_claim_party"),
            models.Index(fields=["member", "first_day"], name="compliance_claim_member"),
            models.Index(fields=["payer", "ref"], name="compliance_claim_ref"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def state_words(self) -> str:
        """Its state for people."""
        return state_words(self.state, self.reason)

    @property
    def reason_words(self) -> str:
        """Why it was rejected or waits."""
        return REASONS[self.reason].words if self.reason in REASONS else self.reason


class ClaimLine(models.Model):
    """One service of a claim."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField()
    segment_no = models.PositiveIntegerField()
    procedure = models.CharField(max_length=10, blank=True)
    modifiers = models.CharField(max_length=20, blank=True)
    revenue_code = models.CharField(max_length=4, blank=True)
    units = models.DecimalField(max_digits=12, decimal_places=3)
    charge_cents = models.BigIntegerField()
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    control = models.CharField("their number of the line", max_length=50, blank=True)
    allowed_cents = models.BigIntegerField(null=True)
    price_words = models.CharField(max_length=200, blank=True, db_default="")
    case_rate = models.ForeignKey(
        "compliance.CaseRate", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    is_included = models.BooleanField("paid by another", default=False, db_default=False)

    class Meta:
        ordering = ["claim_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "number"], name="compliance_claimline_once")
        ]

    def __str__(self) -> str:
        return f"line {self.number}"


class ClaimStep(models.Model):
    """What was decided about a claim, by whom, and why; never changed."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="steps")
    state = models.CharField(max_length=9, choices=STATES)
    reason = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_state_display()} at {self.at:%Y-%m-%d}"

    @property
    def state_words(self) -> str:
        """The state for people."""
        return state_words(self.state, self.reason)
