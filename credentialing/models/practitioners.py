"""Practitioners: the people who see members."""

from django.db import models

from credentialing.models.persons import SECRETS, Person
from credentialing.rules.provider_types import PROVIDER_TYPES
from ipaportal.audit.history import tracked


@tracked(exclude=SECRETS)
class Practitioner(Person):
    """A person with a National Provider Identifier (NPI); `user` is how they sign in and sign."""

    class Gender(models.TextChoices):
        FEMALE = "F", "female"
        MALE = "M", "male"
        OTHER = "X", "another"

    npi = models.CharField("NPI", max_length=10, unique=True)
    specialty = models.CharField(max_length=100, blank=True)
    provider_type = models.CharField(
        max_length=8, choices=[(t.code, t.name) for t in PROVIDER_TYPES], blank=True, db_default=""
    )
    degree = models.CharField(max_length=40, blank=True, db_default="")
    # NUCC taxonomy: the code only, its text is the AMA's.
    taxonomy = models.CharField(max_length=10, blank=True, db_default="")
    gender = models.CharField(max_length=1, choices=Gender, blank=True, db_default="")
    email = models.EmailField(blank=True, db_default="")
    phone = models.CharField(max_length=20, blank=True, db_default="")
    user = models.OneToOneField(
        "identity.User", models.PROTECT, null=True, blank=True, related_name="practitioner"
    )

    class Meta:
        ordering = ["last_name", "first_name", "npi"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(npi__regex=r"^[12][0-9]{9}$"), name="credentialing_npi_digits"
            )
        ]
        indexes = [
            models.Index(
                fields=["ssn_index"],
                name="credentialing_pract_ssn",
                condition=~models.Q(ssn_index=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


@tracked()
class Identifier(models.Model):
    """A number by which somebody else knows a practitioner or a facility; NPI and TIN aside."""

    class System(models.TextChoices):
        CAQH = "caqh", "CAQH"
        MEDICARE = "medicare", "Medicare (PTAN)"
        MEDICAID = "medicaid", "Medicaid"
        UPIN = "upin", "UPIN"
        PAYER = "payer", "a plan's own number"

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, blank=True, related_name="identifiers"
    )
    facility = models.ForeignKey(
        "credentialing.Facility", models.PROTECT, null=True, blank=True, related_name="identifiers"
    )
    system = models.CharField(max_length=8, choices=System)
    state = models.CharField(max_length=2, blank=True)
    payer_party = models.ForeignKey(
        "identity.Party", models.PROTECT, null=True, blank=True, related_name="+"
    )
    value = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(practitioner__isnull=False, facility__isnull=True)
                | models.Q(practitioner__isnull=True, facility__isnull=False),
                name="credentialing_identifier_of_one",
            ),
            models.UniqueConstraint(
                fields=["system", "state", "payer_party", "value"],
                nulls_distinct=False,
                name="credentialing_identifier_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()} {self.value}"
