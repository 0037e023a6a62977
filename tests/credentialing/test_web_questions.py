"""How many questions the pages of credentialing ask: as many for a few as for 20,000 people."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ipaportal.core.roles import Role
from ipaportal.home.asking import is_asked
from ipaportal.home.benches.credentialing import directory_pages, make_network, pages_of
from ipaportal.identity import lifetimes
from ipaportal.identity.models import User
from tests.factories import make_ipa
from tests.kept import kept
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db
# The most that `bench credentialing` counts at 20,000 practitioners, without who asks. A list that
# finds nobody asks less; one that asked once a row would ask for more here already.
ASKED = {
    "queue": 18,
    "queue: mine": 18,
    "queue: overdue": 18,
    "queue: by a name": 18,
    "queue: far down": 18,
    "turnaround": 5,
    "turnaround: files": 5,
    "files": 7,
    "files: open": 7,
    "files: of a name": 7,
    "files: far down": 7,
    "expirables": 11,
    "expirables: of a name": 11,
    "recredentialing": 12,
    "network": 16,
    "network: of a name": 16,
    "network: takes no part": 16,
    "network: far down": 16,
    "practices": 6,
    "practitioners": 6,
    "practitioner": 9,
    "screening": 10,
    "screening: a run": 7,
    "matches": 7,
    "matches: all, of a name": 7,
    "match": 13,
    "file: overview": 28,
    "file: elements": 25,
    "file: time line": 22,
}


@kept
def network():
    make_ipa()
    novak = make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST, name="T. Novak")
    make_network(70, lambda words: None, novak)


def test_asks_as_many_questions_for_a_few_as_for_thousands(network, monkeypatch):
    # That a session is in use is noted every half minute: on a busy machine within the walk.
    monkeypatch.setattr(lifetimes, "SEEN_EVERY_SECONDS", 24 * 60 * 60)
    client, pages = client_of(User.objects.get(email="novak@ipa.example")), pages_of()
    counted = {}
    for name, (address, query) in pages.items():
        client.get(address, query)  # what is read once and kept is read here
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address, query).status_code == 200, name
        counted[name] = sum(is_asked(one["sql"]) for one in captured)
    assert set(counted) == set(ASKED)
    more = {name: count for name, count in counted.items() if count > ASKED[name]}
    assert more == {}
    assert sum(counted.values()) > 0.8 * sum(ASKED.values())


def test_the_directory_asks_whether_it_is_open_and_then_once_for_count_and_page(network):
    for name, (address, query) in directory_pages().items():
        with CaptureQueriesContext(connection) as captured:
            answer = Client().get(address, query)
        assert answer.status_code == 200, name
        asked = [one["sql"] for one in captured if is_asked(one["sql"])]
        judged = [sql for sql in asked if "WITH judged" in sql]
        # A page beyond the last is the last one, which is read once its number is known.
        assert len(judged) == (2 if "page" in query else 1), (name, asked)
        assert len(asked) - len(judged) <= 2, (name, asked)
