"""Who looked at how many members' records on a day, and the days that somebody should ask about."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from compliance.rules.looking import OUTCOMES


class LookDay(models.Model):
    """One person's day: what volume is compared with. Counted once, never changed."""

    day = models.DateField()
    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    roles = ArrayField(models.CharField(max_length=40), default=list)
    looks = models.PositiveIntegerField()
    members = models.PositiveIntegerField("different members")
    exported = models.PositiveIntegerField("files")
    refused = models.PositiveIntegerField()
    out_of_hours = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "day"], name="compliance_look_day_once")
        ]
        indexes = [models.Index(fields=["day"], name="compliance_look_day")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.day}"


class LookNight(models.Model):
    """A day about which the portal asked itself who looked in an unusual way."""

    day = models.DateField(unique=True)
    asked_at = models.DateTimeField()
    people = models.PositiveIntegerField()
    found = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.day}: {self.found} of {self.people}"


class UnusualLook(models.Model):
    """A person's day with the reasons to ask about it; somebody else says once what came of it."""

    day = models.DateField()
    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    user_name = models.CharField(max_length=200)
    # [{key, count, text}] of rules.looking, the gravest first; names nobody.
    reasons = models.JSONField()
    keys = ArrayField(models.CharField(max_length=12))
    looks = models.PositiveIntegerField()
    members = models.PositiveIntegerField()
    # Members with the person's own surname, or opened in an emergency.
    member_ids = ArrayField(models.BigIntegerField(), default=list)
    found_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=list(OUTCOMES.items()), blank=True)
    text = models.CharField("what was found", max_length=1000, blank=True)
    case_number = models.CharField(max_length=40, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by_id = models.BigIntegerField(null=True, blank=True)
    reviewed_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-day", "user_name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "day"], name="compliance_unusual_once"),
            models.CheckConstraint(
                condition=Q(reviewed_by_id=None) | ~Q(reviewed_by_id=F("user_id")),
                name="compliance_look_second_person",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, outcome="")
                | (Q(reviewed_at__isnull=False) & ~Q(outcome="") & ~Q(text="")),
                name="compliance_look_says_what_came",
            ),
        ]
        indexes = [
            models.Index(
                fields=["day"], name="compliance_look_waits", condition=Q(reviewed_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_name}, {self.day}"
