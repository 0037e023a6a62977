"""Authorizations as somebody entered them, and which services need one by which contract."""

from django.db import models
from django.db.models import F, Q


class AuthorizationRule(models.Model):
    """A service that needs an authorization for members of a plan, from a day on."""

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    procedure = models.CharField("service", max_length=10)
    effective_date = models.DateField("from")
    end_date = models.DateField("until", null=True)
    citation = models.CharField("clause", max_length=300)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["procedure", "-effective_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date=None) | Q(end_date__gt=F("effective_date")),
                name="compliance_authrule_has_days",
            )
        ]

    def __str__(self) -> str:
        return f"{self.procedure} from {self.effective_date}"


class Authorization(models.Model):
    """What a member may have from whom, how often, and from which day until before which."""

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    number = models.CharField(max_length=50)
    member = models.ForeignKey("capitation.Member", models.PROTECT, related_name="+")
    provider_npi = models.CharField("provider, by NPI", max_length=10, blank=True)
    procedure = models.CharField("service", max_length=10)
    units = models.DecimalField(max_digits=9, decimal_places=3)
    effective_date = models.DateField("from")
    end_date = models.DateField("until before")
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_by_name = models.CharField(max_length=200)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "number", "procedure"],
                condition=Q(superseded_at=None),
                name="compliance_authorization_once",
            ),
            models.CheckConstraint(
                condition=Q(end_date__gt=F("effective_date"), units__gt=0),
                name="compliance_authorization_allows",
            ),
        ]
        indexes = [models.Index(fields=["member", "procedure"], name="compliance_authorization_of")]

    def __str__(self) -> str:
        return self.number
