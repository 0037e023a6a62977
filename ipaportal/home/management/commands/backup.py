"""`manage.py backup FOLDER`: the database, the stored files and the checkpoints, with hashes."""

import hashlib
from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from compliance.actions.backups import register_backup
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.home import backups, pulse
from ipaportal.home.management.base import DatabaseCommand


class Command(DatabaseCommand):
    help = "Make a backup beneath a folder, sealed with the keyring; the keys are not in it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="where backups lie; better another disk")
        parser.add_argument(
            "--plain", action="store_true", help="write the dump in clear; guard it yourself"
        )

    def handle(self, *, folder: Path, plain: bool, **options: object) -> None:
        now = timezone.now()
        try:
            made = backups.make(folder, now, is_plain=plain)
            rows = backups.check(made)["rows"]
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        pulse.leave("backup", rows=len(rows))
        # After it was made: no backup knows of itself.
        register_backup(
            actor=Actor.system("backup"),
            name=made.name,
            made_at=now,
            files=len(rows),
            manifest_sha256=hashlib.sha256((made / backups.MANIFEST).read_bytes()).hexdigest(),
        )
        self.stdout.write(str(made))
        self.stderr.write(f"{len(rows)} files, {sum(row['size'] for row in rows):,} bytes, checked")
        self.stderr.write("The keyring is not in it: keep IPA_KEYS_FILE (or keys) somewhere else.")
