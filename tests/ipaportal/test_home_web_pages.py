"""The front page, navigation, search, health, error pages."""

from datetime import date

import pytest
from django.db import DatabaseError
from django.urls import reverse

from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Number, Task
from ipaportal.core.roles import Role
from ipaportal.home.queries.cards import cards_for
from ipaportal.home.queries.navigation import navigation
from tests.people import actor_of, client_of, make_party, make_user

pytestmark = pytest.mark.django_db
LATE = Task("Approve", "October 2026, Golden Valley", date(2026, 11, 4), "/runs/1/", "bad")
SOON = Task("Assign", "PCPs to 12 members", date(2026, 11, 1), "/work-lists/", "warn")


def some_cards(actor: Actor, today: date) -> Cards:
    return Cards((SOON, LATE), (Number("Members", "1,204", "/members/"),))


@pytest.mark.parametrize("role", list(Role))
def test_opens_the_front_page_to_every_role(role):
    user = make_user("who@ipa.test", role, party=make_party("practice", "Bell Clinic"))
    assert client_of(user).get("/").status_code == 200


def test_shuts_the_front_page_to_whoever_has_no_role_in_force():
    answer = client_of(make_user("none@ipa.test")).get("/")
    assert answer.status_code == 403
    assert "ask an administrator" in answer.content.decode()


def test_puts_what_is_late_first(monkeypatch, settings):
    monkeypatch.setattr("ipaportal.home.queries.cards._functions", lambda names: [some_cards])
    found = cards_for(Actor.system("test"), date(2026, 11, 5))
    assert found.tasks == (LATE, SOON)
    assert found.numbers[0].value == "1,204"


def test_shows_tasks_and_numbers_on_the_front_page(monkeypatch):
    monkeypatch.setattr("ipaportal.home.queries.cards._functions", lambda names: [some_cards])
    page = client_of(make_user("quinn@ipa.test", Role.FINANCE)).get("/").content.decode()
    assert page.index("October 2026, Golden Valley") < page.index("PCPs to 12 members")
    assert "1,204" in page


def test_hides_entries_that_no_app_brings_or_the_role_may_not_open():
    admin = actor_of(make_user("admin@ipa.test", Role.SYSTEM_ADMIN))
    quinn = actor_of(make_user("quinn@ipa.test", Role.FINANCE))
    assert "People and roles" in [item.label for item in navigation(admin, "/")]
    assert "People and roles" not in [item.label for item in navigation(quinn, "/")]
    assert [item.label for item in navigation(quinn, "/") if item.current] == ["Home"]
    labels = [item.label for item in navigation(admin, "/people/7/") if item.current]
    assert labels == ["People and roles"]


def test_marks_one_entry_as_current():
    quinn = actor_of(make_user("quinn@ipa.test", Role.FINANCE))
    marked = [item.label for item in navigation(quinn, "/ledger/holds/new/") if item.current]
    assert marked == ["Holds"]
    assert [item.label for item in navigation(quinn, "/ledger/entries/3/") if item.current] == [
        "Ledger"
    ]


def test_finds_people_only_for_those_who_may_see_them():
    make_user("marta@ipa.test", Role.FINANCE, name="Marta Reyes")
    admin = make_user("admin@ipa.test", Role.SYSTEM_ADMIN)
    quinn = make_user("quinn@ipa.test", Role.FINANCE)
    found = client_of(admin).get("/search/", {"q": "rey"}).content.decode()
    assert "Marta Reyes" in found
    assert "Marta Reyes" not in client_of(quinn).get("/search/", {"q": "rey"}).content.decode()


def test_answers_the_health_check_to_anybody(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert client.get("/healthz").json() == {"status": "ok"}


def test_health_check_fails_without_a_database(client, monkeypatch):
    def broken():
        raise DatabaseError("gone")

    monkeypatch.setattr("django.db.connection.cursor", broken)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "no database"})


def test_says_in_words_that_a_page_is_not_there(client):
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_asks_few_queries_for_the_front_page(django_assert_max_num_queries):
    client = client_of(make_user("admin@ipa.test", Role.SYSTEM_ADMIN))
    client.get("/")
    with django_assert_max_num_queries(12):
        assert client.get(reverse("home:home")).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "words"),
    [(Role.PURCHASING, "Orders to announce, to award and to send"), (Role.PLAN_AUDITOR, "a guest")],
)
def test_tells_whose_work_is_elsewhere_why_nothing_waits(role, words):
    party = make_party("payer", "Some Plan") if role == Role.PLAN_AUDITOR else None
    client = client_of(make_user("who@ipa.test", role, party=party))
    assert words in client.get("/").content.decode()
