"""What was wrong with what came, what goes back, what was credited; papers that came with it."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from purchasing.rules.dscsa import kept_until
from purchasing.rules.troubles import NAMES, STATES


class Trouble(models.Model):
    """
    Something that is not as ordered, or that goes back, as the office saw it; never changed.

    What came of it is in its steps: without one it is open.
    """

    line = models.ForeignKey("purchasing.PurchaseLine", models.PROTECT, related_name="troubles")
    receipt = models.ForeignKey(
        "purchasing.Receipt", models.PROTECT, null=True, blank=True, related_name="troubles"
    )
    kind = models.CharField(max_length=11, choices=list(NAMES.items()))
    packs = models.PositiveIntegerField()
    lot = models.CharField(max_length=40, blank=True)
    expires_date = models.DateField(null=True, blank=True)
    lowest = models.DecimalField("lowest °C", max_digits=5, decimal_places=1, null=True, blank=True)
    highest = models.DecimalField(
        "highest °C", max_digits=5, decimal_places=1, null=True, blank=True
    )
    note = models.CharField(max_length=1000)
    photo_sha256 = models.CharField(max_length=64, blank=True)
    photo_type = models.CharField(max_length=20, blank=True)
    reported_by_id = models.BigIntegerField(null=True, blank=True)
    reported_by_name = models.CharField(max_length=200)
    reported_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(packs__gt=0), name="purchasing_trouble_of_packs"),
            models.CheckConstraint(
                condition=~Q(kind__in=["return", "short_dated"]) | Q(receipt__isnull=False),
                name="purchasing_returned_was_received",
            ),
            models.CheckConstraint(
                condition=~Q(kind="warm") | Q(lowest__isnull=False) | Q(highest__isnull=False),
                name="purchasing_warm_was_read",
            ),
            models.CheckConstraint(
                condition=Q(photo_sha256="", photo_type="")
                | Q(photo_sha256__regex=r"^[0-9a-f]{64}$", photo_type__startswith="image/"),
                name="purchasing_photo_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["kind"], name="purchasing_trouble_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.packs}"


class TroubleStep(models.Model):
    """What somebody did about a trouble, one after the other; never changed."""

    trouble = models.ForeignKey(Trouble, models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField()
    event = models.CharField(max_length=10)
    state = models.CharField(max_length=12, choices=[(one, one) for one in STATES])
    reference = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=500, blank=True)
    made_by_id = models.BigIntegerField(null=True, blank=True)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["trouble", "number"], name="purchasing_step_number"),
            models.CheckConstraint(
                condition=~Q(reference="", text=""), name="purchasing_step_says_something"
            ),
        ]

    def __str__(self) -> str:
        return self.state


class ReturnedPackage(models.Model):
    """A package by its serial that a return is about; never changed."""

    trouble = models.ForeignKey(Trouble, models.PROTECT, related_name="packages")
    package = models.ForeignKey("purchasing.ReceiptSerial", models.PROTECT, related_name="returns")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["trouble", "package"], name="purchasing_package_goes_once"
            )
        ]

    def __str__(self) -> str:
        return f"package {self.package_id} of return {self.trouble_id}"


class ChargeCredit(models.Model):
    """What a practice does not owe any more of a charge, and what of it was taken and goes back."""

    charge = models.ForeignKey("purchasing.Charge", models.PROTECT, related_name="credits")
    step = models.OneToOneField(TroubleStep, models.PROTECT, related_name="credit")
    cents = models.BigIntegerField()
    given_back_cents = models.BigIntegerField(default=0)
    entry = models.OneToOneField("ledger.Entry", models.PROTECT, related_name="+")
    back_entry = models.OneToOneField(
        "ledger.Entry", models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cents__gt=0, given_back_cents__gte=0, given_back_cents__lte=F("cents")),
                name="purchasing_credit_is_one",
            ),
            models.CheckConstraint(
                condition=Q(given_back_cents=0, back_entry__isnull=True)
                | Q(given_back_cents__gt=0, back_entry__isnull=False),
                name="purchasing_given_back_is_booked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cents} of charge {self.charge_id}"


class SupplyPaper(models.Model):
    """
    A transaction information or statement as it came, kept six years (DSCSA); never changed.

    Without a lot it is about all that came of the line.
    """

    line = models.ForeignKey("purchasing.PurchaseLine", models.PROTECT, related_name="papers")
    lot = models.CharField(max_length=40, blank=True)
    has_information = models.BooleanField("transaction information")
    has_statement = models.BooleanField("transaction statement")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(has_information=True) | Q(has_statement=True),
                name="purchasing_paper_is_one",
            ),
            models.UniqueConstraint(fields=["line", "lot", "sha256"], name="purchasing_paper_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kept_until(self) -> date:
        """The first day on which it need not be kept any more."""
        return kept_until(self.recorded_at.date())
