"""What was done with members whom a plan's file put on a closed panel."""

from django.db import models


class ClosedPanelNote(models.Model):
    """
    One thing done about one member's stay with a PCP whose panel is closed; the newest counts.

    A stay is named by its first day: whoever comes back later is another case.
    """

    class Done(models.TextChoices):
        TOLD = "told", "plan was told"
        ACCEPTED = "accepted", "accepted by the practice"
        MOVED = "moved", "plan moves them"

    member = models.ForeignKey("capitation.Member", models.PROTECT, related_name="+")
    practitioner = models.ForeignKey("credentialing.Practitioner", models.PROTECT, related_name="+")
    since = models.DateField("first day with the PCP")
    done = models.CharField(max_length=8, choices=Done)
    text = models.CharField(max_length=500)
    # When somebody looks whether the plan did it; an exception of the practice has no such day.
    again_date = models.DateField(null=True, blank=True)
    noted_at = models.DateTimeField()
    noted_by_id = models.BigIntegerField(null=True, blank=True)
    noted_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(done="accepted") ^ models.Q(again_date__isnull=False),
                name="capitation_closed_note_looked_at_again",
            ),
            models.CheckConstraint(
                condition=~models.Q(text=""), name="capitation_closed_note_says_something"
            ),
        ]
        indexes = [
            models.Index(
                fields=["practitioner", "member", "since", "-id"],
                name="capitation_closed_note_newest",
            )
        ]

    def __str__(self) -> str:
        return f"member {self.member_id} on a closed panel: {self.get_done_display()}"
