"""`manage.py rotate_keys`: encrypts everything anew under the current key."""

import sys
from collections import Counter

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from ipaportal.audit.actions import record
from ipaportal.core.encryption import EncryptionFailed, keyring
from ipaportal.core.refusals import Refused
from ipaportal.home.keys.ring import add_key
from ipaportal.home.keys.rotation import Rotated, keys_in_use, rotate
from ipaportal.home.management.base import DatabaseCommand, acting

LEFT_OVER = 2


class Command(DatabaseCommand):
    help = (
        "Encrypt everything anew under the first key of the keyring, while the portal runs. Kill "
        "it at any time and start it again. Exit 2 if a value under another key is left."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-key", action="store_true", help="first make a new current key")
        parser.add_argument("--dry-run", action="store_true", help="only count, by key")
        parser.add_argument("--as", dest="email", help="who does it, by e-mail address")

    def handle(self, *, new_key: bool, dry_run: bool, email: str | None, **options: object) -> None:
        actor = acting(email)
        try:
            if new_key and not dry_run:
                name = add_key()
                record(actor=actor, action="home.key.added", key=name)
                self.stdout.write(f"{name} is the current key now.")
            current, before = keyring().current, keys_in_use()
            self.tell(before, current)
            if dry_run:
                return
            began = timezone.now()
            results = rotate(lambda name, done: self.stderr.write(f"{name}: {done} done"))
            left = keys_in_use()
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        except EncryptionFailed as failure:
            raise CommandError(_words(failure)) from failure
        record(
            actor=actor,
            action="home.keys.rotated",
            key=current,
            began=began.isoformat(),
            done={one.name: one.done for one in results},
            left=sum(old(counts, current) for counts in left.values()),
        )
        self.finish(results, left, current)

    def tell(self, found: dict[str, Counter[str]], current: str) -> None:
        for name, counts in found.items():
            said = ", ".join(f"{n} under {key}" for key, n in sorted(counts.items())) or "nothing"
            self.stdout.write(f"{name}: {said} ({old(counts, current)} to do)")

    def finish(self, results: list[Rotated], left: dict[str, Counter[str]], current: str) -> None:
        for line in [line for one in results for line in one.unreadable]:
            self.stderr.write(line)
        count = sum(old(counts, current) for counts in left.values())
        done = sum(one.done for one in results)
        if count:
            self.stdout.write(
                f"{done} done, {count} still under another key: keep that key, and run this again."
            )
            sys.exit(LEFT_OVER)
        self.stdout.write(
            f"{done} done; everything is under {current}. Keep the older keys with the backups "
            "that need them; the ring of the running portal can do without them from tomorrow."
        )


def old(counts: Counter[str], current: str) -> int:
    """How many values are under another than the current key."""
    return counts.total() - counts[current]


def _words(failure: Exception) -> str:
    return (
        f"{failure} What was encrypted anew until here stays so; nothing was lost or shown. "
        "Give the portal the keyring with every key that is in use, and run this again."
    )
