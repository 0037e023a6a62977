"""A campaign about conflicts of interest, and what one person disclosed in it."""

from datetime import UTC, datetime, timedelta

from compliance.actions.campaigns import attest, launch_campaign
from compliance.models import Attestation
from tests.factories import CLOCK
from tests.people import actor_of

BEFORE = datetime(2025, 11, 5, 12, tzinfo=UTC)


def disclosed(user, *, at=BEFORE, parties=(), npis=()) -> Attestation:
    """A campaign to the person's role, and their answer."""
    role = user.grants.first().role
    campaign = launch_campaign(
        actor=CLOCK, kind="conflicts", title="Interests", text="Disclose.", questions=[],
        roles=[role], due_date=at.date() + timedelta(days=30), now=at,
    )  # fmt: skip
    person = campaign.people.get(user=user)
    return attest(
        actor=actor_of(user), person_id=person.pk, seen_digest=campaign.content_sha256, answers={},
        statement="as marked", signed_in_by="password", now=at, interest_npis=npis,
        interest_party_ids=[one.pk for one in parties],
    )  # fmt: skip
