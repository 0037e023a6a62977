"""Who may give which role, for which party; what an actor may do and reach."""

import pytest

from ipaportal.core.actors import Actor
from ipaportal.core.permissions import permission_table, roles_for
from ipaportal.core.roles import PARTY_ROLES, ROLE_NAMES, STAFF_ROLES, Role
from ipaportal.identity.rules.grants import (
    PARTY_KIND,
    PRACTICE_ROLES,
    fault_of_grant,
    givable_roles,
)
from ipaportal.identity.rules.sso import may_link_by_address


def test_a_system_administrator_gives_every_role_and_a_network_administrator_practices_alone():
    assert givable_roles({Role.SYSTEM_ADMIN}) == frozenset(Role)
    assert givable_roles({Role.NETWORK_ADMIN}) == {Role.PROVIDER, Role.PRACTICE_MANAGER}
    assert givable_roles({Role.NETWORK_ADMIN, Role.SYSTEM_ADMIN}) == frozenset(Role)


@pytest.mark.parametrize("role", [r for r in Role if r not in ("system_admin", "network_admin")])
def test_nobody_else_gives_any(role):
    assert givable_roles({role}) == frozenset()
    assert givable_roles(set()) == frozenset()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", ["ipa", "practice", "payer", "supplier", "unassigned"])
def test_a_role_goes_with_one_kind_of_party(role, kind):
    wanted = "ipa" if role in STAFF_ROLES else "practice" if role in PRACTICE_ROLES else "payer"
    fault = fault_of_grant(role, kind, True)
    if kind == wanted:
        assert fault is None
    else:
        assert fault == (f"This role is granted for a party of the kind “{wanted}”, not “{kind}”.")


def test_a_guest_needs_a_last_day_and_nobody_else_does():
    assert fault_of_grant(Role.PLAN_AUDITOR, "payer", False) == "A guest's role needs a last day."
    assert fault_of_grant(Role.FINANCE, "ipa", False) is None
    with pytest.raises(ValueError, match="no_such_role"):
        fault_of_grant("no_such_role", "ipa", True)


def test_every_role_has_a_name_a_kind_of_party_and_a_reach():
    assert set(ROLE_NAMES) == set(PARTY_KIND) == set(Role)
    assert set(Role) == PARTY_ROLES | STAFF_ROLES
    assert not PARTY_ROLES & STAFF_ROLES


@pytest.mark.parametrize(
    ("email", "verified", "expected"),
    [
        ("ana@ipa.test", True, True),
        ("ana@IPA.test", True, True),
        ("ana@ipa.test", False, False),
        ("ana@sub.ipa.test", True, False),
        ("ana@notipa.test", True, False),
        ("@ipa.test", True, False),
        ("ipa.test", True, False),
        ("", True, False),
        ("an\u0430@ipa.test", True, False),
        ("evil@x.test@ipa.test", True, True),  # no account has such an address
    ],
)
def test_says_whether_a_word_about_an_address_is_enough(email, verified, expected):
    assert may_link_by_address(email, verified=verified, domains=["ipa.test"]) is expected
    assert not may_link_by_address(email, verified=verified, domains=[])


FINANCE = Actor(1, "Quinn", frozenset({(Role.FINANCE, 1)}))
BELL = Actor(2, "Bell", frozenset({(Role.PROVIDER, 7), (Role.PRACTICE_MANAGER, 8)}))
BOTH = Actor(3, "Both", frozenset({(Role.PROVIDER, 7), (Role.FINANCE, 1)}))
CLOCK = Actor.system("clock")


def test_an_actor_may_what_one_of_their_roles_may():
    assert FINANCE.may("capitation.prepare_payments")
    assert not FINANCE.may("capitation.release_payments")
    assert not BELL.may("capitation.prepare_payments")
    assert not Actor(4, "Nobody").may("capitation.prepare_payments")
    assert CLOCK.may("capitation.release_payments")
    made = Actor.system("tick")
    assert (made.user_id, made.name, made.is_system) == (None, "tick", True)
    assert made.roles == frozenset()


def test_an_actor_reaches_the_parties_of_the_roles_that_hold_the_permission():
    assert BELL.reach("capitation.view_statements") == {7, 8}
    assert BELL.reach("capitation.propose_bank_account") == {8}
    assert FINANCE.reach("capitation.view_statements") is None
    assert BOTH.reach("capitation.view_statements") is None
    assert BOTH.reach("capitation.open_dispute") == {7}
    assert FINANCE.reach("capitation.release_payments") == frozenset()
    assert CLOCK.reach("capitation.release_payments") is None


def test_a_misspelt_permission_never_passes():
    for ask in (roles_for, FINANCE.may, BELL.reach):
        with pytest.raises(KeyError, match="no_such"):
            ask("capitation.no_such")


def test_no_permission_is_declared_twice(settings):
    settings.PERMISSION_TABLES = ["ipaportal.ledger.permissions"] * 2
    permission_table.cache_clear()
    try:
        with pytest.raises(AssertionError, match="declared twice"):
            permission_table()
    finally:
        permission_table.cache_clear()
