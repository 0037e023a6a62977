"""
Test databases: one migrated template, a clone per process, a fresh clone after a commit.

Tests sign in as the superuser and are the app from the first statement on, so that they can be the
owner for a while within their own transaction (`acting_as`, or the mark `acts_as`). Processes that
tests start sign in as the app, and can be nobody else.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test import TransactionTestCase
from psycopg import sql

from ipaportal.core import embedded
from ipaportal.core.databases import OWNER
from ipaportal.core.scopes import APP, EVERYBODY, Scope, otherwise, seeing
from tests.kept import KEEPER
from tests.washing import State, state_of, wash

PROJECT = Path(__file__).resolve().parent.parent
SCHEMA_PACKAGES = ("django", "django-allauth", "django-pghistory", "django-pgtrigger")
TEMPLATE, CLONE = "ipa_template_", "ipa_test_"
SUPERUSER = "none"  # as a role: whoever signed in
WALLS = ("home/walls/*.py", "core/database_roles.sql", "home/management/commands/migrate.py")


def schema_key() -> str:
    """A digest of everything the schema is made from."""
    digest = hashlib.sha256()
    places = ("*/migrations/*", "ipaportal/*/migrations/*", *(f"ipaportal/{p}" for p in WALLS))
    for path in [path for place in places for path in sorted(PROJECT.glob(place))]:
        if path.suffix in {".py", ".sql"}:
            digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    for package in SCHEMA_PACKAGES:
        digest.update(f"{package}={version(package)}".encode())
    return digest.hexdigest()[:12]


class TestDatabases:
    """
    Makes and drops databases through one lasting connection to the maintenance database.

    Whoever uses a template or a clone holds an advisory lock on its name (shared on templates).
    The server drops the lock with the connection, so a name that can be locked belongs to nobody.
    """

    __test__ = False

    def __init__(self, maintenance: psycopg.Connection) -> None:
        self.maintenance = maintenance
        self.template = TEMPLATE + schema_key()
        self.clone = f"{CLONE}{os.getpid()}_{secrets.token_hex(4)}"
        self.clean: State | None = None

    def run(self, statement: str, **names: str) -> None:
        """Run a statement whose {placeholders} are names."""
        parts = {key: sql.Identifier(name) for key, name in names.items()}
        self.maintenance.execute(sql.SQL(statement).format(**parts))

    def ask(self, question: str, *values: object) -> list[tuple]:
        """Answer the rows of a query."""
        return self.maintenance.execute(question, values).fetchall()

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Whether nobody uses a database, and nobody begins to within the block."""
        (free,) = self.ask("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", name)[0]
        try:
            yield free
        finally:
            if free:
                self.ask("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", name)

    def drop(self, name: str) -> None:
        """Drop a database, template or not, even under open connections."""
        if self.ask("SELECT 1 FROM pg_database WHERE datname = %s", name):
            self.run("ALTER DATABASE {name} IS_TEMPLATE false", name=name)
            self.run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)

    def sweep(self) -> None:
        """Drop what dead processes left, and templates of other migrations nobody uses."""
        rows = self.ask(
            "SELECT datname FROM pg_database WHERE datname LIKE %s OR datname LIKE %s",
            f"{CLONE}%",
            f"{TEMPLATE}%",
        )
        for (name,) in rows:
            if name != self.template:
                with self.alone(name) as free:
                    if free:
                        self.drop(name)

    def prepare(self) -> None:
        """Make the template unless another process has, then this process's clone."""
        lock = "hashtextextended('ipa tests: making a template', 0)"
        self.ask(f"SELECT pg_advisory_lock({lock})")
        try:
            self.sweep()
            is_done = "SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate"
            if not self.ask(is_done, self.template):
                self.drop(self.template)
                self.run("CREATE DATABASE {name} OWNER {owner}", name=self.template, owner=OWNER)
                self.migrate()
                self.run("ALTER DATABASE {name} IS_TEMPLATE true", name=self.template)
            self.ask("SELECT pg_advisory_lock_shared(hashtextextended(%s, 0))", self.template)
            self.ask("SELECT pg_advisory_lock(hashtextextended(%s, 0))", self.clone)
        finally:
            self.ask(f"SELECT pg_advisory_unlock({lock})")
        self.renew()

    def migrate(self) -> None:
        """Migrate the template."""
        use(self.template)
        call_command("migrate", verbosity=0, interactive=False)
        connections.close_all()

    def renew(self) -> None:
        """Make this process's database what it was: by washing it, or else by a fresh clone."""
        connections.close_all()
        if self.clean is not None:
            with a_superuser() as database:
                if wash(database, self.clean):
                    return
        self.replace()
        if self.clean is None:  # the next clone will be like it
            with a_superuser() as database:
                self.clean = state_of(database)

    def replace(self) -> None:
        """Replace this process's database by a fresh clone of the same name."""
        self.drop(self.clone)
        self.run(
            "CREATE DATABASE {clone} OWNER {owner} TEMPLATE {template} STRATEGY file_copy",
            clone=self.clone,
            owner=OWNER,
            template=self.template,
        )
        # What the template's database granted is not copied with it.
        self.run("REVOKE TEMPORARY ON DATABASE {clone} FROM PUBLIC", clone=self.clone)
        use(self.clone)

    @contextmanager
    def empty(self) -> Iterator[None]:
        """Another database for the block, in which nothing is."""
        name = f"{self.clone}_empty"
        self.ask("SELECT pg_advisory_lock(hashtextextended(%s, 0))", name)
        self.run("CREATE DATABASE {name} OWNER {owner}", name=name, owner=OWNER)
        use(name)
        try:
            yield
        finally:
            use(self.clone)
            self.drop(name)
            self.ask("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", name)


def use(name: str) -> None:
    """Point Django at a database."""
    connections.close_all()
    connections.settings["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name


@contextmanager
def acting_as(role: str = OWNER) -> Iterator[None]:
    """Be another role of the database on the test's own connection, in its transaction too."""
    with seeing(Scope(role)):
        yield


def a_superuser() -> psycopg.Connection:
    """A connection of its own beside the test's, for what only a superuser may do."""
    given = connection.get_connection_params()
    wanted = ("host", "port", "user", "password", "dbname")
    address = {key: given[key] for key in wanted if given.get(key)}
    return psycopg.connect(**address, autocommit=True)


@pytest.fixture(autouse=True)
def _role_of_the_mark(request: pytest.FixtureRequest) -> Iterator[None]:
    mark = request.node.get_closest_marker("acts_as")
    if mark is None:
        yield
        return
    with acting_as(*mark.args):
        yield


def _sign_in() -> None:
    """Let Django sign in as whoever may be any role, and be the app; tests see everybody's rows."""
    otherwise(EVERYBODY)
    address = dict(settings.DATABASE_OWNER)
    if settings.EMBEDDED:
        address["USER"] = embedded.SUPERUSER
    given = connections["default"].settings_dict
    given.update({key: address[key] for key in ("USER", "PASSWORD", "HOST", "PORT")})
    given["OPTIONS"] = {"options": f"-c role={APP}"}


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker) -> Iterator[TestDatabases]:
    """The process's own database, for every test that asks for one (pytest-django's hook)."""
    with django_db_blocker.unblock():
        _sign_in()
        parameters = connections["default"].get_connection_params()
        wanted = ("host", "port", "user", "password")
        address = {key: parameters[key] for key in wanted if parameters.get(key)}
        origin = connections["default"].settings_dict["NAME"]
        maintenance = psycopg.connect(**address, dbname=origin, autocommit=True)
        databases = TestDatabases(maintenance)
        databases.prepare()
    flush, TransactionTestCase._fixture_teardown = (
        TransactionTestCase._fixture_teardown,
        lambda self: databases.renew(),
    )
    yield databases
    TransactionTestCase._fixture_teardown = flush
    with django_db_blocker.unblock():
        KEEPER.end()
        use(origin)
        databases.drop(databases.clone)
    maintenance.close()


@pytest.fixture
def committed_db(transactional_db: None) -> None:
    """A database the test may commit to; it is replaced by a fresh clone afterwards."""
