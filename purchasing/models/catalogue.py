"""The catalogue: what can be bought, in versions that never change, and in which packs."""

from django.db import models
from django.db.models import Q

STORAGE = [
    ("room", "room temperature"),
    ("refrigerated", "refrigerated"),
    ("frozen", "frozen"),
    ("ultra_cold", "ultra-cold"),
]
SCHEDULES = [(one, one) for one in ("2", "2N", "3", "3N", "4", "5")]


class Item(models.Model):
    """Something that is bought; what is known of it stands in its versions."""

    code = models.CharField("our number", max_length=30, unique=True)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class ItemVersionQuerySet(models.QuerySet):
    def current(self) -> "ItemVersionQuerySet":
        return self.filter(superseded_at__isnull=True)


class ItemVersion(models.Model):
    """What was known of an item from one moment on; orders pin the version that they are of."""

    class Kind(models.TextChoices):
        DRUG = "drug", "drug"
        VACCINE = "vaccine", "vaccine"
        BIOLOGIC = "biologic", "biologic"
        DEVICE = "device", "device"
        SUPPLY = "supply", "supply"
        SERVICE = "service", "service"

    item = models.ForeignKey(Item, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=200)
    # As they are written on the package: in three segments, because formats differ.
    ndc_labeler = models.CharField(max_length=6, blank=True)
    ndc_product = models.CharField(max_length=4, blank=True)
    ndc_package = models.CharField(max_length=2, blank=True)
    ndc12 = models.CharField("NDC, twelve digits", max_length=12, blank=True)
    hcpcs = models.CharField("HCPCS", max_length=5, blank=True)
    is_rx = models.BooleanField("prescription only", default=False)
    schedule = models.CharField(
        "DEA schedule",
        max_length=2,
        blank=True,
        choices=[(s, s) for s in ["2", "2N", "3", "3N", "4", "5"]],
    )
    # What another has to be the same in to stand in for it: a drug by its generic, supplies by a
    # class that somebody states. What is not stated is not known to be the same.
    ingredient = models.CharField("ingredient", max_length=200, blank=True, db_default="")
    strength = models.CharField("strength", max_length=100, blank=True, db_default="")
    form = models.CharField("dosage form", max_length=100, blank=True, db_default="")
    route = models.CharField("route", max_length=100, blank=True, db_default="")
    supply_class = models.CharField(
        "class in which one is as good as another", max_length=200, blank=True, db_default=""
    )
    storage = models.CharField(max_length=12, choices=STORAGE, default="room")
    lot_tracked = models.BooleanField("lot and expiry are recorded", default=False)
    refused_because = models.CharField("not for group orders, because", max_length=200, blank=True)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = ItemVersionQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="purchasing_version_number"),
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(superseded_at__isnull=True),
                name="purchasing_one_current_version",
            ),
            models.CheckConstraint(
                condition=Q(ndc12="", ndc_labeler="", ndc_product="", ndc_package="")
                | Q(ndc12__regex=r"^\d{12}$", ndc_labeler__regex=r"^\d{4,6}$"),
                name="purchasing_ndc_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(schedule="") | Q(is_rx=True, kind__in=["drug", "biologic"]),
                name="purchasing_scheduled_is_rx",
            ),
        ]
        indexes = [models.Index(fields=["ndc12"], name="purchasing_by_ndc")]

    def __str__(self) -> str:
        return self.name

    @property
    def ndc(self) -> str:
        """The code as it stands on the package."""
        return "-".join(filter(None, [self.ndc_labeler, self.ndc_product, self.ndc_package]))


class PackLevel(models.Model):
    """A size in which an item is priced and ordered; every price names one."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="levels")
    name = models.CharField(max_length=40)
    eaches = models.PositiveIntegerField("units in it")

    class Meta:
        ordering = ["eaches", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "name"], name="purchasing_level_name"),
            models.CheckConstraint(condition=Q(eaches__gt=0), name="purchasing_level_holds_some"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.eaches:,}" if self.eaches > 1 else self.name


class PackCode(models.Model):
    """
    The bar code on a pack, as somebody read it off: for what has no NDC, or none of ten digits.

    A later row for the same code supersedes: it was recorded of the wrong pack.
    """

    level = models.ForeignKey(PackLevel, models.PROTECT, related_name="codes")
    gtin = models.CharField("GTIN", max_length=14)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["gtin"],
                condition=Q(superseded_at__isnull=True),
                name="purchasing_code_of_one_pack",
            ),
            models.CheckConstraint(
                condition=Q(gtin__regex=r"^\d{14}$"), name="purchasing_code_is_a_gtin"
            ),
        ]

    def __str__(self) -> str:
        return self.gtin
