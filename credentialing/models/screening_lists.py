"""Exclusion lists as they were loaded: every version is kept, its rows by their content."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class ListVersion(models.Model):
    """
    One file of a list. `list_key` is the list, or the list and the plan that sent it.

    The newest loaded version is what people are screened against; it is swapped in whole, by one
    commit, so nobody is ever screened against half a list. A supplement rests on a full file and
    never makes it younger.
    """

    class Kind(models.TextChoices):
        FULL = "full", "full file"
        ADDITIONS = "additions", "supplement: additions"
        REINSTATEMENTS = "reinstatements", "supplement: reinstatements"

    class Status(models.TextChoices):
        RECEIVED = "received", "received"
        DOUBTED = "doubted", "size in doubt"
        LOADED = "loaded", "loaded"
        REFUSED = "refused", "refused"

    list_code = models.CharField(max_length=20)
    list_key = models.CharField(max_length=40)
    payer_party = models.ForeignKey(
        "identity.Party", models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=14, choices=Kind, default=Kind.FULL)
    status = models.CharField(max_length=8, choices=Status, default=Status.RECEIVED)
    source_date = models.DateField("day of its publisher")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict, blank=True)
    problems = models.JSONField(default=list, blank=True)
    notes = models.JSONField(default=dict, blank=True)
    received_by_id = models.BigIntegerField(null=True, blank=True)
    received_by_name = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    loaded_at = models.DateTimeField(null=True, blank=True)
    # Whoever vouched for a list of an unusual size.
    accepted_by_id = models.BigIntegerField(null=True, blank=True)
    accepted_by_name = models.CharField(max_length=200, blank=True)
    accepted_text = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["list_key", "sha256"],
                condition=~Q(status="refused"),
                name="credentialing_list_file_once",
            ),
            models.CheckConstraint(
                condition=Q(status="loaded", loaded_at__isnull=False) | ~Q(status="loaded"),
                name="credentialing_list_loaded_at",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by_id__isnull=True)
                | Q(received_by_id__isnull=True)
                | ~Q(accepted_by_id=models.F("received_by_id")),
                name="credentialing_list_second_person",
            ),
        ]
        indexes = [
            models.Index(fields=["list_key", "-id"], name="credentialing_list_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.list_code} of {self.source_date}"


class ListEntryQuerySet(models.QuerySet):
    def in_version(self, list_key: str, version_id: int) -> "ListEntryQuerySet":
        """The rows of a list as they stood in one version."""
        return self.filter(list_key=list_key, version_id__lte=version_id).filter(
            Q(gone_version_id__isnull=True) | Q(gone_version_id__gt=version_id)
        )


class ListEntry(models.Model):
    """One row of a list by its content: from the version that brought it to the one without it."""

    list_key = models.CharField(max_length=40)
    content_hash = models.CharField(max_length=64)
    version = models.ForeignKey(ListVersion, models.PROTECT, related_name="entries")
    gone_version = models.ForeignKey(
        ListVersion, models.PROTECT, null=True, blank=True, related_name="entries_gone"
    )
    row_no = models.PositiveIntegerField()
    last_name = models.CharField(max_length=200, blank=True)
    first_name = models.CharField(max_length=200, blank=True)
    middle_name = models.CharField(max_length=200, blank=True)
    business_name = models.CharField(max_length=400, blank=True)
    aliases = ArrayField(models.TextField(), default=list, blank=True)
    general = models.CharField(max_length=200, blank=True)
    specialty = models.CharField(max_length=200, blank=True)
    npi = models.CharField(max_length=20, blank=True)
    more_npis = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    tin = models.CharField(max_length=20, blank=True)
    licences = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    address = models.CharField(max_length=400, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=2, blank=True)
    zip_code = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=200, blank=True)
    effective_date = models.DateField(null=True, blank=True)
    end_date = models.DateField(null=True, blank=True)
    waiver_date = models.DateField(null=True, blank=True)
    waiver_state = models.CharField(max_length=20, blank=True)
    list_number = models.CharField(max_length=40, blank=True)

    objects = ListEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "list entries"
        constraints = [
            models.UniqueConstraint(
                fields=["list_key", "content_hash"],
                condition=Q(gone_version__isnull=True),
                name="credentialing_list_row_once",
            )
        ]
        indexes = [
            models.Index(fields=["list_key", "version"], name="credentialing_list_rows"),
        ]

    def __str__(self) -> str:
        return f"{self.list_key}: {self.last_name or self.business_name or self.npi}"


class ListMapping(models.Model):
    """How a list's columns are called here: our own answer where the shipped one does not fit."""

    list_code = models.CharField(max_length=20)
    columns = models.JSONField(default=dict)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["list_code"],
                condition=Q(superseded_at__isnull=True),
                name="credentialing_one_mapping",
            )
        ]

    def __str__(self) -> str:
        return f"columns of {self.list_code}"
