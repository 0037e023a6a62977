"""Beneath attesting: what somebody disclosed takes the place of what they disclosed before."""

from collections.abc import Collection
from datetime import datetime

from compliance.models import Attestation, CampaignPerson
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Interest, Party


def keep_interests(
    person: CampaignPerson, made: Attestation, *, party_ids: Collection[int],
    npis: Collection[str], actor: Actor, now: datetime,
) -> int:  # fmt: skip
    """End what the person disclosed in earlier campaigns, and keep this; how many stand now."""
    source = f"attestation:{made.pk}"
    ended = Interest.objects.filter(user=person.user_id, ended_at=None)
    ended = ended.update(ended_at=now, ended_by=source)
    # Only parties that the person could choose: others' practices do not exist for them.
    known = set(Party.objects.filter(pk__in=party_ids).values_list("pk", flat=True))
    rows = [
        Interest(user_id=person.user_id, asked_for_id=person.party_id, source=source,
                 disclosed_at=now, **one)
        for one in [*({"party_id": pk} for pk in sorted(known)),
                    *({"npi": npi} for npi in sorted(set(npis)))]
    ]  # fmt: skip
    Interest.objects.bulk_create(rows)
    record(actor=actor, action="compliance.interests.disclosed", subject=made, stand=len(rows),
           ended=ended)  # fmt: skip
    return len(rows)
