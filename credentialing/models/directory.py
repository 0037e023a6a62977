"""The directory as practices keep it: what they confirmed, what they changed, reminders."""

from django.db import models
from django.db.models import Q

from credentialing.rules.directory import WHATS


class DirectoryCheck(models.Model):
    """A practice looked at what the directory says of an office, and it is right; only added."""

    location = models.ForeignKey(
        "credentialing.Location", models.PROTECT, related_name="directory_checks"
    )
    confirmed_date = models.DateField()
    # What was looked at, as it then stood.
    content = models.JSONField()
    confirmed_by_id = models.BigIntegerField(null=True, blank=True)
    confirmed_by_name = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ["-confirmed_at", "-pk"]
        indexes = [
            models.Index(fields=["location", "confirmed_date"], name="credentialing_dir_check")
        ]

    def __str__(self) -> str:
        return f"{self.location} on {self.confirmed_date}"


class DirectoryChange(models.Model):
    """A practice says that something is otherwise: when, by when it stands, and since when."""

    location = models.ForeignKey(
        "credentialing.Location", models.PROTECT, related_name="directory_changes"
    )
    role = models.ForeignKey(
        "credentialing.PractitionerRole",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="directory_changes",
    )
    what = models.CharField(max_length=5, choices=list(WHATS.items()))
    before = models.CharField(max_length=200, blank=True)
    text = models.CharField("what is right", max_length=500)
    received_date = models.DateField()
    due_date = models.DateField("in the directory by")
    received_by_id = models.BigIntegerField(null=True, blank=True)
    received_by_name = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by_name = models.CharField(max_length=200, blank=True)
    settled_text = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["due_date", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="credentialing_change_says_what"),
            models.CheckConstraint(
                condition=~Q(what="panel") | Q(role__isnull=False),
                name="credentialing_panel_of_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.text}"


class DirectoryRound(models.Model):
    """Everybody who is due on a day was reminded; until the next nobody has to be looked for."""

    day = models.DateField(unique=True)
    ended_at = models.DateTimeField()

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"reminders of {self.day}"


class FacilityCheck(models.Model):
    """Somebody of a facility said that what the directory says of it is right; only added."""

    facility = models.ForeignKey(
        "credentialing.Facility", models.PROTECT, related_name="directory_checks"
    )
    confirmed_date = models.DateField()
    told_by = models.CharField("who of the facility said so", max_length=200)
    # What they confirmed, as it then stood.
    content = models.JSONField()
    confirmed_by_id = models.BigIntegerField(null=True, blank=True)
    confirmed_by_name = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ["-confirmed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(told_by=""), name="credentialing_facility_confirmed_by_somebody"
            )
        ]
        indexes = [
            models.Index(fields=["facility", "confirmed_date"], name="credentialing_fac_dir_check")
        ]

    def __str__(self) -> str:
        return f"{self.facility} on {self.confirmed_date}"


class DirectoryReminder(models.Model):
    """A practice was reminded to confirm an office, once a threshold; only added."""

    location = models.ForeignKey(
        "credentialing.Location", models.PROTECT, related_name="directory_reminders"
    )
    due_date = models.DateField()
    # Days before the last day; 0 when it is over.
    threshold = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["location", "due_date", "threshold"],
                name="credentialing_directory_reminded_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.location}, {self.threshold} days before {self.due_date}"
