"""`manage.py restore FOLDER`: a backup into an empty database, proven, and unable to pay twice."""

from collections.abc import Iterator
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from capitation.actions.sent_files import hold_unknown_payments
from capitation.formats.nacha_sent import Sent, is_payment_file
from ipaportal.audit.actions import record
from ipaportal.core.encryption import EncryptionFailed
from ipaportal.core.files import all_stored, open_stored, read_stored
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text
from ipaportal.home import backups
from ipaportal.home.management.base import acting


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty database, hold whoever was paid after it, and prove it. "
        "Stop web, worker and clock first."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="the backup, as `backup` named it")
        parser.add_argument(
            "--bank-file",
            type=Path,
            action="append",
            default=[],
            help="a payment file from the bank's side, where the data folder was lost too",
        )

    def handle(self, *, folder: Path, bank_file: list[Path], **options: object) -> None:
        now = timezone.now()
        try:
            given = [(path.name, path.read_bytes()) for path in bank_file]
            made_at = backups.restore(folder)["made_at"]
            call_command("migrate", verbosity=0, interactive=False)
            actor = acting(None)
            details = {"backup": folder.name, "made_at": made_at}
            record(actor=actor, action="home.database.restored", **details)
            lost = hold_unknown_payments(actor=actor, files=[*self.sent(), *given], now=now)
        except (Refused, OSError) as failure:
            raise CommandError(str(failure)) from failure
        self.stderr.write(f"Restored what there was at {made_at}.")
        self.say(lost)
        call_command("prove")

    def sent(self) -> Iterator[tuple[str, bytes]]:
        """The payment files in the data folder, those included that are younger than the dump."""
        for sha256 in all_stored():
            try:
                if is_payment_file(next(open_stored(sha256), b"")):
                    yield sha256[:12], read_stored(sha256)
            except EncryptionFailed as failure:
                self.stderr.write(f"Look at this file yourself: {failure}")

    def say(self, lost: list[Sent]) -> None:
        """Name what the bank was sent and the books do not know."""
        for one in lost:
            amount = dollars_text(one.amount_cents)
            self.stdout.write(f"HELD  {one.trace_number}  {amount}  {one.name}  ({one.file})")
        if lost:
            total = dollars_text(sum(one.amount_cents for one in lost))
            self.stdout.write(
                f"{len(lost)} payments of {total} went to the bank after the backup. Their payees "
                "are held; release each hold only with the bank's answer."
            )
