"""Persons: what a practitioner, an owner and a member of staff have in common, and their names."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q

from ipaportal.audit.history import tracked

SECRETS = ("birth_date_encrypted", "birth_date_index", "ssn_encrypted", "ssn_index")


class Person(models.Model):
    """
    Columns of every person: names, birth date and Social Security number.

    Both are encrypted for their row (its uuid) and found by keyed hashes; pages show the last
    four digits. Set and read them with `models/secrets.py` only.
    """

    uuid = models.UUIDField(
        default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False
    )
    first_name = models.CharField(max_length=100)
    middle_name = models.CharField(max_length=100, blank=True, db_default="")
    last_name = models.CharField(max_length=100)
    suffix = models.CharField(max_length=20, blank=True, db_default="")
    birth_date_encrypted = models.BinaryField(null=True, blank=True)
    birth_date_index = models.CharField(max_length=64, blank=True, db_default="")
    ssn_encrypted = models.BinaryField(null=True, blank=True)
    ssn_index = models.CharField(max_length=64, blank=True, db_default="")
    ssn_last4 = models.CharField(max_length=4, blank=True, db_default="")

    class Meta:
        abstract = True


@tracked()
class PersonName(models.Model):
    """Another name of a person: screening looks for every one of them."""

    class Kind(models.TextChoices):
        FORMER = "former", "former name"
        ALIAS = "alias", "also known as"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, null=True, blank=True, related_name="names"
    )
    associate = models.ForeignKey(
        "credentialing.Associate", models.PROTECT, null=True, blank=True, related_name="names"
    )
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.FORMER)
    first_name = models.CharField(max_length=100)
    middle_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False, associate__isnull=True)
                | Q(practitioner__isnull=True, associate__isnull=False),
                name="credentialing_name_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


@tracked(exclude=SECRETS)
class Associate(Person):
    """
    Somebody behind or beside the care: an owner, a managing employee, a board member, staff.

    Of a practice or the IPA (`party`) or of a facility; an owner may be a business. Screened
    monthly like everybody else.
    """

    class Role(models.TextChoices):
        OWNER = "owner", "owner"
        MANAGING = "managing", "managing employee"
        BOARD = "board", "board member or officer"
        STAFF = "staff", "staff"

    role = models.CharField(max_length=8, choices=Role)
    party = models.ForeignKey(
        "identity.Party", models.PROTECT, null=True, blank=True, related_name="associates"
    )
    facility = models.ForeignKey(
        "credentialing.Facility", models.PROTECT, null=True, blank=True, related_name="associates"
    )
    # A business that owns; then the names of a person stay empty.
    business_name = models.CharField(max_length=200, blank=True)
    npi = models.CharField("NPI", max_length=10, blank=True)
    title = models.CharField(max_length=100, blank=True)
    ownership_pct = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    effective_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["last_name", "first_name", "business_name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(party__isnull=False, facility__isnull=True)
                | Q(party__isnull=True, facility__isnull=False),
                name="credentialing_associate_of_one",
            ),
            models.CheckConstraint(
                condition=(Q(business_name="") & ~Q(last_name=""))
                | (~Q(business_name="") & Q(last_name="")),
                name="credentialing_associate_person_or_business",
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gt=models.F("effective_date")),
                name="credentialing_associate_span",
            ),
            models.CheckConstraint(
                condition=Q(ownership_pct__isnull=True)
                | Q(ownership_pct__gte=0, ownership_pct__lte=100),
                name="credentialing_associate_share",
            ),
        ]

    def __str__(self) -> str:
        return self.business_name or f"{self.first_name} {self.last_name}"


class SelfDescription(models.Model):
    """
    What a practitioner said of themselves of their own will: never shown to those who decide.

    Asked since 2025-07-01 with a statement of non-discrimination (NCQA CR 3); kept apart, so that
    no list, packet or export of a file can bring it along.
    """

    practitioner = models.OneToOneField(
        "credentialing.Practitioner", models.PROTECT, related_name="self_description"
    )
    race = models.CharField(max_length=200, blank=True)
    ethnicity = models.CharField(max_length=200, blank=True)
    languages = models.CharField("languages spoken at home", max_length=200, blank=True)

    def __str__(self) -> str:
        return f"of practitioner {self.practitioner_id}"
