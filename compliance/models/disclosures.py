"""Members' information that left: to whom, when, what, and why."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from compliance.models.audits import Recorded
from compliance.rules.disclosures import PURPOSES, Told

SUSPENDED = [one.key for one in PURPOSES if one.may_be_suspended]


class Disclosure(Recorded):
    """One time that information of members left. It stays; one recorded in error is taken back."""

    made_date = models.DateField("day it left")
    recipient = models.CharField(max_length=200)
    recipient_address = models.CharField(max_length=300, blank=True)
    description = models.CharField("what left", max_length=500)
    purpose = models.CharField(max_length=12, choices=[(one.key, one.name) for one in PURPOSES])
    words = models.CharField("why, in words", max_length=500)
    member_ids = ArrayField(models.BigIntegerField())
    # What of the portal it was: `delivery:5`, `packet:3`, `access:77`; empty where by hand.
    source = models.CharField(max_length=40, blank=True)
    # An agency's statement that telling the member would impede it: 164.528(a)(2).
    suspended_until = models.DateField(null=True, blank=True)
    suspended_because = models.CharField(max_length=300, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by_name = models.CharField(max_length=200, blank=True)
    void_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-made_date", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=~Q(source="") & Q(voided_at=None),
                name="compliance_disclosed_once",
            ),
            models.CheckConstraint(
                condition=Q(suspended_until=None, suspended_because="")
                | (Q(purpose__in=SUSPENDED, suspended_until__isnull=False)
                   & ~Q(suspended_because="")),
                name="compliance_suspension_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(member_ids=[]), name="compliance_disclosure_of_somebody"
            ),
        ]  # fmt: skip
        indexes = [GinIndex(fields=["member_ids"], name="compliance_disclosed_members")]

    def __str__(self) -> str:
        return f"{self.recipient}, {self.made_date}"

    def told(self) -> Told:
        """As the rule takes it."""
        return Told(
            made=self.made_date, recipient=self.recipient, address=self.recipient_address,
            description=self.description, purpose=self.purpose, words=self.words,
            suspended_until=self.suspended_until,
        )  # fmt: skip


class AccountRequest(Recorded):
    """A member asked what left about them: by when it is answered, put off once, answered once."""

    member = models.ForeignKey("capitation.Member", models.PROTECT, related_name="+")
    received_date = models.DateField("day it came")
    words = models.CharField("who asked, and how", max_length=300)
    is_free = models.BooleanField()
    extended_at = models.DateTimeField(null=True, blank=True)
    extended_by_name = models.CharField(max_length=200, blank=True)
    extension_reason = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by_name = models.CharField(max_length=200, blank=True)
    answer_words = models.CharField("how it was sent", max_length=300, blank=True)
    told = models.PositiveIntegerField("disclosures told", null=True, blank=True)

    class Meta:
        ordering = ["-received_date", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(answered_at=None), name="compliance_asks_once"
            ),
        ]

    def __str__(self) -> str:
        return f"request of {self.received_date}"
