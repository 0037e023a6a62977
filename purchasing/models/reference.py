"""Lists from outside: FDA's directory and CMS's Part B files, each version kept with its days."""

from django.db import models
from django.db.models import F, Q


class ReferenceFile(models.Model):
    """A list as it came; it counts once somebody looked at it and confirmed it."""

    class Kind(models.TextChoices):
        PRODUCTS = "products", "FDA directory, products"
        PACKAGES = "packages", "FDA directory, packages"
        LIMITS = "limits", "Part B payment limits"
        CROSSWALK = "crosswalk", "NDC to HCPCS crosswalk"

    arrival = models.ForeignKey(
        "purchasing.ListArrival", models.PROTECT, null=True, blank=True, related_name="lists"
    )
    kind = models.CharField(max_length=9, choices=Kind)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    effective_date = models.DateField("holds from")
    end_date = models.DateField("first day no longer", null=True, blank=True)
    size = models.PositiveIntegerField("lines")
    refused = models.PositiveIntegerField("refused lines")
    problems = models.JSONField(default=list)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    confirmed_by_id = models.BigIntegerField(null=True, blank=True)
    confirmed_by_name = models.CharField(max_length=200, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "effective_date", "sha256"], name="purchasing_list_once"
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gt=F("effective_date")),
                name="purchasing_list_span",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class ReferenceRow(models.Model):
    """A line of a list as it was read; it counts once the list is confirmed, and never changes."""

    file = models.ForeignKey(ReferenceFile, models.PROTECT, related_name="rows")
    line_no = models.PositiveIntegerField()
    ndc = models.CharField("NDC, twelve digits, or ten of a product", max_length=12, blank=True)
    hcpcs = models.CharField(max_length=5, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    said = models.JSONField()

    class Meta:
        ordering = ["file_id", "line_no"]
        indexes = [
            models.Index(fields=["ndc", "file"], condition=~Q(ndc=""), name="purchasing_list_ndc"),
            models.Index(
                fields=["hcpcs", "file"], condition=~Q(hcpcs=""), name="purchasing_list_hcpcs"
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line_no}"
