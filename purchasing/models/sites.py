"""What a practice signed, and what its offices can keep."""

from django.db import models
from django.db.models import F, Q

from ipaportal.audit.history import tracked


class Agreement(models.Model):
    """A practice's signed word; ended once, never edited."""

    class Kind(models.TextChoices):
        BUYING = "buying", "the IPA buys for us, for our own use only"
        NETTING = "netting", "charges may be taken from our capitation"

    practice = models.ForeignKey(
        "credentialing.Practice", models.PROTECT, related_name="buying_agreements"
    )
    kind = models.CharField(max_length=7, choices=Kind)
    effective_date = models.DateField()
    end_date = models.DateField("first day no longer", null=True, blank=True)
    cap_pct = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    text = models.TextField()
    signed_name = models.CharField("name as signed", max_length=200)
    signed_by_id = models.BigIntegerField(null=True, blank=True)
    signed_by_name = models.CharField(max_length=200)
    signed_at = models.DateTimeField()
    ended_by_name = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "-effective_date", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "kind"],
                condition=Q(end_date__isnull=True),
                name="purchasing_one_agreement",
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gte=F("effective_date")),
                name="purchasing_agreement_span",
            ),
            models.CheckConstraint(
                condition=Q(kind="buying", cap_pct__isnull=True)
                | Q(kind="netting", cap_pct__gt=0, cap_pct__lte=20),
                name="purchasing_netting_has_a_cap",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


@tracked()
class Site(models.Model):
    """What an office of a practice can keep, and whether it may buy drugs through a group."""

    location = models.OneToOneField(
        "credentialing.Location", models.PROTECT, related_name="buying_site"
    )
    has_fridge = models.BooleanField("a refrigerator with a logger (2–8 °C)", default=False)
    has_freezer = models.BooleanField("a freezer with a logger (−50 to −15 °C)", default=False)
    has_ultra_cold = models.BooleanField("an ultra-cold freezer (−90 to −60 °C)", default=False)
    is_gpo_prohibited = models.BooleanField(
        "a 340B site that may not buy outpatient drugs through a group", default=False
    )

    is_pharmacy = models.BooleanField(
        "an in-office pharmacy that dispenses (it takes in no drug without its papers)",
        default=False,
    )

    def __str__(self) -> str:
        return str(self.location)
