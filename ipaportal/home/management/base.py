"""What every command that needs the database has in common."""

from getpass import getuser

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.queries.actors import actor_by_email


class DatabaseCommand(BaseCommand):
    """A command that works on a prepared database only."""

    def execute(self, *args: object, **options: object) -> str | None:
        """
        Run the command, unless tables are missing.

        :raises CommandError: if the database is not migrated
        """
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            raise CommandError(
                f"The database is not prepared: {len(missing)} migrations are missing. Nothing "
                "was done. Run `uv run manage.py migrate` (or `demo`, for a demo IPA) first."
            )
        return super().execute(*args, **options)


def acting(email: str | None) -> Actor:
    """
    Whoever `--as` names, else the command line, named with the system's user.

    :raises CommandError: if nobody has that address
    """
    if email is None:
        return Actor.system(f"command line ({getuser()})")
    try:
        return actor_by_email(email, timezone.localdate())
    except Refused as refused:
        raise CommandError(str(refused)) from refused
