"""The role × URL table: each address refuses exactly the roles without its permission."""

import uuid

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from ipaportal.core.permissions import permission_table
from ipaportal.core.roles import Role
from tests.people import client_of, make_party, make_user

pytestmark = pytest.mark.django_db
PARTY_KIND = {
    Role.PROVIDER: "practice",
    Role.PRACTICE_MANAGER: "practice",
    Role.PLAN_AUDITOR: "payer",
}
# A value for every kind of part of an address; nothing has it.
SAMPLES = {"int": "0", "str": "x", "slug": "x", "path": "x", "uuid": str(uuid.UUID(int=0))}


def _sample(converter: object) -> str:
    kind = type(converter).__name__.removesuffix("Converter").lower()
    return SAMPLES.get("str" if kind == "string" else kind, "2026-01")


def guarded_addresses(
    resolver: URLResolver, before: str = "/", plain: bool = True
) -> list[tuple[str, str, bool]]:
    """(address, permission, whether it takes no part) of every view that asks for a permission."""
    found = []
    for pattern in resolver.url_patterns:
        route = str(pattern.pattern)
        converters = pattern.pattern.converters
        for name, converter in converters.items():
            for spelt in (f"<{name}>", f"<{_kind(route, name)}:{name}>"):
                route = route.replace(spelt, _sample(converter))
        if isinstance(pattern, URLPattern):
            permission = getattr(pattern.callback, "permission", None)
            if permission in permission_table():
                found.append((before + route, permission, plain and not converters))
        else:
            found += guarded_addresses(pattern, before + route, plain and not converters)
    return found


def _kind(route: str, name: str) -> str:
    return route.partition(f":{name}>")[0].rpartition("<")[2]


@pytest.mark.parametrize("role", list(Role))
def test_refuses_every_address_to_a_role_without_its_permission(role):
    party = make_party(PARTY_KIND.get(role, "ipa"), "Bell Clinic")
    client = client_of(make_user("who@ipa.test", role, party=party))
    opened = []
    for address, permission, _ in guarded_addresses(get_resolver()):
        if role in permission_table()[permission]:
            continue
        statuses = {client.get(address).status_code, client.post(address).status_code}
        if not (403 in statuses and statuses <= {403, 405}):
            opened.append((address, permission, statuses))
    assert opened == []


@pytest.mark.parametrize("role", list(Role))
def test_opens_every_plain_page_to_a_role_with_its_permission(role):
    party = make_party(PARTY_KIND.get(role, "ipa"), "Bell Clinic")
    client = client_of(make_user("who@ipa.test", role, party=party))
    shut = []
    for address, permission, is_plain in guarded_addresses(get_resolver()):
        if is_plain and role in permission_table()[permission]:
            status = client.get(address).status_code
            if status == 403 or status >= 500:
                shut.append((address, permission, status))
    assert shut == []


def test_leads_everybody_else_to_sign_in(client):
    make_party()
    for address, _, _ in guarded_addresses(get_resolver()):
        answer = client.get(address)
        if answer.status_code != 405:
            assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/account/login/")


def test_covers_the_pages_of_people():
    assert {
        ("/people/", "identity.see_people", True),
        ("/people/0/grant/", "identity.grant_role", False),
    } <= set(guarded_addresses(get_resolver()))
