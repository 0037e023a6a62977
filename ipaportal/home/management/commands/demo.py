"""A demo IPA, made and served by one command."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from ipaportal.core.roles import ROLE_NAMES
from ipaportal.home import serving
from ipaportal.home.demo import build_demo
from ipaportal.identity.queries.demo import demo_people


class Command(BaseCommand):
    help = "Makes a demo IPA and serves it; safe to run again."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        words = "members of both payers, counted at the first run (5000)"
        parser.add_argument("--members", type=int, default=5000, help=words)
        serving.add_address(parser)
        parser.add_argument("--no-serve", action="store_true", help="make the data, then stop")

    def handle(self, *, members: int, host: str, port: int, no_serve: bool, **_: object) -> None:
        with serving.commanded(settings.DATA_DIR):
            if not no_serve:
                serving.check_address(host, port)
            self.make(members)
            if no_serve:
                self.list_people()
                self.stdout.write("Serve it by the same command without --no-serve.")
            else:
                serving.serve(host, port, {"IPA_DEMO": "1"}, lambda: self.say(host, port))

    def make(self, members: int) -> None:
        """Migrate, then build what is not built yet."""
        self.stderr.write("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        build_demo(members=members)

    def say(self, host: str, port: int) -> None:
        """Say where the demo is and how to get in."""
        self.stdout.write(f"\nThe portal is at http://{host}:{port}/\n")
        self.list_people()
        self.stdout.write("New here? Be M. Reyes, who looks at the month-end and approves it.")
        self.stdout.write("Ctrl-C stops it; the same command goes on with the same data.")

    def list_people(self) -> None:
        """Say who may sign in, and that no password is needed."""
        self.stdout.write(
            "Sign in by one click on a name: the demo asks for no password and no second factor."
        )
        for user in demo_people(timezone.localdate()):
            self.stdout.write(f"  {user.name:18} {_roles(user):44} {user.email}")


def _roles(user) -> str:
    return "; ".join(f"{ROLE_NAMES[grant.role]}, {grant.party}" for grant in user.current_grants)
