"""The SQL runner: statements are split where they end, values and names go where they belong."""

import json

import pghistory
import pytest
from django.core.management import call_command
from django.db import connection

from ipaportal.audit.models import Incident
from ipaportal.core.sql import UnknownName, check_invariant, invariants, run_steps, statements
from ipaportal.home.management.commands import prove


@pytest.fixture
def job(tmp_path):
    folder = tmp_path / "app" / "sql" / "job"
    folder.mkdir(parents=True)
    return folder


def run_one(folder, sql, params=None, **named):
    (folder / "01_do_thing.sql").write_text(sql)
    return run_steps(folder, params or {}, **named)


def ask(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("two", "SELECT 1;\nSELECT 2;\n", ["SELECT 1", "SELECT 2"]),
        ("in a literal", "SELECT ';' , 'it''s;'", ["SELECT ';' , 'it''s;'"]),
        ("escape literal", r"SELECT E'\';', 1; SELECT 2", [r"SELECT E'\';', 1", "SELECT 2"]),
        ("quoted name", 'SELECT 1 AS "a;b"', ['SELECT 1 AS "a;b"']),
        ("in a body", "DO $x$ BEGIN; $$;$$ END $x$; SELECT 1",
         ["DO $x$ BEGIN; $$;$$ END $x$", "SELECT 1"]),
        ("comments", "-- it's; one\nSELECT 1 /* ; */ + 1;", ["SELECT 1   + 1"]),
        ("percent", "SELECT 5 % 2, 'a%', 7 %% 3, %(a)s", ["SELECT 5 %% 2, 'a%%', 7 %% 3, %(a)s"]),
        ("braces in a literal", "SELECT '{}'::int[], '{\"a\": 1}'",
         ["SELECT '{}'::int[], '{\"a\": 1}'"]),
        ("only comments", "-- nothing\n;", []),
    ],
)  # fmt: skip
def test_splits_statements(_case, text, expected):
    assert statements(text) == expected


def test_quotes_names_and_refuses_unknown_ones():
    filled = statements("SELECT * FROM {t}; DO $$ {t} {own} $$", {"t": ("s", 'odd"name')})
    assert filled == ['SELECT * FROM "s"."odd""name"', 'DO $$ "s"."odd""name" {own} $$']
    with pytest.raises(UnknownName):
        statements("SELECT * FROM {missing}")


@pytest.mark.django_db
@pytest.mark.acts_as
def test_runs_steps_in_order_with_values_and_names(job):
    (job / "02_fill_things.sql").write_text(
        "-- Reads: nothing. Writes {things}; %(unused)s\n"
        "INSERT INTO {things} SELECT n, 'odd; 50%' FROM generate_series(1, %(last)s) n"
        " WHERE n % 2 = 1;\nINSERT INTO {things} VALUES (0, %(word)s);\n"
        "SELECT count(*) FROM {things}"
    )
    (job / "01_make_things.sql").write_text("CREATE TABLE {things} (n int, word text)")
    seen = []
    results = run_steps(
        job,
        {"last": 5, "word": "'; DROP TABLE x; --"},
        identifiers={"things": "core test"},
        on_step=seen.append,
    )
    assert [(r.name, r.rows) for r in results] == [("01_make_things", 0), ("02_fill_things", 4)]
    assert seen == results
    assert ask('SELECT n, word FROM "core test" ORDER BY n') == [
        (0, "'; DROP TABLE x; --"), (1, "odd; 50%"), (3, "odd; 50%"), (5, "odd; 50%")
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.acts_as
def test_runs_inside_a_history_context_without_touching_the_callers_values(job):
    params = {"a": 1}
    with pghistory.context(actor_name="Quinn"):
        (step,) = run_one(
            job,
            "CREATE TEMP TABLE core_t (n int);\nINSERT INTO core_t VALUES (%(a)s)",
            params,
        )
    assert (step.rows, params, ask("SELECT n FROM core_t")) == (1, {"a": 1}, [(1,)])


@pytest.mark.django_db
def test_runs_only_the_named_steps(job):
    (job / "01_break_things.sql").write_text("SELECT 1 / 0")
    (job / "02_take_rest.sql").write_text("SELECT 1")
    assert [r.name for r in run_steps(job, {}, only=["02_take_rest"])] == ["02_take_rest"]


def test_refuses_a_misnamed_step(job):
    (job / "1_x.sql").write_text("SELECT 1")
    with pytest.raises(AssertionError, match="NN_verb_noun"):
        run_steps(job, {})


@pytest.fixture
def proofs(tmp_path):
    folder = tmp_path / "app" / "sql" / "invariants"
    folder.mkdir(parents=True)
    (folder / "holds.sql").write_text("-- Nothing is\n-- wrong.\nSELECT 1 AS id WHERE false;")
    (folder / "sevens.sql").write_text(
        "-- No sevens.\nWITH n AS (SELECT n FROM generate_series(1, 70) n)\n"
        "SELECT n AS id, '7%' AS why FROM n WHERE n % 7 = 0 ORDER BY n;"
    )
    return folder


@pytest.mark.django_db
def test_counts_breaches_and_keeps_the_first_rows(proofs):
    holds, sevens = invariants(proofs)
    assert (holds.name, holds.comment) == ("app.holds", "Nothing is wrong.")
    assert check_invariant(holds).count == 0
    check = check_invariant(sevens, limit=2)
    assert (check.count, check.rows) == (10, ({"id": 7, "why": "7%"}, {"id": 14, "why": "7%"}))


@pytest.mark.django_db(transaction=True)
def test_prove_tells_a_breach_once_and_fails(proofs, monkeypatch, capsys):
    monkeypatch.setattr("ipaportal.home.proving.every_invariant", lambda: invariants(proofs))
    for _ in range(2):
        with pytest.raises(SystemExit) as stop:
            call_command("prove", "--json")
        assert stop.value.code == 2
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["name"], line["rows"]) for line in lines[:2]] == [
        ("app.holds", 0),
        ("app.sevens", 10),
    ]
    (incident,) = Incident.objects.all()
    assert (incident.name, incident.details["count"]) == ("invariant app.sevens", 10)
    assert incident.details["rows"][0] == {"id": 7, "why": "7%"}


@pytest.mark.django_db
def test_every_invariant_of_the_portal_holds_on_an_empty_database():
    assert [
        (c.name, c.count) for c in map(check_invariant, prove.every_invariant()) if c.count
    ] == []
