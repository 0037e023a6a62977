"""The register of backups: each that was made, how long it is kept, and that it was destroyed."""

from datetime import date, datetime

from compliance.actions.audits import by
from compliance.models import BackupKeeping, KnownBackup
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class RuleOfThatDay(Refused):
    """A day for which a rule was set, or one that is past."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"A rule for backups from {day} on is on record. Nothing was changed. Give a later day."
        )


class NotDestroyed(Refused):
    """A backup that was marked before, or on a day before it was made."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was changed.")


@action("compliance.register_backups")
def register_backup(
    *, actor: Actor, name: str, made_at: datetime, files: int, manifest_sha256: str
) -> KnownBackup:
    """Keep that a backup was made; the command that makes it says so."""
    made = KnownBackup.objects.create(
        name=name[:200], made_at=made_at, files=files, manifest_sha256=manifest_sha256
    )
    record(actor=actor, action="compliance.backup.made", subject=made, files=files,
           manifest=manifest_sha256)  # fmt: skip
    return made


@action("compliance.keep_backups")
def set_keeping(
    *, actor: Actor, from_date: date, days: int, words: str, now: datetime
) -> BackupKeeping:
    """
    Say how long backups from a day on are kept.

    :raises RuleOfThatDay: if a rule from that day or a later one is on record
    """
    if BackupKeeping.objects.filter(from_date__gte=from_date).exists():
        raise RuleOfThatDay(from_date)
    made = BackupKeeping.objects.create(
        from_date=from_date, days=days, words=words, **by(actor, now)
    )
    record(actor=actor, action="compliance.backup.rule", subject=made, days=days)
    return made


@action("compliance.keep_backups")
def mark_destroyed(
    *, actor: Actor, backup_id: int, destroyed_on: date, words: str, now: datetime
) -> KnownBackup:
    """
    Keep that a backup is gone, since when and how; the portal deletes none itself.

    :raises NotDestroyed: if it was marked before, or the day is before its making or to come
    """
    row = KnownBackup.objects.select_for_update().get(pk=backup_id)
    if row.destroyed_on is not None:
        raise NotDestroyed(f"{row.destroyed_by_name} marked it on {row.destroyed_on}.")
    if not row.made_at.date() <= destroyed_on <= now.date():
        raise NotDestroyed("The day is before it was made, or is still to come.")
    row.destroyed_on, row.destroyed_words = destroyed_on, words
    row.destroyed_by_name = actor.name
    row.save(update_fields=["destroyed_on", "destroyed_words", "destroyed_by_name"])
    record(actor=actor, action="compliance.backup.destroyed", subject=row, words=words)
    return row
