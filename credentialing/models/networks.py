"""Networks: products of a payer, and who sees members in them, where, as what."""

from django.db import models
from django.db.models import F

from ipaportal.core.constraints import no_overlap
from ipaportal.core.facts import Fact


class Network(models.Model):
    """A payer's network for a line of business, as its directory and rosters name it."""

    payer_party = models.ForeignKey("identity.Party", models.PROTECT, related_name="networks")
    name = models.CharField(max_length=100)
    line_of_business = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payer_party", "name"], name="credentialing_network_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class PractitionerRole(models.Model):
    """A practitioner at a location of a practice in a specialty: what a directory lists."""

    class Care(models.TextChoices):
        PCP = "pcp", "primary care"
        SPECIALIST = "specialist", "specialist"
        BOTH = "both", "primary care and specialist"

    class Panel(models.TextChoices):
        OPEN = "open", "takes new patients"
        EXISTING = "existing", "existing patients only"
        CLOSED = "closed", "closed"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="roles"
    )
    location = models.ForeignKey("credentialing.Location", models.PROTECT, related_name="roles")
    specialty = models.CharField(max_length=100)
    taxonomy = models.CharField(max_length=10, blank=True)
    care = models.CharField(max_length=10, choices=Care, default=Care.PCP)
    panel = models.CharField(max_length=8, choices=Panel, default=Panel.OPEN)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "location", "specialty"], name="credentialing_role_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.specialty} at location {self.location_id}"


class NetworkListing(Fact):
    """
    A role's days in a network: practitioner × location × practice × network × specialty.

    Who is paid is said by `Participation` alone (one practice per payer and day); a listing says
    where and as what. An invariant holds that each lies within a participation of its practice.
    """

    role = models.ForeignKey(PractitionerRole, models.PROTECT, related_name="listings")
    network = models.ForeignKey(Network, models.PROTECT, related_name="listings")
    reason = models.CharField(max_length=200, blank=True)
    pair_key = models.GeneratedField(
        expression=F("role_id") * 10_000 + F("network_id"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            no_overlap(
                name="credentialing_one_listing",
                key="pair_key",
                start="effective_date",
                end="end_date",
            )
        ]
        indexes = [models.Index(fields=["network", "role"], name="credentialing_listing_net")]

    def __str__(self) -> str:
        return f"role {self.role_id} in network {self.network_id}"
