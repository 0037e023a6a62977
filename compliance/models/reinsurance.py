"""Contracts of reinsurance, and what was told to the reinsurer of members' years."""

from django.db import models
from django.db.models import F, Q

from compliance.rules.reinsurance import Cover


class ReinsuranceContract(models.Model):
    """Cover of one plan's members for claims served in a span; entered anew, the former stays."""

    reinsurer = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    number = models.CharField("its number", max_length=60)
    effective_date = models.DateField("first day of service")
    end_date = models.DateField("first day no longer")
    paid_until = models.DateField("claims count that are paid before")
    attachment_cents = models.BigIntegerField()
    pct = models.DecimalField("the reinsurer's share above, in per cent", max_digits=5,
                              decimal_places=2)  # fmt: skip
    notice_pct = models.DecimalField("notice at, in per cent of the attachment point",
                                     max_digits=5, decimal_places=2)  # fmt: skip
    limit_cents = models.BigIntegerField(null=True, blank=True)
    citation = models.CharField("clause", max_length=300)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_by_name = models.CharField(max_length=200)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-effective_date", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "number"], condition=Q(superseded_at=None),
                name="compliance_reinsurance_once",
            ),
            models.CheckConstraint(
                condition=Q(attachment_cents__gt=0, pct__gt=0, pct__lte=100)
                & Q(notice_pct__gt=0, notice_pct__lte=100)
                & Q(end_date__gt=F("effective_date"), paid_until__gte=F("end_date"))
                & (Q(limit_cents=None) | Q(limit_cents__gt=0)),
                name="compliance_reinsurance_says_something",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number}, from {self.effective_date}"

    def cover(self) -> Cover:
        """As the rule takes it."""
        return Cover(self.attachment_cents, self.pct, self.notice_pct, self.limit_cents)


class ReinsuranceNotice(models.Model):
    """That the reinsurer was told of a member's year, or asked to pay; never changed."""

    class Kind(models.TextChoices):
        NOTICE = "notice", "told that it comes near"
        FILED = "filed", "asked to pay"
        ANSWERED = "answered", "the reinsurer answered"

    contract = models.ForeignKey(ReinsuranceContract, models.PROTECT, related_name="notices")
    member = models.ForeignKey("capitation.Member", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    counted_cents = models.BigIntegerField()
    recovery_cents = models.BigIntegerField()
    words = models.CharField(max_length=300)
    at = models.DateTimeField()
    by_id = models.BigIntegerField()
    by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d}"
