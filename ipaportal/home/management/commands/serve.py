"""A portal of one's own, without the demo: web, worker and clock by one command."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from ipaportal.home import serving
from ipaportal.home.demo.founding import founded_before
from ipaportal.identity.queries.people import ipa_party


class Command(BaseCommand):
    help = "Serves a portal for an IPA of your own: web, worker and clock on this machine."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        serving.add_address(parser)

    def handle(self, *, host: str, port: int, **_: object) -> None:
        with serving.commanded(settings.DATA_DIR):
            serving.check_address(host, port)
            self.stderr.write("Preparing the database …")
            call_command("migrate", verbosity=0, interactive=False)
            if founded_before():
                raise CommandError(
                    "This data folder holds the demo, whose people have no passwords; nothing is "
                    "served. Use `demo`, or name another folder by IPA_DATA_DIR."
                )
            place = "" if ipa_party() else "setup/"
            serving.serve(host, port, {"IPA_DEMO": "0"}, lambda: self.say(host, port, place))

    def say(self, host: str, port: int, place: str) -> None:
        """Say where it is and what comes first."""
        # Browsers make passkeys for names only, never for numbers.
        name = "localhost" if host == "127.0.0.1" else host
        self.stdout.write(f"\nThe portal is at http://{name}:{port}/{place}")
        if place:
            self.stdout.write("It is empty: that page asks for your IPA and for you.")
        self.stdout.write("Ctrl-C stops it; the next start goes on with the same data.")
