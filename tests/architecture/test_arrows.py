"""The arrow rule: floors, shelves, purity; in Python, in SQL and in foreign keys."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import arrows

MODULES = frozenset(arrows.sources())
CODE = {name: text for name, text in arrows.sources().items() if ".migrations" not in name}


def lint(config):
    # In a process of its own: it sets up logging, and that would silence every logger there is.
    told = Path(sys.executable).with_name("lint-imports")
    arguments = [told, "--config", config, "--no-cache"]
    return subprocess.run(arguments, cwd=arrows.PROJECT, capture_output=True, text=True)


def test_keeps_the_floors():
    done = lint("pyproject.toml")
    assert done.returncode == 0, done.stdout


def test_sees_an_arrow_up(tmp_path):
    upside_down = tmp_path / "contract.toml"
    upside_down.write_text(
        """
        [tool.importlinter]
        root_packages = ["ipaportal"]
        [[tool.importlinter.contracts]]
        name = "upside down"
        type = "layers"
        layers = ["ipaportal.core", "ipaportal.audit"]
        """
    )
    done = lint(upside_down)
    assert done.returncode == 1
    assert "upside down" in done.stdout


def test_keeps_the_arrows():
    faults = [
        arrows.fault(name, imported)
        for name, text in CODE.items()
        for imported in arrows.imports_of(text, MODULES)
        if arrows.is_ours(imported)
    ]
    assert [fault for fault in faults if fault] == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("ipaportal.core.money", "ipaportal.audit.actions"),
        ("ipaportal.ledger.books", "capitation.models"),
        ("capitation.queries.runs", "purchasing.models"),
        ("capitation.web.staff", "ipaportal.home.queries.cards"),
        ("compliance.queries.findings", "capitation.web.staff"),
        ("compliance.actions.cases", "capitation.formats.nacha"),
        ("ipaportal.home.queries.cards", "capitation.tasks"),
        ("capitation.web.staff", "capitation.tasks"),
        ("capitation.tasks", "capitation.web.staff"),
        ("capitation.rules.rates", "capitation.models"),
        ("capitation.models.runs", "capitation.queries.runs"),
        ("capitation.queries.runs", "capitation.actions.runs"),
    ],
)
def test_refuses_an_arrow_up_or_sideways(importer, imported):
    assert arrows.fault(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("capitation.actions.runs", "ipaportal.ledger.books"),
        ("capitation.queries.runs", "credentialing.queries.participations"),
        ("capitation.actions.runs", "capitation.rules.lifecycle"),
        ("ipaportal.home.management.commands.inspect", "capitation.formats.mmr"),
        ("ipaportal.urls", "capitation.web.urls"),
    ],
)
def test_allows_an_arrow_down(importer, imported):
    assert arrows.fault(importer, imported) is None


def test_keeps_rules_and_formats_pure():
    impure = arrows.impure_core()
    assert "ipaportal.core.locks" in impure
    assert "ipaportal.core.money" not in impure
    faults = {
        name: found
        for name, text in CODE.items()
        if arrows.shelf_of(name) in {"rules", "formats"}
        if (found := arrows.impurities(text, impure, MODULES))
    }
    assert faults == {}


@pytest.mark.parametrize(
    "source",
    [
        "from django.db import models",
        "import celery",
        "from ipaportal.core.locks import lock",
        "from ipaportal.core import locks",
        "x = date.today()",
    ],
)
def test_refuses_what_is_not_pure(source):
    assert arrows.impurities(source, arrows.impure_core(), MODULES)


def test_keeps_the_arrows_in_sql():
    texts = [*arrows.sql_files()]
    texts += [(name, arrows.sql_of(text)) for name, text in arrows.sources().items()]
    assert [fault for name, text in texts for fault in arrows.table_faults(name, text)] == []


@pytest.mark.parametrize(
    ("place", "sql"),
    [
        ("ipaportal.ledger.sql.invariants.01", "SELECT 1 FROM capitation_run"),
        ("capitation.sql.run.01", "JOIN purchasing_order o ON o.id = 1"),
        ("capitation.sql.run.01", "INSERT INTO compliance_case VALUES (1)"),
    ],
)
def test_refuses_tables_above(place, sql):
    assert arrows.table_faults(place, sql)
    assert not arrows.table_faults(place, f"-- {sql}\nSELECT 1 FROM audit_domainevent")


def test_reads_the_sql_of_python_but_not_its_prose():
    source = '"""SELECT about compliance_case."""\nRUN = "UPDATE ledger_entry SET x = 1"'
    assert arrows.tables_in(arrows.sql_of(source)) == {"ledger_entry"}
    assert arrows.table_faults("ipaportal.audit.queries.x", arrows.sql_of(source))


def test_keeps_the_arrows_of_foreign_keys():
    sources = arrows.sources().items()
    assert [fault for name, text in sources for fault in arrows.relation_faults(name, text)] == []


@pytest.mark.parametrize(
    "source",
    [
        'x = models.ForeignKey("capitation.Run", models.PROTECT)',
        'x = models.OneToOneField(to="capitation.run", on_delete=PROTECT)',
    ],
)
def test_refuses_foreign_keys_up(source):
    assert arrows.relation_faults("ipaportal.ledger.models.entries", source)
    assert not arrows.relation_faults("compliance.models.cases", source)
