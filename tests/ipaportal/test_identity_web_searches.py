"""What is searched for never stands in an address, and its key opens nothing to anybody else."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse

from ipaportal.audit.models import AccessEvent
from ipaportal.core.cards import FOUND_LIMIT
from ipaportal.core.roles import Role
from tests.capitation.worlds import make_small_world
from tests.factories import batch, make_member
from tests.kept import kept
from tests.people import client_of, make_party, make_user

pytestmark = pytest.mark.django_db
MEMBERS = "/members/"


@kept
def world():
    return make_small_world()


@pytest.fixture
def quinn(world):
    return client_of(make_user("quinn@ipa.test", Role.FINANCE))


def search(client, to, text):
    return client.post(reverse("home:find"), {"to": to, "q": text})


def links(page: str) -> list[str]:
    return re.findall(r'(?:href|action|value|hx-get|data-open)="([^"]*)"', page)


def test_searches_by_a_key_in_the_address(world, quinn):
    answer = search(quinn, MEMBERS, "example, ann")
    assert answer.status_code == 302
    path, query = urlsplit(answer.url).path, parse_qs(urlsplit(answer.url).query)
    assert (path, list(query)) == (MEMBERS, ["find"])
    assert len(query["find"][0]) >= 12
    page = quinn.get(answer.url).content.decode()
    assert "Example, Ann" in page
    assert "Example, Bea" not in page
    assert 'value="example, ann"' in page, "the box shows what was searched for"
    event = AccessEvent.objects.order_by("-pk").first()
    assert event.member_ids == [world.members["Ann"].pk]


def test_no_link_of_a_page_carries_the_text(quinn):
    page = quinn.get(search(quinn, MEMBERS, "example").url).content.decode()
    exports = [link for link in links(page) if "export=csv" in link]
    sorts = [link for link in links(page) if "sort=" in link]
    assert exports
    assert sorts
    assert [link for link in links(page) if "q=" in link] == []
    assert [link for link in [*exports, *sorts] if "find=" not in link] == []
    csv = b"".join(quinn.get(exports[0].replace("&amp;", "&")).streaming_content).decode()
    assert "Example, Ann" in csv


def test_the_search_at_the_top_leads_on_to_members_without_the_text(world, quinn):
    no = batch(world.contract)
    for number in range(FOUND_LIMIT):
        make_member(world.contract, f"BIRCH{number}", no)
    page = quinn.get(search(quinn, "/search/", "BIRCH").url).content.decode()
    (onward,) = [link for link in links(page) if link.startswith(MEMBERS) and "find=" in link]
    assert "BIRCH" not in onward
    assert "BIRCH" in quinn.get(onward).content.decode()


def test_keeps_filters_and_drops_the_page_and_the_search_before(quinn):
    first = search(quinn, "/members/?sort=name&page=3&q=old&export=csv", "example").url
    query = parse_qs(urlsplit(first).query)
    assert (query["sort"], set(query)) == (["name"], {"sort", "find"})
    again = parse_qs(urlsplit(search(quinn, first, "other").url).query)
    assert again["find"] != query["find"]
    assert urlsplit(search(quinn, first, " ").url).query == "sort=name"


def test_keeps_the_text_encrypted_in_the_session(quinn):
    search(quinn, MEMBERS, "1EG4-TE5-MK73")
    kept = str(SessionStore(quinn.session.session_key).load())
    assert "searches" in kept
    assert "MK73" not in kept


@pytest.mark.parametrize(
    "address", ["/members/?find={}", "/members/?find={}&export=csv", "/search/?find={}"]
)
def test_a_key_of_another_session_shows_nothing(quinn, address):
    key = parse_qs(urlsplit(search(quinn, MEMBERS, "example").url).query)["find"][0]
    reyes = client_of(make_user("reyes@ipa.test", Role.FINANCE))
    answer = reyes.get(address.format(key))
    assert answer.status_code == 410
    page = answer.content.decode()
    assert "This search has ended" in page
    assert "Example" not in page


def test_an_old_key_is_forgotten_and_never_exports_everything(quinn):
    old = search(quinn, MEMBERS, "example").url
    for number in range(20):
        search(quinn, MEMBERS, f"other {number}")
    assert quinn.get(old).status_code == 410
    assert quinn.get(f"{old}&export=csv").status_code == 410


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/members/",
        "//evil.example/members/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "/nowhere/",
        "\thttps://evil.example",
        "",
    ],
)
def test_leads_nowhere_but_to_its_own_pages(quinn, to):
    answer = search(quinn, to, "example")
    assert answer.url.partition("?")[0] == "/search/"


def test_no_form_of_any_page_sends_a_search_by_address(world, quinn):
    bell = make_user("bell@bell.test", Role.PROVIDER, party=world.bell.party)
    pages = [
        (quinn, path)
        for path in (
            "/",
            MEMBERS,
            "/files/",
            "/runs/",
            "/work-lists/",
            "/contracts/",
            "/network/",
            "/statements/",
            "/search/",
        )
    ]
    pages += [(client_of(bell), path) for path in ("/", "/panel/", "/statements/")]
    pages += [(client_of(make_user("admin@ipa.test", Role.SYSTEM_ADMIN)), "/people/")]
    for client, path in pages:
        text = client.get(path).content.decode()
        forms = re.findall(r"<form.*?</form>", text, re.DOTALL)
        asking = [form for form in forms if 'name="q"' in form]
        assert asking, path
        assert [form for form in asking if 'method="post"' not in form] == [], path


def test_strangers_keep_nothing(client):
    make_party()
    assert search(client, MEMBERS, "x").url.startswith("/account/login/")
    assert client.get("/members/?find=abc").url.startswith("/account/login/")


def test_refuses_what_no_text_can_hold(quinn):
    assert quinn.get(MEMBERS, {"q": "a\0b"}).status_code == 400
    assert quinn.get(search(quinn, MEMBERS, "exam\0ple").url).status_code == 200
