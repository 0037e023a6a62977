"""A legal hold, and a list that was deleted under a certificate."""

from dataclasses import fields
from datetime import UTC, date, datetime

from capitation.models import Member
from compliance.models import (
    AccountRequest,
    Campaign,
    CampaignPerson,
    Disclosure,
    KnownBackup,
    LegalHold,
    Policy,
    PolicyVersion,
    Purge,
    PurgeItem,
    SolvencyQuarter,
    UnusualLook,
)
from compliance.rules.attestations import digest
from compliance.rules.solvency import Quarter
from ipaportal.core.files import store
from ipaportal.identity.models import Party, User

LONG_AGO = datetime(2026, 1, 5, 12, tzinfo=UTC)


def make_retained(name: str) -> dict[str, object]:
    """What addresses of records and holds may name."""
    hold = LegalHold.objects.create(
        matter=name[:200], reason=name, placed_at=LONG_AGO, placed_by_name=name[:200]
    )
    purge = Purge.objects.create(
        kind="document",
        day=LONG_AGO.date(),
        items_sha256="0" * 64,
        status=Purge.Status.DONE,
        proposed_at=LONG_AGO,
        proposed_by_name=name[:200],
        done_at=LONG_AGO,
        certificate_sha256=store(b"{}").sha256,
    )
    PurgeItem.objects.create(
        purge=purge,
        record_id=1,
        name=name[:300],
        sha256="1" * 64,
        received_date=date(2015, 1, 5),
        kept_until=date(2025, 1, 5),
    )
    backup = KnownBackup.objects.create(
        name=f"{name[:180]}-{purge.pk}", made_at=LONG_AGO, files=1, manifest_sha256="2" * 64
    )
    return make_asked(name) | {
        "known_backup_id": backup.pk,
        "legal_hold_id": hold.pk,
        "purge_id": purge.pk,
        "record_kind": "document",
    }


def make_asked(name: str) -> dict[str, object]:
    """A policy in review, and what the doctors of two practices are asked to attest."""
    policy = Policy.objects.create(code=name[:20], title=name[:200], made_at=LONG_AGO)
    version = PolicyVersion.objects.create(
        policy=policy,
        number=1,
        text=name,
        sha256=digest(title=policy.title, text=name),
        effective_date=LONG_AGO.date(),
        drafted_at=LONG_AGO,
        drafted_by_name=name[:200],
    )
    campaign = Campaign.objects.create(
        kind="training",
        title=name[:200],
        text=name,
        content_sha256="2" * 64,
        roles=["provider"],
        due_date=date(2030, 1, 1),
        launched_at=LONG_AGO,
        launched_by_name=name[:200],
    )
    quarter = SolvencyQuarter.objects.create(
        last_date=date(2025, 12, 31),
        source=name,
        recorded_at=LONG_AGO,
        recorded_by_name=name[:200],
        **{one.name: 1 for one in fields(Quarter)},
    )
    return make_looked(name) | {
        "quarter_id": quarter.pk,
        "policy_id": policy.pk,
        "wording_id": version.pk,
        "campaign_id": campaign.pk,
    }


def make_looked(name: str) -> dict[str, object]:
    """Somebody's unusual day."""
    who = User.objects.create_user("looked@ipa.example", name[:200])
    look = UnusualLook.objects.create(
        day=LONG_AGO.date(),
        user=who,
        user_name=name[:200],
        reasons=[{"key": "hours", "count": 3, "text": name}],
        keys=["hours"],
        looks=3,
        members=3,
        found_at=LONG_AGO,
    )
    left = Disclosure.objects.create(
        made_date=LONG_AGO.date(),
        recipient=name[:200],
        description=name[:500],
        purpose="oversight",
        words=name[:500],
        member_ids=[1],
        recorded_at=LONG_AGO,
        recorded_by_name=name[:200],
    )
    asked = AccountRequest.objects.create(
        member=Member.objects.first(),
        received_date=LONG_AGO.date(),
        words=name[:300],
        is_free=True,
        recorded_at=LONG_AGO,
        recorded_by_name=name[:200],
    )
    return {
        "unusual_id": look.pk,
        "phi_disclosure_id": left.pk,
        "account_request_id": asked.pk,
    }


def ask(campaign_id: int, user: User, party: Party) -> int:
    """Ask somebody in a campaign; gives the row's key."""
    return CampaignPerson.objects.create(campaign_id=campaign_id, user=user, party=party).pk
