"""Facilities: hospitals, surgery centres, laboratories and the like, credentialed as such."""

import uuid

from django.db import models

from credentialing.rules.facility_types import FACILITY_TYPES
from ipaportal.audit.history import tracked


@tracked()
class Facility(models.Model):
    """An organisation that gives care at a place; part of another where `parent` names it."""

    class Status(models.TextChoices):
        PROSPECT = "prospect", "not contracted yet"
        ACTIVE = "active", "in the network"
        SUSPENDED = "suspended", "suspended"
        ENDED = "ended", "left the network"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=[(t.code, t.name) for t in FACILITY_TYPES])
    legal_name = models.CharField(max_length=200)
    dba_name = models.CharField("name it trades under", max_length=200, blank=True)
    tin = models.CharField("taxpayer number", max_length=9)
    npi = models.CharField("NPI", max_length=10, unique=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    line = models.CharField("street", max_length=200)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=2)
    zip_code = models.CharField(max_length=10)
    phone = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.PROSPECT)
    user = models.ForeignKey(
        "identity.User", models.PROTECT, null=True, blank=True, related_name="facilities"
    )

    class Meta:
        ordering = ["legal_name", "pk"]
        verbose_name_plural = "facilities"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(npi__regex=r"^[12][0-9]{9}$"),
                name="credentialing_facility_npi_digits",
            ),
            models.CheckConstraint(
                condition=models.Q(tin__regex=r"^[0-9]{9}$"),
                name="credentialing_facility_tin_digits",
            ),
        ]

    def __str__(self) -> str:
        return self.dba_name or self.legal_name


class SiteCheck(models.Model):
    """Somebody looked at the place: a state or CMS survey, or our own visit; never changed."""

    class Kind(models.TextChoices):
        SURVEY = "survey", "survey by the state or CMS"
        VISIT = "visit", "our own site visit"

    class Result(models.TextChoices):
        PASSED = "passed", "passed"
        CORRECTED = "corrected", "passed after correction"
        CORRECTION = "correction", "correction plan open"
        FAILED = "failed", "failed"

    facility = models.ForeignKey(
        Facility, models.PROTECT, null=True, blank=True, related_name="site_checks"
    )
    location = models.ForeignKey(
        "credentialing.Location", models.PROTECT, null=True, blank=True, related_name="site_checks"
    )
    kind = models.CharField(max_length=6, choices=Kind)
    checked_date = models.DateField()
    checked_by = models.CharField("who looked", max_length=200)
    score_pct = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    result = models.CharField(max_length=10, choices=Result)
    note = models.CharField(max_length=1000, blank=True)
    document = models.ForeignKey(
        "credentialing.Document", models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-checked_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(facility__isnull=False, location__isnull=True)
                | models.Q(facility__isnull=True, location__isnull=False),
                name="credentialing_check_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.checked_date}"
