"""Backups that are known, by which day each is gone, and what they may still hold."""

from datetime import date, timedelta

from django.db.models import Min

from compliance.models import BackupKeeping, KnownBackup, Purge
from compliance.rules.backups import Gone, Keeping, ends_on, gone_from_backups


def keepings() -> list[Keeping]:
    """Every rule for backups, as the rule wants them."""
    return [one.rule() for one in BackupKeeping.objects.all()]


def backups_over(today: date) -> list[KnownBackup]:
    """Backups whose days are over and that nobody marked as destroyed; two queries."""
    rules = keepings()
    standing = KnownBackup.objects.filter(destroyed_on=None)
    return [
        one
        for one in standing
        if (end := ends_on(rules, one.made_at.date())) is not None and end < today
    ]


def gone_of(purge: Purge) -> Gone | None:
    """When what a purge deleted is gone from backups too; None before anything was."""
    if purge.done_at is None:
        return None
    deleted = purge.items.exclude(purged_at=None)
    first = deleted.aggregate(Min("received_date"))["received_date__min"]
    if first is None:
        return None
    return gone_from_backups(
        stored_on=first, deleted_on=purge.done_at.date(), rules=keepings(),
        backups=[one.rule() for one in KnownBackup.objects.filter(
            made_at__date__gte=first - timedelta(days=1), made_at__lte=purge.done_at)],
    )  # fmt: skip


def said_of(gone: Gone) -> str:
    """The sentence of a certificate about backups."""
    known = len(gone.holding)
    if gone.last_date is None:
        return (
            "No rule says how long backups are kept: by when the files are gone from them is not "
            f"known. {known} known backups can hold them."
        )
    return (
        f"Backups made until the deletion can hold the files. By the rule ({gone.rule.days} days, "
        f"from {gone.rule.from_date}: {gone.rule.words}) the last of them ends on "
        f"{gone.last_date}. {known} known backups can hold them."
    )
