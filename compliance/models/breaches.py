"""Breaches: what is recorded of one beside its case; only added, the newest of a kind counts."""

import json

from django.db import models
from django.db.models import F, Q

from compliance.models.cases import Case, Drawn
from compliance.rules.breaches import RESULTS, WORDS
from ipaportal.core.encryption import decrypt, encrypt, place


class BreachRecord(Drawn):
    """
    One record of a breach: its discovery, who is affected, factors, decision, delay, notices.

    Who decides did not weigh the factors, and what is decided to be no breach was weighed.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="breach_records")
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=list(WORDS.items()))
    told_encrypted = models.BinaryField()
    result = models.CharField(max_length=12, choices=list(RESULTS.items()), blank=True)
    assessed_by_id = models.BigIntegerField(null=True, blank=True)
    by_id = models.BigIntegerField(null=True, blank=True)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["case", "place"]
        constraints = [
            models.UniqueConstraint(fields=["case", "place"], name="compliance_breach_place"),
            models.CheckConstraint(
                condition=Q(kind="decision", result__gt="", by_id__isnull=False)
                | (~Q(kind="decision") & Q(result="", assessed_by_id__isnull=True)),
                name="compliance_breach_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(assessed_by_id__isnull=True) | ~Q(by_id=F("assessed_by_id")),
                name="compliance_breach_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(result__in=["", "breach"]) | Q(assessed_by_id__isnull=False),
                name="compliance_no_breach_was_weighed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.by_name}"

    @property
    def told(self) -> dict:
        where = place("compliance_breachrecord", "told_encrypted", self.pk)
        return json.loads(decrypt(self.told_encrypted, where))

    @told.setter
    def told(self, values: dict) -> None:
        where = place("compliance_breachrecord", "told_encrypted", self.pk)
        self.told_encrypted = encrypt(json.dumps(values), where)
