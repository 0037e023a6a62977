"""Suppliers, what they are licensed for, and what they sell at which price."""

from django.db import models
from django.db.models import F, Q

from ipaportal.audit.history import tracked
from ipaportal.core.constraints import no_overlap


@tracked()
class Supplier(models.Model):
    """Who sells to practices; its party is screened like everybody's."""

    class Kind(models.TextChoices):
        MANUFACTURER = "manufacturer", "manufacturer"
        WHOLESALER = "wholesaler", "wholesaler"
        DISTRIBUTOR = "distributor", "distributor"

    party = models.OneToOneField("identity.Party", models.PROTECT, related_name="supplier")
    kind = models.CharField(max_length=12, choices=Kind)
    email = models.EmailField("where orders go", blank=True)
    minimum_cents = models.BigIntegerField("smallest order", default=0)
    freight_cents = models.BigIntegerField("freight of an order, whatever its size", default=0)

    class Meta:
        ordering = ["party__name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minimum_cents__gte=0), name="purchasing_minimum_is_no_debt"
            ),
            models.CheckConstraint(
                condition=Q(freight_cents__gte=0), name="purchasing_freight_is_no_debt"
            ),
        ]

    def __str__(self) -> str:
        return self.party.name


class SupplierLicence(models.Model):
    """What a supplier is licensed for, as somebody here saw; a renewal supersedes."""

    class Kind(models.TextChoices):
        STATE = "state", "state licence to sell drugs"
        DEA = "dea", "DEA registration"
        PARTNER = "partner", "authorised trading partner (DSCSA)"

    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="licences")
    kind = models.CharField(max_length=7, choices=Kind)
    state = models.CharField(max_length=2, blank=True)
    number = models.CharField(max_length=60)
    schedules = models.CharField(max_length=20, blank=True)
    effective_date = models.DateField("first day")
    expires_date = models.DateField("last day it holds")
    seen_where = models.CharField("where it was looked up", max_length=200)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "state", "-expires_date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_date__gte=F("effective_date")),
                name="purchasing_licence_span",
            ),
            models.CheckConstraint(
                condition=~Q(kind="state") | ~Q(state=""), name="purchasing_licence_has_a_state"
            ),
            models.UniqueConstraint(
                fields=["supplier", "kind", "state", "number"],
                condition=Q(superseded_at__isnull=True),
                name="purchasing_licence_once",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.get_kind_display(), self.state, self.number]))


class SupplyContract(models.Model):
    """What was agreed with a supplier: from when, what its tiers count, what it pays the IPA."""

    class Metric(models.TextChoices):
        UNITS = "units", "packs"
        SPEND = "reference_spend", "dollars at the first tier's price"

    class Scope(models.TextChoices):
        ITEM = "item", "each item by itself"
        CONTRACT = "contract", "all items of the contract together"

    class Effect(models.TextChoices):
        ORDER = "order", "each group order by itself"
        PROSPECTIVE = "prospective", "what its period bought before an order decides the tier"
        RETROACTIVE = "retroactive", "the period with the order decides; what came dearer is owed"

    class Period(models.TextChoices):
        MONTH = "month", "calendar month"
        QUARTER = "quarter", "calendar quarter"
        YEAR = "year", "year of the contract"

    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="contracts")
    number = models.CharField("contract number", max_length=60)
    effective_date = models.DateField("first day")
    end_date = models.DateField("first day no longer", null=True, blank=True)
    metric = models.CharField(
        "what its tiers count", max_length=15, choices=Metric, default=Metric.UNITS
    )
    scope = models.CharField(
        "what counts together", max_length=8, choices=Scope, default=Scope.ITEM
    )
    effect = models.CharField(
        "which tier an order gets", max_length=11, choices=Effect, default=Effect.ORDER
    )
    period = models.CharField(
        "the period that counts", max_length=7, choices=Period, blank=True, default=""
    )
    fee_pct = models.DecimalField(
        "administrative fee that the supplier pays the IPA, in % of purchases",
        max_digits=5,
        decimal_places=2,
        default=0,
    )
    rebate_kept_pct = models.DecimalField(
        "part of a rebate that the IPA keeps, in %; told to practices as a fee",
        max_digits=5,
        decimal_places=2,
        default=0,
    )
    source = models.CharField("where it is agreed", max_length=200)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["supplier__party__name", "-effective_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "number"], name="purchasing_contract_number"
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gt=F("effective_date")),
                name="purchasing_contract_span",
            ),
            models.CheckConstraint(
                condition=Q(effect="order", period="") | ~Q(effect="order") & ~Q(period=""),
                name="purchasing_tiers_have_a_period",
            ),
            models.CheckConstraint(
                condition=Q(rebate_kept_pct__gte=0, rebate_kept_pct__lte=100),
                name="purchasing_rebate_kept_in_part",
            ),
            # Above three per cent each practice's addendum has to state it (42 CFR 1001.952(j)),
            # which is asked when a fee comes in.
            models.CheckConstraint(
                condition=Q(fee_pct__gte=0, fee_pct__lte=100), name="purchasing_fee_is_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} {self.number}"


class PriceList(models.Model):
    """One giving of prices: a file of the supplier's, or prices entered by hand."""

    contract = models.ForeignKey(SupplyContract, models.PROTECT, related_name="price_lists")
    effective_date = models.DateField("prices from")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    lines = models.PositiveIntegerField()
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "effective_date", "sha256"], name="purchasing_prices_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_name} from {self.effective_date}"


class PriceLineQuerySet(models.QuerySet):
    def current(self) -> "PriceLineQuerySet":
        return self.filter(superseded_no__isnull=True)

    def on(self, day) -> "PriceLineQuerySet":
        """Those that hold on a day."""
        ends = Q(end_date__isnull=True) | Q(end_date__gt=day)
        return self.current().filter(ends, effective_date__lte=day)


class PriceLine(models.Model):
    """
    What a pack costs under a contract from a day on: its tiers, as `[[minimum packs, price], …]`.

    A later list supersedes it and adds it again up to the day before.
    """

    contract = models.ForeignKey(SupplyContract, models.PROTECT, related_name="prices")
    level = models.ForeignKey("purchasing.PackLevel", models.PROTECT, related_name="prices")
    price_list = models.ForeignKey(PriceList, models.PROTECT, related_name="prices")
    tiers = models.JSONField()
    effective_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)
    superseded_no = models.BigIntegerField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)
    pair_key = models.GeneratedField(
        expression=F("contract_id") * 10_000_000 + F("level_id"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    objects = PriceLineQuerySet.as_manager()

    class Meta:
        ordering = ["level__item__code", "level__eaches"]
        constraints = [
            no_overlap(
                name="purchasing_one_price", key="pair_key", start="effective_date", end="end_date"
            )
        ]

    def __str__(self) -> str:
        return f"price of {self.level} from {self.effective_date}"


class ListMapping(models.Model):
    """How a supplier calls the columns of its lists: our field → its head; a later supersedes."""

    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="mappings")
    columns = models.JSONField()
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier"],
                condition=Q(superseded_at__isnull=True),
                name="purchasing_one_mapping",
            )
        ]

    def __str__(self) -> str:
        return f"columns of {self.supplier_id}"


class PriceDraft(models.Model):
    """A supplier's list that is looked at: which column is what, until it is taken or dropped."""

    class State(models.TextChoices):
        OPEN = "open", "to be looked at"
        TAKEN = "taken", "taken"
        DROPPED = "dropped", "dropped"

    contract = models.ForeignKey(SupplyContract, models.PROTECT, related_name="drafts")
    effective_date = models.DateField("prices from")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    headers = models.JSONField()
    columns = models.JSONField()
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name
