"""`manage.py seal`: seals the audit log and says how it stands."""

import json
import sys

from django.core.management.base import CommandParser
from django.utils import timezone

from ipaportal.audit.checkpoints import CheckpointsAltered, SealKeyMissing, key_text, seal_key
from ipaportal.audit.sealing import RolledBack, begin_log, last_head, seal
from ipaportal.home.management.base import DatabaseCommand, acting

REFUSED = 2


class Command(DatabaseCommand):
    help = "Seal the audit log; exit 2 if it is not what was sealed before."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON line")
        parser.add_argument("--as", dest="email", help="who does it (with --restored)")
        parser.add_argument(
            "--restored", metavar="WHY", help="go on after an older copy was restored on purpose"
        )

    def handle(self, *, json: bool, email: str | None, restored: str | None, **_: object) -> None:
        now = timezone.now()
        try:
            if restored:
                sealed = begin_log(actor=acting(email), reason=restored, now=now)
            else:
                sealed = seal(now)
        except (RolledBack, CheckpointsAltered, SealKeyMissing) as refused:
            self.stderr.write(refused.message)
            sys.exit(REFUSED)
        head = last_head()
        key = key_text(head.log, seal_key()) if head else ""
        if json:
            self.stdout.write(as_json(new=sealed.new, size=sealed.size, note=sealed.note, key=key))
            return
        self.stdout.write(f"{sealed.new} new, {sealed.size} sealed in all.")
        self.stdout.write(f"{sealed.note}Public key: {key}" if sealed.note else f"Key: {key}")


def as_json(**figures: object) -> str:
    return json.dumps(figures)
