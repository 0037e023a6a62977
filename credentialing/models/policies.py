"""What the IPA decides about its network, by day: only added."""

from django.db import models
from django.db.models import Q

from credentialing.rules.policies import TOPICS
from credentialing.rules.provider_types import PROVIDER_TYPES

SUPERVISED = [(one.code, one.name) for one in PROVIDER_TYPES if one.is_supervised]


class NetworkPolicy(models.Model):
    """One decision of the IPA, on or off from a day, by whom and on what it rests."""

    topic = models.CharField(max_length=12, choices=list(TOPICS.items()))
    state = models.CharField(max_length=2, blank=True)
    provider_type = models.CharField(max_length=8, choices=SUPERVISED, blank=True)
    is_on = models.BooleanField()
    from_date = models.DateField()
    note = models.CharField("rests on", max_length=300)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["recorded_at", "pk"]
        verbose_name_plural = "network policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(topic="directory", state="", provider_type="")
                | (Q(topic="supervision") & ~Q(state="") & ~Q(provider_type="")),
                name="credentialing_policy_of_something",
            ),
            models.CheckConstraint(condition=~Q(note=""), name="credentialing_policy_says_why"),
        ]

    def __str__(self) -> str:
        of = " ".join(filter(None, [self.get_provider_type_display(), self.state]))
        return f"{self.get_topic_display()}{f' ({of})' if of else ''}"
