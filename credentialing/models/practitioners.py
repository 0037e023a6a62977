"""Practitioners: the people who see members."""

from django.db import models


class Practitioner(models.Model):
    """A person with a National Provider Identifier (NPI)."""

    npi = models.CharField("NPI", max_length=10, unique=True)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    specialty = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["last_name", "first_name", "npi"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(npi__regex=r"^[12][0-9]{9}$"), name="credentialing_npi_digits"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"
