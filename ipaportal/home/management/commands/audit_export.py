"""`manage.py audit_export FOLDER`: what a stranger needs to check the audit log."""

from pathlib import Path

from django.core.management.base import CommandError, CommandParser

from ipaportal.audit.checkpoints import SealKeyMissing
from ipaportal.audit.exporting import FolderInUse, NothingSealed, export
from ipaportal.home.management.base import DatabaseCommand


class Command(DatabaseCommand):
    help = "Write the sealed audit log, and the program that checks it, to a new folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that is not there yet, or empty")

    def handle(self, *, folder: Path, **options: object) -> None:
        try:
            leaves = export(folder)
        except (NothingSealed, FolderInUse, SealKeyMissing) as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"{leaves} leaves. Check them: python3 {folder / 'verify.py'} {folder}")
