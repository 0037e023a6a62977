"""What an institutional claim says beside its lines: as it came, never changed."""

from django.db import models


class ClaimStay(models.Model):
    """The statement's days, the admission, and every code of an institutional claim."""

    claim = models.OneToOneField("compliance.Claim", models.PROTECT, related_name="stay")
    statement_from = models.DateField(null=True)
    statement_to = models.DateField(null=True)
    admitted = models.CharField(max_length=12, blank=True)
    discharged = models.CharField(max_length=12, blank=True)
    admission_kind = models.CharField(max_length=1, blank=True)
    admission_source = models.CharField(max_length=1, blank=True)
    patient_status = models.CharField(max_length=2, blank=True)
    attending_npi = models.CharField(max_length=10, blank=True)
    operating_npi = models.CharField(max_length=10, blank=True)
    codes = models.JSONField(default=list)

    class Meta:
        ordering = ["claim_id"]

    def __str__(self) -> str:
        return f"stay of claim {self.claim_id}"
