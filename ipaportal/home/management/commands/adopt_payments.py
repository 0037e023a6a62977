"""`manage.py adopt_payments FILE --as EMAIL`: books what the bank paid and a restore lost."""

from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from capitation.actions.payment_adoption import adopt_payments
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text
from ipaportal.home.management.base import DatabaseCommand, acting


class Command(DatabaseCommand):
    help = "Bring a payment file that the bank has into books that lost it; sends nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the very file that the bank was sent")
        parser.add_argument("--as", dest="email", required=True, help="a finance approver")

    def handle(self, *, file: Path, email: str, **options: object) -> None:
        try:
            data = file.read_bytes()
            batch = adopt_payments(actor=acting(email), data=data, now=timezone.now())
        except (Refused, OSError) as failure:
            raise CommandError(str(failure)) from failure
        total = dollars_text(batch.total_cents)
        self.stdout.write(
            f"Batch {batch.pk}: {batch.payment_count} payments of {total} are in the books again. "
            "Settle them when the bank has; then release the holds."
        )
