"""Holds: a party that is not to be paid for now, why, and who said so."""

from django.db import models

from ipaportal.identity.models import Party


class HoldQuerySet(models.QuerySet):
    def live(self) -> "HoldQuerySet":
        """Those that stop everything paid to a party, and are not released."""
        return self.filter(released_at__isnull=True, stops=Hold.Stops.ALL)

    def live_on_bonuses(self) -> "HoldQuerySet":
        """Those that stop a bonus of a party: of bonuses alone, or of everything."""
        return self.filter(released_at__isnull=True)


class Hold(models.Model):
    """
    A stop on everything paid to a party until it is released, or on its bonuses alone.

    Whoever pays obeys it without asking who placed it; `source` names what did, for example
    `payment:12` or `finding:3`. A trigger lets nothing of it change but its release, once.
    """

    class Reason(models.TextChoices):
        BANK_RETURN = "bank_return", "payment returned by the bank"
        EXCLUSION = "exclusion", "on an exclusion list"
        CREDENTIALS = "credentials", "credentials not in order"
        REVIEW = "review", "under review"
        LEGAL = "legal", "court order or levy"
        REQUEST = "request", "asked for by the payee"
        OTHER = "other", "other"

    class Stops(models.TextChoices):
        ALL = "all", "everything"
        BONUS = "bonus", "bonuses only"

    party = models.ForeignKey(Party, models.PROTECT, related_name="holds")
    stops = models.CharField(
        max_length=5, choices=Stops, default=Stops.ALL, db_default=Stops.ALL.value
    )
    reason = models.CharField(max_length=20, choices=Reason)
    text = models.CharField(max_length=500)
    source = models.CharField(max_length=100, blank=True)
    placed_by_id = models.BigIntegerField(null=True, blank=True)
    placed_by_name = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    released_by_id = models.BigIntegerField(null=True, blank=True)
    released_by_name = models.CharField(max_length=200, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    release_text = models.CharField(max_length=500, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(released_at__isnull=True, released_by_name="")
                | (models.Q(released_at__isnull=False) & ~models.Q(released_by_name="")),
                name="ledger_release_has_a_name",
            ),
        ]
        indexes = [
            models.Index(
                fields=["party"],
                condition=models.Q(released_at__isnull=True),
                name="ledger_live_holds",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.text}"

    @property
    def words_for_payee(self) -> str:
        """What the payee reads: where somebody is looked into, neither who nor on what list."""
        neutral = {
            self.Reason.EXCLUSION: self.Reason.REVIEW.label,
            self.Reason.REVIEW: self.Reason.REVIEW.label,
            self.Reason.CREDENTIALS: self.Reason.CREDENTIALS.label,
        }.get(self.reason)
        return f"{neutral}; ask the IPA's compliance officer" if neutral else str(self)
