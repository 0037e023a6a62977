"""The walls of the database: what each role may do, tried by signing in as it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from psycopg.errors import InsufficientPrivilege

from ipaportal.audit.actions import record
from ipaportal.core import embedded
from ipaportal.core.actors import Actor
from ipaportal.core.databases import AUDITOR, OWNER
from ipaportal.core.scopes import APP, EVERYBODY, NOBODY, STAFF, Scope, kept, scope_of, seeing
from ipaportal.home.walls import grants, policies
from ipaportal.home.walls.standing import check_standing, fault_of_standing
from ipaportal.identity.actions.invitations import token_of
from ipaportal.identity.models import Invitation, Party
from ipaportal.ledger.models import Account
from tests.databases import PROJECT, SUPERUSER, acting_as

pytestmark = pytest.mark.django_db
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
# Never changed, whoever asks: evidence, books, and what was calculated, told, paid and stated.
NEVER_CHANGED = (
    *("audit_domainevent", "audit_accessevent", "audit_factbatch", "audit_leaf", "audit_salt"),
    *("audit_source", "audit_step", "audit_sealedleaf", "audit_node", "audit_checkpoint"),
    *("audit_checkpointmail", "pghistory_context", "identity_userevent", "identity_grantevent"),
    *("identity_partyevent", "identity_invitationevent", "ledger_account", "ledger_posting"),
    *("capitation_waterfall", "capitation_share", "capitation_statement"),
    *("capitation_statementposting", "capitation_returnfile", "capitation_remittanceline"),
    *("capitation_receipt", "capitation_premium", "capitation_ratecell"),
)
# Written by nobody but triggers and functions of the owner's.
NEVER_WRITTEN = (
    *("audit_leaf", "audit_salt", "audit_source", "audit_step", "pghistory_context"),
    *("identity_userevent", "identity_grantevent", "identity_partyevent"),
    *("identity_invitationevent", "capitation_waterfall", "capitation_share"),
)


def ask(question: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(question, values or None)
        return cursor.fetchall() if cursor.description else []


def tables() -> list[str]:
    return sorted(
        name
        for (name,) in ask(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'p') AND NOT relispartition"
        )
    )


@pytest.fixture
def signed_in(committed_db) -> Iterator:
    """Sign in for real as a role, beside what the test committed."""
    lines = []

    def sign_in(role: str) -> psycopg.Connection:
        given = connection.get_connection_params()
        wanted = {key: given[key] for key in ("host", "port", "dbname") if given.get(key)}
        lines.append(psycopg.connect(**wanted, user=role, autocommit=True))
        return lines[-1]

    yield sign_in
    for line in lines:
        line.close()


def stated() -> dict[str, str]:
    """What stands in the table of grants, and READ for tables of change history."""
    history = ask(
        "SELECT c.relname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid "
        "WHERE a.attname = 'pgh_id' AND c.relkind = 'r'"
    )
    return grants.APP | {name: grants.READ for (name,) in history}


def test_every_table_says_what_the_app_may_do_with_it():
    assert tables() == sorted(stated()), "state it in ipaportal/home/walls/grants.py"
    assert set(tables()) >= grants.HIDDEN_FROM_AUDITORS | set(grants.HIDDEN_COLUMNS)


@pytest.mark.acts_as(SUPERUSER)
def test_grants_are_what_is_stated_and_nothing_more():
    found = {}
    for table in tables():
        for role in (APP, STAFF):
            held = ask(
                "SELECT right_ FROM unnest(%s::text[]) AS right_ "
                "WHERE has_table_privilege(%s, %s, right_)",
                [*RIGHTS],
                role,
                table,
            )
            columns = ask(
                "SELECT column_name FROM information_schema.column_privileges "
                "WHERE grantee = %s AND table_name = %s AND privilege_type = 'UPDATE'",
                role,
                table,
            )
            said = ", ".join(name for (name,) in held)
            if columns and "UPDATE" not in said:
                said += f", UPDATE ({', '.join(sorted(name for (name,) in columns))})"
            found[role, table] = said
    wanted = {}
    for table, rights in stated().items():
        head, bracket, rest = rights.partition("UPDATE (")
        names = ", ".join(sorted(rest.removesuffix(")").split(", ")))
        said = f"{head}UPDATE ({names})" if bracket else rights
        of_staff = "" if table in grants.NOT_FOR_STAFF else said
        wanted |= {(APP, table): said, (STAFF, table): of_staff}
    assert found == wanted


def test_an_auditor_reads_and_does_not_become_somebody_else():
    readable = {
        table
        for table in tables()
        if ask("SELECT has_table_privilege(%s, %s, 'SELECT')", AUDITOR, table)[0][0]
    }
    hidden = grants.HIDDEN_FROM_AUDITORS | set(grants.HIDDEN_COLUMNS)
    assert set(tables()) - readable == hidden
    with acting_as(AUDITOR):
        ask("SELECT name, email FROM identity_user")
    for question in ("SELECT password FROM identity_user", "SELECT * FROM django_session"):
        assert is_denied(question)
    assert is_denied("INSERT INTO identity_party (kind, name) VALUES ('practice', 'x')")


def is_denied(question: str) -> bool:
    try:
        with acting_as(AUDITOR), transaction.atomic():
            ask(question)
    except ProgrammingError as failure:
        return "permission denied" in str(failure)
    return False


def test_functions_of_the_owner_run_on_names_of_the_owner_and_for_whom_they_are_meant():
    rows = ask(
        "SELECT p.oid::regprocedure::text, pg_get_userbyid(p.proowner), p.proconfig::text, "
        "has_function_privilege('public', p.oid, 'EXECUTE'), "
        "has_function_privilege(%s, p.oid, 'EXECUTE'), p.prorettype = 'trigger'::regtype "
        "FROM pg_proc AS p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace",
        APP,
    )
    assert {name for name, *_, callable_, _ in rows if callable_} == {
        name.replace(", ", ",") for name in grants.FUNCTIONS
    }
    for name, owner, config, is_public, _, _ in rows:
        assert owner == OWNER, name
        assert "public, pg_temp" in config, name
        assert not is_public, name
    made = {name for name, *_, is_trigger in rows if is_trigger}
    writes = ask(
        "SELECT DISTINCT t.tgfoid::regprocedure::text FROM pg_trigger AS t "
        "WHERE t.tgname LIKE 'pgtrigger\\_%%' OR t.tgname IN ('leaves', 'steps', 'begins')"
    )
    assert {name for (name,) in writes} <= made, "evidence is written as the owner"


ATTACKS = (
    *(f"UPDATE {table} SET id = 1" for table in ("audit_leaf", "ledger_posting")),
    *(f"DELETE FROM {table}" for table in NEVER_CHANGED),
    *(f"TRUNCATE {table} CASCADE" for table in NEVER_CHANGED),
    *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in NEVER_CHANGED),
    *(f"DROP TABLE {table}" for table in ("audit_leaf", "ledger_entry")),
    *(f"INSERT INTO {table} DEFAULT VALUES" for table in NEVER_WRITTEN),
    *(f"COPY {table} FROM STDIN" for table in NEVER_WRITTEN),
    "UPDATE ledger_entry SET description = 'x'",
    "UPDATE capitation_payment SET amount_cents = 1",
    "UPDATE capitation_paymentbatch SET total_cents = 1",
    "UPDATE capitation_bankaccount SET routing_number = '1'",
    "DELETE FROM capitation_run",
    "DELETE FROM identity_user",
    "CREATE TABLE public.mine (n int)",
    "CREATE TEMPORARY TABLE mine (n int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql "
    "AS 'BEGIN RETURN NEW; END'",
    "CREATE TRIGGER mine BEFORE INSERT ON ledger_entry EXECUTE FUNCTION audit_refuse_change()",
    "CREATE RULE mine AS ON INSERT TO ledger_entry DO INSTEAD NOTHING",
    "SET ROLE ipa_owner",
    "SET SESSION AUTHORIZATION ipa_owner",
    "SET session_replication_role = replica",
    "GRANT ipa_owner TO ipa_app",
    "ALTER ROLE ipa_app SUPERUSER",
    "ALTER DEFAULT PRIVILEGES FOR ROLE ipa_owner GRANT ALL ON TABLES TO ipa_app",
    "SELECT audit_take_step('ledger.entry.posted', '1', '{}')",
    "SELECT audit_witness('audit_domainevent')",
    "SELECT audit_witness_all()",
    "SELECT _pgh_attach_context()",
    "SELECT nextval('audit_leaf_id_seq')",
    "SELECT pg_read_file('/etc/passwd')",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "CREATE DATABASE mine",
    "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION audit_refuse_change()",
)


def test_the_app_can_change_nothing_of_evidence_books_and_posted_money(signed_in):
    with signed_in(APP) as app:
        for role in ("", "SET ROLE ipa_staff"):
            if role:
                app.execute(role)
            done = [attack for attack in ATTACKS if not _is_refused(app, attack)]
            assert done == []


def _is_refused(line: psycopg.Connection, attack: str) -> bool:
    try:
        line.execute(attack)
    except InsufficientPrivilege:
        return True
    return False


def test_no_parameter_lets_a_change_leave_no_version(signed_in):
    party = Party.objects.create(kind="practice", name="Alvarez")
    with signed_in(APP) as app:
        app.execute("SET ROLE ipa_staff")
        app.execute("SELECT set_config('pgtrigger.ignore', '{insert_insert,update_update}', false)")
        app.execute("UPDATE identity_party SET name = 'Bell' WHERE id = %s", [party.pk])
    versions = ask("SELECT name FROM identity_partyevent WHERE pgh_obj_id = %s", party.pk)
    assert ("Bell",) in versions


def test_salts_are_shredded_only_with_an_event_that_says_why(signed_in):
    record(actor=Actor.system("test"), action="test.thing.done")
    (leaf,) = ask("SELECT min(leaf_id) FROM audit_salt")[0]
    why_not = pytest.raises(psycopg.errors.RestrictViolation, match="no event says why")
    with signed_in(APP) as app, why_not:
        app.execute("SELECT audit_shred_salts(%s)", [[leaf]])
    assert ask("SELECT count(*) FROM audit_salt WHERE leaf_id = %s", leaf) == [(1,)]


DISGUISES = {
    "a view": "CREATE VIEW stage.thing AS SELECT * FROM public.capitation_share",
    "rows of its own policy": "CREATE TABLE stage.thing (LIKE public.capitation_share); "
    "ALTER TABLE stage.thing ENABLE ROW LEVEL SECURITY",
    "other columns": "CREATE TABLE stage.thing (run_id bigint)",
    "a type of its own": "CREATE DOMAIN stage.cents AS bigint; "
    "CREATE TABLE stage.thing (LIKE public.capitation_share); "
    "ALTER TABLE stage.thing ALTER provider_cents TYPE stage.cents",
    "nothing": "SELECT 1",
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_run_takes_only_plain_tables_of_its_own_columns(signed_in, disguise):
    with signed_in(APP) as app:
        app.execute("SET ROLE ipa_staff")
        app.execute(DISGUISES[disguise])
        with pytest.raises(
            (InsufficientPrivilege, psycopg.errors.DatatypeMismatch, psycopg.errors.UndefinedTable)
        ):
            app.execute("SELECT capitation_attach_partition(1, 'capitation_share', 'thing')")
    assert ask("SELECT to_regclass('capitation_share_r1')") == [(None,)]


def test_serves_as_the_app_and_as_nobody_above_it():
    with acting_as(APP):
        assert fault_of_standing() == ""
    with acting_as(OWNER):
        assert "ipa_owner owns the tables" in fault_of_standing()
    with acting_as(SUPERUSER):
        assert "is a superuser" in fault_of_standing()


# Forks of one process that has read the portal begin what compose.yaml begins, each as somebody.
BEGINNING = """
import json, os, sys
import django
django.setup()
import celery.apps.beat, celery.apps.worker, celery.bin.celery, django.core.handlers.wsgi
from django.db import connection
from ipaportal.celery import app
app.loader.import_default_modules()
def web():
    import ipaportal.wsgi
    print("serves")
def worker():
    app.start(["worker", "--concurrency", "1"])
def clock():
    app.start(["beat", "--pidfile="])
for name, role in json.loads(sys.argv[1]):
    if not os.fork():
        connection.settings_dict["USER"] = role
        os.dup2(os.open(f"{os.environ['IPA_DATA_DIR']}/{name}-{role}", os.O_CREAT | os.O_RDWR), 1)
        os.dup2(1, 2)
        locals()[name]()
        sys.exit(0)
    print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def test_nothing_starts_as_whoever_could_take_the_walls_down(committed_db, tmp_path):
    superuser = connection.settings_dict["USER"]
    why = {OWNER: f"{OWNER} owns the tables", superuser: f"{superuser} is a superuser"}
    asked = [("web", APP), *((name, role) for role in why for name in ("web", "worker", "clock"))]
    answer = subprocess.run(
        [sys.executable, "-c", BEGINNING, json.dumps(asked)],
        cwd=PROJECT,
        env={**os.environ, **production(tmp_path, APP)},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert (answer.stderr, answer.stdout.split()) == ("", ["0", *"111111"])
    assert (tmp_path / f"web-{APP}").read_text() == "serves\n"
    for name, role in asked[1:]:
        said = (tmp_path / f"{name}-{role}").read_text()
        assert why[role] in said, name
        assert "Nothing was started. Let DATABASE_URL sign in as ipa_app" in said, name


def production(folder, role: str) -> dict[str, str]:
    place = connection.settings_dict
    return {
        "DATABASE_URL": f"postgresql://{role}@/{place['NAME']}?host={place['HOST']}",
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": "0123456789 for this test only abcdefghijklmnopqrstuvwxyz ABCDEFG",
        "IPA_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "ipaportal.settings",
    }


def test_the_check_of_the_database_says_it_too(settings):
    assert check_standing(None) == []
    settings.EMBEDDED = False
    with acting_as(APP):
        assert check_standing(["default"]) == []
    with acting_as(OWNER):
        (error,) = check_standing(["default"])
    assert (error.id, "first-start.md" in error.hint) == ("home.E001", True)


def test_a_server_without_the_roles_is_told_what_to_run(monkeypatch, committed_db):
    monkeypatch.setattr("ipaportal.home.walls.building.AUDITOR", "ipa_nobody")
    with pytest.raises(CommandError, match=r"no role ipa_nobody: .*database_roles\.sql"):
        call_command("migrate", verbosity=0)


def test_the_roles_may_be_made_again(committed_db):
    with acting_as(SUPERUSER):
        ask("CREATE TABLE old (id bigint GENERATED ALWAYS AS IDENTITY, n serial)")
        ask("CREATE FUNCTION old_one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        ask(embedded.ROLES_FILE.read_text())
    owners = ask(
        "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname ~ '^old' UNION "
        "SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'old_one' UNION "
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    )
    assert owners == [(OWNER,)]


# ---- whose rows are seen ------------------------------------------------------------------------


def reaching_a_party() -> set[str]:
    """Tables from which foreign keys lead to a party, on whatever way."""
    found, models = {Party._meta.db_table}, apps.get_models(include_auto_created=True)
    while True:
        more = {
            model._meta.db_table
            for model in models
            for field in model._meta.fields
            if field.related_model is not None and field.related_model._meta.db_table in found
        }
        if more <= found:
            return found
        found |= more


def test_every_table_with_a_way_to_a_party_has_a_policy_or_says_why_not():
    assert reaching_a_party() - policies.POLICIES.keys() - policies.REASONS.keys() == set()
    assert policies.POLICIES.keys() & policies.REASONS.keys() == set()
    guarded = ask("SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relispartition")
    assert {name for (name,) in guarded} == set(policies.POLICIES)
    roles = ask("SELECT DISTINCT policyname, roles::text FROM pg_policies ORDER BY 1")
    assert roles == [("auditor", "{ipa_auditor}"), ("scope", "{ipa_app}")]


def test_staff_and_the_system_see_everybody_and_others_their_parties():
    assert scope_of(Actor.system("clock")) == EVERYBODY
    assert scope_of(Actor(1, "x", frozenset({("finance", 1), ("provider", 2)}))) == EVERYBODY
    of_two = Actor(1, "x", frozenset({("provider", 7), ("practice_manager", 3)}))
    assert scope_of(of_two).statement == (
        "SET LOCAL ROLE ipa_app; SET LOCAL ipa.scope = '{3,7}'; SET LOCAL ipa.cases = ''; "
    )
    assert scope_of(Actor(None, "nobody")) == NOBODY


def test_without_a_context_there_are_no_rows(signed_in):
    bell = Party.objects.create(kind="practice", name="Bell")
    Account.objects.create(kind="payable", party=bell)
    with signed_in(APP) as app:
        count = "SELECT count(*) FROM ledger_account"
        for scope, seen in (("", 0), (f"{{{bell.pk}}}", 1), (f"{{{bell.pk + 1}}}", 0), ("", 0)):
            app.execute("SELECT set_config('ipa.scope', %s, false)", [scope])
            assert app.execute(count).fetchone() == (seen,), scope
        app.execute("RESET ipa.scope")
        assert app.execute(count).fetchone() == (0,)
        wrong = pytest.raises(InsufficientPrivilege, match="row-level security")
        insert = "INSERT INTO ledger_account (kind, party_id) VALUES ('withhold_liability', %s)"
        with wrong:
            app.execute(insert, [bell.pk])


def test_a_scope_goes_with_each_statement_and_stays_with_none():
    bell, ana = (Party.objects.create(kind="practice", name=name) for name in ("Bell", "Alvarez"))
    names = Party.objects.filter(kind="practice").order_by("name").values_list("name", flat=True)
    with seeing(Scope(APP, frozenset({bell.pk}))):
        assert list(names.all()) == ["Bell"]
        with transaction.atomic():
            assert list(names.all()) == ["Bell"]
            transaction.set_rollback(True)
        assert list(names.all()) == ["Bell"]
        with seeing(Scope(APP, frozenset({ana.pk}))):
            assert list(names.all()) == ["Alvarez"]
        assert list(names.iterator()) == ["Bell"]
    with seeing(NOBODY):
        assert list(names.all()) == []
    assert list(names.all()) == ["Alvarez", "Bell"]


def test_a_cursor_of_the_servers_keeps_the_scope_and_leaves_none_behind(committed_db):
    bell = Party.objects.create(kind="practice", name="Bell")
    Party.objects.create(kind="practice", name="Alvarez")
    names = Party.objects.filter(kind="practice").values_list("name", flat=True)
    with seeing(Scope(APP, frozenset({bell.pk}))):
        assert list(names.iterator(chunk_size=1)) == ["Bell"]
    with seeing(NOBODY):
        assert list(names.iterator(chunk_size=1)) == []


def test_what_is_sent_piece_by_piece_is_read_in_its_own_scope():
    bell = Party.objects.create(kind="practice", name="Bell")
    scope = Scope(APP, frozenset({bell.pk}))
    pieces = kept(scope, (Party.objects.filter(kind="practice").count() for _ in range(2)))
    with seeing(NOBODY):
        assert [(one, Party.objects.filter(kind="practice").count()) for one in pieces] == [
            (1, 0),
            (1, 0),
        ]


def test_whoever_was_invited_to_a_practice_finds_its_name_before_having_an_account(client):
    bell = Party.objects.create(kind="practice", name="Bell Clinic")
    invitation = Invitation.objects.create(
        email="new@bell.example",
        name="New Person",
        party=bell,
        role="provider",
        invited_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    page = client.get(reverse("identity:invitation_accept", args=[token_of(invitation)]))
    assert page.status_code == 200
    assert "Bell Clinic" in page.content.decode()
