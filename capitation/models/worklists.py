"""Rows of plan files that could not be applied as they stand: kept raw until somebody decides."""

from django.db import models


class UnmatchedRow(models.Model):
    """A row that named a PCP or carried a value the portal could not match; never dropped."""

    class Kind(models.TextChoices):
        PCP = "pcp", "PCP not in the network"
        MEMBER = "member", "member not known"
        ROW = "row", "row could not be read"
        IDENTITY = "identity", "number and MBI do not agree"

    # What a plan says again every month is kept once, open, and counted: see `key`.
    FOLDED = ("pcp", "identity")

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    file = models.ForeignKey("capitation.PlanFile", models.PROTECT, related_name="unmatched")
    line_no = models.IntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    member = models.ForeignKey("capitation.Member", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300)
    # As read: for a PCP {npi, name, effective_date, end_date}; always with the raw text.
    values = models.JSONField(default=dict)
    raw = models.TextField(blank=True)
    # What the row is about (a raw PCP; a number and an MBI), when it was last seen, in how many
    # files. The other columns stay as they were read first.
    key = models.CharField(max_length=200, blank=True)
    last_file = models.ForeignKey(
        "capitation.PlanFile", models.PROTECT, null=True, blank=True, related_name="+"
    )
    last_seen_at = models.DateTimeField(null=True, blank=True)
    files = models.IntegerField(default=1)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=200, blank=True)
    resolution = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "kind", "member", "key"],
                condition=models.Q(resolved_at__isnull=True, kind__in=["pcp", "identity"]),
                name="capitation_unmatched_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["kind"],
                name="capitation_unmatched_open",
                condition=models.Q(resolved_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.reason

    def see_again(self, later: "UnmatchedRow") -> None:
        """Take in, unsaved, that a later row says the same: when, and for which days."""
        if later.last_file_id != self.last_file_id:
            self.files += 1
        self.last_file_id, self.last_seen_at = later.last_file_id, later.last_seen_at
        if self.kind == self.Kind.IDENTITY:
            known = [*self.values.get("files", ()), self.file_id, later.last_file_id]
            self.values = {**self.values, "files": list(dict.fromkeys(known))}
        if self.kind == self.Kind.PCP:
            first = min(self.values["effective_date"], later.values["effective_date"])
            self.values = {
                **self.values,
                "effective_date": first,
                "end_date": later.values["end_date"],
                "latest_date": later.values["effective_date"],
            }
