"""Asking again, and what is written where nobody answered."""

from django.db import models
from django.db.models import Q

from credentialing.models.events import CredentialingEvent, EventStep, Inquiry


class InquiryReminder(models.Model):
    """
    A further letter of an inquiry, which counts from two: sent once each, and never changed.

    It has an address of its own, of which only a hash is kept; empty where the clock does not
    know under which name the portal is reached, and the letter refers to the first one.
    """

    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="reminders")
    number = models.PositiveSmallIntegerField()
    token_sha256 = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["inquiry", "number"], name="credentialing_asked_again_once"
            ),
            models.UniqueConstraint(
                fields=["token_sha256"],
                condition=~Q(token_sha256=""),
                name="credentialing_asked_again_token",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=2), name="credentialing_asked_again_later"
            ),
        ]

    def __str__(self) -> str:
        return f"letter {self.number} {self.inquiry}"


class ApplicantReminder(models.Model):
    """A reminder to an applicant on whom a file waits since a step: sent once each."""

    step = models.ForeignKey(EventStep, models.PROTECT, related_name="reminders")
    number = models.PositiveSmallIntegerField()
    email = models.EmailField()
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "number"], name="credentialing_told_again_once"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=2), name="credentialing_told_again_later"
            ),
        ]

    def __str__(self) -> str:
        return f"reminder {self.number} of {self.sent_at:%Y-%m-%d}"


class WithdrawalLetter(models.Model):
    """The letter that tells an applicant that a file without an answer was withdrawn; kept."""

    event = models.OneToOneField(
        CredentialingEvent, models.PROTECT, related_name="withdrawal_letter"
    )
    content = models.JSONField()
    pdf_sha256 = models.CharField(max_length=64)
    issued_date = models.DateField()
    issued_at = models.DateTimeField()
    issued_by_id = models.BigIntegerField(null=True, blank=True)
    issued_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-issued_at", "-pk"]

    def __str__(self) -> str:
        return f"of {self.issued_date}"
