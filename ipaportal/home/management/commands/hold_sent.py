"""`manage.py hold_sent`: holds whoever the bank was told to pay and these books do not know."""

from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from capitation.actions.sent_files import hold_unknown_payments
from ipaportal.core.refusals import Refused
from ipaportal.home.management.base import DatabaseCommand, acting
from ipaportal.home.management.sent import add_bank_files, payment_files, say_held


class Command(DatabaseCommand):
    help = "After the database alone was brought back to a moment: hold who was paid since."

    def add_arguments(self, parser: CommandParser) -> None:
        add_bank_files(parser)

    def handle(self, *, bank_file: list[Path], **options: object) -> None:
        files = payment_files(bank_file, self.stderr)
        try:
            lost = hold_unknown_payments(actor=acting(None), files=files, now=timezone.now())
        except (Refused, OSError) as failure:
            raise CommandError(str(failure)) from failure
        say_held(lost, self.stdout)
        self.stderr.write(f"{len(lost)} payments were unknown.")
