"""Practices: who is paid, and where they see members."""

from django.db import models

from ipaportal.core.actors import Actor


class PracticeQuerySet(models.QuerySet):
    def for_actor(self, actor: Actor, permission: str) -> "PracticeQuerySet":
        reach = actor.reach(permission)
        return self if reach is None else self.filter(party_id__in=reach)


class Practice(models.Model):
    """An independent practice under one taxpayer number (TIN); its party is the payee."""

    party = models.OneToOneField("identity.Party", models.PROTECT, related_name="practice")
    tin = models.CharField("taxpayer number", max_length=9, unique=True)
    name = models.CharField(max_length=200)
    # As on the W-9, where it differs from the name it trades under.
    legal_name = models.CharField(max_length=200, blank=True, db_default="")
    npi = models.CharField("NPI", max_length=10, blank=True, db_default="")

    objects = PracticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tin__regex=r"^[0-9]{9}$"), name="credentialing_tin_digits"
            ),
            models.CheckConstraint(
                condition=models.Q(npi="") | models.Q(npi__regex=r"^[12][0-9]{9}$"),
                name="credentialing_practice_npi_digits",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Location(models.Model):
    """An office of a practice."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="locations")
    line = models.CharField("street", max_length=200)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=2)
    zip_code = models.CharField(max_length=10)
    phone = models.CharField(max_length=20, blank=True)
    fax = models.CharField(max_length=20, blank=True, db_default="")
    county = models.CharField(max_length=60, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "line", "zip_code"], name="credentialing_one_location"
            )
        ]

    def __str__(self) -> str:
        return f"{self.line}, {self.city}"
