"""Participation: who is in which payer's network, through which practice, from when to when."""

from django.db import models
from django.db.models import F

from ipaportal.core.constraints import no_overlap
from ipaportal.core.facts import Fact


class Participation(Fact):
    """A practitioner's days in a payer's network; capitation for them goes to the practice."""

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="participations"
    )
    practice = models.ForeignKey(
        "credentialing.Practice", models.PROTECT, related_name="participations"
    )
    payer_party = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    # One practitioner has at most one practice per payer and day; the pair needs one number.
    pair_key = models.GeneratedField(
        expression=F("practitioner_id") * 100_000 + F("payer_party_id"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            no_overlap(
                name="credentialing_one_practice",
                key="pair_key",
                start="effective_date",
                end="end_date",
            )
        ]
        indexes = [
            models.Index(fields=["payer_party", "practitioner"], name="credentialing_part_payer"),
            models.Index(fields=["fact_no"], name="credentialing_part_fact"),
        ]

    def __str__(self) -> str:
        return f"practitioner {self.practitioner_id} with party {self.payer_party_id}"


class Exclusivity(Fact):
    """Days a practice is bound to one payer alone; the payer may pay a larger share for it."""

    practice = models.ForeignKey(
        "credentialing.Practice", models.PROTECT, related_name="exclusivities"
    )
    payer_party = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    source = models.CharField("where it is agreed", max_length=200)
    recorded_by = models.CharField(max_length=200)
    pair_key = models.GeneratedField(
        expression=F("practice_id") * 100_000 + F("payer_party_id"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    class Meta:
        verbose_name_plural = "exclusivities"
        constraints = [
            no_overlap(
                name="credentialing_one_exclusivity",
                key="pair_key",
                start="effective_date",
                end="end_date",
            )
        ]
        indexes = [
            models.Index(fields=["payer_party", "practice"], name="credentialing_excl_payer"),
            models.Index(fields=["fact_no"], name="credentialing_excl_fact"),
        ]

    def __str__(self) -> str:
        return f"practice {self.practice_id} exclusive with party {self.payer_party_id}"
