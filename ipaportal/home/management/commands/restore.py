"""`manage.py restore FOLDER`: a backup into an empty database, proven, and unable to pay twice."""

from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from capitation.actions.sent_files import hold_unknown_payments
from ipaportal.audit.actions import record
from ipaportal.core.refusals import Refused
from ipaportal.home import backups
from ipaportal.home.management.base import acting
from ipaportal.home.management.sent import add_bank_files, payment_files, say_held


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty database, hold whoever was paid after it, and prove it. "
        "Stop web, worker and clock first."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="the backup, as `backup` named it")
        add_bank_files(parser)

    def handle(self, *, folder: Path, bank_file: list[Path], **options: object) -> None:
        for path in bank_file:
            if not path.is_file():
                raise CommandError(f"{path.name} is no file. Nothing was restored.")
        try:
            made_at = backups.restore(folder)["made_at"]
            call_command("migrate", verbosity=0, interactive=False)
            actor = acting(None)
            details = {"backup": folder.name, "made_at": made_at}
            record(actor=actor, action="home.database.restored", **details)
            files = payment_files(bank_file, self.stderr)
            lost = hold_unknown_payments(actor=actor, files=files, now=timezone.now())
        except (Refused, OSError) as failure:
            raise CommandError(str(failure)) from failure
        self.stderr.write(f"Restored what there was at {made_at}.")
        say_held(lost, self.stdout)
        call_command("prove")
