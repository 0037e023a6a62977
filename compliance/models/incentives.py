"""Arrangements of pay that the portal does not make itself, and why panels count as one."""

from django.db import models
from django.db.models import F, Q

from compliance.rules.incentive_plans import POOLING
from compliance.rules.incentive_tiers import BASIS_WORDS, TIER_WORDS

TIERS = [(str(key), words) for key, words in TIER_WORDS.items()]
BASES = [(str(key), words) for key, words in BASIS_WORDS.items()]
CONDITIONS = list(POOLING.items())


class IncentiveArrangement(models.Model):
    """
    What somebody told of one arrangement on a tier, with what it rests on; never changed.

    `party` is the plan on the tier of plans, else the practice. What a practice attested counts
    once somebody of the IPA took it as it is.
    """

    class Review(models.TextChoices):
        WAITING = "waiting", "waits to be looked at"
        TAKEN = "taken", "taken as it is"
        RETURNED = "returned", "sent back"

    tier = models.CharField(max_length=20, choices=TIERS)
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    paid_whom = models.CharField("who is paid so", max_length=200)
    basis = models.CharField(max_length=12, choices=BASES)
    effective_date = models.DateField("first day")
    end_date = models.DateField("first day no longer")
    panel = models.PositiveIntegerField("patients", default=0)
    potential_cents = models.BigIntegerField(default=0)
    withhold_cents = models.BigIntegerField(default=0)
    bonus_cents = models.BigIntegerField(default=0)
    other_liability_cents = models.BigIntegerField(default=0)
    max_cents = models.BigIntegerField(null=True, blank=True)
    min_cents = models.BigIntegerField(null=True, blank=True)
    range_is_explained = models.BooleanField(default=True)
    evidence = models.CharField("what it rests on", max_length=300)
    file_name = models.CharField(max_length=200, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    is_attested = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    review = models.CharField(max_length=8, choices=Review, default=Review.TAKEN)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by_id = models.BigIntegerField(null=True, blank=True)
    reviewed_by_name = models.CharField(max_length=200, blank=True)
    review_words = models.CharField(max_length=300, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["tier", "paid_whom", "-effective_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gt=F("effective_date")) & ~Q(tier="ipa_practice"),
                name="compliance_arrangement_days",
            ),
            models.CheckConstraint(
                condition=~Q(basis="figures")
                | Q(
                    Q(potential_cents__gt=0) | Q(max_cents__gt=0),
                    panel__gt=0, withhold_cents__gte=0, bonus_cents__gte=0,
                    other_liability_cents__gte=0, potential_cents__gte=F("bonus_cents"),
                ),
                name="compliance_arrangement_figures",
            ),
            # Whose word it is: attested with a file, and looked at by somebody else.
            models.CheckConstraint(
                condition=Q(is_attested=False, review="taken")
                | Q(is_attested=True) & ~Q(file_sha256=""),
                name="compliance_arrangement_evidence",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by_id=None)
                | Q(is_attested=True) & ~Q(reviewed_by_id=F("recorded_by_id")),
                name="compliance_arrangement_other_reviews",
            ),
            models.UniqueConstraint(
                fields=["tier", "party", "paid_whom"],
                condition=Q(superseded_at=None, review="taken"),
                name="compliance_arrangement_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_tier_display()}, from {self.effective_date}"


class Pooling(models.Model):
    """What was answered to the conditions of pooling for a tier and party, never changed."""

    tier = models.CharField(max_length=20, choices=TIERS)
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tier", "party"],
                condition=Q(superseded_at=None),
                name="compliance_pooling_once",
            ),
        ]

    def __str__(self) -> str:
        return f"pooling, {self.get_tier_display()}"


class PoolingAnswer(models.Model):
    """One condition: whether it holds, and what that rests on."""

    pooling = models.ForeignKey(Pooling, models.PROTECT, related_name="answers")
    condition = models.CharField(max_length=20, choices=CONDITIONS)
    holds = models.BooleanField()
    rests_on = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pooling", "condition"], name="compliance_pooling_answer_once"
            ),
            models.CheckConstraint(
                condition=Q(holds=False) | ~Q(rests_on=""), name="compliance_pooling_rests_on"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_condition_display()}: {'yes' if self.holds else 'no'}"


class PooledPanel(models.Model):
    """Patients of another plan or program that are counted with a party's own."""

    pooling = models.ForeignKey(Pooling, models.PROTECT, related_name="panels")
    name = models.CharField(max_length=100)
    patients = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pooling", "name"], name="compliance_pooled_panel_once"
            ),
            models.CheckConstraint(condition=Q(patients__gt=0), name="compliance_pooled_patients"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.patients}"
