"""Takes every waiting step, with no Celery."""

from django.utils import timezone

from ipaportal.home.management.base import DatabaseCommand
from ipaportal.home.steps import take_steps


class Command(DatabaseCommand):
    help = "Takes every waiting step once, with no Celery."

    def handle(self, *args: object, **options: object) -> None:
        taken = take_steps(timezone.now())
        self.stderr.write(f"{taken} {'step' if taken == 1 else 'steps'} taken.")
