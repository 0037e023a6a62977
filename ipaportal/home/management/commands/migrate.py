"""`manage.py migrate`: as the owner of the schema, and the walls are built anew afterwards."""

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connection

from ipaportal.core.databases import as_owner
from ipaportal.core.migrating import SparingExecutor
from ipaportal.core.refusals import Refused
from ipaportal.home.walls.building import build

migrate.MigrationExecutor = SparingExecutor  # Django's command asks its own module only


class Command(migrate.Command):
    help = "Migrates the database as its owner, and grants its roles what they may do."

    def handle(self, *args: object, **options: object) -> None:
        with as_owner():
            super().handle(*args, **options)
            executor = SparingExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return  # half of the tables: there will be walls when all of them are there
            try:
                build()
            except Refused as refusal:
                raise CommandError(str(refusal)) from refusal
