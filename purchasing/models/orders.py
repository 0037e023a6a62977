"""Group orders: what is bought together, who is in for how much."""

from django.db import models
from django.db.models import F, Q

from ipaportal.audit.history import tracked


@tracked()
class GroupOrder(models.Model):
    """One cycle of buying together; the clock moves it on by its times."""

    class Status(models.TextChoices):
        DRAFT = "draft", "draft"
        ANNOUNCED = "announced", "announced"
        OPEN = "open", "open"
        TOPPING_UP = "topping_up", "topping up"
        CLOSING = "closing", "closed, to be awarded"
        AWARDED = "awarded", "awarded"
        ORDERED = "ordered", "ordered"
        RECEIVED = "received", "received"
        SETTLED = "settled", "settled"
        FAILED = "failed", "minimum missed"
        CANCELLED = "cancelled", "cancelled"

    class Bills(models.TextChoices):
        SUPPLIER = "supplier", "the supplier bills each practice"
        IPA = "ipa", "the IPA charges each practice"

    name = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    opens_at = models.DateTimeField()
    topup_at = models.DateTimeField("topping up from", null=True, blank=True)
    closes_at = models.DateTimeField()
    delivery_date = models.DateField("expected delivery")
    minimum_cents = models.BigIntegerField("smallest order in all, at reference prices", default=0)
    most_extensions = models.PositiveSmallIntegerField("extended at most so often", default=1)
    extensions = models.PositiveSmallIntegerField(default=0)
    bills = models.CharField("who bills", max_length=8, choices=Bills, default=Bills.SUPPLIER)
    for_named = models.BooleanField("only for the practices that are named", default=False)
    practices = models.ManyToManyField(
        "credentialing.Practice",
        blank=True,
        related_name="group_orders",
        verbose_name="practices that may take part (none: every practice)",
    )
    # Written when it closes: what everybody may know of it, and the digest of all that was frozen
    # (`models/closings.py` has what is some practice's own).
    snapshot = models.JSONField(null=True, blank=True)
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    made_by_id = models.BigIntegerField(null=True, blank=True)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-closes_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="purchasing_opens_then_closes"
            ),
            models.CheckConstraint(
                condition=Q(topup_at__isnull=True)
                | Q(topup_at__gt=F("opens_at"), topup_at__lt=F("closes_at")),
                name="purchasing_topup_between",
            ),
            models.CheckConstraint(
                condition=Q(extensions__lte=F("most_extensions"), minimum_cents__gte=0),
                name="purchasing_extended_within",
            ),
        ]
        indexes = [models.Index(fields=["status", "closes_at"], name="purchasing_order_due")]

    def __str__(self) -> str:
        return self.name


class OrderItem(models.Model):
    """
    An item of a group order in one pack; prices are frozen when it is announced.

    `ladder` is the best price at each volume, whoever offers it: `[[packs, price], …]`. Where its
    one offer counts several items together, `pool` says which, by which weight, and what a pack
    costs from how much on: the meter counts the pool then. What the meter shows stands here; what
    it was read from is known to staff only.
    """

    order = models.ForeignKey(GroupOrder, models.PROTECT, related_name="items")
    version = models.ForeignKey("purchasing.ItemVersion", models.PROTECT, related_name="+")
    level = models.ForeignKey("purchasing.PackLevel", models.PROTECT, related_name="+")
    case_packs = models.PositiveIntegerField("packs that the supplier ships together", default=1)
    minimum_packs = models.PositiveIntegerField("fewest packs in all", default=0)
    is_as_written = models.BooleanField(
        "dispense as written: nothing else may come", default=False, db_default=False
    )
    ladder = models.JSONField(default=list)
    pool = models.JSONField(null=True, blank=True)
    meter_tier = models.SmallIntegerField(default=-1)
    meter_step_pct = models.PositiveSmallIntegerField(default=0)
    meter_hidden = models.CharField(max_length=10, default="few")
    meter_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["version__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "level"], name="purchasing_item_once"),
            models.CheckConstraint(
                condition=Q(case_packs__gt=0), name="purchasing_case_holds_some"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version.name}, {self.level}"


class Offer(models.Model):
    """
    What one contract asks for an item of a group order; frozen when it is announced.

    `tiers` is what its packs cost at their own volume, whatever else is bought. Where the contract
    counts several items together, `pool` is `{"weight", "before", "ladder"}` in what it counts.
    """

    order_item = models.ForeignKey(OrderItem, models.PROTECT, related_name="offers")
    contract = models.ForeignKey("purchasing.SupplyContract", models.PROTECT, related_name="+")
    tiers = models.JSONField()
    pool = models.JSONField(null=True, blank=True)
    minimum_cents = models.BigIntegerField("the supplier's smallest order", default=0)
    freight_cents = models.BigIntegerField("the supplier's freight of an order", default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["order_item", "contract"], name="purchasing_offer_once")
        ]

    def __str__(self) -> str:
        return f"offer of {self.contract_id} for {self.order_item_id}"


class Commitment(models.Model):
    """
    What an office is in for: the newest row of an item and an office counts, none is changed.

    A quantity of nought takes it back.
    """

    order_item = models.ForeignKey(OrderItem, models.PROTECT, related_name="commitments")
    practice = models.ForeignKey("credentialing.Practice", models.PROTECT, related_name="+")
    location = models.ForeignKey("credentialing.Location", models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField("packs")
    flex = models.PositiveIntegerField("more packs, if they fill a case", default=0)
    max_price = models.DecimalField(
        "the most a pack may cost", max_digits=14, decimal_places=4, null=True, blank=True
    )
    pays_now = models.DecimalField(
        "what a pack costs us today", max_digits=14, decimal_places=4, null=True, blank=True
    )
    any_equivalent = models.BooleanField("any equivalent will do", default=False, db_default=False)
    registrant = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_by_id = models.BigIntegerField(null=True, blank=True)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_price__isnull=True) | Q(max_price__gt=0),
                name="purchasing_ceiling_is_a_price",
            ),
            models.CheckConstraint(
                condition=Q(pays_now__isnull=True) | Q(pays_now__gt=0),
                name="purchasing_pays_now_is_a_price",
            ),
        ]
        indexes = [
            # Of each office the newest word, read from the index alone.
            models.Index(
                fields=["order_item", "location", "-id"],
                include=["practice", "quantity"],
                name="purchasing_newest_word",
            ),
            models.Index(fields=["order_item", "made_at"], name="purchasing_words_since"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} packs for {self.location_id}"
