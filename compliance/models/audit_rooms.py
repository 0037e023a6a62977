"""Who of a plan is let into its audit, what is released to them, and what they ask for."""

from datetime import date

from django.db import models
from django.db.models import Q

from compliance.models.audits import Audit, AuditAnswer, AuditItem, AuditPacket, Recorded
from compliance.rules.audit_rooms import REPLIES
from ipaportal.core.actors import Actor


class AuditGuestQuerySet(models.QuerySet):
    def of(self, actor: Actor, permission: str, today: date) -> "AuditGuestQuerySet":
        """Visits of this person that are on today, to audits of plans that they come from."""
        reach = actor.reach(permission)
        mine = self.filter(user_id=actor.user_id, ended_at=None, until_date__gte=today)
        return mine if reach is None else mine.filter(audit__party_id__in=reach)


class AuditGuest(Recorded):
    """One person's visit to one audit: until its last day, or until it is ended."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="guests")
    # The plan: the audit's own, by a foreign key of two columns; walls read it here.
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    until_date = models.DateField("last day")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_name = models.CharField(max_length=200, blank=True)
    end_reason = models.CharField(max_length=500, blank=True)

    objects = AuditGuestQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["audit", "user"],
                condition=Q(ended_at=None),
                name="compliance_guest_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by_name="", end_reason="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by_name="") & ~Q(end_reason="")),
                name="compliance_guest_ended_by",
            ),
        ]

    def __str__(self) -> str:
        return f"visit until {self.until_date}"


class AuditRelease(Recorded):
    """One thing that guests of an audit may look at: a worksheet, its paper, or a packet."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="releases")
    item = models.ForeignKey(
        AuditItem, models.PROTECT, null=True, blank=True, related_name="releases"
    )
    answer = models.ForeignKey(
        AuditAnswer, models.PROTECT, null=True, blank=True, related_name="releases"
    )
    packet = models.ForeignKey(
        AuditPacket, models.PROTECT, null=True, blank=True, related_name="releases"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["audit", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(item__isnull=False, answer=None, packet=None)
                | Q(item=None, answer__isnull=False, packet=None)
                | Q(item=None, answer=None, packet__isnull=False),
                name="compliance_release_of_one",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by_name="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by_name="")),
                name="compliance_release_withdrawn_by",
            ),
            *(
                models.UniqueConstraint(
                    fields=[name],
                    condition=Q(withdrawn_at=None),
                    name=f"compliance_release_{name}_once",
                )
                for name in ("item", "answer", "packet")
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.pk}"


class AuditRequest(Recorded):
    """What a guest asked for, and the day on which it is due."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="requests")
    place = models.PositiveSmallIntegerField()
    text = models.CharField("what is asked for", max_length=1000)
    due_date = models.DateField()

    class Meta:
        ordering = ["audit", "place"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "place"], name="compliance_request_place")
        ]

    def __str__(self) -> str:
        return f"request {self.place}"


class AuditReply(Recorded):
    """What was said to a request: a paper or words, or why it is not given; the newest counts."""

    request = models.ForeignKey(AuditRequest, models.PROTECT, related_name="replies")
    answer = models.CharField(max_length=8, choices=list(REPLIES.items()))
    text = models.CharField(max_length=2000, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["recorded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="given") & (~Q(text="") | ~Q(file_sha256=""))
                | Q(answer="declined", file_sha256="") & ~Q(text=""),
                name="compliance_reply_says_something",
            )
        ]

    def __str__(self) -> str:
        return f"reply {self.pk}"
