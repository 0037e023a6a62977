"""Every address and every action has a permission, and every permission is declared."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver, path

from ipaportal.core.permissions import permission_table
from ipaportal.identity.web.access import PUBLIC, public, requires
from tests.architecture import arrows
from tests.plainyaml import load

# Open to everybody on purpose; allauth's own pages besides.
OPEN = {
    # Where people write without a name.
    *("hotline_report", "hotline_mailbox"),
    *("home", "setup", "healthz", "invitation_accept", "demo_sign_in"),
    *("sso_begin", "sso_back", "sso_signed_out"),  # by way of the IPA's own sign-in server
    "public_directory",  # everybody, once the IPA opens it
    "inquiry_answer",  # behind the address in a letter
    "csp_report",  # browsers send it by themselves
    "ehr_beat",  # machines send it with a secret of their own
    *("live", "ready", "metrics"),  # for machines; the last one asks for a token
    *("account/email/", "account/password/set/", "account/signup/"),  # pages that are shut
}
# A verb alone, where its noun is everything: home.search.
NAME = re.compile(r"[a-z]+\.[a-z]+(?:_[a-z0-9]+)*")
MATRIX = load(arrows.PROJECT / "tests" / "access_matrix.yaml")
ASKING = {"action", "requires", "may", "reach"}


def addresses(patterns: list, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        else:
            yield route, pattern


def unguarded(patterns: list) -> list[str]:
    """Addresses without a permission that some table declares."""
    faults = []
    for route, pattern in addresses(patterns):
        view = pattern.callback
        permission = getattr(view, "permission", None)
        is_allauth = view.__module__.startswith("allauth.") and permission is None
        if not (is_allauth or permission == PUBLIC or permission in permission_table()):
            faults.append(f"{route} ({permission})")
    return faults


def asked(source: str) -> set[str]:
    """Permissions a source asks for by name."""
    return {
        node.args[0].value
        for node in arrows.nodes_of(source)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") or getattr(node.func, "attr", "")) in ASKING
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
        and NAME.fullmatch(node.args[0].value)
    }


def test_guards_every_address():
    assert unguarded(get_resolver().url_patterns) == []


def test_opens_only_these_to_everybody():
    found = {
        pattern.name or route
        for route, pattern in addresses(get_resolver().url_patterns)
        if getattr(pattern.callback, "permission", None) == PUBLIC
    }
    assert found <= OPEN


def test_finds_an_address_without_permission():
    def bare(request):
        return None

    guarded = requires("capitation.approve_run")(bare)
    assert unguarded([path("a", bare), path("b", guarded), path("c", public(bare))]) == ["a (None)"]
    assert unguarded([path("a", requires("capitation.misspelt_name")(bare))])


def test_asks_only_for_declared_permissions():
    declared = set(permission_table())
    found = {name: asked(text) - declared for name, text in arrows.sources().items()}
    assert {name: names for name, names in found.items() if names} == {}


def test_finds_what_a_source_asks_for():
    source = '@action("capitation.fly_kite")\ndef f(): return actor.may("ledger.no_such")'
    assert asked(source) == {"capitation.fly_kite", "ledger.no_such"}


@pytest.mark.parametrize("table", settings.PERMISSION_TABLES)
def test_names_permissions_by_app_verb_and_noun(table):
    label = table.split(".")[-2]
    names = import_module(table).PERMISSIONS
    assert [name for name in names if not NAME.fullmatch(name)] == []
    assert [name for name in names if name.split(".")[0] != label] == []


def promised(matrix: dict) -> dict[str, set[str]]:
    """The roles of each permission as the matrix states them; its two providers are one role."""
    return {
        name: {"provider" if who.startswith("provider_") else who for who in may}
        for section in ("permissions", "behind")
        for name, may in matrix[section].items()
        if may != ["everybody"]
    }


def test_gives_each_permission_to_the_roles_of_the_matrix_and_to_nobody_else():
    table = {name: {str(role) for role in roles} for name, roles in permission_table().items()}
    assert promised(MATRIX) == table
    assert set(MATRIX["permissions"]) & set(MATRIX["behind"]) == set()


@pytest.mark.django_db
def test_has_a_migration_for_every_model():
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1)
