"""A demo IPA, made and served by one command."""

import fcntl
import os
import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from ipaportal.core import embedded
from ipaportal.core.refusals import Refused
from ipaportal.core.roles import ROLE_NAMES
from ipaportal.home import serving
from ipaportal.home.demo import build_demo
from ipaportal.identity.queries.demo import demo_people


class Command(BaseCommand):
    help = "Makes a demo IPA and serves it; safe to run again."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--members", type=int, default=5000, help="members of both payers")
        parser.add_argument("--host", default="127.0.0.1", help="address to serve at")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-serve", action="store_true", help="make the data, then stop")

    def handle(self, *, members: int, host: str, port: int, no_serve: bool, **_: object) -> None:
        signal.signal(signal.SIGTERM, _leave)
        signal.signal(signal.SIGINT, _leave)
        try:
            with _alone(settings.DATA_DIR / "demo.lock"):
                if not no_serve:
                    serving.check_address(host, port)
                self.make(members)
                if no_serve:
                    self.list_people()
                else:
                    self.serve(host, port)
        except (serving.ServingFailed, Refused) as failure:
            raise CommandError(str(failure)) from failure

    def make(self, members: int) -> None:
        """Migrate, then build what is not built yet."""
        self.stderr.write("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        build_demo(members=members)

    def list_people(self) -> None:
        """Say who may sign in: one click each on the sign-in page, no password."""
        self.stdout.write("People of the demo, one click each on the sign-in page:")
        for user in demo_people(timezone.localdate()):
            self.stdout.write(f"  {user.email:38} {user.name:18} {_roles(user)}")

    def serve(self, host: str, port: int) -> None:
        """Serve until a signal comes, and stop everything then."""
        connections.close_all()
        children = serving.start(host, port, settings.DATA_DIR, {**os.environ, "IPA_DEMO": "1"})
        try:
            serving.wait_until_served(host, port, children)
            self.stdout.write(f"\nThe portal is at http://{host}:{port}/\n")
            self.list_people()
            connections.close_all()
            self.stdout.write("Ctrl-C stops it.")
            self.stdout.flush()
            serving.watch(children, each_time=embedded.ensure)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self.stderr.write("Stopping …")
            serving.stop(children)


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def _roles(user) -> str:
    return "; ".join(f"{ROLE_NAMES[grant.role]}, {grant.party}" for grant in user.current_grants)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """
    One demo at a time in a data folder.

    :raises CommandError: if another one runs
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise CommandError(
                "A demo is already being made or served here; nothing was done. Stop that one "
                "first, or name another data folder by IPA_DATA_DIR."
            ) from taken
        yield
